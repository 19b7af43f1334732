package app_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

func (s *shop) link(account, person string) {
	s.t.Helper()
	must(s.app.LinkAccount(s.t.Context(), "Acme", account, person, "looked it up"))(s.t)
}

func named(ticket, account string) app.PlanRequest {
	r := accounts(account)
	r.Ticket = ticket
	return r
}

func (s *shop) undo(p app.Plan, ticket string) app.Plan {
	s.t.Helper()
	return must(s.app.Undo(s.t.Context(), p.Hash, ticket, false))(s.t)
}

// Whose an account is was decided after the plan: it is not closed, also where
// the plan stands on no finding.
func TestLinkedSinceThePlanIsNotClosed(t *testing.T) {
	tests := map[string]struct {
		account string
		plan    func(s *shop) app.Plan
		decide  func(s *shop)
	}{
		"offboarded, then somebody else's": {"u09", func(s *shop) app.Plan {
			return must(s.app.Offboard(s.t.Context(), app.OffboardRequest{Person: "9", Ticket: "HD-7"}))(s.t)
		}, func(s *shop) { s.link("u09", "20") }},
		"named, then linked": {"u01", func(s *shop) app.Plan { return s.plan(accounts("u01")) }, func(s *shop) { s.link("u01", "2") }},
		"linked to another person": {"u20", func(s *shop) app.Plan {
			s.link("u20", "9")
			return must(s.app.Offboard(s.t.Context(), app.OffboardRequest{Person: "9", Ticket: "HD-7"}))(s.t)
		}, func(s *shop) { s.link("u20", "20") }},
		"unlinked": {"u20", func(s *shop) app.Plan {
			s.link("u20", "9")
			return must(s.app.Offboard(s.t.Context(), app.OffboardRequest{Person: "9", Ticket: "HD-7"}))(s.t)
		}, func(s *shop) { must(s.app.UnlinkAccount(s.t.Context(), "Acme", "u20", "a mistake"))(s.t) }},
		"excepted, named, then linked": {"u59", func(s *shop) app.Plan {
			until := s.clock.now().AddDate(0, 1, 0).Format(time.DateOnly)
			must(s.app.ExceptFinding(s.t.Context(), app.ExceptRequest{Tenant: "Acme", Account: "u59", Kind: "orphaned", Until: until, Reason: "agreed"}))(s.t)
			return s.plan(accounts("u59"))
		}, func(s *shop) { s.link("u59", "3") }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			p := tt.plan(s)
			tt.decide(s)
			r, err := s.app.Run(t.Context(), p.Hash)
			if err != nil {
				refused(t, err, "linked") // its finding is gone as well
			}
			for _, a := range r.Actions {
				if a.Account.ID == tt.account && err == nil && (a.Outcome != "skipped" || !strings.Contains(a.Why, "linked this account")) {
					t.Errorf("%+v", a)
				}
			}
			if len(r.Actions) == 0 || !s.active(tt.account) {
				t.Errorf("%s is closed, or was not planned: %+v", tt.account, r.Actions)
			}
		})
	}
}

// A plan that another plan has overtaken on an account leaves it alone, and so
// does the way back; a plan is not overtaken by itself or by what came before.
func TestOvertakenPlanIsSkipped(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	old, b := s.plan(named("HD-1", "u59")), s.plan(named("HD-2", "u59"))
	s.run(b)
	first, second := s.undo(b, "HD-2b"), s.undo(b, "HD-3")
	if r := s.run(second); outcomes(r) != "confirmed" {
		t.Fatalf("undo: %+v", r.Actions)
	}
	if r := s.run(old); outcomes(r) != "skipped" || !s.active("u59") {
		t.Errorf("the plan from before: %+v", r.Actions)
	}
	s.clock.ahead += time.Hour
	s.sync()
	if r := s.run(s.plan(named("HD-4", "u59"))); outcomes(r) != "confirmed" {
		t.Fatalf("planned again: %+v", r.Actions)
	}
	if r := s.run(first); outcomes(r) != "skipped" || s.active("u59") {
		t.Errorf("the undo from before: %+v", r.Actions)
	}
}

