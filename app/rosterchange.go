package app

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"rollcall/app/reconcile"
	"rollcall/db"
	"rollcall/db/storeq"
)

// rosterChange is what a file makes of those whom the revisions since one listed.
type rosterChange struct {
	of, gone int // people; those of them who are missing, or whose number is somebody else's
	renamed  int // of those gone, whose number is somebody else's
	here     int // people who had not left when that one was imported
	ended    int // of those, who are on the file and have left by now
	goneHere int // of those, who are gone
}

// continues says whether those of then are on the file by their numbers, but for
// a share, in percent.
func (c rosterChange) continues(mostPercent int) bool {
	return c.of > 0 && c.gone*100 <= c.of*mostPercent
}

// listedSince are the people whom the revisions since one listed, each as the
// first of these had them, beside those of the same number on the stage.
const listedSince = `WITH staged AS MATERIALIZED (
  SELECT number, name, emails, user_name, status, starts, ends FROM stage_person WHERE id >= @low AND id < @high
)
SELECT p.number, p.name, p.emails, p.user_name, p.status, p.starts, p.ends,
  coalesce(s.name, ''), coalesce(s.emails, '[]'), coalesce(s.user_name, ''), s.status, coalesce(s.starts, ''), coalesce(s.ends, '')
FROM person AS p LEFT JOIN staged AS s ON s.number = p.number
WHERE p.source = @source AND p.presumed = 0 AND (p.valid_to IS NULL OR p.valid_to > @revision)
ORDER BY p.number, p.id`

// change compares the people on the stage with those whom the revisions since
// one listed. Of a revision that was lost with the store it knows nobody.
func (st *rosterStage) change(ctx context.Context, r storeq.RosterRevision, now time.Time) (c rosterChange, err error) {
	zone, err := time.LoadLocation(r.Zone)
	if err != nil {
		return c, fmt.Errorf("time zone of roster %s: %w", r.Source, err)
	}
	then := fromMillis(r.Imported).In(zone)
	low, high := stageRange(st.no)
	last := ""
	err = st.store.Read(ctx, func(tx *db.Tx) error {
		rows, err := tx.SQL.QueryContext(ctx, listedSince,
			sql.Named("low", low), sql.Named("high", high), sql.Named("source", r.Source), sql.Named("revision", r.No))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			was, is, listed, err := scanListed(rows)
			if err != nil {
				return err
			}
			if was.number != last || c.of == 0 {
				c.add(was, is, listed, then, now)
			}
			last = was.number
		}
		return rows.Err()
	})
	return c, err
}

// rosterRow is one version of a person, as far as a comparison goes.
type rosterRow struct {
	number string
	marks  personMarks
	person reconcile.Person
}

func scanListed(rows *sql.Rows) (was, is rosterRow, listed bool, err error) {
	var mails, starts, ends [2]string
	var status sql.NullString
	err = rows.Scan(&was.number, &was.marks.name, &mails[0], &was.marks.login, &was.person.Status, &starts[0], &ends[0],
		&is.marks.name, &mails[1], &is.marks.login, &status, &starts[1], &ends[1])
	is.number, is.person.Status = was.number, reconcile.Status(status.String)
	for i, r := range []*rosterRow{&was, &is} {
		if err == nil {
			r.marks.emails, err = decodeList[string](mails[i])
		}
		if err == nil {
			r.person.Start, r.person.End, err = dates(starts[i], ends[i])
		}
	}
	return was, is, status.Valid, err
}

func (c *rosterChange) add(was, is rosterRow, listed bool, then, now time.Time) {
	another := listed && was.marks.isAnother(is.marks)
	gone := !listed || another
	c.of++
	c.gone += int(whole(gone))
	c.renamed += int(whole(another))
	if left, _, _ := reconcile.HasLeft(was.person, then); left {
		return
	}
	c.here++
	c.goneHere += int(whole(gone))
	if left, _, _ := reconcile.HasLeft(is.person, now); left && !gone {
		c.ended++
	}
}
