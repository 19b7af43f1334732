package app

import (
	"context"
	"database/sql"
	"iter"
	"math"
	"slices"

	"rollcall/audit"
	"rollcall/db"
)

// mostCounted is up to where a page counts what its filter chooses.
const mostCounted = 100_000

// EntryLine is one entry of a list, with what belongs to it.
type EntryLine struct {
	Entry
	Outcome  string  `json:"outcome,omitempty"`
	Settled  bool    `json:"settled,omitempty"`  // an outcome that was read later
	Intent   int64   `json:"intent"`             // of an outcome: seq of its intent; otherwise -1
	Outcomes []int64 `json:"outcomes,omitempty"` // of an intent: seqs of its outcomes, oldest first
	Erased   int     `json:"erased,omitempty"`   // personal values and payloads that are gone
	Damage   string  `json:"damage,omitempty"`   // why it cannot be read; then only seq holds
}

// EntriesPage is a part of the record, newest first.
type EntriesPage struct {
	Entries []EntryLine `json:"entries"`
	Total   int         `json:"total"`          // that the filter chooses
	Capped  bool        `json:"capped"`         // more than Total, and not counted any further
	Next    int64       `json:"next,omitempty"` // what to ask before for the next page; 0 at the end
	Listed  int64       `json:"listed"`         // entries that can be found yet
	Size    int64       `json:"size"`           // entries in the record
}

var entryList = db.List{Select: `SELECT seq FROM listed_entry`, ID: "seq", IDKind: db.Integer, Columns: map[string]db.Column{
	"seq":     {SQL: "seq", Kind: db.Integer, Ops: []db.Op{db.Below}, Sort: true},
	"at":      {SQL: "at", Kind: db.Integer, Ops: []db.Op{db.AtLeast, db.Below}},
	"type":    {SQL: "type", Kind: db.Text, Ops: []db.Op{db.Is, db.In}},
	"tenant":  {SQL: "tenant_id", Kind: db.Text, Ops: []db.Op{db.Is}},
	"ticket":  {SQL: "ticket", Kind: db.Text, Ops: []db.Op{db.Is}},
	"target":  {SQL: "target", Kind: db.Text, Ops: []db.Op{db.Is, db.Contains}},
	"actor":   {SQL: "actor", Kind: db.Text, Ops: []db.Op{db.Contains}},
	"outcome": {SQL: "outcome", Kind: db.Text, Ops: []db.Op{db.Is}},
}}

// EntriesPage lists what the filter chooses, newest first: at most limit
// entries (0: 200) before the entry with that number, 0 for the newest. A page
// costs the same wherever in the record it is. First and Limit of the filter
// do not count. While Listed is below Size the list is still being made, a
// piece with each call.
func (a *App) EntriesPage(ctx context.Context, f EntryFilter, before int64, limit int) (EntriesPage, error) {
	out := EntriesPage{Entries: []EntryLine{}}
	log, err := a.readLog(ctx)
	if err != nil {
		return out, err
	}
	q, err := a.entryQuery(ctx, f)
	if err != nil {
		return out, err
	}
	out.Size = log.Size()
	if out.Listed, err = a.listEntries(ctx, log); err != nil || q.none {
		return out, err
	}
	seqs, more, err := a.chosenEntries(ctx, q, before, pageLimit(limit))
	if err != nil {
		return out, err
	}
	if out.Total, err = a.countEntries(ctx, q, mostCounted+1); err != nil {
		return out, err
	}
	if out.Capped = out.Total > mostCounted; out.Capped {
		out.Total = mostCounted
	}
	if more {
		out.Next = seqs[len(seqs)-1]
	}
	out.Entries, err = a.entryLines(ctx, log, q, seqs)
	return out, err
}

