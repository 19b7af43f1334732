package app

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"rollcall/app/reconcile"
	"rollcall/audit"
	"rollcall/db/storeq"
	"rollcall/scim"
)

// Run executes exactly that plan, once. Asked again it resumes what was not
// begun, reads back what is unknown, and tells the result. confirms are the
// totals that a person named, where the plan is above a ceiling.
//
// Everything is checked before the first call, and the plan is refused as a
// whole. A cancelled ctx ends the run between two calls; the one under way
// still gets its outcome.
func (a *App) Run(ctx context.Context, hashOrPrefix string, confirms ...Confirm) (RunResult, error) {
	var res RunResult
	said, err := named(confirms)
	if err != nil {
		return res, err
	}
	err = a.mutate(ctx, func(w *writer) error {
		p, err := a.findPlan(ctx, hashOrPrefix)
		if err != nil {
			return err
		}
		if !a.claim(p.Hash) {
			return &Error{Kind: KindLocked, Text: "This plan is running.", Do: "Wait until it has ended."}
		}
		defer a.unclaim(p.Hash)
		if p, err = a.findPlan(ctx, p.Hash); err != nil {
			return err
		}
		if err := notDropped(p); err != nil {
			return err
		}
		err = errors.Join(w.settlePlan(ctx, p.Hash), w.confirmAllSteps(ctx))
		res.Repeat = p.Row.Done != nil
		if err == nil && !res.Repeat {
			err = w.run(ctx, p, said)
		}
		if shown, e := a.runResult(context.WithoutCancel(ctx), p); e == nil {
			shown.Repeat = res.Repeat
			res = shown
		} else if err == nil {
			err = e
		}
		return err
	})
	return res, err
}

// run sends what is pending. Whatever stops it, what was sent has its outcome
// and the rest stays pending.
func (w *writer) run(ctx context.Context, p storedPlan, said totals) error {
	pending, err := w.a.pending(ctx, p)
	if err != nil {
		return err
	}
	if len(pending) == 0 {
		return w.finishRun(context.WithoutCancel(ctx), p) // it ended between its last outcome and here
	}
	ground := w.moves.Load()
	p.Ground = &ground
	if p.Confirmed, err = w.a.checkRun(ctx, p, said); err != nil {
		return err
	}
	if err := w.a.checkFindings(ctx, p, pending); err != nil {
		return err
	}
	clients, err := w.clients(ctx, p)
	if err != nil {
		return err
	}
	if err := w.startRun(ctx, p, said); err != nil {
		return err
	}
	started, most := w.a.cfg.Now(), map[[2]string]int{}
	for done, i := range pending {
		if ctx.Err() != nil {
			return &Error{Kind: KindFailed, Text: fmt.Sprintf("The run was stopped; %d of %d actions were not begun.", len(pending)-done, len(p.Body.Actions)), Do: "Run the plan again to go on.", Err: ctx.Err()}
		}
		act := p.Body.Actions[i]
		w.a.runStep(p.Hash, Progress{What: "run", Tenant: p.View.Plan.Actions[i].Tenant, Stage: "action", Done: done, Total: len(pending), Started: started})
		x := action{w: w, client: clients[act.Tenant], plan: p, i: i, most: most}
		carryOut := x.do
		if act.Action == actionClose {
			carryOut = x.openStep
		}
		if err := carryOut(ctx); err != nil {
			return err
		}
	}
	w.a.runStep(p.Hash, Progress{What: "run", Stage: "done", Done: len(pending), Total: len(pending), Started: started})
	return w.finishRun(ctx, p)
}

func (w *writer) startRun(ctx context.Context, p storedPlan, said totals) error {
	_, err := w.record(ctx, audit.Draft{
		Type: typeRunStarted, Tenant: p.Body.tenant(), Ticket: p.Body.Ticket,
		Data: runStarted{Plan: p.Hash, Confirm: said[""], Confirmed: p.Confirmed, Resumed: p.Row.Started != nil},
	})
	return err
}

func (w *writer) finishRun(ctx context.Context, p storedPlan) error {
	r, err := w.a.runResult(ctx, p)
	if err != nil || r.Pending > 0 {
		return err
	}
	tenants, accounts := leftOut(r.NotCovered)
	_, err = w.record(ctx, audit.Draft{
		Type: typeRunFinished, Tenant: p.Body.tenant(), Ticket: p.Body.Ticket,
		Data: runFinished{
			Plan: p.Hash, Confirmed: r.Confirmed, Skipped: r.Skipped, Failed: r.Failed, Unknown: r.Unknown, ByHand: r.ByHand, NotCovered: tenants + accounts,
		},
	})
	return err
}

