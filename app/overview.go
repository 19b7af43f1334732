package app

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rollcall/app/reconcile"
	"rollcall/db/storeq"
)

// Overview is the first page: every tenant, the roster, what was found, what
// waits for a person and what is running.
func (a *App) Overview(ctx context.Context) (Overview, error) {
	o := Overview{Now: a.cfg.Now().UTC(), ByKind: map[reconcile.Kind]int{}, ToDo: []ToDo{}, Busy: []Progress{}, Demo: a.cfg.Demo}
	ctx, err := a.derivedOnce(ctx)
	if err != nil {
		return o, err
	}
	if o.Tenants, err = a.Tenants(ctx); err != nil {
		return o, err
	}
	if o.Roster, err = a.Roster(ctx); err != nil {
		return o, err
	}
	if o.Record, err = a.RecordState(ctx); err != nil {
		return o, err
	}
	err = a.read(ctx, func(q *storeq.Queries) error {
		if err := o.count(ctx, q); err != nil {
			return err
		}
		if err := o.history(ctx, q, a.cfg.Now()); err != nil {
			return err
		}
		return o.lists(ctx, q, a.cfg.Now())
	})
	if err != nil {
		return o, err
	}
	return o, a.collectToDo(ctx, &o)
}

func (o *Overview) count(ctx context.Context, q *storeq.Queries) error {
	closed, err := closedFindings(ctx, q, "")
	if err != nil {
		return err
	}
	if o.ByKind, err = countKinds(ctx, q, "", closed); err != nil {
		return err
	}
	if o.LeftAlone, err = countAlone(ctx, q, "", closed); err != nil {
		return err
	}
	leavers, err := q.Leavers(ctx)
	o.LeaverPeople = int(leavers.People)
	if leavers.Since > 0 {
		o.LongestLeaver = int(o.Now.Sub(fromMillis(leavers.Since)).Hours() / 24)
	}
	return err
}

// collectToDo gathers why nothing can be planned: once for the roster, then
// for each tenant, and what went wrong or goes on in this process.
func (a *App) collectToDo(ctx context.Context, o *Overview) error {
	var roster []Problem
	err := a.read(ctx, func(q *storeq.Queries) (err error) {
		roster, err = a.rosterReadiness(ctx, q)
		return err
	})
	if err != nil {
		return err
	}
	for _, p := range roster {
		o.ToDo = append(o.ToDo, ToDo{Problem: p})
	}
	busy, failed := a.know.state()
	o.Busy, o.Ended = busy, a.know.lastEnded()
	for _, t := range o.Tenants {
		if p, ok := failed[t.ID]; ok {
			o.ToDo = append(o.ToDo, ToDo{Problem: p, Tenant: t.Name})
		}
		own, err := a.ownToDo(ctx, t, roster)
		if err != nil {
			return err
		}
		for _, p := range own {
			o.ToDo = append(o.ToDo, ToDo{Problem: p, Tenant: t.Name})
		}
	}
	if o.Record.Stray {
		o.ToDo = append(o.ToDo, ToDo{Problem: strayStore})
	}
	if o.Record.Unkept != "" {
		o.ToDo = append(o.ToDo, ToDo{Problem: Problem{"checkpoint-not-kept", o.Record.Unkept, "Check that the secrets can be reached and that the disk has room."}})
	}
	return a.plansToDo(ctx, o)
}

// mostWaiting is how many plans that wait are named one by one.
const mostWaiting = 5

// stepsToDo adds, for each tenant, the accounts that a person has to close, those
// that somebody says are closed and the next file has to confirm, and those that a
// file showed to be open still.
func (o *Overview) stepsToDo(ctx context.Context, q *storeq.Queries) error {
	rows, err := q.OpenSteps(ctx)
	if err != nil {
		return err
	}
	failed, err := q.FailedSteps(ctx, o.Now.UnixMilli())
	if err != nil || len(rows)+len(failed) == 0 {
		return err
	}
	for _, t := range o.Tenants {
		o.failedToDo(t, failed)
		var open, marked []storeq.Step
		for _, r := range rows {
			switch {
			case r.TenantID != t.ID:
			case r.Done == nil:
				open = append(open, r)
			default:
				marked = append(marked, r)
			}
		}
		if n := len(open); n > 0 {
			text := counted(n, "account") + wait(n) + " to be closed by hand in " + t.Name + "."
			o.ToDo = append(o.ToDo, ToDo{Problem: Problem{"steps-open", text, "Close what the plan names, and mark each step done with a note."}, Tenant: t.Name, Plan: open[0].Plan})
		}
		if n := len(marked); n > 0 {
			text := counted(n, "step") + " done by hand" + wait(n) + " for the next file of " + t.Name + "."
			if t.Sync != nil && !t.Sync.Started.After(fromMillis(*marked[n-1].Done)) {
				text = strings.TrimSuffix(text, ".") + "; the newest was exported at " + stamp(t.Sync.Started) + ", before a step was marked."
			}
			o.ToDo = append(o.ToDo, ToDo{Problem: Problem{"steps-marked", text, "Export a newer list there and import it; that confirms what was done."}, Tenant: t.Name, Plan: marked[0].Plan})
		}
	}
	return nil
}

