package app

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"rollcall/app/reconcile"
	"rollcall/db"
)

// Who began since the roster was imported has accounts and stands on no roster
// yet. Such an account is an orphan nobody can know of: it is shown with that
// word, and planned by its name only.

// arrivals tell when accounts came, against the roster.
type arrivals struct {
	roster int64            // when the oldest of the rosters in use was imported, unix milliseconds
	first  map[string]int64 // tenant id -> snapshot.no of its first list in the store
}

func newArrivals(ctx context.Context, tx *db.Tx, roster int64) (arrivals, error) {
	a := arrivals{roster: roster, first: map[string]int64{}}
	rows, err := tx.SQL.QueryContext(ctx, `SELECT t.tenant_id, min(s.no) FROM snapshot AS s JOIN tenant_no AS t ON t.no = s.tenant
WHERE s.merged = 1 GROUP BY t.tenant_id`)
	if err != nil {
		return a, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var no int64
		if err := rows.Scan(&id, &no); err != nil {
			return a, err
		}
		a.first[id] = no
	}
	return a, rows.Err()
}

// newer is a sentence on an account that is newer than the roster, or "". An
// account of a tenant's first list may have been there for long, so that only
// what the tenant says of it counts.
func (w *findingWriter) newer(ctx context.Context, c reconcile.Correlation, row accountRow) (string, error) {
	listed, came := w.started[row.first], "first listed"
	at := time.UnixMilli(listed)
	if listed <= w.arrivals.roster {
		return "", nil
	}
	if row.first == w.arrivals.first[c.Account.Tenant] {
		var err error
		if at, err = w.created(ctx, row.id); err != nil || at.UnixMilli() <= w.arrivals.roster || at.UnixMilli() > listed {
			return "", err
		}
		came = "made"
	}
	return fmt.Sprintf(" It was %s on %s, after the roster was imported on %s, and may be of somebody who is not on it yet.",
		came, at.UTC().Format(time.DateOnly), fromMillis(w.arrivals.roster).Format(time.DateOnly)), nil
}

// created is meta.created of an account; zero where that is no time.
func (w *findingWriter) created(ctx context.Context, account int64) (time.Time, error) {
	var text sql.NullString
	err := w.tx.SQL.QueryRowContext(ctx, `SELECT CASE WHEN json_valid(j.body) THEN j.body ->> '$.meta.created' END
FROM (SELECT CAST(r.body AS TEXT) AS body FROM account AS a JOIN resource AS r ON r.id = a.resource WHERE a.id = ?) AS j`, account).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	at, bad := time.Parse(time.RFC3339, text.String)
	if bad != nil {
		at = time.Time{}
	}
	return at, err
}
