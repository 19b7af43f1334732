package app

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"time"

	"rollcall/db"
	"rollcall/db/storeq"
)

// RosterRevision is one import of a roster, taken or held, and what it changed.
type RosterRevision struct {
	ID       string    `json:"id"`
	Source   string    `json:"source"`
	Revision int       `json:"revision"` // 0: held
	File     string    `json:"file"`     // base name
	SHA256   string    `json:"sha256"`   // of the file, hex
	Imported time.Time `json:"imported"`
	By       string    `json:"by"` // empty where it was not kept
	People   int       `json:"people"`
	Contents string    `json:"contents"` // ContentsActive or ContentsAll
	TimeZone string    `json:"timeZone"`
	Held     bool      `json:"held"` // it was not used
	Lost     bool      `json:"lost"` // its people are not in this workspace any more
	Problems []Problem `json:"problems"`
	Added    int       `json:"added"`
	Changed  int       `json:"changed"`
	Missing  int       `json:"missing"` // presumed to have left since
	Removed  int       `json:"removed"` // not on the roster any more
}

// RevisionsPage is one page of revisions, the newest first.
type RevisionsPage struct {
	Revisions []RosterRevision `json:"revisions"`
	Next      string           `json:"next,omitempty"`
}

// What a revision did to a person.
const (
	ChangeAdded   = "added"
	ChangeChanged = "changed"
	ChangeMissing = "missing"
	ChangeRemoved = "removed"
)

// PersonChange is what a revision did to one person.
type PersonChange struct {
	ID     string   `json:"id"` // [PersonRow.ID]
	Number string   `json:"number"`
	Name   string   `json:"name"`
	What   []string `json:"what"` // of changed: field by field, before and after
}

// ChangesPage is a part of what a revision did, by employee number.
type ChangesPage struct {
	Revision RosterRevision `json:"revision"`
	Kind     string         `json:"kind"` // a Change constant
	Changes  []PersonChange `json:"changes"`
	Next     string         `json:"next,omitempty"`
}

// RosterRevisions lists all imports of all rosters, the newest first; after is
// Next of the page before.
func (a *App) RosterRevisions(ctx context.Context, after string, limit int) (RevisionsPage, error) {
	out := RevisionsPage{Revisions: []RosterRevision{}}
	before := int64(math.MaxInt64)
	if values, err := placeOf(after, true); err != nil {
		return out, err
	} else if values != nil {
		no, ok := values[0].(int64)
		if !ok {
			return out, usage("The place to go on from is not one that a page of this list gave.")
		}
		before = no
	}
	limit = pageLimit(limit)
	err := fileError(a.store.Read(ctx, func(tx *db.Tx) error {
		rows, err := tx.RosterRevisions(ctx, storeq.RosterRevisionsParams{Before: before, Most: int64(limit + 1)})
		if err != nil {
			return err
		}
		for i, r := range rows {
			if i == limit {
				out.Next, err = placeText(rows[i-1].No)
				return err
			}
			v, err := viewRevision(r)
			if err != nil {
				return err
			}
			out.Revisions = append(out.Revisions, v)
		}
		return nil
	}))
	return out, err
}

func viewRevision(r storeq.RosterRevision) (RosterRevision, error) {
	v := RosterRevision{
		ID: r.ID, Source: r.Source, Revision: int(r.Revision), File: r.File, SHA256: r.Sha256, Imported: fromMillis(r.Imported), By: r.Actor,
		People: int(r.People), Contents: r.Contents, TimeZone: r.Zone, Held: r.Held != 0, Lost: r.Held == 0 && r.Merged == 0,
		Added: int(r.Added), Changed: int(r.Changed), Missing: int(r.Missing), Removed: int(r.Removed),
	}
	var err error
	v.Problems, err = decodeList[Problem](r.Problems)
	return v, err
}

// changesOf are the ways to the people of a kind of change; the rest of the
// columns are those of the version before, empty where there is none.
var changesOf = map[string]string{
	ChangeAdded:   changesFrom + ` WHERE p.valid_from = ?1 AND p.first = ?1`,
	ChangeChanged: changesFrom + ` WHERE p.valid_from = ?1 AND p.first <> ?1 AND p.presumed <> ?1`,
	ChangeMissing: changesFrom + ` WHERE p.valid_from = ?1 AND p.presumed = ?1`,
	ChangeRemoved: changesFrom + ` WHERE p.valid_to = ?1
  AND NOT EXISTS (SELECT 1 FROM person AS n INDEXED BY person_from WHERE n.valid_from = ?1 AND n.number = p.number)`,
}

