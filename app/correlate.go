package app

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"iter"
	"strings"
	"time"

	"rollcall/app/reconcile"
	"rollcall/db"
	"rollcall/db/storeq"
)

// deriveFindings makes the findings stand on what is on show now: the newest
// merged snapshots and roster, the rules and today's date. It does nothing
// where they already do. Findings are derived and never recorded, so this needs
// no writer's lock; a merge in another process makes it wait for SQLite's.
func (a *App) deriveFindings(ctx context.Context) error {
	a.know.findings.Lock()
	defer a.know.findings.Unlock()
	fresh := false
	err := a.store.Read(ctx, func(tx *db.Tx) error {
		b, err := a.newBasis(ctx, tx)
		if err != nil {
			return err
		}
		fresh, err = b.derived(ctx, tx)
		return err
	})
	if err != nil || fresh {
		return fileError(err)
	}
	return fileError(a.store.Write(ctx, func(tx *db.Tx) error {
		b, err := a.newBasis(ctx, tx)
		if err != nil {
			return err
		}
		if fresh, err := b.derived(ctx, tx); err != nil || fresh {
			return err
		}
		if err := b.derive(ctx, tx); err != nil {
			return fmt.Errorf("derive findings: %w", err)
		}
		return nil
	}))
}

// basis is what findings stand on.
type basis struct {
	now        time.Time
	tenants    map[string]string    // id -> name
	zones      map[string]time.Time // source -> now in its time zone
	excepted   map[string]bool      // ids of findings that are left alone now
	generation string
}

