package app_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

func TestCeiling(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(accounts("u01", "u02", "u03", "u04", "u05", "u06"))
	if c := p.Ceilings[0]; c.Limit != 5 || c.Total != 6 || len(p.Warnings) == 0 {
		t.Errorf("ceiling %+v, warnings %q", c, p.Warnings)
	}
	for _, confirm := range []int{0, 5, 7} {
		_, err := s.app.Run(t.Context(), p.Hash, app.Confirm{Total: confirm})
		refused(t, err, "--confirm 6")
	}
	if len(s.server.Writes()) != 0 {
		t.Fatal("written above the ceiling")
	}
	three := s.plan(accounts("u01", "u02", "u03"))
	s.run(three)
	s.sync()
	more := s.plan(accounts("u04", "u05", "u06"))
	_, err := s.app.Run(t.Context(), more.Hash)
	refused(t, err, "ceiling is 5")
	r := must(s.app.Run(t.Context(), more.Hash, app.Confirm{Total: 6}))(t)
	if outcomes(r) != "confirmed confirmed confirmed" {
		t.Errorf("with the total named: %s", outcomes(r))
	}
	s.clock.ahead += 23 * time.Hour
	s.sync()
	_, err = s.app.Run(t.Context(), s.plan(accounts("u08")).Hash)
	refused(t, err, "would touch 7 accounts")
	s.clock.ahead += 2 * time.Hour
	s.sync()
	if r := s.run(s.plan(accounts("u08"))); outcomes(r) != "confirmed" {
		t.Errorf("a day later: %s", outcomes(r))
	}
}

// A clock that is set back in the middle of a run ends it: the rest stays pending
// and is carried out once the clock is right.
// A plan above the ceilings of several tenants, by different totals, is run by
// somebody who vouches for each, and for nothing else.
func TestCeilingsOfSeveralTenants(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	opts := scimtest.Options{Groups: []scimtest.Group{{ID: "g1", DisplayName: "Staff"}}}
	for i := 1; i <= 60; i++ {
		opts.Users = append(opts.Users, person(i))
	}
	second := scimtest.New(opts)
	t.Cleanup(second.Close)
	must(s.app.AddTenant(t.Context(), app.TenantSpec{Name: "Beta", BaseURL: second.URL, Token: scimtest.Token, AllowWrites: "test"}))(t)
	must(s.app.Sync(t.Context(), app.SyncRequest{}))(t)
	s.run(s.plan(accounts("u11", "u12", "u13", "u14", "u15")))
	six := s.plan(app.PlanRequest{Tenant: "Beta", Accounts: []string{"u21", "u22", "u23", "u24", "u25", "u26"}, Action: "deactivate", Ticket: "HD-3"})
	must(s.app.Run(t.Context(), six.Hash, app.Confirm{Total: 6}))(t)
	p := must(s.app.Offboard(t.Context(), app.OffboardRequest{Person: "7", Ticket: "HD-4"}))(t)
	st := must(s.app.RunState(t.Context(), p.Hash))(t)
	if st.Refused != nil {
		t.Errorf("the page offers no button: %s %s", st.Refused.Text, st.Refused.Do)
	}
	acme, beta := app.Confirm{Tenant: "Acme", Total: 6}, app.Confirm{Tenant: "Beta", Total: 7}
	for _, x := range []struct {
		said []app.Confirm
		want string
	}{
		{nil, `--confirm "Acme=6"`}, {[]app.Confirm{{Total: 6}}, `--confirm "Beta=7"`}, {[]app.Confirm{acme}, `--confirm "Beta=7"`},
		{[]app.Confirm{beta, {Tenant: "Acme", Total: 7}}, `--confirm "Acme=6"`}, {[]app.Confirm{acme, beta, {Tenant: "Gamma", Total: 1}}, "Gamma"},
	} {
		_, err := s.app.Run(t.Context(), p.Hash, x.said...)
		refused(t, err, x.want)
	}
	r := must(s.app.Run(t.Context(), p.Hash, acme, beta))(t)
	if outcomes(r) != "confirmed confirmed" {
		t.Errorf("vouched for both: %s", outcomes(r))
	}
	page := must(s.app.EntriesPage(t.Context(), app.EntryFilter{Type: "run.started"}, 0, 1))(t)
	if !strings.Contains(page.Entries[0].What, "above the ceiling, 13 accounts vouched for") {
		t.Errorf("the record says %q", page.Entries[0].What)
	}
	if _, err := s.app.Run(t.Context(), p.Hash, acme, app.Confirm{Tenant: "Acme", Total: 9}); kindSaid(err) != app.KindUsage {
		t.Errorf("two numbers for one tenant: %v", err)
	}
}

func TestClockSetBackDuringARun(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(accounts("u01", "u02", "u03"))
	held := scimtest.NewBarrier()
	s.server.Fail(scimtest.Fault{Method: http.MethodPatch, Nth: 2, Effect: true, Reply: held})
	done := make(chan error, 1)
	go func() {
		_, err := s.app.Run(t.Context(), p.Hash)
		done <- err
	}()
	reached(t, held, done)
	s.clock.ahead -= 3 * time.Hour
	close(held.Release)
	refused(t, <-done, "hours behind the record's newest entry")
	s.clock.ahead += 3 * time.Hour
	if r := s.run(p); outcomes(r) != "confirmed confirmed confirmed" || len(s.server.Writes()) != 3 {
		t.Errorf("%s after %d writes: %+v", outcomes(r), len(s.server.Writes()), r.Actions)
	}
}

// What is done by a clock that is behind would not count once it is set right,
// even where a list and a roster were read by that clock before.
func TestClockBehindTheRecordChangesNothing(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	s.clock.ahead -= 25 * time.Hour
	s.importRoster(58)
	s.sync()
	p := s.plan(accounts("u01"))
	_, err := s.app.Run(t.Context(), p.Hash)
	refused(t, err, "hours behind the record's newest entry")
	if len(s.server.Writes()) != 0 {
		t.Error("something was written")
	}
	s.clock.ahead = -4 * time.Minute
	s.sync()
	if r := s.run(s.plan(accounts("u01"))); outcomes(r) != "confirmed" {
		t.Errorf("four minutes behind: %s", outcomes(r))
	}
}

// Two plans that each fit share one ceiling, also while they run.
func TestCeilingHoldsAtEachAction(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	a, b := s.plan(accounts("u01", "u02", "u03")), s.plan(accounts("u04", "u05", "u06"))
	hold := scimtest.NewBarrier()
	s.server.Fail(scimtest.Fault{Method: http.MethodPatch, Arrive: hold, Effect: true})
	done := make(chan app.RunResult, 1)
	go func() { r, _ := s.app.Run(t.Context(), a.Hash); done <- r }()
	reached(t, hold, done)
	rb := s.run(b) // u01 is counted, u02 and u03 are not yet
	close(hold.Release)
	ra := <-done
	if ra.Confirmed+rb.Confirmed != 5 || len(s.server.Writes()) != 5 {
		t.Errorf("%d and %d confirmed, %d writes; the ceiling is 5", ra.Confirmed, rb.Confirmed, len(s.server.Writes()))
	}
}
