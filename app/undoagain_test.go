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
			_, err := s.app.Run(s.t.Context(), u.Hash, 0)
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
// showed since then was lost with the store.
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
			return p.Hash
		}, "lost with the store"},
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
	if res := must(s.app.Run(t.Context(), r.Hash, 0))(t); outcomes(res) != "failed" {
		t.Errorf("%+v", res.Actions)
	}
}
