package app_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/app/secrets"
	"rollcall/scim/scimtest"
)

// ended waits until nothing runs the plan any more.
func (s *shop) ended(hash string) app.RunState {
	s.t.Helper()
	for s.t.Context().Err() == nil {
		if st := must(s.app.RunState(s.t.Context(), hash))(s.t); !st.Running {
			return st
		}
	}
	s.t.Fatal("the run did not end")
	return app.RunState{}
}

// held starts a run in the background and waits until its first change is at
// the tenant.
func (s *shop) held(p app.Plan) *scimtest.Barrier {
	s.t.Helper()
	hold := scimtest.NewBarrier()
	s.server.Fail(scimtest.Fault{Method: http.MethodPatch, Arrive: hold, Effect: true})
	if err := s.app.StartRun(p.Hash); err != nil {
		s.t.Fatal(err)
	}
	<-hold.Arrived
	return hold
}

func TestStartRunTellsHowItGoes(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(accounts("u57", "u58", "u59"))
	if st := must(s.app.RunState(t.Context(), p.Hash))(t); st.Begun || st.Running || st.Pending != 3 || st.Refused != nil || st.Ceilings[0].Total != 3 {
		t.Fatalf("before: %+v", st)
	}
	hold := s.held(p)
	st := must(s.app.RunState(t.Context(), p.Hash))(t)
	if !st.Running || !st.Begun || st.Started.IsZero() || outcomes(st.RunResult) != "sent pending pending" {
		t.Errorf("under way: %+v", st)
	}
	o := must(s.app.Overview(t.Context()))(t)
	if len(o.Busy) != 1 || o.Busy[0].What != "run" || o.Busy[0].Total != 3 || o.Busy[0].Tenant != "Acme" {
		t.Errorf("busy: %+v", o.Busy)
	}
	var e *app.Error
	if err := s.app.StartRun(p.Hash); !errors.As(err, &e) || e.Kind != app.KindLocked {
		t.Errorf("a second start: %v", err)
	}
	close(hold.Release)
	if st := s.ended(p.Hash); outcomes(st.RunResult) != "confirmed confirmed confirmed" || st.State != "done" || st.Problem != nil {
		t.Errorf("after: %+v", st)
	}
	refused(t, s.app.StartRun(p.Hash), "runs once")
	if n := len(s.server.Writes()); n != 3 {
		t.Errorf("%d writes, want 3", n)
	}
}

func TestCancelRunStopsBetweenTwoCalls(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(accounts("u57", "u58", "u59"))
	refused(t, s.app.CancelRun(p.Hash), "does not run")
	hold := s.held(p)
	if err := s.app.CancelRun(p.Hash); err != nil {
		t.Fatal(err)
	}
	if st := must(s.app.RunState(t.Context(), p.Hash))(t); !st.Stopping {
		t.Errorf("it does not say that it stops: %+v", st)
	}
	close(hold.Release)
	st := s.ended(p.Hash)
	if outcomes(st.RunResult) != "confirmed pending pending" || st.Problem == nil {
		t.Fatalf("stopped: %+v", st)
	}
	if err := s.app.StartRun(p.Hash); err != nil {
		t.Fatal(err)
	}
	if st := s.ended(p.Hash); outcomes(st.RunResult) != "confirmed confirmed confirmed" || len(s.server.Writes()) != 3 {
		t.Errorf("resumed: %+v, %d writes", st, len(s.server.Writes()))
	}
}

func TestCloseStopsTheRun(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(accounts("u57", "u58"))
	hold := s.held(p)
	closed := make(chan error, 1)
	go func() { closed <- s.app.Close() }()
	for !strings.HasPrefix(s.app.StartRun(p.Hash).Error(), "The workspace is being closed.") {
	}
	close(hold.Release)
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	s.open()
	if st := must(s.app.RunState(t.Context(), p.Hash))(t); outcomes(st.RunResult) != "confirmed pending" || !st.Begun {
		t.Errorf("after: %+v", st)
	}
}

func TestStartRunRefusesAtOnce(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(accounts("u01", "u02", "u03", "u04", "u05", "u06"))
	refused(t, s.app.StartRun(p.Hash), "ceiling is 5")
	st := must(s.app.RunState(t.Context(), p.Hash))(t)
	if st.Begun || st.Refused != nil || st.Ceilings[0].Total != 6 {
		t.Errorf("the ceiling alone is no refusal: %+v", st)
	}
	if err := s.app.StartRun(p.Hash, app.Confirm{Total: 6}); err != nil {
		t.Fatal(err)
	}
	if st := s.ended(p.Hash); st.Confirmed != 6 {
		t.Errorf("with the total named: %+v", st)
	}
	next := s.plan(func() app.PlanRequest { s.sync(); return accounts("u10") }())
	s.importRoster(58)
	if st := must(s.app.RunState(t.Context(), next.Hash))(t); st.Refused == nil {
		t.Errorf("the roster changed and nothing speaks against the plan: %+v", st)
	}
	if plans, err := s.app.PlansAfter(t.Context(), "", "", 1); err != nil || plans.Total != 2 || len(plans.List) != 1 {
		t.Errorf("plans: %+v, %v", plans, err)
	}
}

// A run that another process kept from beginning is told as one that did not
// begin, and its plan says why.
func TestStartRunThatDoesNotBegin(t *testing.T) {
	s := newShopOn(t, scimtest.Quirks{}, app.Config{Dir: t.TempDir(), Secrets: secrets.Memory(), Actor: "tester", LockWait: time.Millisecond})
	mine, theirs := s.plan(accounts("u59")), s.plan(accounts("u60"))
	terminal := must(app.Open(t.Context(), s.cfg))(t)
	defer terminal.Close()
	hold := scimtest.NewBarrier()
	s.server.Fail(scimtest.Fault{Method: http.MethodPatch, Arrive: hold})
	done := make(chan error, 1)
	go func() { _, err := terminal.Run(t.Context(), theirs.Hash); done <- err }()
	<-hold.Arrived
	told := make(chan app.Ended, 1)
	s.app.OnEnded(func(e app.Ended) { told <- e })
	if err := s.app.StartRun(mine.Hash); err != nil {
		t.Fatal(err)
	}
	if e := <-told; !e.Idle || e.N != 1 || e.Short != 1 {
		t.Errorf("told as %+v", e)
	}
	if st := s.ended(mine.Hash); st.Begun || st.Problem == nil {
		t.Errorf("its plan: %+v", st)
	}
	close(hold.Release)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
