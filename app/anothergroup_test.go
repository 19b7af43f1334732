package app_test

import (
	"slices"
	"strings"
	"testing"

	"rollcall/scim/scimtest"
)

// groupBecame gives the id of a group to another one.
func (s *shop) groupBecame(name, externalID string) {
	s.server.UpdateGroup("g1", func(g *scimtest.Group) { g.DisplayName, g.ExternalID = name, externalID })
}

// An id is no group: what was planned for one is not done to another that has its
// id at the time of the call.
func TestGroupThatBecameAnother(t *testing.T) {
	for name, becomes := range map[string][2]string{
		"another name":       {"Domain Admins", "s-1"},
		"another externalId": {"Staff", "s-2"},
		"no externalId":      {"Staff", ""},
	} {
		want := "skipped"
		if name == "no externalId" { // which contradicts nothing
			want = "confirmed"
		}
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			s.groupBecame("Staff", "s-1")
			s.sync()
			p := s.plan(removal("g1", "u01"))
			s.groupBecame(becomes[0], becomes[1])
			r := s.run(p)
			if outcomes(r) != want || slices.Contains(s.members("g1"), "u01") != (want == "skipped") {
				t.Errorf("removed: %s %s", outcomes(r), r.Actions[0].Why)
			}
			s.groupBecame("Staff", "s-1")
			p = s.plan(removal("g1", "u02"))
			s.run(p)
			back := s.undo(p, "HD-9")
			s.groupBecame(becomes[0], becomes[1])
			r = s.run(back)
			if outcomes(r) != want || slices.Contains(s.members("g1"), "u02") == (want == "skipped") {
				t.Errorf("given back: %s %s", outcomes(r), r.Actions[0].Why)
			}
			if want == "skipped" && !strings.Contains(r.Actions[0].Why, "it may be another group") {
				t.Error(r.Actions[0].Why)
			}
			_, err := s.app.Undo(t.Context(), p.Hash, "HD-10", false)
			if want == "skipped" {
				refused(t, err, "nothing to plan")
			}
		})
	}
}

// Nor does what another group shows say how a call ended.
func TestSettleAGroupThatBecameAnother(t *testing.T) {
	for name, members := range map[string][]string{"as wanted": {"u05", "u08"}, "unchanged": {"u05", "u07", "u08"}, "nobody": nil} {
		_, outcome, why := settling(t, []string{"u05", "u07", "u08"}, scimtest.Quirks{}, false, func(s *shop) {
			s.server.UpdateGroup("g1", func(g *scimtest.Group) { g.DisplayName, g.Members = "Domain Admins", members })
		})
		if outcome != "unknown" || !strings.Contains(why, "it may be another group") {
			t.Errorf("%s: %s %s", name, outcome, why)
		}
	}
}