func (a *App) newBasis(ctx context.Context, tx *db.Tx) (*basis, error) {
	b := &basis{now: a.cfg.Now(), tenants: map[string]string{}, zones: map[string]time.Time{}, excepted: map[string]bool{}}
	var g strings.Builder
	fmt.Fprintf(&g, "rules %s\n", reconcile.Version)
	tenants, err := tx.Tenants(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range tenants {
		s, err := onShow(ctx, tx.Queries, t.ID)
		if err != nil {
			return nil, err
		}
		if s != nil {
			b.tenants[t.ID] = t.Name
			fmt.Fprintf(&g, "tenant %s %s %q\n", t.ID, s.ID, t.Name)
		}
	}
	if err := b.decisions(ctx, tx, &g); err != nil {
		return nil, err
	}
	sources, err := tx.RosterSources(ctx)
	if err != nil {
		return nil, err
	}
	for _, source := range sources {
		if err := b.source(ctx, tx, source, &g); err != nil {
			return nil, err
		}
	}
	b.generation = g.String()
	return b, nil
}

// decisions takes in what people decided: links, and the exceptions that are in
// force now. There may be thousands, so only their hash goes into the generation.
func (b *basis) decisions(ctx context.Context, tx *db.Tx, g *strings.Builder) error {
	h := sha256.New()
	links, err := tx.Links(ctx)
	if err != nil {
		return err
	}
	for _, l := range links {
		fmt.Fprintf(h, "link %d %q %q %q %q\n", l.No, l.TenantID, l.Account, l.Source, l.Number)
	}
	exceptions, err := tx.ExceptionsAt(ctx, b.now.UnixMilli())
	if err != nil {
		return err
	}
	for _, e := range exceptions {
		fmt.Fprintf(h, "except %s\n", e.Finding)
		b.excepted[e.Finding] = true
	}
	fmt.Fprintf(g, "decisions %x\n", h.Sum(nil))
	return nil
}

func (b *basis) source(ctx context.Context, tx *db.Tx, source string, g *strings.Builder) error {
	rev, err := maybe(tx.RosterOnShow(ctx, source))
	if err != nil || rev == nil {
		return err
	}
	zone, err := time.LoadLocation(rev.Zone)
	if err != nil {
		return fmt.Errorf("time zone of roster %s: %w", source, err)
	}
	b.zones[source] = b.now.In(zone)
	fmt.Fprintf(g, "roster %q %s %s\n", source, rev.ID, b.zones[source].Format(time.DateOnly))
	return nil
}

// derived says whether the findings in the store stand on this basis.
func (b *basis) derived(ctx context.Context, tx *db.Tx) (bool, error) {
	s, err := maybe(tx.FindingState(ctx))
	return s != nil && s.Generation == b.generation, err
}

func (b *basis) derive(ctx context.Context, tx *db.Tx) error {
	for _, clear := range []func(context.Context) error{tx.DeleteFindings, tx.DeleteFindingTenants, tx.DeleteFindingSources} {
		if err := clear(ctx); err != nil {
			return err
		}
	}
	if len(b.zones) > 0 { // without a roster nobody is an orphan
		if err := b.correlate(ctx, tx); err != nil {
			return err
		}
	}
	for source, now := range b.zones {
		n, err := countLeavers(ctx, tx, source, now)
		if err != nil {
			return err
		}
		if err := tx.InsertFindingSource(ctx, storeq.InsertFindingSourceParams{Source: source, Leavers: int64(n)}); err != nil {
			return err
		}
	}
	return tx.PutFindingState(ctx, storeq.PutFindingStateParams{Generation: b.generation, Built: b.now.UnixMilli()})
}

// What reconcile reads, in the order that it asks for. The join walks the keys
// of both sides in order (CROSS JOIN keeps it so) and narrows what it finds to
// the strongest key of each account and person, as reconcile would. Accounts of
// one tenant that share a candidate may collide, which is known only when all
// of them have been seen: they are gone through twice, all others once.
//
// A value that very many people share, such as one mailbox for all, is joined
// with the first of them only: the account is disputed all the same, and the
// work stays linear.
const (
	makeCandidates = dropCandidates + `
CREATE TEMP TABLE live (no INTEGER PRIMARY KEY, tenant_id TEXT NOT NULL UNIQUE, grouped INTEGER NOT NULL);
INSERT INTO temp.live
SELECT t.no, t.tenant_id, coalesce((
  SELECT s.groups_sealed FROM snapshot AS s WHERE s.tenant = t.no AND s.merged = 1 ORDER BY s.no DESC LIMIT 1
), 0)
FROM tenant_no AS t JOIN tenant ON tenant.id = t.tenant_id WHERE tenant.removed IS NULL;

CREATE TEMP TABLE crowd (key TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO temp.crowd
SELECT c.key, (SELECT person FROM person_key AS p WHERE p.key = c.key ORDER BY person LIMIT 1 OFFSET @crowd - 1)
FROM (SELECT key FROM person_key GROUP BY key HAVING count(*) > @crowd) AS c;

CREATE TEMP TABLE candidate (account INTEGER, person INTEGER, key TEXT, PRIMARY KEY (account, person)) WITHOUT ROWID;
INSERT INTO temp.candidate
SELECT k.account, pk.person, min(k.key)
FROM account_key AS k CROSS JOIN person_key AS pk ON pk.key = k.key
WHERE pk.person <= coalesce((SELECT last FROM temp.crowd AS c WHERE c.key = k.key), pk.person)
GROUP BY k.account, pk.person;

INSERT OR REPLACE INTO temp.candidate
SELECT a.id, coalesce(p.id, -k.no), @link || k.number
FROM link AS k CROSS JOIN temp.live AS l ON l.tenant_id = k.tenant_id
CROSS JOIN account AS a ON a.tenant = l.no AND a.scim_id = k.account AND a.valid_to IS NULL
LEFT JOIN person AS p ON p.source = k.source AND p.number = k.number AND p.valid_to IS NULL;

CREATE TEMP TABLE shared (tenant INTEGER, person INTEGER, PRIMARY KEY (tenant, person)) WITHOUT ROWID;
INSERT INTO temp.shared
SELECT a.tenant, c.person FROM temp.candidate AS c CROSS JOIN account AS a ON a.id = c.account
GROUP BY a.tenant, c.person HAVING min(c.account) < max(c.account);

CREATE TEMP TABLE sharing (account INTEGER PRIMARY KEY);
INSERT OR IGNORE INTO temp.sharing
SELECT c.account FROM temp.candidate AS c CROSS JOIN account AS a ON a.id = c.account
CROSS JOIN temp.shared AS s ON s.tenant = a.tenant AND s.person = c.person;`

	accountStream = `SELECT l.tenant_id, a.scim_id, a.id, a.first, a.user_name, a.external_id, a.display_name, a.emails, a.active,
  CASE WHEN a.active = 0 AND l.grouped THEN (
    SELECT count(*) FROM membership AS m WHERE m.tenant = a.tenant AND m.account = a.scim_id AND m.valid_to IS NULL
  ) ELSE 0 END
FROM temp.live AS l
CROSS JOIN account AS a ON a.tenant = l.no AND a.valid_to IS NULL
WHERE (a.id IN (SELECT account FROM temp.sharing)) = @sharing
ORDER BY l.tenant_id, a.scim_id`

	candidateStream = `SELECT l.tenant_id, a.scim_id, c.key, coalesce(p.source, k.source), coalesce(p.number, k.number),
  coalesce(p.name, k.name), coalesce(p.status, ''), coalesce(p.starts, ''), coalesce(p.ends, ''), p.id IS NULL, r.revision, r.imported
FROM temp.live AS l
CROSS JOIN account AS a ON a.tenant = l.no AND a.valid_to IS NULL
CROSS JOIN temp.candidate AS c ON c.account = a.id
LEFT JOIN person AS p ON p.id = c.person
LEFT JOIN link AS k ON k.no = -c.person
LEFT JOIN roster_revision AS r ON r.no = p.presumed
WHERE (a.id IN (SELECT account FROM temp.sharing)) = @sharing
ORDER BY l.tenant_id, a.scim_id`

	dropCandidates = `DROP TABLE IF EXISTS temp.live;
DROP TABLE IF EXISTS temp.crowd;
DROP TABLE IF EXISTS temp.candidate;
DROP TABLE IF EXISTS temp.shared;
DROP TABLE IF EXISTS temp.sharing;`
)

// mostSharing is how many people one value is joined with: one more than are
// counted, so that the reason can say that there are more.
const mostSharing = reconcile.MostCounted + 1

func (b *basis) correlate(ctx context.Context, tx *db.Tx) error {
	if _, err := tx.SQL.ExecContext(ctx, makeCandidates, sql.Named("crowd", mostSharing), sql.Named("link", ruleLetters[reconcile.RuleLink])); err != nil {
		return fmt.Errorf("join keys: %w", err)
	}
	w, err := newFindingWriter(ctx, tx, b)
	if err != nil {
		return err
	}
	defer w.insert.close()
	var links reconcile.ActiveLinks
	steps := []struct {
		sharing bool
		do      func(c reconcile.Correlation, row accountRow) error
	}{
		{true, func(c reconcile.Correlation, _ accountRow) error { links.Add(c); return nil }},
		{true, func(c reconcile.Correlation, row accountRow) error {
			return w.add(ctx, links.Settle(c), links.Of(c), row)
		}},
		{false, func(c reconcile.Correlation, row accountRow) error { return w.add(ctx, c, 1, row) }},
	}
	for _, step := range steps {
		if err := b.correlations(ctx, tx, step.sharing, step.do); err != nil {
			return err
		}
	}
	if err := w.finish(ctx); err != nil {
		return err
	}
	_, err = tx.SQL.ExecContext(ctx, dropCandidates)
	return err
}

// accountRow is what the store adds to the account that is being looked at.
type accountRow struct {
	id, first int64
}

// correlations tells do of each account whose it is.
func (b *basis) correlations(ctx context.Context, tx *db.Tx, sharing bool, do func(reconcile.Correlation, accountRow) error) error {
	var row accountRow // of the account that Correlate has just taken
	which := sql.Named("sharing", sharing)
	accounts := stream(ctx, tx, accountStream, which, func(rows *sql.Rows) (reconcile.Account, error) { return scanAccount(rows, &row) })
	candidates := stream(ctx, tx, candidateStream, which, scanCandidate)
	for c, err := range reconcile.Correlate(accounts, candidates) {
		if err == nil {
			err = do(c, row)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// stream yields the rows of a query one by one.
func stream[T any](ctx context.Context, tx *db.Tx, query string, arg sql.NamedArg, scan func(*sql.Rows) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		rows, err := tx.SQL.QueryContext(ctx, query, arg)
		if err != nil {
			yield(zero, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			v, err := scan(rows)
			if !yield(v, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(zero, err)
		}
	}
}

func scanAccount(rows *sql.Rows, row *accountRow) (reconcile.Account, error) {
	var a reconcile.Account
	var emails string
	var active int64
	err := rows.Scan(&a.Tenant, &a.ID, &row.id, &row.first, &a.UserName, &a.ExternalID, &a.DisplayName, &emails, &active, &a.Groups)
	if err != nil {
		return a, err
	}
	a.Active = activeWord(active)
	a.Emails, err = decodeList[string](emails)
	return a, err
}

func scanCandidate(rows *sql.Rows) (reconcile.Candidate, error) {
	var c reconcile.Candidate
	var key, starts, ends string
	var revision, imported sql.NullInt64
	err := rows.Scan(&c.Tenant, &c.Account, &key, &c.Person.Source, &c.Person.Number, &c.Person.Name, &c.Person.Status, &starts, &ends, &c.Gone, &revision, &imported)
	if err != nil {
		return c, err
	}
	k, err := keyOf(key)
	if err != nil {
		return c, err
	}
	c.Rule, c.Key = k.Rule, k.Value
	missingSince(&c.Person, revision, imported)
	c.Person.Start, c.Person.End, err = dates(starts, ends)
	return c, err
}

// dates reads the dates of the store. Only their calendar day counts.
func dates(starts, ends string) (start, end time.Time, err error) {
	if starts != "" {
		if start, err = time.Parse(time.DateOnly, starts); err != nil {
			return start, end, fmt.Errorf("date in the store: %w", err)
		}
	}
	if ends != "" {
		if end, err = time.Parse(time.DateOnly, ends); err != nil {
			return start, end, fmt.Errorf("date in the store: %w", err)
		}
	}
	return start, end, nil
}

// findingWriter turns correlations into rows.
type findingWriter struct {
	b       *basis
	tx      *db.Tx
	insert  statements
	started map[int64]int64 // snapshot.no -> when it was taken, unix milliseconds
	counts  map[string]*tenantCounts
}

type tenantCounts struct {
	rate   reconcile.MatchRate
	byKind map[reconcile.Kind]int64
}

const insertFinding = `INSERT INTO finding
  (id, rank, kind, tenant_id, tenant_name, sort_key, account, person, rule, key, reason, since, search)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

func newFindingWriter(ctx context.Context, tx *db.Tx, b *basis) (*findingWriter, error) {
	w := &findingWriter{b: b, tx: tx, started: map[int64]int64{}, counts: map[string]*tenantCounts{}}
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
	}
	for _, f := range reconcile.Findings(c, active, now) {
		if !w.b.excepted[reconcile.FindingID(c.Account.Tenant, c.Account.ID, f.Kind)] {
			n.byKind[f.Kind]++
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
	sort := reconcile.Normalise(c.Account.UserName)
	search := strings.Join([]string{sort, reconcile.Normalise(c.Account.DisplayName), strings.ToLower(f.Reason)}, "\n")
	id := reconcile.FindingID(c.Account.Tenant, c.Account.ID, f.Kind)
	return w.insert.exec(ctx, 0, id, findingRank(f.Kind, w.b.excepted[id]), string(f.Kind), c.Account.Tenant,
		w.b.tenants[c.Account.Tenant], sort, row.id, person, string(f.Rule), f.Key, f.Reason, since, search)
}

func (w *findingWriter) finish(ctx context.Context) error {
	for id, n := range w.counts {
		err := w.tx.InsertFindingTenant(ctx, storeq.InsertFindingTenantParams{
			TenantID: id, Active: int64(n.rate.Active), Matched: int64(n.rate.Matched),
			Orphaned: n.byKind[reconcile.KindOrphaned], Leavers: n.byKind[reconcile.KindLeaver],
			Disputed: n.byKind[reconcile.KindDisputed], Collisions: n.byKind[reconcile.KindCollision],
			Entitled: n.byKind[reconcile.KindEntitled],
		})
		if err != nil {
			return err
		}
	}
	return nil
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

// countLeavers counts the people of one source who have left by now.
func countLeavers(ctx context.Context, tx *db.Tx, source string, now time.Time) (int, error) {
	rows, err := tx.SQL.QueryContext(ctx, `SELECT p.status, p.starts, p.ends, r.revision, r.imported FROM person AS p
LEFT JOIN roster_revision AS r ON r.no = p.presumed
WHERE p.source = ? AND p.valid_to IS NULL AND (p.status = 'left' OR p.ends <> '')`, source)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var p reconcile.Person
		var starts, ends string
		var revision, imported sql.NullInt64
		if err := rows.Scan(&p.Status, &starts, &ends, &revision, &imported); err != nil {
			return 0, err
		}
		missingSince(&p, revision, imported)
		if p.Start, p.End, err = dates(starts, ends); err != nil {
			return 0, err
		}
		if left, _, _ := reconcile.HasLeft(p, now); left {
			n++
		}
	}
	return n, rows.Err()
}
