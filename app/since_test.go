package app_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// out takes an account out of a group, as somebody in the tenant may.
func (s *shop) out(group, account string) {
	s.server.UpdateGroup(group, func(g *scimtest.Group) {
		g.Members = slices.DeleteFunc(slices.Clone(g.Members), func(id string) bool { return id == account })
	})
}

func (s *shop) into(group, account string) {
	s.server.UpdateGroup(group, func(g *scimtest.Group) { g.Members = append(slices.Clone(g.Members), account) })
}

func (s *shop) setActive(account string, active bool) {
	s.server.Update(account, func(u *scimtest.User) { u.Active = active })
}

// listed syncs, an hour later.
func (s *shop) listed() {
	s.clock.ahead += time.Hour
	s.sync()
}

// wayBack is what an undo of p plans, and what it leaves alone.
func (s *shop) wayBack(p app.Plan) (actions, alone string) {
	s.t.Helper()
	u, err := s.app.Undo(s.t.Context(), p.Hash, "HD-9", true)
	if err != nil {
		refused(s.t, err, "nothing to plan")
		return "", err.Error()
	}
	var did, left []string
	for _, a := range u.Actions {
		did = append(did, strings.TrimSpace(a.Action+" "+a.GroupID))
	}
	for _, n := range u.NotCovered {
		left = append(left, n.Why)
	}
	if len(left) > 0 && strings.Contains(left[0], `"Staff"`) != strings.Contains(u.Actions[0].Reason, "Left alone: \"Staff\"") {
		s.t.Errorf("left alone %q, and the first row says %q", left, u.Actions[0].Reason)
	}
	return strings.Join(did, ", "), strings.Join(left, " ")
}

// An undo gives back what the action itself took. What anybody took after it is
// left alone, and said beforehand.
func TestUndoGivesBackWhatTheActionTook(t *testing.T) {
	t.Parallel()
	leaves := scimtest.Quirks{InactiveLeaves: true}
	both := "reactivate, add-membership g1"
	tests := map[string]struct {
		quirks    scimtest.Quirks
		request   app.PlanRequest
		meanwhile func(s *shop, p app.Plan)
		want      string
		alone     string
	}{
		"the deactivation took the group": {leaves, accounts("u59"), func(*shop, app.Plan) {}, both, ""},
		"somebody took it out of the group later": {scimtest.Quirks{}, accounts("u59"), func(s *shop, _ app.Plan) { s.out("g1", "u59") },
			"reactivate", "still in Staff after the deactivation"},
		"put back, listed, taken again": {leaves, accounts("u59"), func(s *shop, _ app.Plan) {
			s.into("g1", "u59")
			s.listed()
			s.out("g1", "u59")
		}, "reactivate", "somebody else took it out of Staff since"},
		"used again, listed, deactivated by somebody": {leaves, accounts("u59"), func(s *shop, _ app.Plan) {
			s.setActive("u59", true)
			s.listed()
			s.setActive("u59", false)
		}, "", "somebody else deactivated it since"},
		"undone, and closed by another plan": {leaves, accounts("u59"), func(s *shop, p app.Plan) {
			s.run(s.undo(p, "HD-8"))
			s.listed()
			s.run(s.plan(named("HD-10", "u59")))
		}, "", "deactivated it again; undo that one"},
		"undone, and closed by somebody": {leaves, accounts("u59"), func(s *shop, p app.Plan) {
			s.run(s.undo(p, "HD-8"))
			s.setActive("u59", false)
		}, "", "somebody else deactivated it since"},
		"a removal": {scimtest.Quirks{}, removal("g1", "u59"), func(*shop, app.Plan) {}, "add-membership g1", ""},
		"a removal, put back, listed, taken again": {scimtest.Quirks{}, removal("g1", "u59"), func(s *shop, _ app.Plan) {
			s.into("g1", "u59")
			s.listed()
			s.out("g1", "u59")
		}, "", "somebody else took it out of Staff since"},
		"a removal, undone, and removed by another plan": {scimtest.Quirks{}, removal("g1", "u59"), func(s *shop, p app.Plan) {
			s.run(s.undo(p, "HD-8"))
			s.listed()
			again := removal("g1", "u59")
			again.Ticket = "HD-11"
			s.run(s.plan(again))
		}, "", "took it out of Staff again; undo that one"},
		"a removal, put back, seen by another plan": {scimtest.Quirks{}, removal("g1", "u59"), func(s *shop, _ app.Plan) {
			s.listed()
			s.into("g1", "u59")
			s.clock.ahead += time.Hour
			s.sync()
			s.run(s.plan(named("HD-12", "u59")))
			s.out("g1", "u59")
		}, "", "somebody else took it out of Staff since"},
		"the group is another one now": {leaves, accounts("u59"), func(s *shop, _ app.Plan) {
			s.server.UpdateGroup("g1", func(g *scimtest.Group) { g.DisplayName = "Admins" })
		}, "reactivate", "Staff is called Admins now"},
	}
	for name, tt := range tests {
		for _, silent := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, users silent %v", name, silent), func(t *testing.T) {
				tt.quirks.OmitUserGroups = silent
				s := newShop(t, tt.quirks)
				p := s.plan(tt.request)
				if r := s.run(p); outcomes(r) != "confirmed" {
					t.Fatalf("%+v", r.Actions)
				}
				tt.meanwhile(s, p)
				got, alone := s.wayBack(p)
				alone = strings.ReplaceAll(alone, `"`, "")
				if got != tt.want || !strings.Contains(alone, tt.alone) || (tt.alone == "") != (alone == "") {
					t.Errorf("planned %q, left alone %q", got, alone)
				}
			})
		}
	}
}

