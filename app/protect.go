package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/app/reconcile"
	"rollcall/audit"
	"rollcall/db/storeq"
)

// Protected is an account that is never written to, whoever asks.
type Protected struct {
	TenantID string    `json:"tenantId"`
	Tenant   string    `json:"tenant"`
	ID       string    `json:"id"`
	UserName string    `json:"userName"`
	Reason   string    `json:"reason"`
	By       string    `json:"by,omitempty"` // "" where it was erased
	Since    time.Time `json:"since"`
}

// Protect keeps an account from every write, whoever asks for it. The account
// is given by SCIM id or userName; one that no list has shown yet is protected
// by what was given.
func (a *App) Protect(ctx context.Context, tenant, account, reason string) (Protected, error) {
	account = strings.TrimSpace(account)
	if account == "" || strings.TrimSpace(reason) == "" {
		return Protected{}, usageAbout(unsaid(FieldAccount, account), "Protecting needs an account and a reason.")
	}
	var out Protected
	err := a.mutate(ctx, func(w *writer) error {
		row, err := a.tenantBy(ctx, tenant)
		if err != nil {
			return err
		}
		id, name, err := a.nameAccount(ctx, row.ID, account)
		if err != nil {
			return about(FieldAccount, err)
		}
		out = Protected{TenantID: row.ID, Tenant: row.Name, ID: id, UserName: name, Reason: reason, By: a.cfg.Actor, Since: a.cfg.Now().UTC()}
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
// the lists on show have: a later change of name must not lift a protection. It
// is called with appendMu held. Where it does not come to its end, nothing else
// is recorded, and so nothing sent, before it did.
func (w *writer) bindProtections(ctx context.Context) error {
	w.loose = true
	var loose []storeq.Protected
	err := w.a.read(ctx, func(q *storeq.Queries) error {
		tenants, err := q.Tenants(ctx)
		for i := 0; err == nil && i < len(tenants); i++ {
			var more []storeq.Protected
			more, err = looseIn(ctx, q, tenants[i].ID)
			loose = append(loose, more...)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("tie protections to accounts: %w", fileError(err))
	}
	for _, p := range loose {
		if _, err := w.append(ctx, protectedDraft(p.TenantID, p.Account, p.UserName, p.Reason)); err != nil {
			return err
		}
	}
	w.loose = false
	return nil
}

// looseIn are the protections that a tenant's list asks for and that are not
// there: of the accounts that one given as text means.
func looseIn(ctx context.Context, q *storeq.Queries, tenantID string) (loose []storeq.Protected, err error) {
	rows, err := q.Protected(ctx, tenantID)
	tied := map[string]bool{}
	for _, p := range rows {
		tied[p.Account] = true
	}
	for _, p := range rows {
		if !asTyped(p) {
			continue
		}
		found, err := meantBy(ctx, q, tenantID, p.Account)
		if err != nil {
			return nil, err
		}
		for _, acc := range found {
			if !tied[acc.ScimID] {
				loose = append(loose, storeq.Protected{TenantID: tenantID, Account: acc.ScimID, UserName: acc.UserName, Reason: p.Reason})
			}
			tied[acc.ScimID] = true
		}
	}
	return loose, err
}

// asTyped says whether a protection is kept as what a person typed.
func asTyped(p storeq.Protected) bool { return p.Account == p.UserName }

// meantBy are the accounts that a protection given as text can mean: the one
// with that id; else all with that user name; else all with that e-mail.
func meantBy(ctx context.Context, q *storeq.Queries, tenantID, given string) ([]storeq.Account, error) {
	byID, err := maybe(q.AccountNow(ctx, storeq.AccountNowParams{TenantID: tenantID, ScimID: given}))
	if err != nil {
		return nil, err
	}
	if byID != nil {
		return []storeq.Account{byID.Account}, nil
	}
	for _, rule := range []reconcile.Rule{reconcile.RuleUserName, reconcile.RuleEmail} {
		rows, err := q.AccountsByKey(ctx, keyText(reconcile.Key{Rule: rule, Value: reconcile.Normalise(given)}))
		if err != nil {
			return nil, err
		}
		var found []storeq.Account
		for _, r := range rows {
			if r.TenantID == tenantID {
				found = append(found, r.Account)
			}
		}
		if len(found) > 0 {
			return found, nil
		}
	}
	return nil, nil
}

// unbound tells of protections that protect nothing: given as text, and a
// complete list shows no account that it could mean.
func unbound(ctx context.Context, q *storeq.Queries, t Tenant, rows []storeq.Protected) ([]Problem, error) {
	if !slices.ContainsFunc(rows, asTyped) {
		return nil, nil
	}
	if s, err := onShow(ctx, q, t.ID); err != nil || s == nil {
		return nil, err
	}
	var out []Problem
	for _, p := range rows {
		named := func(x storeq.Protected) bool { return x.Account != p.Account && x.NameNorm == p.NameNorm }
		if !asTyped(p) || slices.ContainsFunc(rows, named) {
			continue
		}
		found, err := meantBy(ctx, q, t.ID, p.Account)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			out = append(out, unboundProblem(p.UserName, t.Name))
		}
	}
	return out, nil
}

func unboundProblem(userName, tenant string) Problem {
	return Problem{
		"protection-unbound", quoted(userName) + " is protected in " + tenant + ", and no account there has that name: it protects nothing.",
		"Protect the right account with rollcall protect add, then lift this one with rollcall protect remove.",
	}
}

func (w *writer) protect(ctx context.Context, tenantID, id, userName, reason string) error {
	_, err := w.record(ctx, protectedDraft(tenantID, id, userName, reason))
	return err
}

func protectedDraft(tenantID, id, userName, reason string) audit.Draft {
	return audit.Draft{
		Type: typeProtected, Tenant: tenantID, Target: audit.Text(userName),
		Data: accountProtected{Account: audit.Text(id), UserName: audit.Text(userName), Reason: audit.Text(reason)},
	}
}

// Unprotect lifts a protection, and with it one that was typed before the
// account was known and means it; the reason is recorded.
func (a *App) Unprotect(ctx context.Context, tenant, account, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return usageAbout(FieldReason, "Lifting a protection needs a reason.")
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
		typed, err := a.typedFor(ctx, p)
		if err != nil {
			return err
		}
		for _, p := range append(typed, p) { // what would tie it again goes first
			_, err := w.record(ctx, audit.Draft{
				Type: typeUnprotected, Tenant: row.ID, Target: audit.Text(p.UserName),
				Data: accountProtected{Account: audit.Text(p.Account), UserName: audit.Text(p.UserName), Reason: audit.Text(reason)},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// typedFor are the other protections, given as text, that mean the same account.
func (a *App) typedFor(ctx context.Context, p storeq.Protected) (typed []storeq.Protected, err error) {
	err = a.read(ctx, func(q *storeq.Queries) error {
		rows, err := q.Protected(ctx, p.TenantID)
		for i := 0; err == nil && i < len(rows); i++ {
			if !asTyped(rows[i]) || rows[i].Account == p.Account {
				continue
			}
			var found []storeq.Account
			found, err = meantBy(ctx, q, p.TenantID, rows[i].Account)
			if slices.ContainsFunc(found, func(acc storeq.Account) bool { return acc.ScimID == p.Account }) {
				typed = append(typed, rows[i])
			}
		}
		return err
	})
	return typed, err
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
	return out, a.nameProtectors(ctx, out)
}
