package app

import (
	"context"
	"fmt"
	"slices"

	"rollcall/db/storeq"
)

// forbids is App.forbids within a run. It is an error, which ends the run and
// leaves the rest of it pending, where what the plan stands on has changed since
// the run began: the roster, a list, a finding that a person answered.
func (x *action) forbids(ctx context.Context, now accountState) (string, error) {
	if err := x.holds(ctx); err != nil {
		return "", err
	}
	return x.w.a.forbids(ctx, x.plan, x.i, now)
}

// holds checks again only where something other than a run was recorded. The
// writer's lock keeps other processes from recording anything meanwhile.
func (x *action) holds(ctx context.Context) error {
	moves := x.w.moves.Load()
	if x.plan.Ground == nil || moves == *x.plan.Ground {
		return nil
	}
	pending, err := x.w.a.pending(ctx, x.plan)
	if err != nil {
		return err
	}
	if !slices.Contains(pending, x.i) {
		pending = append(pending, x.i)
	}
	if err := x.w.a.checkGround(ctx, x.plan); err != nil {
		return err
	}
	if err := x.w.a.checkFindings(ctx, x.plan, pending); err != nil {
		return err
	}
	*x.plan.Ground = moves
	return nil
}

// checkHarm refuses a plan whose run was stopped because a tenant did more than
// it was asked to: what its groups are now is on no list that the plan stands on.
func (a *App) checkHarm(ctx context.Context, p storedPlan) error {
	rows, err := a.actionRows(ctx, p.Hash)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.Outcome != outcomeFailed || row.IntentSeq == nil {
			continue
		}
		var call storeq.Intent
		err := a.read(ctx, func(q *storeq.Queries) (err error) {
			call, err = q.IntentBySeq(ctx, *row.IntentSeq)
			return err
		})
		if err != nil {
			return err
		}
		if call.Outcome != nil && *call.Outcome == outcomeHarmed {
			return refused1(p.View.Plan.Actions[row.N-1].Tenant+" did more than it was asked to under this plan, so the plan is not run again.",
				fmt.Sprintf("See entry %d of the record for what was there before and put back what is missing; then sync, look at the list, and plan again.", call.Seq))
		}
	}
	return nil
}

// checkGround refuses a plan that takes access away where the roster is another
// one or a list does not count any more.
func (a *App) checkGround(ctx context.Context, p storedPlan) error {
	if p.Body.undoes() {
		return nil
	}
	if err := a.checkRoster(ctx, p); err != nil {
		return err
	}
	for _, planned := range p.Body.Tenants {
		t, err := a.Tenant(ctx, planned.ID)
		if err != nil {
			return err
		}
		if err := refusedFor("Nothing can be changed in "+t.Name+".", t.Blocked); err != nil {
			return err
		}
	}
	return nil
}