func wait(n int) string {
	if n == 1 {
		return " waits"
	}
	return " wait"
}

// failedToDo tells of accounts that somebody said were closed and that are not.
func (o *Overview) failedToDo(t Tenant, failed []storeq.FailedStepsRow) {
	var names []string
	plan := ""
	for _, f := range failed {
		if f.TenantID == t.ID {
			names, plan = append(names, quoted(f.UserName)), cmp.Or(plan, f.Plan)
		}
	}
	if len(names) > 0 {
		text := "Said to be closed by hand in " + t.Name + ", and active in its newest list: " + someOf(names) + "."
		o.ToDo = append(o.ToDo, ToDo{Problem: Problem{"steps-failed", text, "Look there again, and plan what is to be closed anew."}, Tenant: t.Name, Plan: plan})
	}
}

// plansToDo adds plans with calls whose outcome is unknown, plans that are young
// enough to be run and were not, or not to their end, and steps by hand.
func (a *App) plansToDo(ctx context.Context, o *Overview) error {
	return a.read(ctx, func(q *storeq.Queries) error {
		if err := o.stepsToDo(ctx, q); err != nil {
			return err
		}
		unknown, err := q.UnsettledPlans(ctx)
		if err != nil {
			return err
		}
		for _, p := range unknown {
			text := fmt.Sprintf("The outcome of %s of plan %s (%s) is unknown.", counted(int(p.N), "call"), p.Plan[:leastPrefix], p.Ticket)
			o.ToDo = append(o.ToDo, ToDo{Problem: Problem{"unsettled", text, "Read the accounts back with rollcall settle."}, Plan: p.Plan})
		}
		most, err := settingDuration(ctx, q, settingStaleAfter, staleAfter)
		if err != nil {
			return err
		}
		waiting, err := q.WaitingPlans(ctx, o.Now.Add(-most).UnixMilli())
		waiting = slices.DeleteFunc(waiting, func(p storeq.WaitingPlansRow) bool {
			_, running := a.know.one(runKey(p.Hash))
			return running || slices.ContainsFunc(unknown, func(u storeq.UnsettledPlansRow) bool { return u.Plan == p.Hash })
		})
		for _, p := range waiting[:min(len(waiting), mostWaiting)] {
			o.ToDo = append(o.ToDo, waitingPlan(p))
		}
		if more := len(waiting) - mostWaiting; more > 0 {
			o.ToDo = append(o.ToDo, ToDo{Problem: Problem{"plans-waiting", counted(more, "more plan") + " made since yesterday did not run.", "See rollcall plan list."}})
		}
		return err
	})
}

func waitingPlan(p storeq.WaitingPlansRow) ToDo {
	name := "Plan " + p.Hash[:leastPrefix] + " (" + p.Ticket + ")"
	if p.Started != nil {
		return ToDo{Problem: Problem{"plan-unfinished", name + " was begun and has not come to its end.", "Run it again to go on."}, Plan: p.Hash}
	}
	return ToDo{Problem: Problem{"plan-waiting", name + " was made and nothing of it is sent.", "Look at it and run it, or drop it."}, Plan: p.Hash}
}

// strayStore is what readers are told where the store is not this record's.
var strayStore = Problem{
	"stray-store", "The store belongs to another state of the record; the next change rebuilds it.",
	"If record.db was put back from a backup by mistake, put the newest one back before anything else; otherwise import the roster and sync again after the next change.",
}

// ownToDo is what blocks a tenant apart from the roster, what is wrong with
// its groups, and a match rate that speaks against the roster.
func (a *App) ownToDo(ctx context.Context, t Tenant, roster []Problem) ([]Problem, error) {
	own := slices.DeleteFunc(slices.Clone(t.Blocked), func(p Problem) bool { return slices.Contains(roster, p) })
	if t.Sync != nil && t.Sync.Sealed && !t.Sync.GroupsSealed && t.Source != SourceFile {
		own = append(own, t.Sync.Problems...)
	}
	own = append(own, t.Doubts...)
	if len(roster) > 0 || t.Accounts == 0 {
		return own, nil
	}
	rate, err := a.Unplannable(ctx, t.ID, reconcile.KindOrphaned)
	return append(own, rate...), err
}

// state returns copies: what runs, by start and tenant, and what failed.
func (k *knowing) state() ([]Progress, map[string]Problem) {
	k.mu.Lock()
	defer k.mu.Unlock()
	busy := slices.SortedFunc(maps.Values(k.busy), func(a, b Progress) int {
		if c := a.Started.Compare(b.Started); c != 0 {
			return c
		}
		return strings.Compare(a.Tenant, b.Tenant)
	})
	if busy == nil {
		busy = []Progress{}
	}
	return busy, maps.Clone(k.failed)
}
