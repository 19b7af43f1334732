package app

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"

	"rollcall/db"
)

const (
	findingsFound = `SELECT f.id, f.kind, f.tenant_id, f.tenant_name, a.user_name
FROM json_each(?) AS j CROSS JOIN finding AS f ON f.id = j.value JOIN account AS a ON a.id = f.account ORDER BY j.key`
	findingsOfAccounts = `SELECT f.id FROM json_each(?) AS j CROSS JOIN finding AS f ON f.account = j.value
WHERE f.rank < 100 ORDER BY f.rank, f.sort_key, f.id`
)

// findings are those of an account whose name has each word; and where these
// are too few, those of any account that was found.
func (s *search) findings(ctx context.Context, tx *db.Tx) error {
	ids, err := s.findingsNamed(ctx, tx)
	if err == nil && len(ids) < s.limit {
		ids, err = s.findingsOfAccounts(ctx, tx, ids)
	}
	if err != nil {
		return err
	}
	list, err := encodeList(ids)
	if err != nil {
		return err
	}
	closed, err := closedFindings(ctx, tx.Queries, "")
	if err != nil {
		return err
	}
	var hits []Hit
	err = each(ctx, tx, findingsFound, []any{list}, func(rows *sql.Rows) error {
		h := Hit{Kind: HitFinding}
		err := rows.Scan(&h.ID, &h.Detail, &h.TenantID, &h.Tenant, &h.Title)
		_, h.Closed = closed[h.ID]
		hits = append(hits, h)
		return err
	})
	s.add(hits)
	return err
}

// findingsNamed are the closest of the findings that are kept in memory; none
// where they are too many for that.
func (s *search) findingsNamed(ctx context.Context, tx *db.Tx) ([]string, error) {
	list, _, err := s.a.know.index.findings(ctx, tx)
	if err != nil {
		return nil, err
	}
	var near []indexedFinding // the closest so far, in their order
	words := strings.Fields(s.folded)
	for _, f := range list {
		if f.rank < exceptedRank && f.named(words) {
			at, _ := slices.BinarySearchFunc(near, f, func(x, y indexedFinding) int {
				return cmp.Or(cmp.Compare(x.distance(s.folded), y.distance(s.folded)), strings.Compare(x.key(), y.key()), strings.Compare(x.id, y.id))
			})
			if at < s.limit {
				near = slices.Insert(near, at, f)
				near = near[:min(len(near), s.limit)]
			}
		}
	}
	ids := make([]string, len(near))
	for i, f := range near {
		ids[i] = f.id
	}
	return ids, nil
}

// findingsOfAccounts adds those of the accounts that were found, also by words
// that are not in their names.
func (s *search) findingsOfAccounts(ctx context.Context, tx *db.Tx, ids []string) ([]string, error) {
	if err := s.wordAccounts(ctx, tx); err != nil {
		return nil, err
	}
	list, err := encodeList(s.ids)
	if err != nil {
		return nil, err
	}
	err = each(ctx, tx, findingsOfAccounts, []any{list}, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
		return err
	})
	return ids, err
}
