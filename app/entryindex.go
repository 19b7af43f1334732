package app

import (
	"context"
	"database/sql"
	"errors"

	"rollcall/audit"
	"rollcall/db"
	"rollcall/db/storeq"
)

// What one look at the record adds to its list: few enough for an answer
// within seconds. A record that was never listed is made up for in steps.
const (
	listAtOnce = 10_000
	listBatch  = 1_000
)

// errMoved: somebody else brought the list on meanwhile.
var errMoved = errors.New("the list of entries moved on")

// listEntries brings the list of entries up to the record, by at most
// listAtOnce entries, and returns how many it has. The list is a cache in the
// store: one of another record, or of another state of this one, is made anew.
// It does not wait for a sync that writes: the list is brought on later.
func (a *App) listEntries(ctx context.Context, log *audit.Log) (int64, error) {
	size, err := a.listedEntries(ctx, log)
	for first := size; err == nil && size < log.Size() && size < first+listAtOnce && !a.store.Writing(); {
		var next int64
		next, err = a.listBatch(ctx, log, size, min(size+listBatch, log.Size()))
		if errors.Is(err, errMoved) {
			next, err = a.listedEntries(ctx, log)
		}
		size = next
	}
	return size, err
}

// listedEntries is how many entries the list has of this very record.
func (a *App) listedEntries(ctx context.Context, log *audit.Log) (int64, error) {
	var l storeq.ListedRow
	err := a.read(ctx, func(q *storeq.Queries) (err error) {
		l, err = q.Listed(ctx)
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	same := false
	if l.LogID == log.LogID() && l.Size <= log.Size() {
		err = a.rec.Rows(ctx, l.Size-1, l.Size, func(r audit.Row) error {
			same = string(r.Leaf[:]) == string(l.Leaf)
			return nil
		})
	}
	if same || err != nil {
		return l.Size, fileError(err)
	}
	return 0, a.unlistEntries(ctx)
}

// unlistEntries empties the list; the next look makes it anew.
func (a *App) unlistEntries(ctx context.Context) error {
	return fileError(a.store.Write(ctx, func(tx *db.Tx) error {
		return errors.Join(tx.ClearListedEntries(ctx), tx.ClearListed(ctx))
	}))
}

// listBatch adds the entries from and up to, which is excluded.
func (a *App) listBatch(ctx context.Context, log *audit.Log, from, to int64) (int64, error) {
	var list []facets
	var last audit.Row
	err := eachEntry(ctx, log, from, to, func(r read) error {
		f := facets{seq: r.seq}
		if r.damage == "" {
			var err error
			if f, err = facetsOf(r.Stored); err != nil {
				f = facets{seq: r.seq} // of a newer program, perhaps: listed, and found by no filter
			}
		}
		list = append(list, f)
		return nil
	})
	if err == nil {
		err = a.rec.Rows(ctx, to-1, to, func(r audit.Row) error { last = r; return nil })
	}
	if err != nil {
		return 0, fileError(err)
	}
	err = a.store.Write(ctx, func(tx *db.Tx) error {
		l, err := tx.Listed(ctx)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if l.Size != from {
			return errMoved
		}
		for _, f := range list {
			p := storeq.InsertListedEntryParams{
				Seq: f.seq, At: f.at, Type: f.kind, TenantID: f.tenant, Ticket: f.ticket, Target: f.target, Actor: f.actor, Outcome: f.outcome, Intent: f.intent,
			}
			if err := tx.InsertListedEntry(ctx, p); err != nil {
				return err
			}
		}
		return tx.PutListed(ctx, storeq.PutListedParams{LogID: log.LogID(), Size: to, Leaf: last.Leaf[:]})
	})
	if errors.Is(err, errMoved) {
		return 0, err
	}
	return to, fileError(err)
}

// read is an entry as it could be read, or why it could not.
type read struct {
	audit.Stored
	seq    int64
	damage string
}

// eachEntry yields every entry from and up to, which is excluded. One that is
// damaged does not hide those after it.
func eachEntry(ctx context.Context, log *audit.Log, from, to int64, yield func(read) error) error {
	for from < to {
		err := log.Entries(ctx, from, to, func(s audit.Stored) error {
			from = s.Seq + 1
			return yield(read{Stored: s, seq: s.Seq})
		})
		var d *audit.DamageError
		if !errors.As(err, &d) {
			return err
		}
		if err := yield(read{seq: from, damage: d.Reason}); err != nil {
			return err
		}
		from++
	}
	return nil
}
