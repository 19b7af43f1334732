package app

import (
	"context"
	"errors"
	"time"

	"rollcall/audit"
	"rollcall/db/storeq"
)

// doubt is how long after its intent a call may still take effect: until then
// an account that shows none stays unknown.
const doubt = 2 * time.Minute

// Settle reads back every call whose outcome is unknown and records what the
// account shows. It sends no change and repeats nothing.
func (a *App) Settle(ctx context.Context) ([]ActionResult, error) {
	var out []ActionResult
	err := a.mutate(ctx, func(w *writer) error {
		unknown, err := a.unknownIntents(ctx)
		if err != nil {
			return err
		}
		var failed error // one account that cannot be settled must not stop the others
		for _, in := range unknown {
			res, err := w.settle(ctx, in)
			if err != nil {
				failed = errors.Join(failed, err)
				continue
			}
			out = append(out, res)
		}
		return errors.Join(failed, w.confirmAllSteps(ctx))
	})
	return out, err
}

func (w *writer) settlePlan(ctx context.Context, hash string) error {
	unknown, err := w.a.unknownIntents(ctx)
	if err != nil {
		return err
	}
	for _, in := range unknown {
		if in.Plan != hash {
			continue
		}
		if _, err := w.settle(ctx, in); err != nil {
			return err
		}
	}
	return nil
}

// settle looks once. Nothing is recorded where it learns nothing new.
func (w *writer) settle(ctx context.Context, in storeq.Intent) (ActionResult, error) {
	p, err := w.a.findPlan(ctx, in.Plan)
	if err != nil {
		return ActionResult{}, err
	}
	x := action{w: w, plan: p, i: int(in.N) - 1}
	v := verdict{outcome: outcomeUnknown}
	if x.client, err = w.a.client(ctx, in.TenantID); err != nil {
		v.why = sentence(err) // the token is gone, say: others may still be settled
	} else {
		v = x.change().glance(ctx, x.client, nil)
	}
	if v.outcome == outcomeFailed {
		v.why = "It had no effect: the account is still active."
		if w.a.cfg.Now().Sub(time.UnixMilli(in.At)) < doubt {
			v.outcome, v.why = outcomeUnknown, "The account shows no effect yet; the call may still be carried out. Settle again in two minutes."
		}
	}
	if v.outcome != outcomeUnknown {
		if err := x.outcome(ctx, in.Seq, v, true); err != nil {
			return ActionResult{}, err
		}
	}
	rows, err := w.a.actionRows(ctx, in.Plan)
	if err != nil {
		return ActionResult{}, err
	}
	res := resultOf(x.want(), rows[x.i])
	res.Outcome, res.Why = v.outcome, v.why
	return res, nil
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
