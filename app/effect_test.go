package app_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// The ceiling counts every call that may have had an effect, and no call that
// the tenant refused outright.
func TestCeilingCountsWhatMayHaveHadEffect(t *testing.T) {
	for name, tt := range map[string]struct {
		fault  scimtest.Fault
		counts bool
	}{
		"the connection broke": {scimtest.Fault{Drop: true}, true},
		"the server failed":    {scimtest.Fault{Status: 500}, true},
		"nobody was let in":    {scimtest.Fault{Status: 401}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			tt.fault.Method, tt.fault.Times = http.MethodPatch, -1
			s.server.Fail(tt.fault)
			r := s.run(s.plan(accounts("u01", "u02", "u03", "u04", "u05")))
			if r.Confirmed > 0 {
				t.Fatal(outcomes(r))
			}
			s.server.Heal()
			p := s.plan(named("HD-3", "u08"))
			if p.Ceilings[0].Used != 0 != tt.counts {
				t.Errorf("the plan says that %d are used", p.Ceilings[0].Used)
			}
			_, err := s.app.Run(t.Context(), p.Hash)
			if tt.counts {
				refused(t, err, "ceiling is 5")
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// Undo takes back what is confirmed, the last first, and of a removal that
// membership alone.
func TestUndoTakesBackWhatWasDone(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	s.server.AddGroup(scimtest.Group{ID: "g2", DisplayName: "Other", Members: []string{"u05", "u09"}})
	s.sync()
	p := s.plan(accounts("u01", "u02", "u03"))
	s.server.Fail(scimtest.Fault{Method: http.MethodPatch, Path: "/Users/u02", Drop: true, Effect: true})
	s.server.Fail(scimtest.Fault{Method: http.MethodGet, Path: "/Users/u02", Nth: 2, Times: 5, Status: 500})
	if r := s.run(p); outcomes(r) != "confirmed unknown confirmed" {
		t.Fatal(outcomes(r))
	}
	s.server.Heal()
	u := s.undo(p, "HD-9")
	if ids := accountIDs(u); !slices.Equal(ids, []string{"u03", "u01"}) || len(u.NotCovered) != 1 || !strings.Contains(u.NotCovered[0].Why, "rollcall settle") {
		t.Errorf("%v, not covered %+v", ids, u.NotCovered)
	}
	out := s.plan(removal("g1", "u05"))
	s.run(out)
	s.server.UpdateGroup("g2", func(g *scimtest.Group) { g.Members = []string{"u09"} })
	if u := s.undo(out, "HD-10"); len(u.Actions) != 1 || u.Actions[0].GroupID != "g1" {
		t.Errorf("of a removal: %+v", u.Actions)
	}
}

func accountIDs(p app.Plan) []string {
	var ids []string
	for _, a := range p.Actions {
		ids = append(ids, a.Account.ID)
	}
	return ids
}

// The wait before a deletion ends after 30 days and not sooner. It begins anew
// where the account was, or may have been, in use again; a list that was begun
// while the call could still take effect does not count.
func TestWaitBeforeDeletion(t *testing.T) {
	sees := func(s *shop, change func(u *scimtest.User)) {
		s.server.Update("u59", change)
		s.sync()
		s.server.Update("u59", func(u *scimtest.User) { u.Active = false })
	}
	active := func(u *scimtest.User) { u.Active = true }
	for name, tt := range map[string]struct {
		back func(s *shop, p app.Plan)
		wait time.Duration
		why  string // "": it can be planned
	}{
		"an hour early":       {func(*shop, app.Plan) {}, 30*24*time.Hour - time.Hour, "30 days"},
		"in time":             {func(*shop, app.Plan) {}, 30*24*time.Hour + time.Hour, ""},
		"seen active at once": {func(s *shop, _ app.Plan) { sees(s, active) }, 31 * 24 * time.Hour, ""},
		"seen active later":   {func(s *shop, _ app.Plan) { s.clock.ahead += time.Hour; sees(s, active) }, 31 * 24 * time.Hour, "showed it active"},
		"seen, not whether active": {func(s *shop, _ app.Plan) {
			s.clock.ahead += time.Hour
			s.server.Set(func(q *scimtest.Quirks) { q.OmitActive = true })
			s.sync()
			s.server.Set(func(q *scimtest.Quirks) { q.OmitActive = false })
		}, 31 * 24 * time.Hour, "showed it active"},
		"perhaps given back": {func(s *shop, p app.Plan) {
			u := s.undo(p, "HD-9")
			s.server.Fail(scimtest.Fault{Method: http.MethodPatch, Drop: true})
			s.run(u)
		}, 31 * 24 * time.Hour, "given it back"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			p := s.plan(accounts("u59"))
			s.run(p)
			tt.back(s, p)
			s.clock.ahead += tt.wait
			s.importRoster(58)
			s.sync()
			r := accounts("u59")
			r.Action = "delete"
			_, err := s.app.Plan(t.Context(), r)
			if tt.why == "" && err != nil {
				t.Error(err)
			} else if tt.why != "" {
				refused(t, err, tt.why)
			}
		})
	}
}

// The wait is asked about again at the call: an account that was seen in use
// after the plan was made is not deleted.
func TestWaitBeforeDeletionAtTheCall(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	s.server.UpdateGroup("g1", func(g *scimtest.Group) { g.Members = []string{"u01"} }) // so that no finding stops the run
	must(s.app.Sync(t.Context(), app.SyncRequest{AcceptShrink: map[string]int{"Acme": 60}}))(t)
	s.run(s.plan(accounts("u59")))
	s.clock.ahead += 31 * 24 * time.Hour
	s.importRoster(58)
	s.sync()
	r := accounts("u59")
	r.Action = "delete"
	p := s.plan(r)
	s.server.Update("u59", func(u *scimtest.User) { u.Active = true })
	s.sync()
	s.server.Update("u59", func(u *scimtest.User) { u.Active = false })
	if got := s.run(p); outcomes(got) != "skipped" || !strings.Contains(got.Actions[0].Why, "showed it active") {
		t.Errorf("%+v", got.Actions)
	}
	if _, ok := s.server.User("u59"); !ok {
		t.Error("the account is deleted")
	}
}
