package app_test

import (
	"strings"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// An undo is another plan once anything was recorded about its accounts, and
// only then: what was done must be possible to take back every time.
func TestUndoAgain(t *testing.T) {
	closeAgain := func(s *shop) app.Plan {
		s.clock.ahead += time.Hour
		s.sync()
		p := s.plan(accounts("u59"))
		s.run(p)
		return p
	}
	tests := map[string]func(s *shop, p, u app.Plan) app.Plan{
		"after it was undone and done again": func(s *shop, p, u app.Plan) app.Plan {
			s.run(u)
			return closeAgain(s)
		},
		"after an undo that failed": func(s *shop, p, u app.Plan) app.Plan {
			s.server.Fail(scimtest.Fault{Method: "PATCH", Status: 403})
			if r := s.run(u); outcomes(r) != "failed" {
				s.t.Fatalf("under 403: %+v", r.Actions)
			}
			s.server.Heal()
			return p
		},
		"after an undo that was skipped": func(s *shop, p, u app.Plan) app.Plan {
			s.server.Fail(scimtest.Fault{Method: "GET", Status: 403})
			if r := s.run(u); outcomes(r) != "skipped" {
				s.t.Fatalf("unreadable: %+v", r.Actions)
			}
			s.server.Heal()
			return p
		},
		"after it was overtaken": func(s *shop, p, u app.Plan) app.Plan {
			s.run(s.undo(p, "OTHER"))
			return closeAgain(s)
		},
		"after it grew too old": func(s *shop, p, u app.Plan) app.Plan {
			s.clock.ahead += 25 * time.Hour
			_, err := s.app.Run(s.t.Context(), u.Hash)
			refused(s.t, err, "older than")
			s.sync()
			return p
		},
	}
	for name, between := range tests {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			p := s.plan(accounts("u59"))
			s.run(p)
			u := s.undo(p, "")
			if again := s.undo(p, ""); again.Hash != u.Hash {
				t.Error("asked twice, it is two plans")
			}
			next := s.undo(between(s, p, u), "")
			if next.Hash == u.Hash || next.State != "planned" {
				t.Errorf("the undo is plan %s, %s, and was %s", next.Hash, next.State, u.Hash)
			}
			if r := s.run(next); outcomes(r) != "confirmed" || !s.active("u59") {
				t.Errorf("%s; active %v", outcomes(r), s.active("u59"))
			}
		})
	}
}

// What may not be ours to give back is given back only with a word on it: the
// call failed, and somebody may have closed the account by hand, or what lists
// showed since then was lost with the store. Before a complete list is known
// again after such a loss it is not given back at all.
func TestUndoSaysThatItMayBeSomebodyElses(t *testing.T) {
	tests := map[string]struct {
		hash func(s *shop) string
		says string
	}{
		"after a failed call": {func(s *shop) string {
			s.behind(400, false)
			r := s.runLate("u01", "u02")
			s.clock.ahead += time.Hour
			s.setActive("u01", false) // by hand, since the run failed
			s.syncLate()
			return r.Hash
		}, "may be somebody else's"},
		"after a list that was lost": {func(s *shop) string {
			p := s.plan(accounts("u60"))
			s.run(p)
			s.listed()
			s.loseStore()
			for _, complete := range []bool{false, true} {
				_, err := s.app.Undo(s.t.Context(), p.Hash, "HD-9", true)
				refused(s.t, err, "lost with the store")
				s.server.Set(func(q *scimtest.Quirks) { q.ZeroUsers = !complete })
				s.sync()
			}
			return p.Hash
		}, "lost with the store"},
		"after the loss of a list that was begun right after it": {func(s *shop) string {
			p := s.plan(accounts("u60"))
			s.run(p)
			s.clock.ahead += time.Minute
			s.sync() // the call may have been under way: this list says nothing about it
			s.loseStore()
			return p.Hash
		}, ""},
		"after a loss without a list since": {func(s *shop) string {
			p := s.plan(accounts("u60"))
			s.run(p)
			s.loseStore()
			return p.Hash
		}, ""},
		"after a confirmed call": {func(s *shop) string {
			p := s.plan(accounts("u60"))
			s.run(p)
			s.listed()
			return p.Hash
		}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			u := must(s.app.Undo(t.Context(), tt.hash(s), "HD-9", true))(t)
			warned := strings.Contains(strings.Join(u.Warnings, " "), "not all that is given back is surely ours")
			if len(u.Actions) != 1 || !strings.Contains(u.Actions[0].Reason, tt.says) || warned != (tt.says != "") {
				t.Errorf("%+v, warnings %q", u.Actions, u.Warnings)
			}
		})
	}
}

// Where the list that a run stood on was lost, a group has the name that the
// record has for it. One that is called otherwise now is joined, with that word.
func TestUndoSaysThatAGroupWasRenamed(t *testing.T) {
	for now, word := range map[string]string{"Staff": "", "Admins": `Its group was renamed since the run, and is joined under its id: "Staff" is called "Admins" now.`} {
		s := newShop(t, scimtest.Quirks{InactiveLeaves: true})
		p := s.plan(accounts("u60"))
		s.run(p)
		s.loseStore()
		s.server.UpdateGroup("g1", func(g *scimtest.Group) { g.DisplayName = now })
		u := must(s.app.Undo(t.Context(), p.Hash, "HD-9", true))(t)
		if len(u.Actions) != 2 || u.Actions[1].Group != now || !strings.HasSuffix(u.Actions[1].Reason, word) || strings.Contains(u.Actions[1].Reason, "renamed") != (word != "") {
			t.Errorf("%s: %+v", now, u.Actions)
		}
		if warned := strings.Contains(strings.Join(u.Warnings, " "), "joined under its id"); warned != (word != "") {
			t.Errorf("%s: warnings %q", now, u.Warnings)
		}
	}
}

// An undo that was planned before lists that were lost with the store is not run.
func TestUndoOverListsThatWereLost(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(accounts("u60"))
	s.run(p)
	u := s.undo(p, "HD-9")
	s.setActive("u60", true)
	s.listed()
	s.setActive("u60", false)
	s.loseStore()
	s.sync()
	if r := s.run(u); outcomes(r) != "skipped" || !strings.Contains(r.Actions[0].Why, "lost with the store") {
		t.Errorf("%+v", r.Actions)
	}
}

// A refused call that a lost list may have shown without effect is not ours later.
func TestLateEffectOverListsThatWereLost(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	s.behind(400, false)
	r := s.runLate("u01")
	s.clock.ahead += 10 * time.Minute
	s.syncLate() // shows it active: the call had no effect
	s.clock.ahead += time.Hour
	s.setActive("u01", false) // somebody, by hand
	s.loseStore()
	s.importRoster(58)
	s.syncLate()
	if res := must(s.app.Run(t.Context(), r.Hash))(t); outcomes(res) != "failed" {
		t.Errorf("%+v", res.Actions)
	}
}
