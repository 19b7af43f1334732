package app

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"rollcall/app/reconcile"
	"rollcall/db"
	"rollcall/db/storeq"
)

// Who began since the roster was imported has accounts and stands on no roster
// yet, and who was hired again is still said to have left. Such an account is shown
// with that word, and planned by its name only.

// arrivals tell when accounts came, against the rosters.
type arrivals struct {
	rosters []storeq.RosterDatesRow // on show, the oldest first
	first   map[string]int64        // tenant id -> snapshot.no of its first list in the store
}

func newArrivals(ctx context.Context, tx *db.Tx) (arrivals, error) {
	rosters, err := tx.RosterDates(ctx)
	a := arrivals{rosters: rosters, first: map[string]int64{}}
	if err != nil {
		return a, err
	}
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

// rosterOf is the roster that a finding stands on: that of the person, or the
// oldest, on which nobody knows whether the account's person is to be.
func rosterOf(rosters []storeq.RosterDatesRow, source string) storeq.RosterDatesRow {
	if i := slices.IndexFunc(rosters, func(r storeq.RosterDatesRow) bool { return r.Source == source }); i >= 0 {
		return rosters[i]
	}
	return rosters[0]
}

// newer is a sentence on an account that is newer than the roster, or "". An
// account of a tenant's first list may have been there for long, so that only
// what the tenant says of it counts.
func (w *findingWriter) newer(ctx context.Context, c reconcile.Correlation, row accountRow) (string, error) {
	source, may := "", "be of somebody who is not on it yet"
	if c.Person != nil {
		source, may = c.Person.Source, "be of somebody who was hired again"
	}
	roster := rosterOf(w.arrivals.rosters, source)
	listed, came := w.started[row.first], "first listed"
	at := time.UnixMilli(listed)
	if listed <= roster.Dated {
		return "", nil
	}
	if row.first == w.arrivals.first[c.Account.Tenant] {
		var err error
		if at, err = w.created(ctx, row.id); err != nil || at.UnixMilli() <= roster.Dated || at.UnixMilli() > listed {
			return "", err
		}
		came = "made"
	}
	return fmt.Sprintf(" It was %s on %s, after the roster %s was imported on %s, and may %s.",
		came, at.UTC().Format(time.DateOnly), roster.Source, fromMillis(roster.Dated).Format(time.DateOnly), may), nil
}

// newerWhy says why an account that is newer than the roster is not planned with
// others, and how it can be.
func newerWhy(f Finding, rosters []storeq.RosterDatesRow) string {
	source, may := "", "be of somebody who is not on it yet"
	if f.Person != nil {
		source, may = f.Person.Source, "be of somebody who was hired again"
	}
	r := rosterOf(rosters, source)
	return fmt.Sprintf("It is newer than the roster %s, imported on %s, and may %s. Import that roster as it is now, with --accept-shrink %d if the file is the same; or plan the account by its name.",
		r.Source, fromMillis(r.Dated).Format(time.DateOnly), may, r.People)
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
