package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rollcall/audit"
	"rollcall/db/storeq"
	"rollcall/scim"
)

// doubt is how long after its intent a call may still take effect: until then
// an account that shows none stays unknown.
const doubt = 2 * time.Minute

// Settle reads back every call whose outcome is unknown and records what the
// account shows, and those of the last day that failed and may have had an
// effect since. It sends no change and repeats nothing.
func (a *App) Settle(ctx context.Context) ([]ActionResult, error) {
	var out []ActionResult
	err := a.mutate(ctx, func(w *writer) error {
		unknown, err := a.unknownIntents(ctx)
		if err != nil {
			return err
		}
		var failed error // one account that cannot be settled must not stop the others
		for _, in := range unknown {
			res, _, err := w.settle(ctx, in)
			if err != nil {
				failed = errors.Join(failed, err)
				continue
			}
			out = append(out, res)
		}
		late, err := w.settleLate(ctx, "")
		out = append(out, late...)
		return errors.Join(failed, err, w.confirmAllSteps(ctx))
	})
	return out, err
}

// settleLate looks once at the calls of the last day that failed in a tenant, or
// in all with "", without having been refused outright. One whose effect shows by
// now is recorded as carried out, so that an undo gives it back. No list may have
// shown the account as it was in between, and no other plan of ours have acted on
// it; after a day, an effect is more likely somebody else's.
func (w *writer) settleLate(ctx context.Context, tenantID string) ([]ActionResult, error) {
	late, err := w.a.lateIntents(ctx, tenantID)
	if err != nil {
		return nil, err
	}
	var out []ActionResult
	var failed error
	for _, in := range late {
		if ctx.Err() != nil {
			break
		}
		p, err := w.a.findPlan(ctx, in.Plan)
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		x := action{w: w, plan: p, i: int(in.N) - 1}
		done, err := x.followed(ctx, in, true)
		if err == nil && done {
			var res ActionResult
			res, err = x.result(ctx)
			out = append(out, res)
		}
		failed = errors.Join(failed, err)
	}
	return out, failed
}

// lateIntents are those that no list has shown to be without effect, and none
// that was lost with the store may have shown so.
func (a *App) lateIntents(ctx context.Context, tenantID string) (late []storeq.Intent, err error) {
	err = a.read(ctx, func(q *storeq.Queries) error {
		rows, err := q.LateIntents(ctx, storeq.LateIntentsParams{TenantID: tenantID, At: a.cfg.Now().Add(-ceilingWindow).UnixMilli()})
		if err != nil {
			return err
		}
		for _, in := range rows {
			excluded, err := withoutEffect(ctx, q, in)
			if err != nil {
				return err
			}
			lost, _, err := lostSince(ctx, q, in.TenantID, in.At+doubt.Milliseconds())
			if err != nil {
				return err
			}
			if !excluded && lost == 0 {
				late = append(late, in)
			}
		}
		return nil
	})
	return late, err
}

// withoutEffect says whether a call is excluded from having had an effect until
// then: a list begun two minutes or more after it shows the account as it was.
func withoutEffect(ctx context.Context, q *storeq.Queries, in storeq.Intent) (bool, error) {
	w := afterwards{in: map[string]sighting{}}
	if err := w.lists(ctx, q, in.TenantID, in.Account, in.At+doubt.Milliseconds()); err != nil {
		return false, err
	}
	switch in.Action {
	case actionDeactivate:
		return w.active.by != "", nil
	case actionRemoveMember:
		return w.in[in.Grp].by != "", nil
	}
	return w.listed, nil
}

// settlePlan settles what a plan left unknown, before its run goes on. Harm
// that shows only now stops the run as it would have stopped the earlier one.
func (w *writer) settlePlan(ctx context.Context, hash string) error {
	unknown, err := w.a.unknownIntents(ctx)
	if err != nil {
		return err
	}
	for _, in := range unknown {
		if in.Plan != hash {
			continue
		}
		_, v, err := w.settle(ctx, in)
		if err != nil {
			return err
		}
		if v.harm {
			return v.stopped()
		}
	}
	return nil
}

