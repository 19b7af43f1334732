package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"rollcall/scim"
)

// Probe is what a first look at a tenant showed. Nothing of it was kept.
type Probe struct {
	BaseURL       string   `json:"baseUrl"`
	Users         int      `json:"users"`         // on the first page
	Claimed       *int64   `json:"claimed"`       // how many the server says there are; nil: it does not say
	Described     bool     `json:"described"`     // the server has a ServiceProviderConfig (RFC 7643 section 5)
	Patch         string   `json:"patch"`         // yes, no or "": it does not say; so the next three
	Filter        string   `json:"filter"`        //
	Sort          string   `json:"sort"`          //
	CursorPaging  string   `json:"cursorPaging"`  //
	AuthSchemes   []string `json:"authSchemes"`   // in the server's words
	ResourceTypes []string `json:"resourceTypes"` // endpoints, such as /Users
	ActiveUnknown int      `json:"activeUnknown"` // users of the first page whose active says nothing
	Warnings      []string `json:"warnings"`      // sentences on what was missing or odd
}

// probeTime bounds a first look: somebody waits for it.
const probeTime = 45 * time.Second

// ProbeTenant reads the first page of users and what the server says about
// itself, with the credential of the description. Nothing is kept, nothing is
// recorded, and nothing but GET is sent. The name is not needed.
func (a *App) ProbeTenant(ctx context.Context, s TenantSpec) (Probe, error) {
	d, ca, err := s.connection()
	if err != nil {
		return Probe{}, err
	}
	client, err := newClient(clientSpec{BaseURL: d.BaseURL, Auth: d.Auth, User: s.User, Secret: s.Token, CA: ca}, a)
	if err != nil {
		return Probe{}, connectionError(err)
	}
	return probe(ctx, client, d.BaseURL)
}

// Probe does the same for a tenant that was added, with its own credential.
func (a *App) Probe(ctx context.Context, nameOrID string) (Probe, error) {
	row, err := a.tenantBy(ctx, nameOrID)
	if err != nil {
		return Probe{}, err
	}
	client, err := a.client(ctx, row.ID)
	if err != nil {
		return Probe{}, err
	}
	return probe(ctx, client, row.BaseUrl)
}

func probe(ctx context.Context, client *scim.Client, baseURL string) (Probe, error) {
	defer client.Close()
	bounded, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	c, err := client.Probe(bounded)
	if err != nil && ctx.Err() == nil && errors.Is(bounded.Err(), context.DeadlineExceeded) {
		return Probe{}, &Error{
			Kind: KindFailed, Text: fmt.Sprintf("The tenant did not answer well within %d seconds.", int(probeTime.Seconds())),
			Do: "Check the address and whether this machine reaches it; a tenant that throttles is read more patiently by a sync.", Err: err,
		}
	}
	if err != nil {
		return Probe{}, Explain(err)
	}
	return Probe{
		BaseURL: baseURL, Users: c.UsersOnPage, Claimed: c.UsersClaimed, Described: c.Discovery,
		Patch: string(c.Patch), Filter: string(c.Filter), Sort: string(c.Sort), CursorPaging: string(c.CursorPaging),
		AuthSchemes: append([]string{}, c.AuthSchemes...), ResourceTypes: append([]string{}, c.ResourceTypes...),
		ActiveUnknown: c.ActiveUnknown, Warnings: append([]string{}, c.Warnings...),
	}, nil
}

// Words says what was found, a sentence each; the first is about the users.
func (p Probe) Words() []string {
	var out []string
	switch {
	case p.Claimed != nil && *p.Claimed == 0 && p.Users == 0:
		out = append(out, "It answers, and lists no user: the credential may not see any.")
	case p.Claimed != nil:
		out = append(out, fmt.Sprintf("It answers, and says that it has %s; the first page shows %d.", counted(int(*p.Claimed), "user"), p.Users))
	default:
		out = append(out, fmt.Sprintf("It answers; the first page shows %s, and it does not say how many there are.", counted(p.Users, "user")))
	}
	if p.Described {
		out = append(out, p.abilities())
	}
	if p.ActiveUnknown > 0 {
		out = append(out, fmt.Sprintf("For %s of the first page it does not say whether they are active; those count as active.", counted(p.ActiveUnknown, "user")))
	}
	return append(out, p.Warnings...)
}

// abilities says what the tenant says of itself, in one sentence.
func (p Probe) abilities() string {
	said := map[scim.Support][]string{}
	for _, a := range [...]struct{ what, said string }{
		{"PATCH", p.Patch}, {"filters", p.Filter}, {"sorting", p.Sort}, {"pages by cursor", p.CursorPaging},
	} {
		said[scim.Support(a.said)] = append(said[scim.Support(a.said)], a.what)
	}
	var out []string
	for _, part := range [...]struct {
		said  scim.Support
		words string
	}{{scim.Yes, "it supports "}, {scim.No, "it does not support "}, {scim.Unknown, "it does not speak of "}} {
		if list := said[part.said]; len(list) > 0 {
			out = append(out, part.words+strings.Join(list, ", "))
		}
	}
	return "By its own words " + strings.Join(out, "; ") + "."
}
