package app

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"rollcall/app/roster"
	"rollcall/db"
	"rollcall/db/storeq"
)

// shrinkWindow is how long a list is measured against the largest one before
// it: many small steps in that time are one large one.
const shrinkWindow = 7 * 24 * time.Hour

// tooManyGone says whether so many of those who were listed before are missing
// that a person has to vouch for the list, however long it is: it may be that of
// another company. Those few that could be closed at once by mistake are not too
// many, unless they are all.
func tooManyGone(gone, of, mostPercent int) bool {
	return gone > ceilingLeast && gone*100 > of*mostPercent || gone > 1 && gone == of
}

// heldBecause gives the revision its number, or holds the file because it
// shrank, or lists other people, and no person named its size. lacks counts the
// people whom a revision listed, and those of them whom the file has not.
func (a *App) heldBecause(ctx context.Context, d *rosterTaken, used []roster.Column, lacks func(context.Context, storeq.RosterRevision) (of, gone int, err error)) ([]Problem, error) {
	if d.People == 0 {
		return nil, &Error{Kind: KindFailed, Text: "The roster holds nobody.", Do: "Check the file; nothing was changed."}
	}
	var before *storeq.RosterRevision
	var largest storeq.RosterRevision
	var saved rosterReading
	var most int
	err := a.read(ctx, func(q *storeq.Queries) (err error) {
		if most, err = settingNumber(ctx, q, settingShrinkMax, 20); err != nil {
			return err
		}
		if saved, err = savedReading(ctx, q, d.Source); err != nil {
			return err
		}
		if before, err = maybe(q.LatestRevisionOf(ctx, d.Source)); before == nil {
			return err
		}
		largest, err = q.LargestRevisionOf(ctx, storeq.LargestRevisionOfParams{Source: d.Source, Since: a.cfg.Now().Add(-shrinkWindow).UnixMilli(), Latest: before.No})
		return err
	})
	if err == nil {
		err = sameKey(before, saved, d.Reading, used)
	}
	if err != nil {
		return nil, err
	}
	if before == nil {
		d.Revision = 1
		return nil, nil
	}
	of, gone, err := lacks(ctx, largest)
	if err != nil {
		return nil, err
	}
	why := doubtOfRoster(d, largest, of, gone, most)
	if why == nil || d.Accepted == d.People {
		d.Revision = int(before.Revision) + 1
		return nil, nil
	}
	if d.Accepted != 0 {
		why.Text += fmt.Sprintf(" %d were accepted, which is another number.", d.Accepted)
	}
	return []Problem{*why}, nil
}

// doubtOfRoster says what is suspicious about the people of a file, against a
// revision that listed of, gone of whom the file lacks; nil: nothing.
func doubtOfRoster(d *rosterTaken, largest storeq.RosterRevision, of, gone, most int) *Problem {
	rev := fmt.Sprintf("revision %d, imported at %s", largest.Revision, stamp(fromMillis(largest.Imported)))
	switch {
	case d.People*100 < int(largest.People)*(100-most):
		return &Problem{
			"roster-held", fmt.Sprintf("The roster %s shrank from %d to %d people since %s.", d.Source, largest.People, d.People, rev),
			fmt.Sprintf("If that is right, import the file with --accept-shrink %d; otherwise import a complete one.", d.People),
		}
	case tooManyGone(gone, of, most):
		return &Problem{
			"roster-held", fmt.Sprintf("%d of the %d people of the roster %s are not in it any more, since %s.", gone, of, d.Source, rev),
			fmt.Sprintf("Look whether the file is that of the same company, with the numbers written as before. If it is right, import it with --accept-shrink %d, its number of people.", d.People),
		}
	}
	return nil
}

// gone counts the people whom a revision listed, and those of them who are not
// on the stage. Of a revision that was lost with the store it knows nobody.
func (st *rosterStage) gone(ctx context.Context, r storeq.RosterRevision) (of, gone int, err error) {
	low, high := stageRange(st.no)
	err = st.store.Read(ctx, func(tx *db.Tx) error {
		return tx.SQL.QueryRowContext(ctx, `SELECT count(*), count(*) FILTER (
  WHERE p.number NOT IN (SELECT number FROM stage_person WHERE id >= @low AND id < @high)
) FROM person AS p
WHERE p.source = @source AND p.presumed = 0 AND p.valid_from <= @revision AND (p.valid_to IS NULL OR p.valid_to > @revision)`,
			sql.Named("low", low), sql.Named("high", high), sql.Named("source", r.Source), sql.Named("revision", r.No)).Scan(&of, &gone)
	})
	return of, gone, err
}
