package app

import (
	"context"

	"rollcall/app/reconcile"
	"rollcall/db"
	"rollcall/db/storeq"
)

// closedPeople are those who may be whose an account is that a run closed since
// the list on show was read: by a key, or by a link. Few intents lead to it.
const closedPeople = `WITH closed AS MATERIALIZED (
  SELECT DISTINCT i.tenant_id, a.scim_id, a.keys
  FROM tenant_no AS t
  CROSS JOIN intent AS i ON i.tenant_id = t.tenant_id AND i.at >= (
    SELECT s.started FROM snapshot AS s WHERE s.tenant = t.no AND s.merged = 1 ORDER BY s.no DESC LIMIT 1
  )
  CROSS JOIN account AS a ON a.tenant = t.no AND a.scim_id = i.account AND a.valid_to IS NULL AND a.active <> 0
  WHERE i.action = 'deactivate' AND i.outcome = 'confirmed'
)
SELECT x.person FROM closed AS c CROSS JOIN json_each(c.keys) AS k CROSS JOIN person_key AS x ON x.key = k.value
UNION
SELECT p.id FROM closed AS c
CROSS JOIN link AS l ON l.tenant_id = c.tenant_id AND l.account = c.scim_id
CROSS JOIN person AS p ON p.source = l.source AND p.number = l.number AND p.valid_to IS NULL`

// countClosed fills in how many of the active accounts of a row's person were
// closed since their lists were read. ids are those of the rows.
func countClosed(ctx context.Context, tx *db.Tx, ids []int64, rows []PersonRow) error {
	touched := map[int64]bool{}
	found, err := tx.SQL.QueryContext(ctx, closedPeople)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		var id int64
		if err := found.Scan(&id); err != nil {
			return err
		}
		touched[id] = true
	}
	if err := found.Err(); err != nil {
		return err
	}
	for i, id := range ids {
		if !touched[id] || rows[i].Active == 0 {
			continue
		}
		if rows[i].Closed, err = closedOf(ctx, tx.Queries, rows[i].ID); err != nil {
			return err
		}
	}
	return nil
}

// closedOf counts the accounts of one person that a run closed since the list
// on show was read.
func closedOf(ctx context.Context, q *storeq.Queries, id string) (int, error) {
	p, err := personByID(ctx, q, id)
	if err != nil {
		return 0, err
	}
	claims, err := claimsOf(ctx, q, p)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, c := range claims {
		if !c.alone || activeWord(c.row.Active) == reconcile.ActiveFalse {
			continue
		}
		closed, err := closedInStore(ctx, q, c.tenant, c.row.ScimID)
		if err != nil {
			return 0, err
		}
		if closed != nil {
			n++
		}
	}
	return n, nil
}
