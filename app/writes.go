package app

import (
	"context"
	"strings"

	"rollcall/audit"
	"rollcall/db"
	"rollcall/db/storeq"
)

// typeWritesEnded says that a tenant is read-only again. Its data is that of
// typeWritesAllowed. A type of its own: a Rollcall that did not know it would go
// on sending.
const typeWritesEnded = "tenant.writes-ended"

func init() { projections[typeWritesEnded] = applyWritesEnded }

// AllowWrites ends a tenant's read-only state; the reason is recorded.
func (a *App) AllowWrites(ctx context.Context, nameOrID, reason string) (Tenant, error) {
	return a.AllowWritesFor(ctx, nameOrID, reason, "")
}

// AllowWritesFor is AllowWrites under a ticket, so that the ticket's entries and
// its evidence pack hold the decision; "" is none.
func (a *App) AllowWritesFor(ctx context.Context, nameOrID, reason, ticket string) (Tenant, error) {
	if strings.TrimSpace(reason) == "" {
		return Tenant{}, usageAbout(FieldReason, "Allowing changes needs a reason, so that the record says why.")
	}
	if len(ticket) > mostTicket {
		return Tenant{}, usageAbout(FieldTicket, "The ticket is longer than %d characters.", mostTicket)
	}
	return a.changeWrites(ctx, nameOrID, func(w *writer, row storeq.Tenant) error {
		return w.decideWrites(ctx, typeWritesAllowed, row.ID, reason, strings.TrimSpace(ticket))
	})
}

// Observe makes a tenant read-only again; the reason is recorded. A run that is
// under way there ends before its next call.
func (a *App) Observe(ctx context.Context, nameOrID, reason string) (Tenant, error) {
	if strings.TrimSpace(reason) == "" {
		return Tenant{}, usageAbout(FieldReason, "Making a tenant read-only needs a reason, so that the record says why.")
	}
	return a.changeWrites(ctx, nameOrID, func(w *writer, row storeq.Tenant) error {
		if row.Writes == 0 {
			return refused1(row.Name+" is read-only already.", "Nothing is sent to it; there is nothing to do.")
		}
		return w.decideWrites(ctx, typeWritesEnded, row.ID, reason, "")
	})
}

func (a *App) changeWrites(ctx context.Context, nameOrID string, decide func(*writer, storeq.Tenant) error) (Tenant, error) {
	err := a.mutate(ctx, func(w *writer) error {
		row, err := a.tenantBy(ctx, nameOrID)
		if err != nil {
			return err
		}
		if row.Source == SourceFile {
			return usage("%s has no SCIM: nothing is ever sent to it, so there is nothing to allow.", row.Name)
		}
		return decide(w, row)
	})
	if err != nil {
		return Tenant{}, err
	}
	return a.Tenant(ctx, nameOrID)
}

func (w *writer) decideWrites(ctx context.Context, kind, id, reason, ticket string) error {
	_, err := w.record(ctx, audit.Draft{Type: kind, Tenant: id, Ticket: ticket, Data: withReason{Reason: audit.Text(reason)}})
	return err
}

func applyWritesEnded(ctx context.Context, tx *db.Tx, s audit.Stored) error {
	return tx.EndWrites(ctx, s.Entry.Tenant)
}
