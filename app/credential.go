package app

import (
	"context"
	"errors"
	"strings"

	"rollcall/audit"
	"rollcall/db"
	"rollcall/db/storeq"
	"rollcall/scim"
)

// typeCredentialChanged says that a tenant got a new credential; its data is
// empty, since nothing about a secret is recorded.
const typeCredentialChanged = "tenant.credential-changed"

func init() { projections[typeCredentialChanged] = applyCredentialChanged }

// applyCredentialChanged keeps syncs from going on with what another credential
// listed, which may be shown another list. One that runs ends as it began.
func applyCredentialChanged(ctx context.Context, tx *db.Tx, s audit.Stored) error {
	tenant, err := tx.PutTenantNo(ctx, s.Entry.Tenant)
	if err != nil {
		return err
	}
	return tx.ForbidResuming(ctx, tenant)
}

// SetCredential gives a tenant a new token or password for the same address,
// kind of authentication and user. It is tried first: one that does not work, or
// that shows none of the accounts on show, replaces nothing. That it was changed is recorded, and nothing of the secret.
// After a crash between record and secret store the old one is still in use.
func (a *App) SetCredential(ctx context.Context, nameOrID, token string) error {
	if strings.TrimSpace(token) == "" {
		return usageAbout(FieldToken, "The token is empty.")
	}
	row, err := a.tenantBy(ctx, nameOrID)
	if err != nil {
		return err
	}
	if row.Source == SourceFile {
		return usage("%s has no SCIM and no credential; its list comes from a file.", row.Name)
	}
	client, err := newClient(clientSpec{BaseURL: row.BaseUrl, Auth: row.Auth, User: row.AuthUser, Secret: token, CA: row.CaPem}, a)
	if err != nil {
		return connectionError(err)
	}
	if _, err := probe(ctx, client, row.BaseUrl); err != nil {
		return notReplaced(err)
	}
	if err := a.sameOrganisation(ctx, client, row); err != nil {
		return err
	}
	return a.mutate(ctx, func(w *writer) error {
		if _, err := a.tenantBy(ctx, row.ID); err != nil {
			return err // removed meanwhile
		}
		if _, err := w.record(ctx, audit.Draft{Type: typeCredentialChanged, Tenant: row.ID, Data: struct{}{}}); err != nil {
			return err
		}
		if err := a.cfg.Secrets.Set(context.WithoutCancel(ctx), tokenOf(row.ID), []byte(token)); err != nil {
			return secretsAt("The new token could not be kept in "+a.cfg.Secrets.Where()+", so the old one is still in use", err)
		}
		return nil
	})
}

// sameOrganisation refuses a credential that works for somebody else's accounts.
func (a *App) sameOrganisation(ctx context.Context, client *scim.Client, row storeq.Tenant) error {
	defer client.Close()
	bounded, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	same, err := a.showsTheSame(bounded, client, row.ID)
	var own *Error
	switch {
	case errors.As(err, &own) && own.Kind == KindRefused:
		return own
	case err != nil:
		return notReplaced(err)
	}
	if !same {
		return refused1("The new token works, and shows none of the accounts on the list of "+row.Name+": it may be for another organisation at the same address. The old one stays.",
			"Give a token for the same organisation. If the service gave all its accounts new ids, remove the tenant and add it anew.")
	}
	return nil
}

// notReplaced says that the credential before is still in use.
func notReplaced(err error) error {
	e := *Explain(err)
	e.Text = "The new token was tried and does not work, so the old one stays. " + e.Text
	return &e
}

var fieldOfPart = map[scim.ConfigPart]string{
	scim.PartURL: FieldURL, scim.PartUser: FieldUser, scim.PartHeader: FieldHeader, scim.PartSecret: FieldToken, scim.PartCA: FieldCA,
}

// connectionError words a description that no client can be made of.
func connectionError(err error) error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	e := &Error{Kind: KindUsage, Text: upperFirst(err.Error()) + ".", Do: doCorrect, Err: err}
	if wrong, ok := errors.AsType[*scim.ConfigError](err); ok {
		e.Field = fieldOfPart[wrong.Part]
	}
	return e
}
