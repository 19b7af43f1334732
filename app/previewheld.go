package app

import (
	"context"
	"encoding/hex"
	"fmt"

	"rollcall/app/roster"
	"rollcall/audit"
	"rollcall/db"
	"rollcall/db/storeq"
	"rollcall/scim"
)

// rosterWaits says why the import of a file that can be read would wait for a
// person's word; nil: it would not. The error is that it would be refused.
func (a *App) rosterWaits(ctx context.Context, source string, reading rosterReading, look roster.Look) (*Problem, error) {
	d := rosterTaken{Source: source, People: look.Rows, Reading: reading, SHA256: audit.Text(hex.EncodeToString(look.SHA256[:]))}
	held, err := a.heldBecause(ctx, &d, look.Used, func(ctx context.Context, r storeq.RosterRevision) (c rosterChange, err error) {
		c.of, c.gone, err = a.lacking(ctx, look, `SELECT DISTINCT p.number FROM person AS p
WHERE p.source = ? AND p.presumed = 0 AND (p.valid_to IS NULL OR p.valid_to > ?)`, r.Source, r.No)
		return c, err
	})
	if err != nil || len(held) == 0 {
		return nil, err
	}
	return &held[0], nil
}

// membersWait does the same for a newer list of a tenant without SCIM.
func (a *App) membersWait(ctx context.Context, t storeq.Tenant, look roster.Look) (*Problem, error) {
	try := attempt{tenant: t.Name, users: scim.Listing{Distinct: look.Rows}, file: &fileTaken{Members: look.Rows}}
	if err := a.lastSealed(ctx, t.ID, &try); err != nil {
		return nil, err
	}
	var shown *storeq.Snapshot
	err := a.read(ctx, func(q *storeq.Queries) (err error) {
		shown, err = onShow(ctx, q, t.ID)
		return err
	})
	if err == nil && shown != nil {
		try.turnover.since = fromMillis(shown.Started)
		try.turnover.of, try.turnover.gone, err = a.lacking(ctx, look, `SELECT scim_id FROM account WHERE tenant = ? AND valid_to IS NULL`, shown.Tenant)
	}
	if err != nil {
		return nil, err
	}
	try.lost = false // what the record tells of the list before, a look at a file does not
	held := try.others()
	if len(held) == 0 {
		return nil, nil
	}
	for _, p := range held[1:] {
		held[0].Text += " " + p.Text
	}
	return &held[0], nil
}

// lacking counts the ids that a query yields, and those of them that the file
// has not.
func (a *App) lacking(ctx context.Context, look roster.Look, query string, args ...any) (of, gone int, err error) {
	err = a.store.Read(ctx, func(tx *db.Tx) error {
		rows, err := tx.SQL.QueryContext(ctx, query, args...)
		if err != nil {
			return fmt.Errorf("compare the file with what is on show: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			if of++; !look.Has(id) {
				gone++
			}
		}
		return rows.Err()
	})
	return of, gone, fileError(err)
}
