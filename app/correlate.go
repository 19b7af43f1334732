package app

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"time"

	"rollcall/app/reconcile"
	"rollcall/db"
)

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
LEFT JOIN person AS p ON p.source = k.source AND p.number = k.number AND p.valid_to IS NULL
WHERE k.no NOT IN (SELECT value FROM json_each(@former) UNION ALL SELECT value FROM json_each(@others));

INSERT OR IGNORE INTO temp.candidate
SELECT a.id, p.id, CASE WHEN k.no IN (SELECT value FROM json_each(@others)) THEN @formerNumber ELSE @formerLink END || k.number
FROM link AS k CROSS JOIN temp.live AS l ON l.tenant_id = k.tenant_id
CROSS JOIN account AS a ON a.tenant = l.no AND a.scim_id = k.account AND a.valid_to IS NULL
CROSS JOIN person AS p ON p.source = k.source AND p.number = k.number AND p.valid_to IS NULL
WHERE k.no IN (SELECT value FROM json_each(@former) UNION ALL SELECT value FROM json_each(@others));

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
	former, err := formerLinks(ctx, tx.Queries)
	if err != nil {
		return fmt.Errorf("links of ids that are somebody else's: %w", err)
	}
	others, err := linksOfOthers(ctx, tx.Queries)
	if err != nil {
		return fmt.Errorf("links of numbers that are somebody else's: %w", err)
	}
	if _, err := tx.SQL.ExecContext(ctx, makeCandidates, sql.Named("crowd", mostSharing), sql.Named("link", ruleLetters[reconcile.RuleLink]),
		sql.Named("former", former), sql.Named("formerLink", ruleLetters[reconcile.RuleFormerLink]),
		sql.Named("others", others), sql.Named("formerNumber", ruleLetters[reconcile.RuleFormerNumber])); err != nil {
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
