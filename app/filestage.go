package app

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"

	"rollcall/app/reconcile"
	"rollcall/app/roster"
	"rollcall/scim"
)

// membersAtOnce are staged in one transaction.
const membersAtOnce = 500

// memberResource is a row of a file as the User (RFC 7643 section 4.1) that it
// would be, so that everything behind the stage sees one kind of account.
type memberResource struct {
	Schemas     []string      `json:"schemas"`
	ID          string        `json:"id"`
	ExternalID  string        `json:"externalId,omitzero"`
	UserName    string        `json:"userName"`
	DisplayName string        `json:"displayName,omitzero"`
	Active      *bool         `json:"active,omitzero"` // nil: the file does not say
	Emails      []memberValue `json:"emails,omitzero"`
	Groups      []memberValue `json:"groups,omitzero"`
	LastSeen    string        `json:"lastSeen,omitzero"`
}

type memberValue struct {
	Value   string `json:"value"`
	Display string `json:"display,omitzero"`
}

const (
	userSchema  = "urn:ietf:params:scim:schemas:core:2.0:User"
	groupSchema = "urn:ietf:params:scim:schemas:core:2.0:Group"
)

func resourceOf(m roster.Member) memberResource {
	r := memberResource{
		Schemas: []string{userSchema}, ID: m.ID, ExternalID: m.ExternalID, UserName: m.UserName, DisplayName: m.DisplayName, LastSeen: m.LastSeen,
	}
	if m.Active != reconcile.ActiveUnknown {
		active := m.Active == reconcile.ActiveTrue
		r.Active = &active
	}
	for _, e := range m.Emails {
		r.Emails = append(r.Emails, memberValue{Value: e})
	}
	for _, g := range m.Groups {
		r.Groups = append(r.Groups, memberValue{Value: g, Display: g})
	}
	return r
}

// members gathers the accounts of a file for the stage.
type members struct {
	stage  *stager
	batch  []scim.User
	number int
	groups map[string][]string // group name -> account ids
}

// file stages the accounts of a file, and its groups where they are mapped.
func (s *stager) file(ctx context.Context, list FileImport, reading fileReading, try *attempt) (roster.MemberSummary, error) {
	f, err := openFile(list.File, list.Content)
	if err != nil {
		return roster.MemberSummary{}, err
	}
	defer f.Close()
	m := &members{stage: s, groups: map[string][]string{}}
	sum, err := roster.ReadMembers(ctx, f, roster.MemberOptions{Map: reading.Map, StatusMap: reading.StatusMap, Encoding: reading.Encoding, Key: reading.Key},
		func(_ int, row roster.Member) error { return m.add(ctx, row) })
	if err == nil {
		err = m.flush(ctx)
	}
	if err == nil && sum.Groups {
		err = m.stageGroups(ctx)
	}
	try.users = scim.Listing{Kind: scim.Users, Complete: true, Distinct: sum.Rows}
	try.groups = scim.Listing{Kind: scim.Groups, Complete: sum.Groups, Distinct: len(m.groups)}
	return sum, err
}

func (m *members) add(ctx context.Context, row roster.Member) error {
	raw, err := json.Marshal(resourceOf(row))
	if err != nil {
		return fmt.Errorf("account of the file: %w", err)
	}
	user, err := scim.DecodeUser(raw)
	if err != nil {
		return fmt.Errorf("account of the file: %w", err)
	}
	m.batch = append(m.batch, user)
	for _, g := range row.Groups {
		m.groups[g] = append(m.groups[g], row.ID)
	}
	if len(m.batch) < membersAtOnce {
		return nil
	}
	return m.flush(ctx)
}

func (m *members) flush(ctx context.Context) error {
	m.number++
	err := m.stage.page(ctx, scim.Page{Pass: 1, Number: m.number, Users: m.batch})
	m.batch = m.batch[:0]
	return err
}

func (m *members) stageGroups(ctx context.Context) error {
	m.stage.begin(scim.Groups)
	number := 0
	for names := range slices.Chunk(slices.Sorted(maps.Keys(m.groups)), membersAtOnce) {
		var page []scim.Group
		for _, name := range names {
			g, err := m.group(name)
			if err != nil {
				return err
			}
			page = append(page, g)
		}
		number++
		if err := m.stage.page(ctx, scim.Page{Pass: 1, Number: number, Groups: page}); err != nil {
			return err
		}
	}
	return nil
}

func (m *members) group(name string) (scim.Group, error) {
	var in []memberValue
	for _, id := range slices.Sorted(slices.Values(m.groups[name])) {
		in = append(in, memberValue{Value: id})
	}
	raw, err := json.Marshal(struct {
		Schemas     []string      `json:"schemas"`
		ID          string        `json:"id"`
		DisplayName string        `json:"displayName"`
		Members     []memberValue `json:"members"`
	}{[]string{groupSchema}, name, name, in})
	if err != nil {
		return scim.Group{}, fmt.Errorf("group of the file: %w", err)
	}
	g, err := scim.DecodeGroup(raw)
	if err != nil {
		return g, fmt.Errorf("group of the file: %w", err)
	}
	return g, nil
}