// clients opens one client for each tenant of the plan; the tokens are needed
// from here on.
func (w *writer) clients(ctx context.Context, p storedPlan) (map[string]*scim.Client, error) {
	out := map[string]*scim.Client{}
	for _, t := range p.Body.Tenants {
		row, err := w.a.tenantRow(ctx, t.ID)
		if err != nil {
			return nil, err
		}
		if row.Source == SourceFile {
			continue
		}
		c, err := w.a.client(ctx, t.ID)
		if err != nil {
			return nil, err
		}
		out[t.ID] = c
	}
	return out, nil
}

// pending are the actions that were not begun, or whose last call ended with
// "the next form follows" just before the process did.
func (a *App) pending(ctx context.Context, p storedPlan) ([]int, error) {
	rows, err := a.actionRows(ctx, p.Hash)
	if err != nil {
		return nil, err
	}
	var out []int
	for i, row := range rows {
		if row.Outcome == outcomePending {
			out = append(out, i)
		}
	}
	return out, nil
}

// checkRun refuses the whole plan where anything that it stands on has changed.
// confirmed is by tenant id the total that a person's word lifts its ceiling to:
// those that are above it now, and no other.
func (a *App) checkRun(ctx context.Context, p storedPlan, said totals) (confirmed map[string]int, err error) {
	logID, err := a.rec.LogID(ctx)
	if err != nil {
		return nil, fileError(err)
	}
	if p.Body.Log != logID {
		return nil, refused1("This plan was made in another workspace.", "Plan again here.")
	}
	if err := a.clockRight(ctx); err != nil {
		return nil, err
	}
	if err := a.checkStates(p); err != nil {
		return nil, err
	}
	if err := a.checkHarm(ctx, p); err != nil {
		return nil, err
	}
	if !p.Body.undoes() {
		if err := a.checkRoster(ctx, p); err != nil {
			return nil, err
		}
	}
	confirmed = map[string]int{}
	var tenants []Tenant
	bare := 0 // lifted by a total that names no tenant
	for i := range p.Body.Tenants {
		t, above, err := a.checkTenant(ctx, p, i, said)
		if err != nil {
			return nil, err
		}
		tenants = append(tenants, t)
		if above {
			confirmed[t.ID] = said.of(t)
		}
		if above && !said.names(t) {
			bare++
		}
	}
	if bare > 1 && !p.Body.undoes() {
		return nil, refused1(fmt.Sprintf("%d tenants are above their ceilings, and one total without a tenant counts for one.", bare), "Name the total of each with its tenant.")
	}
	if name := said.stray(tenants); name != "" {
		return nil, refused1("A total is named for "+quoted(name)+", in which this plan does nothing.", "Look at the plan again.")
	}
	return confirmed, nil
}

// checkStates holds the readable states against the hashed digests.
func (a *App) checkStates(p storedPlan) error {
	pepper := a.rec.Pepper()
	for i, s := range p.View.Before {
		if d, err := s.digest(pepper[:]); err != nil || d != p.Body.Actions[i].Before {
			return refused1("The plan's account states are not those that were hashed.", "Plan again.")
		}
	}
	return nil
}

func (a *App) checkRoster(ctx context.Context, p storedPlan) error {
	roster, err := a.Roster(ctx)
	if err != nil {
		return err
	}
	var now planRoster
	if roster != nil {
		now = planRoster{Source: roster.Source, Revision: roster.Revision}
	}
	if now != p.Body.Roster {
		return refused1("The roster changed since the plan was made.", "Plan again: someone may have a person now.")
	}
	return nil
}

// checkTenant also says whether the plan goes above the tenant's ceiling.
func (a *App) checkTenant(ctx context.Context, p storedPlan, i int, said totals) (t Tenant, above bool, err error) {
	planned := p.Body.Tenants[i]
	t, err = a.Tenant(ctx, planned.ID)
	if err != nil {
		return t, false, err
	}
	if !t.Writes && t.Source != SourceFile && p.Body.writesTo(t.ID) {
		return t, false, refused1(t.Name+" is read-only.", "Allow changes with rollcall tenant allow-writes "+quoted(t.Name)+" --reason …")
	}
	if !p.Body.undoes() {
		if err = refusedFor("Nothing can be changed in "+t.Name+".", t.Blocked); err != nil {
			return t, false, err
		}
	}
	if t.BaseURL != planned.BaseURL {
		return t, false, refused1("The address of "+t.Name+" is not the one that was planned.", "Plan again.")
	}
	if err := a.checkAge(ctx, t, p.View.Plan.Freshness[i].Taken); err != nil {
		return t, false, err
	}
	c, err := a.ceiling(ctx, t, p.Body.Actions)
	if err != nil {
		return t, false, err
	}
	confirm := said.of(t)
	if c.Total > c.Limit && confirm != c.Total && !p.Body.undoes() {
		do := "If that is meant, " + c.runWith(len(p.Body.Tenants)) + "."
		if c.Used > 0 {
			do += " Calls of the last 24 hours that were refused count too, where the tenant may still carry them out."
		}
		return t, false, refused1(fmt.Sprintf("This would touch %d accounts of %s within 24 hours; the ceiling is %d.", c.Total, t.Name, c.Limit), do)
	}
	if confirm != 0 && confirm != c.Total && len(p.Body.Tenants) == 1 {
		return t, false, refused1(fmt.Sprintf("--confirm names %d accounts, and with this plan it would be %d of %s within 24 hours.", confirm, c.Total, t.Name),
			"Look at the plan again; the number has to be exact.")
	}
	return t, c.Total > c.Limit, nil
}