func (a *App) chosenEntries(ctx context.Context, q entryQuery, before int64, limit int) (seqs []int64, more bool, err error) {
	p := db.Page{Filters: q.filters(), Sort: []db.Sort{{Column: "seq", Desc: true}}, Limit: limit}
	if before > 0 {
		p.Filters = append(p.Filters, db.Filter{Column: "seq", Op: db.Below, Value: before})
	}
	err = fileError(a.store.Read(ctx, func(tx *db.Tx) (err error) {
		more, err = page(ctx, tx, entryList, p, nil, func(rows *sql.Rows) error {
			var seq int64
			err := rows.Scan(&seq)
			seqs = append(seqs, seq)
			return err
		})
		return err
	}))
	return seqs, more, err
}

// countEntries counts what the filter chooses, up to most; 0 is all.
func (a *App) countEntries(ctx context.Context, q entryQuery, most int) (n int, err error) {
	if q.none {
		return 0, nil
	}
	if most == 0 {
		most = math.MaxInt32
	}
	query, args, err := entryList.SQL(db.Page{Filters: q.filters(), Limit: most})
	if err != nil {
		return 0, err
	}
	err = a.store.Read(ctx, func(tx *db.Tx) error {
		return tx.SQL.QueryRowContext(ctx, `SELECT count(*) FROM (`+query+`)`, args...).Scan(&n)
	})
	return n, fileError(err)
}

// entryLines reads the entries, newest first. One that the filter does not
// choose any more, because a name in it was erased, is left out, and the list
// forgets what it knew.
func (a *App) entryLines(ctx context.Context, log *audit.Log, q entryQuery, seqs []int64) ([]EntryLine, error) {
	names, err := a.tenantNames(ctx)
	if err != nil {
		return nil, err
	}
	lines, stale := make([]EntryLine, 0, len(seqs)), false
	for from, to := range runs(seqs) {
		first := len(lines)
		err := eachEntry(ctx, log, from, to, func(r read) error {
			if r.damage == "" && !q.chooses(r.Stored) {
				stale = true
				return nil
			}
			line, err := a.entryLine(ctx, log, r, names)
			lines = append(lines, line)
			return err
		})
		if err != nil {
			return nil, fileError(err)
		}
		slices.Reverse(lines[first:])
	}
	if stale {
		err = a.unlistEntries(ctx)
	}
	return lines, err
}

// runs yields from and to, which is excluded, of what lies side by side in seqs,
// which descend: a page without a filter is read in one go.
func runs(seqs []int64) iter.Seq2[int64, int64] {
	return func(yield func(from, to int64) bool) {
		for begin := 0; begin < len(seqs); {
			end := begin + 1
			for end < len(seqs) && seqs[end] == seqs[end-1]-1 {
				end++
			}
			if !yield(seqs[end-1], seqs[begin]+1) {
				return
			}
			begin = end
		}
	}
}

// chooses is the filter's word on one entry.
func (q entryQuery) chooses(s audit.Stored) bool {
	f, err := facetsOf(s)
	return err == nil && q.matches(f)
}

func (a *App) entryLine(ctx context.Context, log *audit.Log, r read, names map[string]string) (EntryLine, error) {
	line := EntryLine{Intent: -1, Damage: r.damage}
	line.Seq = r.seq
	if r.damage != "" {
		return line, nil
	}
	var err error
	if line.Entry, err = entryView(ctx, log, r.Stored, names); err != nil {
		return line, err
	}
	line.Erased = r.Erased()
	f, err := facetsOf(r.Stored)
	if err != nil {
		return line, err
	}
	line.Outcome = f.outcome
	switch r.Type {
	case typeOutcome:
		var d actionOutcome
		err = r.Decode(&d)
		line.Intent, line.Settled = d.Intent, d.Settled
	case typeIntent:
		err = a.store.Read(ctx, func(tx *db.Tx) (err error) {
			line.Outcomes, err = tx.OutcomesOf(ctx, &r.seq)
			return err
		})
	}
	return line, fileError(err)
}
