package app

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"rollcall/app/reconcile"
	"rollcall/app/roster"
	"rollcall/db"
	"rollcall/db/storeq"
)

// What the file of a source lists. It decides what it means that a person is
// missing from a newer revision.
const (
	ContentsActive = "active-only"      // they are presumed to have left
	ContentsAll    = "includes-leavers" // they are not on the roster any more
)

// checkContents reads what a person said a file lists; "" leaves it open.
func checkContents(contents string) error {
	switch contents {
	case "", ContentsActive, ContentsAll:
		return nil
	}
	return usage("%s is not something that a roster may list; there are %s and %s.", quoted(contents), ContentsActive, ContentsAll)
}

// sameKey refuses a file whose people are identified by another column than
// those of the revision before: everybody would be somebody else. One of another
// name that holds the same numbers is none of these; see [rosterChange.continues].
func sameKey(before *storeq.RosterRevision, saved, reading rosterReading, used []roster.Column) error {
	if before == nil || saved.Key == reading.Key && saved.Map["number"] == reading.Map["number"] {
		return nil
	}
	names, err := decodeList[string](before.Kept)
	if err != nil {
		return err
	}
	fields, err := decodeList[string](before.Fields)
	if err != nil {
		return err
	}
	was, is := firstOf(saved.Key, saved.Map["number"]), firstOf(reading.Key, reading.Map["number"])
	if i := slices.Index(fields, "number"); was == "" && i >= 0 && i < len(names) {
		was = names[i]
	}
	if i := slices.IndexFunc(used, func(c roster.Column) bool { return c.Field == "number" }); is == "" && i >= 0 {
		is = used[i].Name
	}
	if reconcile.Normalise(was) == reconcile.Normalise(is) {
		return nil
	}
	return refused1(
		fmt.Sprintf("The people of the roster %s are identified by the column %s; by %s each of them would be somebody else.", before.Source, quoted(was), quoted(is)),
		"Keep the column that holds their numbers; it may have another name where the numbers are the same.",
	)
}

// missing counts who is on show and not on the stage. Where only active people
// are listed, those who are presumed to have left already are not counted.
func (st *rosterStage) missing(ctx context.Context, source, contents string) (n int, err error) {
	low, high := stageRange(st.no)
	err = st.store.Read(ctx, func(tx *db.Tx) error {
		return tx.SQL.QueryRowContext(ctx, `SELECT count(*) FROM person AS p
WHERE p.source = @source AND p.valid_to IS NULL AND (p.presumed = 0 OR NOT @active)
  AND p.number NOT IN (SELECT number FROM stage_person WHERE id >= @low AND id < @high)`,
			sql.Named("source", source), sql.Named("active", contents == ContentsActive), sql.Named("low", low), sql.Named("high", high)).Scan(&n)
	})
	return n, err
}

// missingWords says what becomes of those who are missing.
func missingWords(n int, contents string) []Problem {
	who, are := "1 person", "is"
	if n > 1 {
		who, are = fmt.Sprintf("%d people", n), "are"
	}
	switch {
	case n == 0:
		return nil
	case contents == ContentsActive:
		return []Problem{{"presumed-leavers", fmt.Sprintf("%s of the revision before %s missing, and presumed to have left.", who, are), "Look at the findings; whoever comes back with a later file is here again."}}
	}
	return []Problem{{
		"people-vanished", fmt.Sprintf("%s of the revision before %s not on the roster any more; their accounts are nobody's now.", who, are),
		"If the file lists active people only, import it with --contents " + ContentsActive + ", and who is missing is presumed to have left.",
	}}
}

// columnsOf are the columns of a revision by the field that they were read as.
// Several columns of one field stand in the file's order.
func columnsOf(r storeq.RosterRevision) (map[string][]string, error) {
	names, err := decodeList[string](r.Kept)
	if err != nil {
		return nil, err
	}
	fields, err := decodeList[string](r.Fields)
	if err != nil {
		return nil, err
	}
	out := map[string][]string{}
	for i, f := range fields {
		if i < len(names) {
			out[f] = append(out[f], names[i])
		}
	}
	return out, nil
}

// personOf is a person of the store as the rules see them.
func personOf(ctx context.Context, q *storeq.Queries, p storeq.Person) (reconcile.Person, error) {
	start, end, err := dates(p.Starts, p.Ends)
	out := reconcile.Person{Source: p.Source, Number: p.Number, Name: p.Name, Status: reconcile.Status(p.Status), Start: start, End: end}
	if err != nil || p.Presumed == 0 {
		return out, err
	}
	rev, err := q.RosterRevisionByNo(ctx, p.Presumed)
	if err != nil {
		return out, fmt.Errorf("revision that lacks %s: %w", p.Number, err)
	}
	out.MissingRevision, out.MissingSince = int(rev.Revision), fromMillis(rev.Imported)
	return out, nil
}

// missingSince fills in what the join of a revision brought.
func missingSince(p *reconcile.Person, revision, imported sql.NullInt64) {
	if revision.Valid {
		p.MissingRevision, p.MissingSince = int(revision.Int64), time.UnixMilli(imported.Int64).UTC()
	}
}
