package app

import (
	"context"

	"rollcall/db/storeq"
)

// PlansFrom lists what was planned, newest first: at most limit plans after the
// first skip ones, and how many there are.
func (a *App) PlansFrom(ctx context.Context, skip, limit int) ([]Plan, int, error) {
	hashes, err := a.planHashes(ctx)
	if err != nil {
		return nil, 0, err
	}
	return a.somePlans(ctx, hashes, skip, limit)
}

// PlansOfTicket does the same of the plans under one ticket.
func (a *App) PlansOfTicket(ctx context.Context, ticket string, skip, limit int) ([]Plan, int, error) {
	var hashes []string
	err := a.read(ctx, func(q *storeq.Queries) (err error) {
		hashes, err = q.PlansOfTicket(ctx, ticket)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return a.somePlans(ctx, hashes, skip, limit)
}

func (a *App) somePlans(ctx context.Context, hashes []string, skip, limit int) ([]Plan, int, error) {
	low := min(max(skip, 0), len(hashes))
	plans := []Plan{}
	for _, h := range hashes[low:min(low+max(limit, 0), len(hashes))] {
		p, _, err := a.planNamed(ctx, h)
		if err != nil {
			return nil, 0, err
		}
		plans = append(plans, p)
	}
	return plans, len(hashes), nil
}
