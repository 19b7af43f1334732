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
		"nobody says":                {scimtest.Quirks{OmitMembers: true, OmitUserGroups: true}, true},
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
	if said() || said() {
		t.Error("the accounts name their groups")
	}
	s.server.UpdateGroup("g1", func(g *scimtest.Group) { g.Members = nil })
	must(s.app.Sync(t.Context(), app.SyncRequest{}))(t)
	if !said() || !said() {
		t.Error("no account of the newest list names a group")
	}
}