const changesFrom = `SELECT p.number, p.name, p.emails, p.user_name, p.manager, p.type, p.status, p.starts, p.ends,
  coalesce(o.name, ''), coalesce(o.emails, ''), coalesce(o.user_name, ''), coalesce(o.manager, ''), coalesce(o.type, ''),
  coalesce(o.status, ''), coalesce(o.starts, ''), coalesce(o.ends, '')
FROM person AS p LEFT JOIN person AS o INDEXED BY person_until ON o.valid_to = ?1 AND o.number = p.number AND o.source = p.source AND o.id <> p.id`

// changedFields name the columns of changesFrom behind the number.
var changedFields = []string{"name", "email", "login", "manager", "type", "status", "first day", "last day"}

// did is a kind of change that the revision made to anybody: what was changed
// before what is new, which is all that a first revision did.
func (r RosterRevision) did() string {
	switch {
	case r.Changed > 0:
		return ChangeChanged
	case r.Missing > 0:
		return ChangeMissing
	case r.Removed > 0:
		return ChangeRemoved
	case r.Added > 0:
		return ChangeAdded
	}
	return ChangeChanged
}

// RosterChanges lists the people whom a revision added, changed, missed or
// removed, with kind "" those of whom there are any; after is Next of the part
// before.
func (a *App) RosterChanges(ctx context.Context, revision, kind, after string, limit int) (ChangesPage, error) {
	out := ChangesPage{Kind: kind, Changes: []PersonChange{}}
	if _, ok := changesOf[kind]; !ok && kind != "" {
		return out, usage("The change %s is not known.", quoted(kind))
	}
	values, err := placeOf(after, false)
	if err != nil {
		return out, err
	}
	last := ""
	if len(values) == 1 {
		var ok bool
		if last, ok = values[0].(string); !ok {
			return out, usage("The place to go on from is not one that a page of this list gave.")
		}
	}
	limit = pageLimit(limit)
	err = fileError(a.store.Read(ctx, func(tx *db.Tx) error {
		r, err := maybe(tx.RosterRevisionByID(ctx, revision))
		if err == nil && r == nil {
			err = notFound("There is no such revision of the roster.", "Look for it in the list of revisions.")
		}
		if err != nil {
			return err
		}
		if out.Revision, err = viewRevision(*r); err != nil {
			return err
		}
		out.Kind = firstOf(out.Kind, out.Revision.did())
		rows, err := tx.SQL.QueryContext(ctx, changesOf[out.Kind]+` AND p.number > ?2 ORDER BY p.number LIMIT ?3`, r.No, last, limit+1)
		if err != nil {
			return err
		}
		defer rows.Close()
		return out.fill(rows, limit)
	}))
	return out, err
}

func (p *ChangesPage) fill(rows *sql.Rows, limit int) error {
	for n := 0; rows.Next(); n++ {
		if n == limit {
			var err error
			p.Next, err = placeText(p.Changes[n-1].Number)
			return err
		}
		var number string
		is, was := make([]string, len(changedFields)), make([]string, len(changedFields))
		into := []any{&number}
		for _, list := range [][]string{is, was} {
			for i := range list {
				into = append(into, &list[i])
			}
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		c := PersonChange{ID: PersonID(p.Revision.Source, number), Number: number, Name: is[0]}
		if was[5] != "" { // there is a version before: every one has a status
			c.What = differences(was, is)
		}
		p.Changes = append(p.Changes, c)
	}
	return rows.Err()
}

func differences(was, is []string) []string {
	var out []string
	for i, field := range changedFields {
		if was[i] == is[i] {
			continue
		}
		if field == "email" {
			out = append(out, "e-mail addresses")
			continue
		}
		out = append(out, fmt.Sprintf("%s: %s → %s", field, firstOf(was[i], "none"), firstOf(is[i], "none")))
	}
	return out
}