// runResult reads what each action came to.
func (a *App) runResult(ctx context.Context, p storedPlan) (RunResult, error) {
	rows, err := a.actionRows(ctx, p.Hash)
	if err != nil {
		return RunResult{}, err
	}
	steps, err := a.stepsOf(ctx, p.Hash)
	if err != nil {
		return RunResult{}, err
	}
	lists := map[string]*listed{}
	r := RunResult{Hash: p.Hash, Ticket: p.Body.Ticket, State: "done", NotCovered: p.View.Plan.NotCovered, Notes: p.View.Plan.asListed()}
	for i, row := range rows {
		res := resultOf(p.View.Plan.Actions[i], row)
		if step, opened := steps[row.N]; opened {
			res.Note = step.Note
			if res.Doubt, err = a.doubt(ctx, p, step, lists); err != nil {
				return RunResult{}, err
			}
		}
		r.count(res.Outcome)
		r.Actions = append(r.Actions, res)
	}
	if r.Pending > 0 {
		r.State = "unfinished"
	}
	return r, nil
}

func (r *RunResult) count(outcome string) {
	switch outcome {
	case outcomeConfirmed, outcomeGone:
		r.Confirmed++
	case outcomeSkipped:
		r.Skipped++
	case outcomeFailed:
		r.Failed++
	case outcomePending:
		r.Pending++
	case outcomeByHand:
		r.ByHand++
	case outcomeDone:
		r.ByHand++
		r.Marked++
	default:
		r.Unknown++
	}
}

func resultOf(want PlanAction, row storeq.Action) ActionResult {
	res := ActionResult{
		N: want.N, Tenant: want.Tenant, Account: want.Account, Outcome: row.Outcome, Why: row.Why, Calls: int(row.Calls), Intent: -1, Seq: -1,
	}
	if row.IntentSeq != nil {
		res.Intent = *row.IntentSeq
	}
	if row.OutcomeSeq != nil {
		res.Seq = *row.OutcomeSeq
	}
	if row.At != nil {
		res.At = time.UnixMilli(*row.At).UTC()
	}
	return res
}

// checkAge holds also where a newer list has come since the plan was made.
func (a *App) checkAge(ctx context.Context, t Tenant, taken time.Time) error {
	var most time.Duration
	err := a.read(ctx, func(q *storeq.Queries) (err error) {
		most, err = settingDuration(ctx, q, settingStaleAfter, staleAfter)
		return err
	})
	if err != nil || age(a.cfg.Now(), taken) <= most {
		return err
	}
	return refused1(fmt.Sprintf("The plan stands on a list of %s that is older than %s.", t.Name, ageWords(most)), "Sync, then plan again.")
}

// age of a list. One from the future, by more than clocks differ, is as good as
// infinitely old: this machine's clock was set back.
func age(now, taken time.Time) time.Duration {
	if d := now.Sub(taken); d > -clockSlack {
		return d
	}
	return math.MaxInt64
}

const clockSlack = 5 * time.Minute

// checkFindings refuses a plan that stands on a finding which a person has
// since answered, by a link or an exception.
func (a *App) checkFindings(ctx context.Context, p storedPlan, pending []int) error {
	still := map[[3]string]bool{}
	for _, t := range p.Body.Tenants {
		page, err := a.Findings(ctx, FindingFilter{Tenant: t.ID, Limit: -1})
		if err != nil {
			return err
		}
		for _, f := range page.Findings {
			still[[3]string{t.ID, f.Account.ID, string(f.Kind)}] = true
		}
	}
	for _, i := range pending {
		b := p.Body.Actions[i]
		if b.Finding == "" || (change{action: b.Action}).undoes() || still[[3]string{b.Tenant, b.Account, b.Finding}] {
			continue
		}
		acc, err := a.accountForPlan(ctx, b.Tenant, b.Account)
		if isNotFound(err) || err == nil && acc.Active == string(reconcile.ActiveFalse) {
			continue // it changed in the tenant: the action itself finds that out
		}
		if err != nil {
			return err
		}
		return refused1(fmt.Sprintf("%s is not %s any more: a person linked or excepted it since.", quoted(p.View.Plan.Actions[i].Account.UserName), b.Finding), "Plan again.")
	}
	return nil
}
