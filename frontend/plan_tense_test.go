package frontend

import (
	"strings"
	"testing"

	"rollcall/app"
)

// A plan's page speaks of what will be, of what was, or of what never came to be.
func TestPlanTense(t *testing.T) {
	call := func(n int) app.PlanAction {
		return app.PlanAction{N: n, TenantID: "t1", Tenant: "Acme", Action: "deactivate", Account: app.FindingAccount{UserName: "ann"}, Calls: []app.Call{{Method: "PATCH", Path: "/Users/1"}, {Method: "PUT", Path: "/Users/1"}}}
	}
	step := app.PlanAction{N: 2, TenantID: "t2", Tenant: "Desk", Action: "close-by-hand", ByHand: "Close it. Then mark the step done with a note; the next file confirms it."}
	ran := app.RunState{Begun: true, RunResult: app.RunResult{Actions: []app.ActionResult{{N: 1, Outcome: "confirmed", Calls: 1}, {N: 2, Outcome: "done-unconfirmed", Intent: -1}}}}
	for name, tt := range map[string]struct {
		plan        app.Plan
		state       app.RunState
		says, never []string
	}{
		"planned":    {app.Plan{State: "planned", Actions: []app.PlanAction{call(1)}}, app.RunState{}, []string{"Sends 1 request", "What will be recorded", "Exact call, after re-reading the account"}, []string{"Sent", ", run "}},
		"dropped":    {app.Plan{State: "dropped", Dropped: "no", Actions: []app.PlanAction{call(1)}}, app.RunState{}, []string{"Would have sent 1 request nothing was sent", "What is recorded", "That it was dropped"}, []string{"What will be", "Sends", "Before each call"}},
		"run":        {app.Plan{State: "done", Created: sampleNow, Started: sampleNow, RanBy: "ada", Actions: []app.PlanAction{call(1), step}}, ran, []string{"Sent 1 request", "What is recorded", " by ada", "Close it. "}, []string{"What will be", "Sends", "after re-reading", "Then mark the step done"}},
		"by hand":    {app.Plan{State: "planned", Actions: []app.PlanAction{step}}, app.RunState{RunResult: app.RunResult{Pending: 1}}, []string{"Sends nothing", "What a person does", "Nothing is read or sent", "Then mark the step done"}, []string{"Exact call", "is read first"}},
		"both kinds": {app.Plan{State: "planned", Actions: []app.PlanAction{call(1), step}}, app.RunState{RunResult: app.RunResult{Pending: 2}}, []string{"Exact call, or what a person does", "Each account that is reached over SCIM is read first"}, nil},
	} {
		tt.plan.Hash, tt.plan.Ticket, tt.plan.Warnings = strings.Repeat("ab", 32), "T", []string{"Look at this."}
		v := newPlan(tt.plan, tt.state, 0, sampleNow)
		if v.Run.Ended {
			v.markSent(map[int]int{1: 1})
		}
		got := text(byID(draw(t, planPage(newShell(sampleOverview().Frame(), "Plan", "plans", sampleNow), v)), "page"))
		for _, w := range tt.says {
			if !strings.Contains(got, w) {
				t.Errorf("%s: no %q: %s", name, w, got)
			}
		}
		for _, w := range tt.never {
			if strings.Contains(got, w) {
				t.Errorf("%s: %q: %s", name, w, got)
			}
		}
		if after := strings.Index(got, "Look at this.") > strings.Index(got, "Actions in order"); after != tt.state.Begun {
			t.Errorf("%s: the warning stands behind the outcomes: %v", name, after)
		}
		if c := v.Groups[0].Rows[0].Calls; len(c) == 2 && v.Run.Ended && (c[0].Sent != "sent" || c[1].Sent != "not sent") {
			t.Errorf("%s: the calls are %+v", name, c)
		}
	}
}

func TestDeedNames(t *testing.T) {
	for want, names := range map[string][]string{"a": {"a", "a"}, "a, b, c": {"c", "b", "a"}, "a, b, c and 2 more": {"e", "d", "c", "b", "a"}} {
		if got := deedNames(names); got != want {
			t.Errorf("%v: %q", names, got)
		}
	}
}
