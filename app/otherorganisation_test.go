package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// became changes every account of the shop in place, as one organisation's stand
// under the ids of another's.
func (s *shop) became(change func(i int, u *scimtest.User)) app.Sync {
	s.t.Helper()
	for i := 1; i <= 60; i++ {
		s.server.Update(person(i).ID, func(u *scimtest.User) { change(i, u) })
	}
	s.clock.ahead += time.Minute
	return s.sync()
}

// An id is nobody: another organisation counts its ids from 1 as well, and perhaps
// has the same people under others of them.
func TestAListOfOtherPeopleUnderTheSameIDs(t *testing.T) {
	for name, change := range map[string]func(i int, u *scimtest.User){
		"others": func(i int, u *scimtest.User) {
			u.UserName, u.ExternalID, u.Emails = fmt.Sprintf("other%d", i), "", []string{fmt.Sprintf("other%d@second.example", i)}
		},
		"the next one": func(i int, u *scimtest.User) {
			next := person(i%60 + 1)
			u.UserName, u.ExternalID, u.DisplayName, u.Emails = next.UserName, next.ExternalID, next.DisplayName, next.Emails
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			if got := s.became(change); got.Sealed || !strings.Contains(got.Problems[0].Text, "The ids of 60 of them are somebody else's") {
				t.Errorf("sealed %v, %v", got.Sealed, got.Problems)
			}
			if got := s.syncAccepting(60); !got.Sealed {
				t.Errorf("vouched for: %v", got.Problems)
			}
		})
	}
}

// The same accounts are told by number, address or user name, up to the @.
func TestAListOfTheSameAccountsRenamed(t *testing.T) {
	for name, change := range map[string]func(i int, u *scimtest.User){
		"user names, numbers kept": func(i int, u *scimtest.User) {
			u.UserName, u.Emails = fmt.Sprintf("login%d", i), []string{fmt.Sprintf("login%d@new.example", i)}
		},
		"user names, addresses kept": func(i int, u *scimtest.User) { u.UserName, u.ExternalID = fmt.Sprintf("login%d", i), "" },
		"a new domain, new numbers": func(i int, u *scimtest.User) {
			u.UserName, u.ExternalID = fmt.Sprintf("person%d@new.example", i), fmt.Sprint(9000+i)
			u.Emails = []string{u.UserName}
		},
		"addresses become user names": func(i int, u *scimtest.User) {
			u.UserName, u.ExternalID, u.Emails = fmt.Sprintf("Person%d", i), "", nil
		},
		"numbers, user names kept": func(i int, u *scimtest.User) { u.ExternalID, u.Emails = fmt.Sprint(9000+i), nil },
	} {
		t.Run(name, func(t *testing.T) {
			if got := newShop(t, scimtest.Quirks{}).became(change); !got.Sealed {
				t.Errorf("%v", got.Problems)
			}
		})
	}
}

// The accounts of another tenant vouch for none of this one.
func TestAListWithTheIDsOfAnotherTenant(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	moved, _ := s.besides("Slack", sandbox()...)
	moved.Store(true)
	if got := must(s.app.Sync(t.Context(), app.SyncRequest{Tenants: []string{"Slack"}, AcceptShrink: map[string]int{"Slack": 60}}))(t)[0]; !got.Sealed {
		t.Fatal(got.Problems)
	}
	for i, u := range sandbox() {
		s.server.Remove(person(i + 1).ID)
		s.server.Add(u)
	}
	s.clock.ahead += time.Minute
	got := must(s.app.Sync(t.Context(), app.SyncRequest{Tenants: []string{"Acme"}}))(t)[0]
	if got.Sealed || !strings.Contains(got.Problems[0].Text, "60 of the 60 accounts of Acme") {
		t.Errorf("sealed %v, %v", got.Sealed, got.Problems)
	}
}

