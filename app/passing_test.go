package app_test

import (
	"strings"
	"testing"
	"time"

	"rollcall/scim/scimtest"
)

// A 404 that the tenant's collection answers as well, or that is gone at the next
// look, says nothing about one account or group.
func TestPassing404(t *testing.T) {
	closed := scimtest.Quirks{InactiveLeaves: true}
	t.Run("once, when the undo looks at the group", func(t *testing.T) {
		s := newShop(t, closed)
		p := s.plan(accounts("u59"))
		s.run(p)
		s.server.Fail(scimtest.Fault{Method: "GET", Nth: 3, Status: 404})
		if u := s.undo(p, ""); len(u.Actions) != 2 {
			t.Errorf("%d actions; left out: %+v", len(u.Actions), u.NotCovered)
		}
	})
	t.Run("all, when an undo is planned", func(t *testing.T) {
		s := newShop(t, closed)
		p := s.plan(accounts("u59"))
		s.run(p)
		s.server.Fail(scimtest.Fault{Method: "GET", Times: -1, Status: 404})
		_, err := s.app.Undo(t.Context(), p.Hash, "", false)
		if err == nil || !strings.Contains(err.Error(), "404 to other requests too") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("all, before a call", func(t *testing.T) {
		s := newShop(t, closed)
		p := s.plan(accounts("u59"))
		s.server.Fail(scimtest.Fault{Method: "GET", Times: -1, Status: 404})
		r := s.run(p)
		if why := r.Actions[0].Why; outcomes(r) != "skipped" || !strings.Contains(why, "could not be read") {
			t.Errorf("%s: %s", outcomes(r), why)
		}
		s.server.Heal()
		if r := s.run(s.plan(accounts("u59"))); outcomes(r) != "confirmed" {
			t.Errorf("planned again: %+v", r.Actions)
		}
	})
	t.Run("really gone", func(t *testing.T) {
		s := newShop(t, closed)
		p := s.plan(accounts("u59"))
		s.server.Remove("u59")
		if r := s.run(p); !strings.Contains(r.Actions[0].Why, "no longer knows") {
			t.Errorf("%+v", r.Actions)
		}
	})
}

// Nor is it believed at a read-back, or when what is unknown is settled: where it
// passes, where the credential sees nobody any more, and where the list still
// shows the account as active.
func TestNotFoundIsNotGone(t *testing.T) {
	gone := scimtest.Fault{Method: "GET", Path: "/Users/", Times: -1, Status: 404}
	once := scimtest.Fault{Method: "GET", Path: "/Users/", Status: 404}
	for name, tt := range map[string]struct {
		fault scimtest.Fault
		empty bool   // the list
		back  string // outcomes of a run whose calls have no effect and are then followed by the fault
		later string // of a run whose calls are accepted for later, settled under the fault
	}{
		"once":          {once, false, "failed failed", "failed failed"},
		"nobody":        {gone, true, "unknown skipped", "unknown unknown"},
		"still listed":  {gone, false, "unknown skipped", "unknown unknown"},
		"a list of 404": {scimtest.Fault{Method: "GET", Path: "/Users", Times: -1, Status: 404}, false, "unknown skipped", "unknown unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			p := s.plan(accounts("u59", "u60"))
			s.server.Set(func(q *scimtest.Quirks) { q.NoEffect, q.ZeroUsers = true, tt.empty })
			back := tt.fault
			back.Nth = 2
			s.server.Fail(back)
			if r := s.run(p); outcomes(r) != tt.back {
				t.Errorf("read back: %s %+v", outcomes(r), r.Actions)
			}
		})
		t.Run(name+", settled", func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			p := s.plan(accounts("u59", "u60"))
			s.server.Set(func(q *scimtest.Quirks) { q.Accepted, q.ZeroUsers = true, tt.empty })
			s.run(p)
			s.clock.ahead += time.Hour
			s.server.Fail(tt.fault)
			must(s.app.Settle(t.Context()))(t)
			if r := s.run(p); outcomes(r) != tt.later {
				t.Errorf("settled: %s %+v", outcomes(r), r.Actions)
			}
		})
	}
}

// A group that answers 404 once at the read-back of a removal is not lost: the
// run goes on, and the plan is not barred.
func TestPassing404OfGroup(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(removal("g1", "u59", "u60"))
	s.server.Fail(scimtest.Fault{Method: "GET", Path: "/Groups/g1", Nth: 2, Status: 404})
	if r := s.run(p); outcomes(r) != "confirmed confirmed" {
		t.Errorf("%s: %+v", outcomes(r), r.Actions)
	}
}

// What bears a 404 out is a list, read to its end or as far as is worth it; how
// far is said.
func TestGoneIsLookedForInTheList(t *testing.T) {
	for name, tt := range map[string]struct {
		pageCap int
		removed bool
		want    string
		says    string
		change  func(s *shop)
	}{
		"listed on the third page": {25, false, "unknown", "lists it all the same", nil},
		"read to its end":          {25, true, "confirmed-gone", "no longer knows the account.", nil},
		"listed as inactive":       {25, false, "confirmed-gone", "no longer knows the account.", func(s *shop) { s.setActive("u60", false) }},
		"beside one that cannot be read": {25, true, "confirmed-gone", "as far as could be seen: the first 58 users", func(s *shop) {
			s.server.Update("u59", func(u *scimtest.User) { u.Raw = `{"userName":"nobody"}` })
		}},
		"on a page beyond":      {5, false, "confirmed-gone", "as far as could be seen: the first 21 users on its list are not it", nil},
		"gone, on no page read": {5, true, "confirmed-gone", "as far as could be seen: the first 21 users on its list are not it", nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			s.server.Fail(scimtest.Fault{Method: "PATCH", Drop: true})
			s.run(s.plan(accounts("u60")))
			s.clock.ahead += time.Hour
			s.server.Set(func(q *scimtest.Quirks) { q.PageCap = tt.pageCap })
			s.server.Fail(scimtest.Fault{Method: "GET", Path: "/Users/u60", Times: -1, Status: 404})
			if tt.removed {
				s.server.Remove("u60")
			}
			if tt.change != nil {
				tt.change(s)
			}
			s.server.Forget()
			got := must(s.app.Settle(t.Context()))(t)
			if len(got) != 1 || got[0].Outcome != tt.want || !strings.Contains(got[0].Why, tt.says) {
				t.Errorf("%+v", got)
			}
			if n := len(s.server.Requests()); n > 8 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}