// What a call took cannot be told from what somebody took since where its
// outcome was read back an hour later.
func TestUndoOfWhatWasSettledLate(t *testing.T) {
	for late, want := range map[time.Duration]string{3 * time.Minute: "reactivate, add-membership g1", time.Hour: "reactivate"} {
		s := newShop(t, scimtest.Quirks{InactiveLeaves: true})
		p := s.plan(accounts("u59"))
		s.server.Fail(scimtest.Fault{Method: http.MethodPatch, Effect: true, Drop: true})
		s.server.Fail(scimtest.Fault{Method: http.MethodGet, Path: "/Users/u59", Nth: 2, Times: 20, Status: 403})
		if r := s.run(p); outcomes(r) != "unknown" {
			t.Fatalf("%+v", r.Actions)
		}
		s.server.Heal()
		s.clock.ahead += late
		must(s.app.Settle(t.Context()))(t)
		got, alone := s.wayBack(p)
		if got != want || late == time.Hour && !strings.Contains(alone, "is not known") {
			t.Errorf("settled after %s: %q, left alone %q", late, got, alone)
		}
	}
}

// Between the plan of an undo and its run somebody may give back and take again:
// a list in between shows it.
func TestUndoThatAListOvertook(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p, q := s.plan(accounts("u59")), s.plan(removal("g1", "u60"))
	s.run(p)
	s.run(q)
	up, uq := s.undo(p, "HD-8"), s.undo(q, "HD-9")
	s.setActive("u59", true)
	s.into("g1", "u60")
	s.listed()
	s.setActive("u59", false)
	s.out("g1", "u60")
	for _, u := range []app.Plan{up, uq} {
		if r := s.run(u); outcomes(r) != "skipped" || !strings.Contains(r.Actions[0].Why, "given back already") {
			t.Errorf("%+v", r.Actions)
		}
	}
}

// What gave access back is no step that an undo reverses.
func TestUndoOfAnUndo(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(accounts("u59"))
	s.run(p)
	u := s.undo(p, "HD-9")
	s.run(u)
	s.out("g1", "u59")
	if got, why := s.wayBack(u); got != "" || !strings.Contains(why, "nothing to plan") {
		t.Errorf("planned %q: %s", got, why)
	}
}

// What the tenant keeps under the id may be somebody else's by now; what has the
// same number, or another user name alone, or another e-mail alone, is the same
// person's.
func TestUndoLeavesAnotherPersonsAccountAlone(t *testing.T) {
	tests := map[string]struct {
		change func(*scimtest.User)
		want   string
	}{
		"all of it is another one": {func(u *scimtest.User) {
			u.UserName, u.ExternalID, u.Emails = "mallory@corp.example", "9999", []string{"mallory@corp.example"}
		}, ""},
		"name and number": {func(u *scimtest.User) { u.UserName, u.ExternalID = "mallory@corp.example", "9999" }, ""},
		"name and e-mail, no number": {func(u *scimtest.User) {
			u.UserName, u.ExternalID, u.Emails = "mallory@corp.example", "", []string{"mallory@corp.example"}
		}, ""},
		"number and e-mail":         {func(u *scimtest.User) { u.ExternalID, u.Emails = "9999", []string{"mallory@corp.example"} }, ""},
		"another number, no e-mail": {func(u *scimtest.User) { u.ExternalID, u.Emails = "9999", nil }, ""},
		"another e-mail, no number": {func(u *scimtest.User) { u.ExternalID, u.Emails = "", []string{"mallory@corp.example"} }, ""},
		"neither number nor e-mail": {func(u *scimtest.User) { u.ExternalID, u.Emails = "", nil }, "reactivate"},
		"the number alone":          {func(u *scimtest.User) { u.ExternalID = "9999" }, "reactivate"},
		"name and e-mail": {func(u *scimtest.User) {
			u.UserName, u.Emails = "married@corp.example", []string{"married@corp.example"}
		}, "reactivate"},
		"the name alone":   {func(u *scimtest.User) { u.UserName = "married@corp.example" }, "reactivate"},
		"the e-mail alone": {func(u *scimtest.User) { u.Emails = []string{"married@corp.example"} }, "reactivate"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			p := s.plan(accounts("u59"))
			s.run(p)
			s.server.Update("u59", tt.change)
			got, alone := s.wayBack(p)
			if got != tt.want || tt.want == "" && !strings.Contains(alone, "it may be somebody else's") {
				t.Errorf("planned %q, left alone %q", got, alone)
			}
		})
	}
}