// What was in use again after it was deactivated waits for its deletion anew.
func TestNoDeletionOfWhatWasInUseAgain(t *testing.T) {
	tests := map[string]struct {
		back func(s *shop, p app.Plan)
		why  string
	}{
		"undone":           {func(s *shop, p app.Plan) { s.run(s.undo(p, "HD-3")) }, "given it back"},
		"seen active once": {func(s *shop, _ app.Plan) { s.server.Update("u59", func(u *scimtest.User) { u.Active = true }) }, "showed it active"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			p := s.plan(accounts("u59"))
			s.run(p)
			s.clock.ahead += time.Hour
			tt.back(s, p)
			s.sync()
			s.server.Update("u59", func(u *scimtest.User) { u.Active = false })
			s.clock.ahead += 31 * 24 * time.Hour
			s.importRoster(58)
			s.sync()
			r := accounts("u59")
			r.Action = "delete"
			_, err := s.app.Plan(t.Context(), r)
			refused(t, err, tt.why)
		})
	}
}

// What lists showed after a deactivation is not known where the store was lost
// since: the 30 days begin with the first list that is known again.
func TestNoDeletionOverListsThatWereLost(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	s.run(s.plan(accounts("u60")))
	s.clock.ahead += 20 * 24 * time.Hour
	s.setActive("u60", true)
	s.sync()
	s.clock.ahead += 19 * 24 * time.Hour
	s.setActive("u60", false) // somebody, yesterday
	s.sync()
	s.clock.ahead += 24 * time.Hour
	s.loseStore()
	gone := accounts("u60")
	gone.Action = "delete"
	for _, days := range []int{0, 29} {
		s.clock.ahead += time.Duration(days) * 24 * time.Hour
		s.importRoster(58)
		s.sync()
		_, err := s.app.Plan(t.Context(), gone)
		refused(t, err, "lost with the store")
	}
	s.clock.ahead += 24 * time.Hour
	s.sync()
	if r := s.run(s.plan(gone)); outcomes(r) != "confirmed-gone" {
		t.Errorf("30 days after the first list that is known again: %+v", r.Actions)
	}
}

// A store that was lost, and with it no list since the deactivation, begins no
// 30 days anew.
func TestDeletionWhereNoListSinceWasLost(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	s.run(s.plan(accounts("u60")))
	s.loseStore()
	s.clock.ahead += 31 * 24 * time.Hour
	s.importRoster(58)
	s.syncAccepting(60)
	gone := accounts("u60")
	gone.Action = "delete"
	if r := s.run(s.plan(gone)); outcomes(r) != "confirmed-gone" {
		t.Errorf("%+v", r.Actions)
	}
}

// --confirm lifts the ceiling of the tenant that it was asked for, and no other:
// while the first tenant answers, another run takes the second one's places.
func TestConfirmCountsWhereItWasAskedFor(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	var o scimtest.Options
	for i := 1; i <= 60; i++ {
		o.Users = append(o.Users, person(i))
	}
	beta := scimtest.New(o)
	t.Cleanup(beta.Close)
	must(s.app.AddTenant(t.Context(), app.TenantSpec{Name: "Beta", BaseURL: beta.URL, Token: scimtest.Token, AllowWrites: "test"}))(t)
	for _, account := range []string{"u55", "u56", "u57", "u58", "u59"} {
		s.link(account, "7")
	}
	must(s.app.Sync(t.Context(), app.SyncRequest{}))(t)
	p := must(s.app.Offboard(t.Context(), app.OffboardRequest{Person: "7", Ticket: "HD-7"}))(t)
	r := accounts("u01", "u02", "u03", "u04", "u05")
	r.Tenant = "Beta"
	other := s.plan(r)
	hold := scimtest.NewBarrier()
	s.server.Fail(scimtest.Fault{Method: http.MethodPatch, Effect: true, Reply: hold})
	done := make(chan app.RunResult, 1)
	go func() { r, _ := s.app.Run(t.Context(), p.Hash, app.Confirm{Total: 6}); done <- r }()
	reached(t, hold, done)
	s.run(other)
	close(hold.Release)
	if got := outcomes(<-done); got != "confirmed confirmed confirmed confirmed confirmed confirmed skipped" {
		t.Error(got)
	}
	if u, _ := beta.User("u07"); !u.Active {
		t.Error("a sixth account of Beta is closed")
	}
}
