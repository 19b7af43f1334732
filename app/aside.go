package app

import (
	"context"

	"rollcall/app/reconcile"
	"rollcall/db"
	"rollcall/db/storeq"
)

// freshness says how much of what is in the store holds.
type freshness int

const (
	none      freshness = iota // nothing was derived yet
	stale                      // the findings have to be derived
	misplaced                  // they hold, but others are left alone now
	fresh
)

// freshness compares the findings in the store with this basis.
func (b *basis) freshness(ctx context.Context, tx *db.Tx) (freshness, error) {
	s, err := maybe(tx.FindingState(ctx))
	switch {
	case err != nil || s == nil:
		return none, err
	case s.Generation != b.generation:
		return stale, nil
	case s.Aside != b.aside:
		return misplaced, nil
	}
	return fresh, nil
}

// refresh does what is needed for the findings to stand on this basis.
func (b *basis) refresh(ctx context.Context, tx *db.Tx) error {
	f, err := b.freshness(ctx, tx)
	switch {
	case err != nil || f == fresh:
		return err
	case f == misplaced:
		return b.setAside(ctx, tx)
	}
	return b.derive(ctx, tx)
}

// setAside moves the findings that are left alone since, and those that are not
// any more. The work is that of the exceptions: no other finding is looked at.
func (b *basis) setAside(ctx context.Context, tx *db.Tx) error {
	moved, err := tx.MisplacedFindings(ctx, b.now.UnixMilli())
	if err != nil {
		return err
	}
	more := map[string]map[reconcile.Kind]int64{} // tenant id -> of each kind
	for _, f := range moved {
		kind, n := reconcile.Kind(f.Kind), int64(-1)
		if f.Rank >= exceptedRank {
			n = 1
		}
		if more[f.TenantID] == nil {
			more[f.TenantID] = map[reconcile.Kind]int64{}
		}
		more[f.TenantID][kind] += n
		if err := tx.MoveFinding(ctx, storeq.MoveFindingParams{Rank: findingRank(kind, n < 0), ID: f.ID}); err != nil {
			return err
		}
	}
	for id, n := range more {
		err := tx.AddToFindingTenant(ctx, storeq.AddToFindingTenantParams{
			Orphaned: n[reconcile.KindOrphaned], Leavers: n[reconcile.KindLeaver], Disputed: n[reconcile.KindDisputed],
			Collisions: n[reconcile.KindCollision], Entitled: n[reconcile.KindEntitled], TenantID: id,
		})
		if err != nil {
			return err
		}
	}
	return tx.PutAside(ctx, b.aside)
}