// settle looks once. Nothing is recorded where it learns nothing new.
func (w *writer) settle(ctx context.Context, in storeq.Intent) (ActionResult, verdict, error) {
	p, err := w.a.findPlan(ctx, in.Plan)
	if err != nil {
		return ActionResult{}, verdict{}, err
	}
	x := action{w: w, plan: p, i: int(in.N) - 1}
	v, err := x.reread(ctx, in, false)
	if err != nil {
		return ActionResult{}, v, err
	}
	if v.outcome == outcomeFailed && !v.harm && w.a.cfg.Now().Sub(time.UnixMilli(in.At)) < doubt {
		v.outcome, v.why = outcomeUnknown, "No effect shows yet; the call may still be carried out. Settle again in two minutes."
	}
	if v.outcome != outcomeUnknown {
		x.stillIn(ctx, &v, p.View.Before[x.i])
		if err := x.outcome(ctx, in.Seq, v, true); err != nil {
			return ActionResult{}, v, err
		}
	}
	res, err := x.result(ctx)
	res.Outcome, res.Why = v.outcome, v.why
	return res, v, err
}

// result is what the action came to, as recorded.
func (x *action) result(ctx context.Context) (ActionResult, error) {
	rows, err := x.w.a.actionRows(ctx, x.plan.Hash)
	if err != nil {
		return ActionResult{}, err
	}
	return resultOf(x.want(), rows[x.i]), nil
}

// reread looks once at what a call should have changed, and holds the rest of the
// account, or the other members, against the intent as the action itself does.
// Late, others may have changed an account: that is said then, and is no harm.
func (x *action) reread(ctx context.Context, in storeq.Intent, late bool) (v verdict, err error) {
	if x.client, err = x.w.a.client(ctx, in.TenantID); err != nil {
		// The token is gone, say: others may still be settled.
		return verdict{outcome: outcomeUnknown, why: sentence(err)}, nil
	}
	s, err := x.w.stored(ctx, in.Seq)
	if err != nil {
		return v, err
	}
	var d actionIntent
	if err := s.Decode(&d); err != nil {
		return v, err
	}
	c := x.change()
	if c.membership() {
		before, err := d.group(in.Seq)
		if err != nil {
			return v, err
		}
		return c.recall(ctx, x.client, before), nil
	}
	if v = c.glance(ctx, x.client, scim.Group{}); v.outcome == outcomeFailed {
		v.why = "It had no effect. " + v.why
	}
	x.bearOut(ctx, &v)
	if d.Before.Erased() || d.Memberships.Erased() {
		return v, nil
	}
	before, err := d.image(in.Seq)
	held := v
	if held.holdRest(before); late {
		held.outcome, held.harm = v.outcome, v.harm
	}
	return held, err
}

// group is the one that the intent with that number recorded; empty where its
// image was erased.
func (d actionIntent) group(seq int64) (scim.Group, error) {
	if d.BeforeGroup.Erased() {
		return scim.Group{}, nil
	}
	group, err := scim.DecodeGroup(d.BeforeGroup.Bytes())
	if err != nil {
		err = fmt.Errorf("group before entry %d: %w", seq, err)
	}
	return group, err
}

// openIntent is an intent that has no outcome entry at all.
type openIntent struct {
	storeq.Intent
	UserName, Ticket string
}

func (w *writer) openIntents(ctx context.Context) ([]openIntent, error) {
	var rows []storeq.Intent
	err := w.a.read(ctx, func(q *storeq.Queries) (err error) {
		rows, err = q.OpenIntents(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]openIntent, 0, len(rows))
	for _, row := range rows {
		s, err := w.stored(ctx, row.Seq)
		if err != nil {
			return nil, err
		}
		out = append(out, openIntent{Intent: row, UserName: s.Entry.Target.Value(), Ticket: s.Entry.Ticket})
	}
	return out, nil
}

func (a *App) unknownIntents(ctx context.Context) (rows []storeq.Intent, err error) {
	err = a.read(ctx, func(q *storeq.Queries) (err error) {
		rows, err = q.UnknownIntents(ctx)
		return err
	})
	return rows, err
}

// stored reads one entry, opened.
func (w *writer) stored(ctx context.Context, seq int64) (s audit.Stored, err error) {
	err = w.log.Entries(ctx, seq, seq+1, func(e audit.Stored) error {
		s = e
		return nil
	})
	return s, fileError(err)
}
