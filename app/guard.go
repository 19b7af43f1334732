package app

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
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
		same, err := sameServer(ctx, q, tenantID)
		if err != nil {
			return err
		}
		since := a.cfg.Now().Add(-ceilingWindow).UnixMilli()
		for _, t := range same {
			ids, err := q.TouchedSince(ctx, storeq.TouchedSinceParams{TenantID: t, At: since})
			if err != nil {
				return err
			}
			stepped, err := q.SteppedSince(ctx, storeq.SteppedSinceParams{TenantID: t, Opened: since})
			if err != nil {
				return err
			}
			for _, id := range append(ids, stepped...) {
				touched[id] = true
			}
		}
		return nil
	})
	return touched, err
}

// sameServer lists the tenants, removed ones included, that have the same
// address: whoever adds a tenant anew, or twice, does not begin a new ceiling or
// lose its protected accounts. Two organisations of a provider that tells them
// apart by the token alone share both as well; that errs on the safe side.
func sameServer(ctx context.Context, q *storeq.Queries, tenantID string) ([]string, error) {
	own, err := q.TenantByID(ctx, tenantID)
	if err != nil {
		return nil, err
	}
	same := []string{tenantID}
	if own.BaseUrl == "" {
		return same, nil
	}
	all, err := q.TenantAddresses(ctx)
	for _, t := range all {
		if t.ID != tenantID && sameAddress(t.BaseUrl, own.BaseUrl) {
			same = append(same, t.ID)
		}
	}
	return same, err
}

// sameAddress compares scheme, host and port without case, and the path
// without its last slash.
func sameAddress(a, b string) bool {
	u, errA := url.Parse(a)
	v, errB := url.Parse(b)
	if errA != nil || errB != nil || a == "" {
		return false
	}
	return strings.EqualFold(u.Scheme, v.Scheme) && strings.EqualFold(u.Hostname(), v.Hostname()) && portOf(u) == portOf(v) &&
		strings.TrimRight(u.Path, "/") == strings.TrimRight(v.Path, "/")
}

func portOf(u *url.URL) string {
	if u.Port() == "" && strings.EqualFold(u.Scheme, "https") {
		return "443"
	}
	return u.Port()
}

// forbids is asked right before every call: what was true when the plan was
// made, or when the run began, may not be any more. "" means: go on.
// seenName is the user name as it was just read, "" before that. It is asked
// once more within the append of the intent, so that two runs that share a
// ceiling cannot both take its last place.
func (a *App) forbids(ctx context.Context, p storedPlan, i int, seenName string) (string, error) {
	act, want := p.Body.Actions[i], p.View.Plan.Actions[i]
	t, err := a.tenantRow(ctx, act.Tenant)
	if err != nil {
		return "", err
	}
	if t.Removed != nil {
		return "The tenant was removed.", nil
	}
	if t.Writes == 0 && t.Source != SourceFile {
		return "The tenant is read-only.", nil
	}
	for _, name := range []string{want.Account.UserName, seenName} {
		why, err := a.protectedBecause(ctx, act.Tenant, act.Account, name)
		if err != nil {
			return "", err
		}
		if why != "" {
			return "It is protected (" + why + ").", nil
		}
	}
	if (change{action: act.Action}).undoes() {
		return "", nil // what gives access back does not count
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
	if limit := max(ceilingLimit(snapshot.Active), int(p.Row.Confirm)); len(touched) > limit {
		return fmt.Sprintf("The ceiling of %d accounts within 24 hours is reached.", limit), nil
	}
	return "", nil
}

// protectedBecause returns the reason of a protection, or "". A protection that
// was given by name before the account was known protects by name.
func (a *App) protectedBecause(ctx context.Context, tenantID, accountID, userName string) (string, error) {
	reason := ""
	err := a.read(ctx, func(q *storeq.Queries) error {
		same, err := sameServer(ctx, q, tenantID)
		if err != nil {
			return err
		}
		for _, t := range same {
			p, err := q.ProtectedMatch(ctx, storeq.ProtectedMatchParams{TenantID: t, Account: accountID, NameNorm: reconcile.Normalise(userName)})
			if err == nil {
				reason = p.Reason
			} else if !errors.Is(err, sql.ErrNoRows) {
				return err
			}
		}
		return nil
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
		if err != nil || n > 0 {
			return err
		}
		n, err = q.CountSteppedSince(ctx, storeq.CountSteppedSinceParams{TenantID: tenantID, Account: accountID, Opened: since.UnixMilli()})
		return err
	})
	return n > 0, err
}
