package app

import (
	"context"

	"rollcall/app/reconcile"
	"rollcall/db/storeq"
)

// Barred says of each of these findings why no plan can be made for it, by its
// id: what stands in the way of the whole tenant, of its kind there, or of the
// account alone. A finding that is missing from the answer can be planned.
// [App.Finding] says the same of one, with every reason.
func (a *App) Barred(ctx context.Context, list []Finding) (map[string]Problem, error) {
	b := barring{a: a, tenants: map[string]*barredTenant{}}
	out := map[string]Problem{}
	for _, f := range list {
		p, err := b.problem(ctx, f)
		if err != nil {
			return nil, err
		}
		if p != nil {
			out[f.ID] = *p
		}
	}
	return out, nil
}

// barring looks each tenant and each kind up once.
type barring struct {
	a       *App
	tenants map[string]*barredTenant
}

type barredTenant struct {
	lists []Problem
	kinds map[reconcile.Kind][]Problem
	acted map[string]bool // accounts with an action or a step after the list was read
}

func (b *barring) problem(ctx context.Context, f Finding) (*Problem, error) {
	t, err := b.tenant(ctx, f)
	if err != nil {
		return nil, err
	}
	rate, seen := t.kinds[f.Kind]
	if !seen {
		if rate, err = b.a.Unplannable(ctx, f.TenantID, f.Kind); err != nil {
			return nil, err
		}
		t.kinds[f.Kind] = rate
	}
	switch {
	case len(t.lists) > 0:
		return &t.lists[0], nil
	case len(rate) > 0:
		return &rate[0], nil
	case f.Protected:
		return &Problem{"left-out", "It is protected: nothing is ever written to it.", "If that is no longer meant, remove the protection first."}, nil
	case f.Kind == reconcile.KindDisputed:
		return &Problem{"left-out", "It is not settled whose account this is.", "Link it to a person first."}, nil
	case t.acted[f.Account.ID]:
		return &Problem{"left-out", "An action on it was recorded after the list was read.", "Sync the tenant, or import its newer file, first."}, nil
	}
	return nil, nil
}

func (b *barring) tenant(ctx context.Context, f Finding) (*barredTenant, error) {
	if t, ok := b.tenants[f.TenantID]; ok {
		return t, nil
	}
	t := &barredTenant{kinds: map[reconcile.Kind][]Problem{}, acted: map[string]bool{}}
	err := b.a.read(ctx, func(q *storeq.Queries) (err error) {
		if t.lists, err = b.a.readiness(ctx, q, f.TenantID, f.Tenant); err != nil {
			return err
		}
		return t.since(ctx, q, f.TenantID)
	})
	b.tenants[f.TenantID] = t
	return t, err
}

// since finds the accounts that something was done to after the list on show
// was read, and those with a step that is still open.
func (t *barredTenant) since(ctx context.Context, q *storeq.Queries, tenantID string) error {
	shown, err := onShow(ctx, q, tenantID)
	if err != nil || shown == nil {
		return err
	}
	acted, err := q.AccountsActedSince(ctx, storeq.AccountsActedSinceParams{TenantID: tenantID, At: shown.Started})
	for _, id := range acted {
		t.acted[id] = true
	}
	return err
}
