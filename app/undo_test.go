package app_test

import (
	"net/http"
	"os"
	"path/filepath"
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
	s.server.Set(func(q *scimtest.Quirks) { q.InactiveLeaves, q.HideInactive = true, true })
	p := s.plan(accounts("u59", "u60"))
	s.run(p)
	s.into("g1", "u60") // somebody gave that back already
	u := must(s.app.Undo(t.Context(), p.Hash, "HD-9", false))(t)
	if len(u.Actions) != 3 {
		t.Fatalf("actions: %+v", u.Actions)
	}
	if len(s.server.Writes()) != 2 {
		t.Fatal("making the undo plan wrote to the tenant")
	}
	s.importRoster(59) // an undo does not stand on the roster
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

// A plan tells which plans undid it and how much of it is left, also from a
// store that was built anew from the record.
func TestUndonePlanTellsSo(t *testing.T) {
	s := newShop(t, scimtest.Quirks{InactiveLeaves: true})
	p := s.plan(accounts("u58", "u59", "u60"))
	s.demandUndone(p.Hash, "", 0, 0)
	r := s.run(p)
	s.demandUndone(p.Hash, "", 3, 3)
	one := must(s.app.Undo(t.Context(), itoa(r.Actions[0].Seq), "", false))(t)
	s.demandUndone(p.Hash, "", 3, 3)
	s.run(one)
	s.demandUndone(p.Hash, "undone in part by "+one.Hash, 2, 2)
	s.server.Remove("u60")
	rest := must(s.app.Undo(t.Context(), p.Hash, "", false))(t)
	s.server.Set(func(q *scimtest.Quirks) { q.NoEffect = true })
	s.run(rest)
	s.demandUndone(p.Hash, "undone in part by "+one.Hash, 2, 2)
	s.server.Set(func(q *scimtest.Quirks) { q.NoEffect = false })
	again := must(s.app.Undo(t.Context(), p.Hash, "", false))(t)
	s.run(again)
	all := "undone in part by " + one.Hash + " " + again.Hash
	s.demandUndone(p.Hash, all, 1, 1)
	told := must(s.app.PlanByHash(t.Context(), p.Hash))(t)
	for i, by := range [][]string{{one.Hash}, {again.Hash}, nil} {
		if got := told.Actions[i]; !slices.Equal(got.UndoneBy, by) || got.Undoable != (by == nil) {
			t.Errorf("action %d: undone by %q, undoable %t", i+1, got.UndoneBy, got.Undoable)
		}
	}
	if back := must(s.app.PlanByHash(t.Context(), again.Hash))(t); !slices.Equal(back.Undoes, []string{p.Hash}) || back.UndoneBy != nil || back.Kept != 0 {
		t.Errorf("the undo undoes %q, is undone by %+v and keeps %d", back.Undoes, back.UndoneBy, back.Kept)
	}
	if err := s.app.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(s.cfg.Dir, "store.db")); err != nil {
		t.Fatal(err)
	}
	s.open()
	must(s.app.Checkpoint(t.Context()))(t)
	s.demandUndone(p.Hash, all, 1, 1)
}

// What an undo cannot give back is not offered to it, and counts as kept.
func TestUndoneButForADeletion(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(accounts("u59"))
	s.run(p)
	u := must(s.app.Undo(t.Context(), p.Hash, "", false))(t)
	s.run(u)
	s.demandUndone(p.Hash, "undone by "+u.Hash, 0, 0)
	s.run(s.plan(accounts("u60")))
	s.clock.ahead += 31 * 24 * time.Hour
	s.sync()
	s.importRoster(58)
	del := accounts("u60")
	del.Action = "delete"
	gone := s.plan(del)
	s.run(gone)
	s.demandUndone(gone.Hash, "", 1, 0)
}

// demandUndone holds what the list of plans says against who undid it, how many
// actions were not given back, and how many of these may be.
func (s *shop) demandUndone(hash, by string, kept, undoable int) {
	s.t.Helper()
	plans := must(s.app.Plans(s.t.Context()))(s.t)
	p := plans[slices.IndexFunc(plans, func(p app.Plan) bool { return p.Hash == hash })]
	words := p.UndoneWords()
	for _, u := range p.UndoneBy {
		words += " " + u.Plan
	}
	if words != by || p.Kept != kept || p.Undoable != undoable {
		s.t.Errorf("%q, keeps %d, %d to undo; want %q, %d, %d", words, p.Kept, p.Undoable, by, kept, undoable)
	}
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
		{"by filter", scimtest.Quirks{}, "confirmed", 60},
		{"by put", scimtest.Quirks{ValuePathStatus: 501}, "confirmed", 60},
		{"nothing works", scimtest.Quirks{ValuePathStatus: 501, PutStatus: 405}, "failed", 61},
		{"accepted, no effect", scimtest.Quirks{NoEffect: true}, "failed", 61},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			s.odd()
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
	r, err := s.app.Run(t.Context(), p.Hash)
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
	if r := s.run(p); outcomes(r) != "confirmed" || s.active("u07") || app.NotCoveredWords(r.NotCovered) != "1 tenant NOT COVERED" {
		t.Errorf("%+v, left out %+v", r.Actions, r.NotCovered)
	}
	for kind, want := range map[string]string{"plan.created": "Planned 1 action", "run.finished": "Finished the run"} {
		e := must(s.app.EntriesPage(t.Context(), app.EntryFilter{Type: kind}, 0, 1))(t).Entries[0]
		if !strings.HasPrefix(e.What, want) || !strings.Contains(e.What, "; 1 NOT COVERED, plan ") {
			t.Errorf("the entry %s says %q", kind, e.What)
		}
	}
	if p := must(s.app.Offboard(t.Context(), app.OffboardRequest{Person: "8", Ticket: "HD-3", DryRun: true}))(t); len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], "has left") {
		t.Errorf("someone who has not left: %q", p.Warnings)
	}
	if _, err := s.app.Offboard(t.Context(), app.OffboardRequest{Person: "nobody", Ticket: "HD-3"}); err == nil {
		t.Error("an unknown person was offboarded")
	}
}

// What a run closed after the list was read is closed, until somebody opens it:
// whoever offboards the person again is never told less than what is open.
func TestOffboardAgain(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	offboard := func(when, want string) app.Plan {
		t.Helper()
		p := must(s.app.Offboard(t.Context(), app.OffboardRequest{Person: "7", Ticket: "HD-3"}))(t)
		got := "nothing"
		if len(p.Actions) > 0 {
			got = p.Actions[0].Action
		} else if len(p.NotCovered) > 0 {
			got = p.NotCovered[0].Why
		}
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, want %s", when, got, want)
		}
		return p
	}
	p := offboard("at first", "deactivate")
	s.run(p)
	offboard("closed", "nothing")
	s.clock.ahead += time.Minute
	back := s.undo(p, "HD-4")
	s.server.Fail(scimtest.Fault{Method: http.MethodPatch, Status: 409})
	if r := s.run(back); outcomes(r) != "failed" {
		t.Fatalf("%+v", r.Actions)
	}
	offboard("refused, and it may be given back later", "An action on it was recorded after the list was read")
	s.clock.ahead += time.Minute
	s.run(s.undo(p, "HD-5"))
	offboard("given back", "An action on it was recorded after the list was read")
	s.clock.ahead += time.Minute
	s.sync()
	s.run(offboard("given back and listed", "deactivate"))
	s.setActive("u07", true)
	s.clock.ahead += time.Minute
	s.sync()
	offboard("opened by somebody else", "deactivate")
}
