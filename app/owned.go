package app

import (
	"context"

	"rollcall/app/reconcile"
)

// personRef is who a person is: they keep it from revision to revision.
type personRef struct{ source, number string }

// owned counts one person's accounts while findings are derived.
type owned struct {
	accounts, active, tenants int
	last                      string // tenant of the account before
}

// own counts an account for its person. The accounts of one tenant that share
// a person come one after another, so a change of tenant is a new tenant.
func (w *findingWriter) own(c reconcile.Correlation) {
	ref := personRef{c.Person.Source, c.Person.Number}
	o := w.owned[ref]
	if o == nil {
		o = &owned{}
		w.owned[ref] = o
	}
	o.accounts++
	if c.Account.Active != reconcile.ActiveFalse {
		o.active++
	}
	if o.last != c.Account.Tenant {
		o.last = c.Account.Tenant
		o.tenants++
	}
}

// ownedAtOnce people are written with one statement.
const ownedAtOnce = 2000

const insertOwned = `INSERT INTO person_account (person, accounts, active, tenants)
SELECT p.id, j.value ->> 2, j.value ->> 3, j.value ->> 4
FROM json_each(?) AS j CROSS JOIN person AS p INDEXED BY person_now
  ON p.source = j.value ->> 0 AND p.number = j.value ->> 1 AND p.valid_to IS NULL`

func (w *findingWriter) writeOwned(ctx context.Context) error {
	batch := make([][]any, 0, ownedAtOnce)
	flush := func() error {
		list, err := encodeList(batch)
		if err != nil {
			return err
		}
		_, err = w.tx.SQL.ExecContext(ctx, insertOwned, list)
		batch = batch[:0]
		return err
	}
	for ref, o := range w.owned {
		batch = append(batch, []any{ref.source, ref.number, o.accounts, o.active, o.tenants})
		if len(batch) == ownedAtOnce {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}
