package app

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"rollcall/app/reconcile"
	"rollcall/scim"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// planBody is what a plan's hash covers: everything that decides what is sent
// and what it stands on, and no clock time.
type planBody struct {
	V       int              `json:"v"`
	Log     string           `json:"log"`
	Tenants []planTenant     `json:"tenants"`
	Roster  planRoster       `json:"roster"`
	Rules   string           `json:"rules"`
	Ticket  string           `json:"ticket"`
	Actions []planBodyAction `json:"actions"`
}

// tenant is the id where the plan concerns one tenant only.
func (b planBody) tenant() string {
	if len(b.Tenants) == 1 {
		return b.Tenants[0].ID
	}
	return ""
}

// snapshotOf is the id of the list that the plan stands on in a tenant; "" for
// none.
func (b planBody) snapshotOf(tenantID string) string {
	for _, t := range b.Tenants {
		if t.ID == tenantID {
			return t.Snapshot
		}
	}
	return ""
}

// writesTo: the plan has an action in the tenant. One that it only looked at,
// because a person has no account there, need not allow changes.
func (b planBody) writesTo(tenantID string) bool {
	return slices.ContainsFunc(b.Actions, func(x planBodyAction) bool { return x.Tenant == tenantID })
}

// undoes: the plan gives access back and takes nothing.
func (b planBody) undoes() bool {
	return !slices.ContainsFunc(b.Actions, func(x planBodyAction) bool { return !change{action: x.Action}.undoes() })
}

type planTenant struct {
	ID          string `json:"id"`
	BaseURL     string `json:"baseUrl"`
	Snapshot    string `json:"snapshot"`
	Certificate string `json:"certificate"` // digest
}

type planRoster struct {
	Source   string `json:"source"`
	Revision int    `json:"revision"`
}

type planBodyAction struct {
	Tenant   string        `json:"tenant"`
	Account  string        `json:"account"` // SCIM id
	Action   string        `json:"action"`
	Group    string        `json:"group"` // SCIM id, of a membership
	Finding  string        `json:"finding"`
	Requests []planRequest `json:"requests"` // in the order in which they may be tried
	Before   string        `json:"before"`   // keyed digest of the accountState

	// Undoes is the entry of the intent that is taken back, and After that of the
	// last thing recorded about the account: the same wish after something was
	// done, or tried and failed, is another plan. 0 in plans of older versions.
	Undoes int64 `json:"undoes,omitzero"`
	After  int64 `json:"after,omitzero"`
}

// planRequest is one request form that the plan allows.
type planRequest struct {
	Form   string `json:"form"`
	Method string `json:"method"`
	Path   string `json:"path"`
	Body   string `json:"body"` // the exact bytes
}

// planView is the plan for a person, and the states that it was made from.
type planView struct {
	Plan   Plan           `json:"plan"`
	Before []accountState `json:"before"` // one an action
}

// accountState is what must not have changed between plan and call.
type accountState struct {
	ID          string       `json:"id"`
	UserName    string       `json:"userName"`
	ExternalID  string       `json:"externalId"`
	Active      string       `json:"active"`
	Emails      []string     `json:"emails"`      // sorted
	Memberships []membership `json:"memberships"` // sorted by id

	// Group is the one that a membership is in; empty in plans of older versions.
	Group groupState `json:"group,omitzero"`

	// Older: the memberships are of an older list than the rest, since the newest
	// one of groups is not complete. What is gone of them does not count then.
	Older bool `json:"older,omitzero"`
}

// groupState is what tells a group from another one that got its id.
type groupState struct {
	Name       string `json:"name"`
	ExternalID string `json:"externalId"`
}

// mayBeAnother says that the id may have been given to another group, or the group
// be meant for something else by now. What is empty contradicts nothing.
func (g groupState) mayBeAnother(now scim.Group) bool {
	return contradicts(g.Name, now.DisplayName) || contradicts(g.ExternalID, now.ExternalID)
}

func contradicts(a, b string) bool { return a != "" && b != "" && a != b }

func groupStateOf(g scim.Group) groupState { return groupState{g.DisplayName, g.ExternalID} }

type membership struct {
	ID   string `json:"id"`
	Name string `json:"name"`

	// Indirect: the account itself named the group as one that it is in only by
	// way of another. It is known of a before-image, which holds what was named.
	Indirect bool `json:"-"`
}

// sorted returns s with its lists in the order that digest and diff need.
func (s accountState) sorted() accountState {
	s.Emails = slices.Compact(slices.Sorted(slices.Values(s.Emails)))
	s.Memberships = slices.SortedFunc(slices.Values(s.Memberships), func(a, b membership) int { return strings.Compare(a.ID, b.ID) })
	s.Memberships = slices.CompactFunc(s.Memberships, func(a, b membership) bool { return a.ID == b.ID })
	return s
}

// changes names the parts in which now differs from s; group names do not count,
// nor how names and addresses are spelled, nor addresses where s has none: the
// list that s may come from need not write all that the account's own resource
// does.
func (s accountState) changes(now accountState) []string {
	s, now = s.sorted(), now.sorted()
	var out []string
	add := func(differs bool, what string) {
		if differs {
			out = append(out, what)
		}
	}
	add(s.ID != now.ID, "id")
	add(spelled(s.UserName) != spelled(now.UserName), "userName")
	add(s.ExternalID != now.ExternalID, "externalId")
	add(s.Active != now.Active, "active: "+s.Active+" → "+now.Active)
	add(len(s.Emails) > 0 && !slices.Equal(allSpelled(s.Emails), allSpelled(now.Emails)), "emails")
	if s.Older {
		s.Memberships = slices.DeleteFunc(s.Memberships, func(m membership) bool { return !containsGroup(now.Memberships, m.ID) })
	}
	add(!slices.EqualFunc(s.Memberships, now.Memberships, func(a, b membership) bool { return a.ID == b.ID }), "memberships")
	return out
}

// spelled is the form in which two spellings of one name are equal.
func spelled(s string) string { return cmp.Or(reconcile.Normalise(s), s) }

func allSpelled(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = spelled(s)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// digest is HMAC-SHA256 under the workspace's pepper: an unkeyed hash of
// personal data could be found by trying names.
func (s accountState) digest(pepper []byte) (string, error) {
	s = s.sorted()
	for i := range s.Memberships {
		s.Memberships[i].Name = ""
	}
	b, err := canonical(s)
	if err != nil {
		return "", fmt.Errorf("account state: %w", err)
	}
	h := hmac.New(sha256.New, pepper)
	h.Write(b)
	return hex.EncodeToString(h.Sum(nil)), nil
}

// hash returns the plan's name and the canonical bytes behind it.
func (b planBody) hash() (hash string, body []byte, err error) {
	body, err = canonical(b)
	if err != nil {
		return "", nil, fmt.Errorf("plan: %w", err)
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:]), body, nil
}

// canonical encodes v by RFC 8785.
func canonical(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	val := jsontext.Value(b)
	if err := val.Canonicalize(); err != nil {
		return nil, err
	}
	return val, nil
}
