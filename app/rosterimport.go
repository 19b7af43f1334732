package app

import (
	"context"
	"crypto/sha256"
	"database/sql"
	_ "embed" // the bulk statements
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"rollcall/app/reconcile"
	"rollcall/app/roster"
	"rollcall/audit"
	"rollcall/db"
	"rollcall/db/storeq"
)

// RosterImport describes a roster file to import. What is left empty is taken
// from the last import of the same source.
type RosterImport struct {
	File         string
	Content      io.ReadSeeker     // of the file, where it is at hand; nil: File is opened
	Map          map[string]string // field -> column
	Source       string            // "" = "hr"
	Key          string            // column that identifies the person; "" = employee number
	TimeZone     string            // IANA name; "" = the workspace's
	StatusMap    map[string]string // the file's text -> active, on leave, pre-hire, left
	Encoding     string            // "" = detect
	AcceptShrink int               // number of people accepted; 0: none given
	Contents     string            // ContentsActive or ContentsAll; "" = as before, at first ContentsAll
}

const defaultSource = "hr"

// ImportRoster reads a file into a new revision of the roster. Any error in
// the file rejects all of it and changes nothing. A file that holds far fewer
// people than the revision before, or lacks many of them, is recorded as held: it
// is not used, and until it is accepted or replaced nothing can be planned. The file itself is
// not kept, and of its columns only those that are mapped.
func (a *App) ImportRoster(ctx context.Context, r RosterImport) (Roster, error) {
	if r.Source == "" {
		r.Source = defaultSource
	}
	if len(r.Source) > mostNameBytes || strings.ContainsFunc(r.Source, unprintable) {
		return Roster{}, usageAbout(FieldSource, "A source's name has 1 to %d printable bytes.", mostNameBytes)
	}
	var view *Roster
	err := a.mutate(ctx, func(w *writer) error {
		if err := w.importRoster(ctx, r); err != nil {
			return err
		}
		var err error
		view, err = a.Roster(ctx)
		return err
	})
	if err != nil {
		return Roster{}, err
	}
	return *view, nil
}

// rosterStage is one import under way.
type rosterStage struct {
	store   *db.Store
	no      int64 // stage_roster.no
	next    int64
	batch   []reconcile.Person
	people  int
	mailed  int // people with an e-mail address
	reading rosterReading
	sum     roster.Summary
}

func (w *writer) importRoster(ctx context.Context, r RosterImport) error {
	reading, zone, err := w.a.reading(ctx, r)
	if err != nil {
		return err
	}
	id := "r_" + randomID()
	st, err := w.a.newRosterStage(ctx, id)
	if err != nil {
		return err
	}
	st.reading = reading
	d := rosterTaken{Import: id, Source: r.Source, Accepted: r.AcceptShrink, Reading: reading}
	err = st.read(ctx, r, roster.Options{
		Map: reading.Map, Key: reading.Key, Source: r.Source, TimeZone: zone, StatusMap: reading.StatusMap, Encoding: reading.Encoding, Now: w.a.cfg.Now(),
	})
	if err == nil {
		err = w.a.fillRoster(ctx, &d, st, zone)
	}
	if err != nil {
		return errors.Join(importError(err, rosterFile, r.File), st.drop(context.WithoutCancel(ctx)))
	}
	entry := audit.Draft{Type: typeRosterImported, Target: audit.Text(filepath.Base(r.File)), Data: d}
	if d.Revision == 0 {
		entry.Type = typeRosterHeld
	}
	_, err = w.record(context.WithoutCancel(ctx), entry)
	return err
}

func (a *App) newRosterStage(ctx context.Context, id string) (*rosterStage, error) {
	st := &rosterStage{store: a.store}
	err := a.store.Write(ctx, func(tx *db.Tx) error {
		left, err := tx.StageRosters(ctx)
		if err != nil {
			return err
		}
		for _, old := range left { // the lock is ours: nobody else imports
			if err := dropRosterStage(ctx, tx, old.No); err != nil {
				return err
			}
		}
		st.no, err = tx.InsertStageRoster(ctx, storeq.InsertStageRosterParams{ID: id, Started: a.cfg.Now().UnixMilli()})
		return err
	})
	st.next, _ = stageRange(st.no)
	return st, fileError(err)
}

func dropRosterStage(ctx context.Context, tx *db.Tx, no int64) error {
	low, high := stageRange(no)
	if err := tx.DeleteStagedPeople(ctx, storeq.DeleteStagedPeopleParams{Low: low, High: high}); err != nil {
		return err
	}
	return tx.DeleteStageRoster(ctx, no)
}

func (st *rosterStage) drop(ctx context.Context) error {
	return st.store.Write(ctx, func(tx *db.Tx) error { return dropRosterStage(ctx, tx, st.no) })
}

// peopleAtOnce are staged in one transaction.
const peopleAtOnce = 1000