// A shorter list of others says so: who vouches for it has to know for what. Where
// accounts only went, the shrink says it all.
func TestShrunkListOfOtherAccountsSaysBoth(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	for i := 1; i <= 60; i++ {
		s.server.Remove(person(i).ID)
		if i <= 45 {
			u := person(i)
			u.ID = fmt.Sprintf("sandbox-%d", i)
			s.server.Add(u)
		}
	}
	s.clock.ahead += time.Minute
	said := fmt.Sprint(s.sync().Problems)
	for _, part := range []string{"shrank from 60 to 45", "60 of the 60 accounts of Acme are not in the list any more"} {
		if !strings.Contains(said, part) {
			t.Errorf("%q is not in %s", part, said)
		}
	}
	s = newShop(t, scimtest.Quirks{})
	for i := 46; i <= 60; i++ {
		s.server.Remove(person(i).ID)
	}
	s.clock.ahead += time.Minute
	if said := fmt.Sprint(s.sync().Problems); !strings.Contains(said, "shrank from 60 to 45") || strings.Contains(said, "not in the list any more") {
		t.Error(said)
	}
}

// Whom a run of ours closed is expected to go from a list of who is active.
func TestAListWithoutThoseThatWeClosed(t *testing.T) {
	for name, given := range map[string]bool{"closed": false, "given back": true} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{HideInactive: true})
			p := s.plan(accounts(ids(40, 52)...))
			must(s.app.Run(t.Context(), p.Hash, app.Confirm{Total: 13}))(t)
			if given {
				u := must(s.app.Undo(t.Context(), p.Hash, "HD-9", false))(t)
				s.run(u)
				for i := 40; i <= 52; i++ {
					s.server.Remove(person(i).ID)
				}
			}
			for i := 101; i <= 113; i++ {
				s.server.Add(person(i))
			}
			s.clock.ahead += time.Minute
			if got := s.sync(); got.Sealed == given {
				t.Errorf("sealed %v: %v", got.Sealed, got.Problems)
			}
		})
	}
}

// Of a handful, one or two who go are more than a fifth, and no reason to ask.
func TestASmallTenantLosesOne(t *testing.T) {
	for left, sealed := range map[int]bool{3: true, 2: true, 1: false} {
		s := newShop(t, scimtest.Quirks{})
		s.server.UpdateGroup("g1", func(g *scimtest.Group) { g.Members = nil })
		for i := 5; i <= 60; i++ {
			s.server.Remove(person(i).ID)
		}
		for i := 2; i <= 4; i++ {
			s.server.AddGroup(scimtest.Group{ID: fmt.Sprintf("g%d", i), DisplayName: fmt.Sprint(i)})
		}
		s.syncAccepting(4)
		for i := left + 1; i <= 4; i++ {
			s.server.Remove(person(i).ID)
		}
		s.server.RemoveGroup("g4")
		s.clock.ahead += time.Minute
		if got := s.sync(); got.Sealed != sealed || got.GroupsSealed != sealed {
			t.Errorf("%d of 4 left: %+v", left, got)
		}
	}
}

// Once the store is lost nobody can tell whose accounts a tenant lists: no 404
// confirms anything, no new token is taken, and a list that is not the same as then
// needs a person's word.
func TestAnotherOrganisationWithoutAStore(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	moved, _ := s.besides("Slack", sandbox()...)
	s.server.Fail(scimtest.Fault{Method: http.MethodPatch, Drop: true, Times: -1})
	r := accounts("u59")
	r.Tenant = "Slack"
	if got := outcomes(s.run(s.plan(r))); got != "unknown" {
		t.Fatal(got)
	}
	s.loseStore()
	moved.Store(true)
	s.clock.ahead += 3 * time.Minute
	for _, x := range must(s.app.Settle(t.Context()))(t) {
		if x.Outcome != "unknown" {
			t.Errorf("settled by another organisation: %+v", x)
		}
	}
	moved.Store(false)
	refused(t, s.app.SetCredential(t.Context(), "Slack", otherToken), "lost with the store")
	moved.Store(true)
	sync := func(n int) app.Sync {
		return must(s.app.Sync(t.Context(), app.SyncRequest{Tenants: []string{"Slack"}, AcceptShrink: map[string]int{"Slack": n}}))(t)[0]
	}
	if got := sync(0); got.Sealed || got.Problems[0].Code != "list-lost" {
		t.Errorf("%+v", got)
	}
	moved.Store(false)
	if got := sync(0); !got.Sealed {
		t.Errorf("the same list as then: %v", got.Problems)
	}
	s.loseStore()
	s.server.Update("u01", func(u *scimtest.User) { u.DisplayName = "Another" })
	if got := sync(0); got.Sealed || got.Problems[0].Code != "list-lost" {
		t.Errorf("%+v", got)
	}
	if got := sync(60); !got.Sealed {
		t.Errorf("vouched for: %v", got.Problems)
	}
}
