package app_test

import (
	"strings"
	"testing"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// A plan, and the result of its run, say where memberships are only as new as the
// list: a group joined since is not seen where accounts name none.
func TestMembershipsAsListedAreSaid(t *testing.T) {
	for name, tt := range map[string]struct {
		quirks scimtest.Quirks
		said   bool
	}{
		"accounts name their groups": {scimtest.Quirks{}, false},
		"accounts name none":         {scimtest.Quirks{OmitUserGroups: true}, true},
		"only accounts name groups":  {scimtest.Quirks{OmitMembers: true}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, tt.quirks)
			p := must(s.app.Offboard(t.Context(), app.OffboardRequest{Person: "7", Ticket: "HD-7"}))(t)
			r := s.run(p)
			if outcomes(r) != "confirmed" {
				t.Fatalf("%+v", r.Actions)
			}
			const says = "Memberships in Acme are as of its list of "
			if got := strings.Contains(strings.Join(p.Warnings, "\n"), says); got != tt.said || p.Freshness[0].MembershipsAsListed != tt.said {
				t.Errorf("the plan says so: %v; %q", got, p.Warnings)
			}
			if got := strings.Contains(strings.Join(r.Notes, "\n"), says); got != tt.said {
				t.Errorf("the run says so: %v; %q", got, r.Notes)
			}
		})
	}
}

// What is known of one list says nothing of the next.
func TestMembershipsAsListedAreThoseOfTheList(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	said := func() bool {
		t.Helper()
		p := must(s.app.Offboard(t.Context(), app.OffboardRequest{Person: "7", Ticket: "HD-7", DryRun: true}))(t)
		return p.Freshness[0].MembershipsAsListed
	}
	for range 2 {
		if said() {
			t.Error("the accounts name their groups")
		}
	}
	s.server.UpdateGroup("g1", func(g *scimtest.Group) { g.Members = nil })
	must(s.app.Sync(t.Context(), app.SyncRequest{}))(t)
	for range 2 {
		if !said() {
			t.Error("no account of the newest list names a group")
		}
	}
}

// Where groups come without members and accounts without groups, nothing is known
// about memberships. No page, plan or undo says that there are none.
func TestUnknownMembershipsAreNotNone(t *testing.T) {
	for name, quirks := range map[string]scimtest.Quirks{
		"no lists":    {OmitMembers: true, OmitUserGroups: true, InactiveLeaves: true},
		"empty lists": {HideMembers: true, OmitUserGroups: true, InactiveLeaves: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, quirks)
			if p, err := s.app.Plan(t.Context(), removal("", "u59")); err == nil || !strings.Contains(err.Error(), "shows nowhere who is in its groups") {
				t.Errorf("a removal: %v, %v", p.Actions, err)
			}
			if d := must(s.app.Account(t.Context(), "Acme", "u59"))(t); !d.MembershipsUnknown {
				t.Error("the account's page says that it is in no group")
			}
			p := s.plan(accounts("u59")) // it is in Staff
			const says = "Acme shows neither at its groups nor at its accounts who is in which group."
			if a := p.Actions[0]; !a.MembershipsUnknown || !strings.HasSuffix(a.Undo, "; in which groups it is, the tenant does not show") || !strings.Contains(strings.Join(p.Warnings, "\n"), says) {
				t.Errorf("%q, %q", a.Undo, p.Warnings)
			}
			if r := s.run(p); !strings.Contains(strings.Join(r.Notes, "\n"), says) {
				t.Errorf("the run says %q", r.Notes)
			}
			if g, _ := s.server.Group("g1"); len(g.Members) != 59 {
				t.Fatalf("the tenant took nobody out: %d", len(g.Members))
			}
			back := must(s.app.Undo(t.Context(), p.Hash, "HD-4", false))(t)
			if len(back.Actions) != 1 || len(back.NotCovered) != 1 || !strings.Contains(back.NotCovered[0].Why, "the tenant did not show") {
				t.Errorf("the undo: %d actions, left alone %+v", len(back.Actions), back.NotCovered)
			}
		})
	}
}

// One source is enough, and so is a tenant without groups.
func TestKnownMemberships(t *testing.T) {
	for name, quirks := range map[string]scimtest.Quirks{
		"groups":   {OmitUserGroups: true},
		"accounts": {OmitMembers: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, quirks)
			s.server.UpdateGroup("g1", func(g *scimtest.Group) { g.Members = g.Members[:50] })
			s.sync()
			if a := s.plan(accounts("u59")).Actions[0]; a.MembershipsUnknown || !strings.HasSuffix(a.Undo, "it is in no group") {
				t.Errorf("in none: %q", a.Undo)
			}
			if a := s.plan(accounts("u03")).Actions[0]; a.MembershipsUnknown || !strings.Contains(a.Undo, "its group") {
				t.Errorf("in one: %q", a.Undo)
			}
		})
	}
}
