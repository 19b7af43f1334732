package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

func (s *shop) members(group string) []string {
	s.t.Helper()
	g, ok := s.server.Group(group)
	if !ok {
		s.t.Fatalf("the server lost the group %s", group)
	}
	return g.Members
}

func removal(group string, ids ...string) app.PlanRequest {
	r := accounts(ids...)
	r.Action, r.Group = "remove-membership", group
	return r
}

func TestUndoRestoresAccountAndMemberships(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(accounts("u59", "u60"))
	s.run(p)
	s.server.UpdateGroup("g1", func(g *scimtest.Group) { // as some tenants do when they deactivate
		g.Members = slices.DeleteFunc(g.Members, func(id string) bool { return id == "u59" })
	})
	s.server.Set(func(q *scimtest.Quirks) { q.HideInactive = true })
	u := must(s.app.Undo(t.Context(), p.Hash, "HD-9", false))(t)
	if len(u.Actions) != 3 {
		t.Fatalf("actions: %+v", u.Actions)
	}
	if len(s.server.Writes()) != 2 {
		t.Fatal("making the undo plan wrote to the tenant")
	}
	if r := s.run(u); outcomes(r) != "confirmed confirmed confirmed" {
		t.Fatalf("undo: %+v", r.Actions)
	}
	if !s.active("u59") || !s.active("u60") || !slices.Contains(s.members("g1"), "u59") || len(s.members("g1")) != 60 {
		t.Errorf("not restored: %v %v, %d members", s.active("u59"), s.active("u60"), len(s.members("g1")))
	}
}

func TestUndoOneEntryAndWhatItCannot(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(accounts("u59", "u60"))
	r := s.run(p)
	s.server.Remove("u60")
	u := must(s.app.Undo(t.Context(), p.Hash, "HD-9", true))(t)
	if len(u.Actions) != 1 || len(u.NotCovered) != 1 || !strings.Contains(u.NotCovered[0].Why, "no longer knows") {
		t.Errorf("%+v, not covered %+v", u.Actions, u.NotCovered)
	}
	one := must(s.app.Undo(t.Context(), itoa(r.Actions[0].Seq), "HD-9", false))(t)
	if len(one.Actions) != 1 || one.Actions[0].Account.ID != "u59" {
		t.Errorf("by entry: %+v", one.Actions)
	}
	s.run(one)
	_, err := s.app.Undo(t.Context(), p.Hash, "HD-9", false)
	refused(t, err, "nothing to plan")
}

// Undo does not count towards the ceiling: it must always be possible.
func TestUndoAboveTheCeiling(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(accounts("u01", "u02", "u03", "u04", "u05"))
	s.run(p)
	u := must(s.app.Undo(t.Context(), p.Hash, "HD-9", false))(t)
	if r := s.run(u); r.Confirmed != 5 {
		t.Errorf("undo: %+v", r.Actions)
	}
}

func TestRemoveMembership(t *testing.T) {
	tests := []struct {
		name   string
		quirks scimtest.Quirks
		want   string
		left   int
	}{
		{"by filter", scimtest.Quirks{}, "confirmed", 59},
		{"by put", scimtest.Quirks{ValuePathStatus: 501}, "confirmed", 59},
		{"nothing works", scimtest.Quirks{ValuePathStatus: 501, PutStatus: 405}, "failed", 60},
		{"accepted, no effect", scimtest.Quirks{NoEffect: true}, "failed", 60},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			p := s.plan(removal("Staff", "u07"))
			s.server.Set(func(q *scimtest.Quirks) { *q = tt.quirks })
			r := s.run(p)
			if outcomes(r) != tt.want || len(s.members("g1")) != tt.left {
				t.Errorf("%s (%s), %d members left", outcomes(r), r.Actions[0].Why, len(s.members("g1")))
			}
			if tt.want == "confirmed" && slices.Contains(s.members("g1"), "u07") {
				t.Error("the wrong member was removed")
			}
		})
	}
}

// A tenant that loses other members with the one stops the run at the first.
func TestRemovalThatClearsTheGroup(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(removal("g1", "u07", "u08"))
	s.server.Set(func(q *scimtest.Quirks) { q.PathClears = true })
	r, err := s.app.Run(t.Context(), p.Hash, 0)
	refused(t, err, "other members")
	if outcomes(r) != "failed pending" || len(s.server.Writes()) != 1 {
		t.Errorf("%s after %d writes", outcomes(r), len(s.server.Writes()))
	}
}

func TestDeleteOnlyAfterGrace(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	del := accounts("u59")
	del.Action = "delete"
	_, err := s.app.Plan(t.Context(), del)
	refused(t, err, "not inactive")
	s.run(s.plan(accounts("u59")))
	s.sync()
	_, err = s.app.Plan(t.Context(), del)
	refused(t, err, "30 days")
	s.clock.ahead += 31 * 24 * time.Hour
	s.sync()
	s.importRoster(58)
	if r := s.run(s.plan(del)); outcomes(r) != "confirmed-gone" {
		t.Errorf("%+v", r.Actions)
	}
	if _, ok := s.server.User("u59"); ok {
		t.Error("the account is still there")
	}
}

func TestOffboard(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	must(s.app.AddTenant(t.Context(), app.TenantSpec{Name: "Never synced", BaseURL: s.server.URL + "/other", Token: scimtest.Token}))(t)
	for _, name := range []string{"7", "person7@corp.example", "PERSON 7"} {
		p := must(s.app.Offboard(t.Context(), app.OffboardRequest{Person: name, Ticket: "HD-3", DryRun: true}))(t)
		if len(p.Actions) != 1 || p.Actions[0].Account.ID != "u07" || len(p.NotCovered) != 1 || p.NotCovered[0].Tenant != "Never synced" {
			t.Errorf("%s: %+v, not covered %+v", name, p.Actions, p.NotCovered)
		}
	}
	p := must(s.app.Offboard(t.Context(), app.OffboardRequest{Person: "7", Ticket: "HD-3"}))(t)
	if r := s.run(p); outcomes(r) != "confirmed" || s.active("u07") {
		t.Errorf("%+v", r.Actions)
	}
	if p := must(s.app.Offboard(t.Context(), app.OffboardRequest{Person: "8", Ticket: "HD-3", DryRun: true}))(t); len(p.Warnings) < 2 {
		t.Errorf("someone who has not left: %q", p.Warnings)
	}
	if _, err := s.app.Offboard(t.Context(), app.OffboardRequest{Person: "nobody", Ticket: "HD-3"}); err == nil {
		t.Error("an unknown person was offboarded")
	}
}