func (st *rosterStage) read(ctx context.Context, r RosterImport, o roster.Options) error {
	f, err := openFile(r.File, r.Content)
	if err != nil {
		return err
	}
	defer f.Close()
	st.sum, err = roster.Read(ctx, f, o, func(_ int, p reconcile.Person) error {
		st.batch = append(st.batch, p)
		if len(st.batch) < peopleAtOnce {
			return nil
		}
		return st.flush(ctx)
	})
	if err != nil {
		return err
	}
	return st.flush(ctx)
}

const insertPerson = `INSERT INTO stage_person
  (id, number, hash, name, name_key, emails, user_name, manager, type, status, starts, ends, keys)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

func (st *rosterStage) flush(ctx context.Context) error {
	err := st.store.Write(ctx, func(tx *db.Tx) error {
		ins, err := prepareAll(ctx, tx, insertPerson)
		if err != nil {
			return err
		}
		defer ins.close()
		for _, p := range st.batch {
			if err := st.person(ctx, ins, p); err != nil {
				return err
			}
		}
		return nil
	})
	st.batch = st.batch[:0]
	if err != nil {
		return fmt.Errorf("stage the roster: %w", err)
	}
	return nil
}

func (st *rosterStage) person(ctx context.Context, ins statements, p reconcile.Person) error {
	st.people++
	keys := reconcile.PersonKeys(p)
	for _, k := range keys {
		if k.Rule == reconcile.RuleEmail {
			st.mailed++
			break
		}
	}
	emails, err := encodeList(p.Emails)
	if err != nil {
		return err
	}
	keyText, err := encodeKeys(keys)
	if err != nil {
		return err
	}
	starts, ends := dateText(p.Start), dateText(p.End)
	sum := partsHash(p.Number, p.Name, emails, p.UserName, p.Manager, p.Type, string(p.Status), starts, ends)
	id := st.next
	st.next++
	return ins.exec(ctx, 0, id, p.Number, sum, p.Name, reconcile.Normalise(p.Name), emails, p.UserName, p.Manager, p.Type, string(p.Status), starts, ends, keyText)
}

func partsHash(parts ...string) []byte {
	var b []byte
	for _, p := range parts {
		b = fmt.Appendf(b, "%d:%s", len(p), p)
	}
	sum := sha256.Sum256(b)
	return sum[:16]
}

func dateText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// fillRoster completes the entry's data and decides whether the file is held.
func (a *App) fillRoster(ctx context.Context, d *rosterTaken, st *rosterStage, zone *time.Location) error {
	pepper := a.rec.Pepper()
	content := newContentDigest(pepper[:])
	low, high := stageRange(st.no)
	err := a.store.Read(ctx, func(tx *db.Tx) error {
		return content.rows(ctx, tx, "stage_person", `SELECT number, hash FROM stage_person WHERE id >= ? AND id < ? ORDER BY number`, low, high)
	})
	if err != nil {
		return err
	}
	d.SHA256, d.Content = audit.Text(hex.EncodeToString(st.sum.SHA256[:])), content.hex()
	d.People, d.Zone, d.Key = st.people, zone.String(), st.reading.Key
	for _, c := range st.sum.Used {
		d.Kept, d.Fields = append(d.Kept, c.Name), append(d.Fields, c.Field)
	}
	d.Fields = d.Fields[:min(len(d.Fields), mostColumnNames)]
	d.Kept, d.Dropped = boundedNames(d.Kept), boundedNames(st.sum.Dropped)
	problems := st.doubts()
	now := a.cfg.Now().In(zone)
	held, err := a.heldBecause(ctx, d, st.sum.Used, func(ctx context.Context, r storeq.RosterRevision) (rosterChange, error) {
		return st.change(ctx, r, now)
	})
	if err != nil {
		return err
	}
	if d.Revision == 1 && d.Accepted != d.People {
		if err := a.listedElsewhere(ctx, d, st); err != nil {
			return err
		}
	}
	if d.Revision > 1 {
		if d.Missing, err = st.missing(ctx, d.Source, d.Reading.Contents); err != nil {
			return err
		}
		problems = append(problems, missingWords(d.Missing, d.Reading.Contents)...)
	}
	d.Problems = toRecorded(append(held, problems...))
	return nil
}

// doubts are what looks wrong with a file that can be read.
func (st *rosterStage) doubts() []Problem {
	var out []Problem
	for _, w := range st.sum.Warnings {
		out = append(out, Problem{"roster-warning", w, "Look at the file; import it again if that is wrong."})
	}
	mail := ""
	for _, c := range st.sum.Used {
		if c.Field == "email" {
			mail = c.Name
		}
	}
	switch {
	case mail == "":
		out = append(out, Problem{"no-mail-column", "The roster has no column of e-mail addresses.", "Name one with --map email=COLUMN, if the file has one."})
	case st.mailed == 0:
		out = append(out, Problem{"no-addresses", fmt.Sprintf("The column %s, taken for e-mail addresses, holds none.", quoted(mail)), "Name the right one with --map email=COLUMN."})
	}
	return out
}

// importError words what is wrong with a file that is called by what it holds,
// such as "The roster file"; nothing was changed.
func importError(err error, called, file string) error {
	var own *Error
	var bad *roster.FileError
	var rows *roster.Errors
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &bad):
		return &Error{Kind: KindFailed, Text: bad.Text, Do: bad.Do, Err: err}
	case errors.As(err, &rows):
		return &Error{Kind: KindFailed, Text: errorLines(called, rows), Do: correctRows(rows), Err: err}
	case errors.Is(err, os.ErrNotExist):
		return &Error{Kind: KindFailed, Text: called + " " + quoted(file) + " does not exist.", Do: "Check the path.", Err: err}
	case errors.Is(err, os.ErrPermission):
		return &Error{Kind: KindFailed, Text: called + " " + quoted(file) + " cannot be read.", Do: "Check its permissions.", Err: err}
	case errors.Is(err, roster.ErrChanged):
		return &Error{Kind: KindFailed, Text: called + " changed while it was being read.", Do: "Import it again; nothing was changed.", Err: err}
	}
	return fileError(err)
}

// How an error calls the file that was to be imported.
const (
	rosterFile = "The roster file"
	memberFile = "The file of members"
)

// errorLines names every line, since a person corrects them all at once.
func correctRows(e *roster.Errors) string {
	if len(e.Rows)+e.More == 1 {
		return "Correct it and import the file again."
	}
	return "Correct them and import the file again."
}

func errorLines(what string, e *roster.Errors) string {
	n := len(e.Rows) + e.More
	lines := make([]string, 0, len(e.Rows)+2)
	lines = append(lines, what+" has "+counted(n, "error")+"; nothing was imported.")
	for _, r := range e.Rows {
		lines = append(lines, r.String())
	}
	if e.More > 0 {
		lines = append(lines, fmt.Sprintf("and %d more.", e.More))
	}
	return strings.Join(lines, "\n")
}

//go:embed sql/merge_people.sql
var mergePeople string

// applyRoster brings an import into the store, and merges its stage unless it
// is held; where the stage is gone the revision is kept as lost.
func applyRoster(ctx context.Context, tx *db.Tx, e audit.Stored) error {
	var d rosterTaken
	if err := e.Decode(&d); err != nil {
		return err
	}
	if n, err := tx.RosterRevisionKnown(ctx, d.Import); err != nil || n > 0 {
		return err
	}
	held := e.Entry.Type == typeRosterHeld
	no, err := insertRevision(ctx, tx, e, d, held)
	if err != nil {
		return err
	}
	stage, err := tx.StageRosterOf(ctx, d.Import)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	low, high := stageRange(stage.No)
	var people int
	if err := tx.SQL.QueryRowContext(ctx, `SELECT count(*) FROM stage_person WHERE id >= ? AND id < ?`, low, high).Scan(&people); err != nil {
		return err
	}
	if !held && people == d.People {
		if err := mergeRoster(ctx, tx, d, no, low, high); err != nil {
			return fmt.Errorf("merge roster %s: %w", d.Import, err)
		}
	}
	return dropRosterStage(ctx, tx, stage.No)
}

func mergeRoster(ctx context.Context, tx *db.Tx, d rosterTaken, no, low, high int64) error {
	var last int64
	if err := tx.SQL.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM person`).Scan(&last); err != nil {
		return err
	}
	_, err := tx.SQL.ExecContext(ctx, mergePeople,
		sql.Named("source", d.Source), sql.Named("revision", no), sql.Named("low", low), sql.Named("high", high), sql.Named("last", last),
		sql.Named("active", d.Reading.Contents == ContentsActive))
	if err != nil {
		return err
	}
	return tx.MarkRosterMerged(ctx, no)
}

