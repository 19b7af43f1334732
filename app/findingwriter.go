package app

import (
	"context"
	"fmt"
	"strings"

	"rollcall/app/reconcile"
	"rollcall/db"
	"rollcall/db/storeq"
)

// findingWriter turns correlations into rows.
type findingWriter struct {
	b        *basis
	tx       *db.Tx
	insert   statements
	started  map[int64]int64 // snapshot.no -> when it was taken, unix milliseconds
	arrivals arrivals
	counts   map[string]*tenantCounts
	owned    map[personRef]*owned
	domains  map[string]bool // of the mail addresses on the rosters; nil before the first orphan
}

type tenantCounts struct {
	rate     reconcile.MatchRate
	excepted int64 // orphans that are left alone
	byKind   map[reconcile.Kind]int64
}

const insertFinding = `INSERT INTO finding
  (id, rank, kind, tenant_id, tenant_name, sort_key, account, person, rule, key, reason, brief, domain, since, search, newer)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

func newFindingWriter(ctx context.Context, tx *db.Tx, b *basis) (*findingWriter, error) {
	w := &findingWriter{b: b, tx: tx, started: map[int64]int64{}, counts: map[string]*tenantCounts{}, owned: map[personRef]*owned{}}
	for id := range b.tenants {
		w.counts[id] = &tenantCounts{byKind: map[reconcile.Kind]int64{}}
	}
	rows, err := tx.SQL.QueryContext(ctx, `SELECT no, started FROM snapshot WHERE merged = 1`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var no, at int64
		if err := rows.Scan(&no, &at); err != nil {
			return nil, err
		}
		w.started[no] = at
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if w.arrivals, err = newArrivals(ctx, tx); err != nil {
		return nil, err
	}
	w.insert, err = prepareAll(ctx, tx, insertFinding)
	return w, err
}

func (w *findingWriter) add(ctx context.Context, c reconcile.Correlation, active int, row accountRow) error {
	n := w.counts[c.Account.Tenant]
	if n == nil {
		return fmt.Errorf("account of tenant %s: no snapshot of it is on show", c.Account.Tenant)
	}
	n.rate.Add(c)
	now := w.b.now
	if c.Person != nil {
		now = w.b.zones[c.Person.Source]
		w.own(c)
	}
	for _, f := range reconcile.Findings(c, active, now) {
		switch excepted := w.b.excepted[reconcile.FindingID(c.Account.Tenant, c.Account.ID, f.Kind)]; {
		case !excepted:
			n.byKind[f.Kind]++
		case f.Kind == reconcile.KindOrphaned:
			n.excepted++
		}
		if err := w.row(ctx, c, f, row); err != nil {
			return err
		}
	}
	return nil
}

func (w *findingWriter) row(ctx context.Context, c reconcile.Correlation, f reconcile.Finding, row accountRow) error {
	since := w.started[row.first]
	if !f.Since.IsZero() {
		since = f.Since.UnixMilli()
	}
	var person int64
	if c.Person != nil {
		p, err := w.tx.PersonNow(ctx, storeq.PersonNowParams{Source: c.Person.Source, Number: c.Person.Number})
		if err != nil {
			return fmt.Errorf("person of a finding: %w", err)
		}
		person = p.ID
	}
	domain, err := w.strange(ctx, c.Account, f)
	if err != nil {
		return err
	}
	newer := ""
	if f.Kind == reconcile.KindOrphaned && c.Lost == nil || f.Kind == reconcile.KindLeaver {
		if newer, err = w.newer(ctx, c, row); err != nil {
			return fmt.Errorf("age of an account: %w", err)
		}
		f.Reason += newer
	}
	sort := reconcile.Normalise(c.Account.UserName)
	search := strings.Join([]string{sort, reconcile.Normalise(c.Account.DisplayName), strings.ToLower(f.Reason)}, "\n")
	id := reconcile.FindingID(c.Account.Tenant, c.Account.ID, f.Kind)
	return w.insert.exec(ctx, 0, id, findingRank(f.Kind, w.b.excepted[id]), string(f.Kind), c.Account.Tenant,
		w.b.tenants[c.Account.Tenant], sort, row.id, person, string(f.Rule), f.Key, f.Reason, f.Brief, domain, since, search, whole(newer != ""))
}

func (w *findingWriter) finish(ctx context.Context) error {
	for id, n := range w.counts {
		err := w.tx.InsertFindingTenant(ctx, storeq.InsertFindingTenantParams{
			TenantID: id, Active: int64(n.rate.Active), Matched: int64(n.rate.Matched),
			Orphaned: n.byKind[reconcile.KindOrphaned], Leavers: n.byKind[reconcile.KindLeaver],
			Disputed: n.byKind[reconcile.KindDisputed], Collisions: n.byKind[reconcile.KindCollision],
			Entitled: n.byKind[reconcile.KindEntitled], Excepted: n.excepted,
		})
		if err != nil {
			return err
		}
	}
	return w.writeOwned(ctx)
}

// kinds in the order in which findings are listed.
var kinds = []reconcile.Kind{reconcile.KindOrphaned, reconcile.KindLeaver, reconcile.KindDisputed, reconcile.KindCollision, reconcile.KindEntitled}

// exceptedRank is added to the rank of a finding that is left alone, so that
// no list of its kind meets it.
const exceptedRank = 100

func findingRank(k reconcile.Kind, excepted bool) int64 {
	if excepted {
		return kindRank(k) + exceptedRank
	}
	return kindRank(k)
}

func kindRank(k reconcile.Kind) int64 {
	for i, known := range kinds {
		if k == known {
			return int64(i)
		}
	}
	return int64(len(kinds))
}
