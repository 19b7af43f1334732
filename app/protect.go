package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"rollcall/app/reconcile"
	"rollcall/audit"
	"rollcall/db/storeq"
)

// Protect keeps an account from every write, whoever asks for it. The account
// is given by SCIM id or userName; one that no list has shown yet is protected
// by what was given.
func (a *App) Protect(ctx context.Context, tenant, account, reason string) (Protected, error) {
	account = strings.TrimSpace(account)
	if account == "" || strings.TrimSpace(reason) == "" {
		return Protected{}, usage("Protecting needs an account and a reason.")
	}
	var out Protected
	err := a.mutate(ctx, func(w *writer) error {
		row, err := a.tenantBy(ctx, tenant)
		if err != nil {
			return err
		}
		id, name, err := a.nameAccount(ctx, row.ID, account)
		if err != nil {
			return err
		}
		out = Protected{TenantID: row.ID, Tenant: row.Name, ID: id, UserName: name, Reason: reason, Since: a.cfg.Now().UTC()}
		return w.protect(ctx, row.ID, id, name, reason)
	})
	return out, err
}

// nameAccount resolves what a person typed. Before the first list both id and
// name are what was typed; after it, what no list shows is a slip.
func (a *App) nameAccount(ctx context.Context, tenantID, given string) (id, userName string, err error) {
	acc, err := a.findAccount(ctx, tenantID, given)
	if !isNotFound(err) {
		return acc.ID, acc.UserName, err
	}
	s, e := a.snapshotOnShow(ctx, tenantID)
	if e == nil && s.ID != "" {
		return "", "", err
	}
	return given, given, nil
}

// bindProtections ties what was protected before the first list to the ids that
// the list shows: a later change of name must not lift a protection.
func (w *writer) bindProtections(ctx context.Context, tenantID string) error {
	rows, err := w.a.protections(ctx, tenantID)
	if err != nil {
		return err
	}
	for _, p := range rows {
		acc, err := w.a.findAccount(ctx, tenantID, p.Account)
		if isNotFound(err) || err == nil && acc.ID == p.Account {
			continue
		}
		if err != nil {
			return err
		}
		if slices.ContainsFunc(rows, func(x storeq.Protected) bool { return x.Account == acc.ID }) {
			continue
		}
		if err := w.protect(ctx, tenantID, acc.ID, acc.UserName, p.Reason); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) protect(ctx context.Context, tenantID, id, userName, reason string) error {
	_, err := w.record(ctx, audit.Draft{
		Type: typeProtected, Tenant: tenantID, Target: audit.Text(userName),
		Data: accountProtected{Account: audit.Text(id), UserName: audit.Text(userName), Reason: audit.Text(reason)},
	})
	return err
}

// Unprotect lifts a protection; the reason is recorded.
func (a *App) Unprotect(ctx context.Context, tenant, account, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return usage("Lifting a protection needs a reason.")
	}
	return a.mutate(ctx, func(w *writer) error {
		row, err := a.tenantBy(ctx, tenant)
		if err != nil {
			return err
		}
		p, err := a.protection(ctx, row, account)
		if err != nil {
			return err
		}
		_, err = w.record(ctx, audit.Draft{
			Type: typeUnprotected, Tenant: row.ID, Target: audit.Text(p.UserName),
			Data: accountProtected{Account: audit.Text(p.Account), UserName: audit.Text(p.UserName), Reason: audit.Text(reason)},
		})
		return err
	})
}

// protection finds a protection by account id or by name.
func (a *App) protection(ctx context.Context, t storeq.Tenant, account string) (storeq.Protected, error) {
	account = strings.TrimSpace(account)
	rows, err := a.protections(ctx, t.ID)
	if err != nil {
		return storeq.Protected{}, err
	}
	for _, p := range rows {
		if p.Account == account || p.NameNorm == reconcile.Normalise(account) {
			return p, nil
		}
	}
	return storeq.Protected{}, notFound(quoted(account)+" is not protected in "+t.Name+".", "List them with rollcall protect list.")
}

func (a *App) protections(ctx context.Context, tenantID string) (rows []storeq.Protected, err error) {
	err = a.read(ctx, func(q *storeq.Queries) (err error) {
		rows, err = q.Protected(ctx, tenantID)
		return err
	})
	return rows, err
}

// ProtectedAccounts lists a tenant's protected accounts, or with "" those of
// all tenants.
func (a *App) ProtectedAccounts(ctx context.Context, tenant string) ([]Protected, error) {
	var tenants []storeq.Tenant
	err := a.read(ctx, func(q *storeq.Queries) (err error) {
		tenants, err = q.Tenants(ctx)
		return err
	})
	if tenant != "" && err == nil {
		var one storeq.Tenant
		one, err = a.tenantBy(ctx, tenant)
		tenants = []storeq.Tenant{one}
	}
	if err != nil {
		return nil, err
	}
	out := []Protected{}
	for _, t := range tenants {
		rows, err := a.protections(ctx, t.ID)
		if err != nil {
			return nil, err
		}
		for _, p := range rows {
			out = append(out, Protected{
				TenantID: t.ID, Tenant: t.Name, ID: p.Account, UserName: p.UserName, Reason: p.Reason, Since: time.UnixMilli(p.Since).UTC(),
			})
		}
	}
	return out, nil
}