// insertRevision also keeps how the file was read, for the next one.
func insertRevision(ctx context.Context, tx *db.Tx, e audit.Stored, d rosterTaken, held bool) (int64, error) {
	var text [4]string
	var err error
	if text[3], err = encodeList(d.Fields); err != nil {
		return 0, err
	}
	if text[0], err = encodeList(d.Kept); err != nil {
		return 0, err
	}
	if text[1], err = encodeList(d.Dropped); err != nil {
		return 0, err
	}
	if text[2], err = encodeList(fromRecorded(d.Problems)); err != nil {
		return 0, err
	}
	if !held {
		reading, err := canonical(d.Reading)
		if err != nil {
			return 0, err
		}
		if err := tx.PutSetting(ctx, storeq.PutSettingParams{Key: settingReading(d.Source), Value: string(reading)}); err != nil {
			return 0, err
		}
	}
	return tx.InsertRosterRevision(ctx, storeq.InsertRosterRevisionParams{
		ID: d.Import, Source: d.Source, Revision: int64(d.Revision), Sha256: d.SHA256.Value(), File: e.Entry.Target.Value(),
		Imported: e.Entry.Time.UnixMilli(), People: int64(d.People), Zone: d.Zone, Key: d.Key,
		Kept: text[0], Dropped: text[1], Held: whole(held), Problems: text[2],
		Contents: firstOf(d.Reading.Contents, ContentsAll), Fields: text[3], Actor: e.Entry.Actor.Value(),
		Vouched: whole(d.Accepted == d.People),
	})
}
