package app

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"rollcall/app/reconcile"
	"rollcall/db/storeq"
)

// The ceiling: how many accounts of one tenant may be deactivated, deleted or
// stripped of a group within 24 hours. It holds on the write path itself.
const (
	ceilingLeast   = 5
	ceilingPercent = 5
	ceilingWindow  = 24 * time.Hour
)

func ceilingLimit(active int) int { return max(ceilingLeast, active*ceilingPercent/100) }

// ceiling counts the distinct accounts that were touched in the window, by any
// window or terminal, and those that actions would add.
func (a *App) ceiling(ctx context.Context, t Tenant, actions []planBodyAction) (Ceiling, error) {
	touched, err := a.touched(ctx, t.ID)
	if err != nil {
		return Ceiling{}, err
	}
	c := Ceiling{Tenant: t.Name, Active: t.Active, Limit: ceilingLimit(t.Active), Used: len(touched)}
	for _, act := range actions {
		if act.Tenant == t.ID {
			touched[act.Account] = true
		}
	}
	c.Total = len(touched)
	return c, nil
}

func (a *App) touched(ctx context.Context, tenantID string) (map[string]bool, error) {
	touched := map[string]bool{}
	err := a.read(ctx, func(q *storeq.Queries) error {
		since := a.cfg.Now().Add(-ceilingWindow).UnixMilli()
		ids, err := q.TouchedSince(ctx, storeq.TouchedSinceParams{TenantID: tenantID, At: since})
		for _, id := range ids {
			touched[id] = true
		}
		return err
	})
	return touched, err
}

// forbids is asked right before every call: what was true when the plan was
// made, or when the run began, may not be any more. "" means: go on.
func (a *App) forbids(ctx context.Context, p storedPlan, i int) (string, error) {
	act, want := p.Body.Actions[i], p.View.Plan.Actions[i]
	t, err := a.tenantRow(ctx, act.Tenant)
	if err != nil {
		return "", err
	}
	if t.Removed != nil {
		return "The tenant was removed.", nil
	}
	if t.Writes == 0 {
		return "The tenant is read-only.", nil
	}
	why, err := a.protectedBecause(ctx, act.Tenant, act.Account, want.Account.UserName)
	if err != nil {
		return "", err
	}
	if why != "" {
		return "It is protected (" + why + ").", nil
	}
	return a.overCeiling(ctx, p, act)
}

func (a *App) overCeiling(ctx context.Context, p storedPlan, act planBodyAction) (string, error) {
	touched, err := a.touched(ctx, act.Tenant)
	if err != nil {
		return "", err
	}
	touched[act.Account] = true
	snapshot, err := a.snapshotOnShow(ctx, act.Tenant)
	if err != nil {
		return "", err
	}
	var confirmed int64
	err = a.read(ctx, func(q *storeq.Queries) error {
		row, err := q.PlanByHash(ctx, p.Hash)
		confirmed = row.Confirm
		return err
	})
	if err != nil {
		return "", err
	}
	if limit := max(ceilingLimit(snapshot.Active), int(confirmed)); len(touched) > limit {
		return fmt.Sprintf("The ceiling of %d accounts within 24 hours is reached.", limit), nil
	}
	return "", nil
}

// protectedBecause returns the reason of a protection, or "". A protection that
// was given by name before the account was known protects by name.
func (a *App) protectedBecause(ctx context.Context, tenantID, accountID, userName string) (string, error) {
	reason := ""
	err := a.read(ctx, func(q *storeq.Queries) error {
		p, err := q.ProtectedMatch(ctx, storeq.ProtectedMatchParams{TenantID: tenantID, Account: accountID, NameNorm: reconcile.Normalise(userName)})
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		reason = p.Reason
		return err
	})
	return reason, err
}

// tooEarlyToDelete says why an account cannot be deleted, or "": only what we
// ourselves deactivated, confirmed, and so long ago that nobody missed it.
func (a *App) tooEarlyToDelete(ctx context.Context, tenantID string, acc FindingAccount) (string, error) {
	since, err := a.deactivated(ctx, tenantID, acc.ID)
	switch {
	case err != nil:
		return "", err
	case acc.Active != string(reconcile.ActiveFalse):
		return "It is not inactive; deactivate it first.", nil
	case since.IsZero():
		return "Rollcall has not deactivated it itself, with a confirmed outcome.", nil
	case a.cfg.Now().Sub(since) < graceBeforeDelete:
		return "It was deactivated on " + since.UTC().Format(time.DateOnly) + "; it can be deleted 30 days after that.", nil
	}
	return "", nil
}

// deactivated is when we last deactivated the account, confirmed; zero: never.
func (a *App) deactivated(ctx context.Context, tenantID, accountID string) (time.Time, error) {
	at := int64(0)
	err := a.read(ctx, func(q *storeq.Queries) (err error) {
		at, err = q.Deactivated(ctx, storeq.DeactivatedParams{TenantID: tenantID, Account: accountID})
		return err
	})
	if err != nil || at == 0 {
		return time.Time{}, err
	}
	return time.UnixMilli(at), nil
}

// closedSince: deactivated after the list was read, and nothing done to the
// account after that.
func (a *App) closedSince(ctx context.Context, tenantID, accountID string, taken time.Time) (bool, error) {
	at, err := a.deactivated(ctx, tenantID, accountID)
	if err != nil || at.IsZero() || at.Before(taken) {
		return false, err
	}
	later, err := a.actedSince(ctx, tenantID, accountID, at.Add(time.Millisecond))
	return !later, err
}

func (a *App) actedSince(ctx context.Context, tenantID, accountID string, since time.Time) (bool, error) {
	n := int64(0)
	err := a.read(ctx, func(q *storeq.Queries) (err error) {
		n, err = q.ActedSince(ctx, storeq.ActedSinceParams{TenantID: tenantID, Account: accountID, At: since.UnixMilli()})
		return err
	})
	return n > 0, err
}
