package app_test

import (
	"testing"
	"time"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// A plan that was run says when, by whom, and which of the calls that it allows
// were sent.
func TestPlanSaysHowItRan(t *testing.T) {
	for name, tt := range map[string]struct {
		quirks scimtest.Quirks
		sent   int
	}{"the first call": {scimtest.Quirks{}, 1}, "each until one was taken": {scimtest.Quirks{PatchStatus: 405}, 3}} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, tt.quirks)
			p := s.plan(accounts("u59"))
			if !p.Started.IsZero() || !p.Ended.IsZero() || p.RanBy != "" {
				t.Errorf("before its run: %v, %v, %q", p.Started, p.Ended, p.RanBy)
			}
			r := s.run(p)
			p = must(s.app.PlanByHash(t.Context(), p.Hash))(t)
			if p.Started.Before(p.Created) || p.Ended.Before(p.Started) || p.RanBy != "tester" {
				t.Errorf("planned %v, begun %v by %q, ended %v", p.Created, p.Started, p.RanBy, p.Ended)
			}
			if got := must(s.app.FormsSent(t.Context(), p.Hash, r.Actions))(t); got[1] != tt.sent {
				t.Errorf("%v of %d calls were sent, not %d", got, len(p.Actions[0].Calls), tt.sent)
			}
		})
	}
}

// The way back that is planned again after it was dropped stands on what was
// read then.
func TestUndoPlannedAgainIsReadAnew(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(accounts("u59"))
	s.run(p)
	undo := func() app.Plan { return must(s.app.Undo(t.Context(), p.Hash, "", false))(t) }
	was := undo()
	must(s.app.DropPlan(t.Context(), was.Hash, "not yet"))(t)
	s.clock.ahead += 19 * time.Minute
	now := undo()
	if now.Hash != was.Hash || !now.Created.After(was.Created) || !now.Freshness[0].Taken.After(was.Created) {
		t.Errorf("planned %v, read %v; before that %v, %v", now.Created, now.Freshness[0].Taken, was.Created, was.Freshness[0].Taken)
	}
}
