package app

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"rollcall/app/roster"
	"rollcall/audit"
	"rollcall/db"
	"rollcall/db/storeq"
)

// FileImport is a list of accounts that a person exported from a service that
// has no SCIM. A file cannot prove that it is complete: what stands behind it
// is that person's word, so who, when, from where and how filtered is recorded.
// How it is read is taken, where left empty, from the tenant's last import.
type FileImport struct {
	File         string
	Content      io.ReadSeeker     // of the file, where it is at hand; nil: File is opened
	Map          map[string]string // field -> column, as in roster.MemberOptions
	StatusMap    map[string]string // the file's text -> active or inactive
	Encoding     string            // "" = detect
	ExportedBy   string            // required
	ExportedAt   time.Time         // required; the list is as old as this
	Screen       string            // of the service
	Filter       string            // that was set there
	AcceptShrink *int              // number of accounts accepted; nil: none
}

// fileReading is how a tenant's file is read; it is kept with each import and
// used again by the next.
type fileReading struct {
	Map       map[string]string `json:"map"`
	StatusMap map[string]string `json:"statusMap"`
	Encoding  string            `json:"encoding"`
	Key       string            `json:"key"` // id, username or email: what identifies an account
}

// fileTaken is the part of snapshot.sealed and snapshot.unsealed that is about
// a file.
type fileTaken struct {
	Name       audit.Personal `json:"name"`
	SHA256     audit.Personal `json:"sha256"` // hex; personal data is not hashed without a salt
	Members    int            `json:"members"`
	ExportedBy audit.Personal `json:"exportedBy"`
	ExportedAt time.Time      `json:"exportedAt"`
	Screen     audit.Personal `json:"screen"`
	Filter     audit.Personal `json:"filter"`
	Kept       []string       `json:"kept"`    // columns
	Dropped    []string       `json:"dropped"` // columns
	Reading    fileReading    `json:"reading"`
}

// fileFacts are what a certificate says of a file, without anybody's name.
type fileFacts struct {
	Members    int       `json:"members"`
	ExportedAt time.Time `json:"exportedAt"`
	Provenance string    `json:"provenance"` // keyed digest over who, screen, filter and the file's hash, hex
}

const (
	mostProvenance = 500 // characters of one answer
	cannotProve    = "A file cannot prove that it is complete; what stands behind it is the word of whoever exported it."
)

// settingFile is the setting that keeps a tenant's fileReading.
func settingFile(tenantID string) string { return "file-reading/" + tenantID }

func (f *FileImport) check(now time.Time) error {
	f.ExportedBy, f.Screen, f.Filter = strings.TrimSpace(f.ExportedBy), strings.TrimSpace(f.Screen), strings.TrimSpace(f.Filter)
	f.ExportedAt = f.ExportedAt.UTC().Truncate(time.Millisecond)
	switch {
	case f.File == "":
		return usage("The file is not named.")
	case f.ExportedBy == "":
		return usageAbout(FieldBy, "Who exported the file has to be said: a file cannot prove that it is complete, so that person's word stands behind it.")
	case f.ExportedAt.IsZero():
		return usageAbout(FieldAt, "When the file was exported has to be said: the list is as old as that.")
	case f.ExportedAt.After(now):
		return usageAbout(FieldAt, "The export time %s lies in the future.", stamp(f.ExportedAt))
	case f.ExportedAt.Year() < 2000:
		return usageAbout(FieldAt, "The export time %s lies too long ago.", stamp(f.ExportedAt))
	}
	for _, said := range [...]struct{ field, what, words string }{
		{FieldBy, "name of who exported the file", f.ExportedBy}, {FieldScreen, "screen", f.Screen}, {FieldFilter, "filter", f.Filter},
	} {
		if utf8.RuneCountInString(said.words) > mostProvenance || !utf8.ValidString(said.words) || strings.ContainsFunc(said.words, unprintable) {
			return usageAbout(said.field, "The %s has at most %d printable characters.", said.what, mostProvenance)
		}
	}
	return nil
}

// AddFileTenant adds a tenant without SCIM together with its first file. Where
// the file cannot be read nothing is added. Nothing is ever sent to such a
// tenant, so it needs no leave for changes: what has to be closed there is
// planned as steps for a person.
func (a *App) AddFileTenant(ctx context.Context, name string, f FileImport) (Tenant, Sync, error) {
	name = strings.TrimSpace(name)
	if err := errors.Join(checkTenantName(name), f.check(a.cfg.Now())); err != nil {
		return Tenant{}, Sync{}, firstOwn(err)
	}
	t := syncTarget{id: "t_" + randomID(), name: name, accept: f.AcceptShrink}
	s, err := a.importFile(ctx, t, f, func(w *writer) error {
		if _, err := a.tenantNamed(ctx, name); err == nil {
			return &Error{Kind: KindRefused, Field: FieldName, Text: "There is already a tenant named " + quoted(name) + ".", Do: "Import its next file with rollcall tenant import, or choose another name."}
		} else if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		return nil
	}, func(w *writer) error {
		_, err := w.record(ctx, audit.Draft{Type: typeTenantAdded, Tenant: t.id, Data: tenantAdded{Name: name, Source: SourceFile}})
		return err
	})
	if err != nil {
		return Tenant{}, Sync{}, err
	}
	added, err := a.Tenant(ctx, t.id)
	return added, s, err
}

// firstOwn returns the first of joined errors, which says one thing at a time.
func firstOwn(err error) error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	return err
}

// ImportFile reads a newer list of a tenant without SCIM: it is what a sync is
// elsewhere. Any row in error rejects the file and changes nothing. A list that
// shrank suspiciously is recorded as unsealed, and until it is accepted or
// replaced nothing can be planned. A sealed one settles the open steps: what is
// absent or inactive in it is confirmed as closed.
func (a *App) ImportFile(ctx context.Context, nameOrID string, f FileImport) (Sync, error) {
	if err := f.check(a.cfg.Now()); err != nil {
		return Sync{}, err
	}
	row, err := a.tenantBy(ctx, nameOrID)
	if err != nil {
		return Sync{}, err
	}
	if row.Source != SourceFile {
		return Sync{}, usage("%s is listed over SCIM and takes no file; sync it.", row.Name)
	}
	t := syncTarget{id: row.ID, name: row.Name, accept: f.AcceptShrink}
	return a.importFile(ctx, t, f, func(*writer) error { return a.notOlder(ctx, row, f.ExportedAt) }, nil)
}

// notOlder refuses a file that was exported before the one on show: it would
// bring back accounts that are closed.
func (a *App) notOlder(ctx context.Context, t storeq.Tenant, at time.Time) error {
	var last *storeq.Snapshot
	err := a.read(ctx, func(q *storeq.Queries) (err error) {
		last, err = sealedBefore(ctx, q, t.ID)
		return err
	})
	if err != nil || last == nil || !at.Before(fromMillis(last.Started)) {
		return err
	}
	return refused1(fmt.Sprintf("The file was exported at %s, and the list of %s on show at %s, later.", stamp(at), t.Name, stamp(fromMillis(last.Started))), "Import the newer file, or check the export time.")
}

// importFile stages, judges and records one file. before may refuse; first
// records what has to come before the snapshot.
func (a *App) importFile(ctx context.Context, t syncTarget, f FileImport, before, first func(*writer) error) (result Sync, err error) {
	p := Progress{What: "sync", Tenant: t.name, Stage: "users", Started: a.cfg.Now().UTC().Truncate(time.Millisecond)}
	if !a.know.begin(t.id, p) {
		return Sync{}, refused1("An import of "+t.name+" is already running.", "Wait for it to end.")
	}
	defer func() {
		a.deriveLast(ctx, t.id)
		a.know.end(t.id, nil)
	}()
	err = a.mutate(ctx, func(w *writer) error {
		if err := before(w); err != nil {
			return err
		}
		if err := a.bulk(ctx, 1); err != nil {
			return err
		}
		defer a.bulk(context.WithoutCancel(ctx), -1)
		result, err = w.importFile(ctx, t, f, p, first)
		return err
	})
	return result, err
}

func (w *writer) importFile(ctx context.Context, t syncTarget, f FileImport, p Progress, first func(*writer) error) (Sync, error) {
	a := w.a
	reading, err := a.fileReading(ctx, t.id, f)
	if err != nil {
		return Sync{}, err
	}
	d := snapshotTaken{Sync: "s_" + randomID(), Snapshot: "n_" + randomID(), Started: f.ExportedAt, Accepted: t.accept}
	stage, err := newStager(ctx, a.store, d.Sync, t.id, "", p.Started)
	if err != nil {
		return Sync{}, fileError(err)
	}
	stage.listed = func(done, total int) {
		p.Done, p.Total = done, total
		a.step(t.id, p)
	}
	try := attempt{tenant: t.name, accept: t.accept}
	sum, err := stage.file(ctx, f, reading, &try)
	if err == nil {
		reading.Key = sum.Key
		err = a.fillFile(ctx, t, &d, &try, stage, f, sum, reading)
	}
	if err == nil && first != nil {
		err = first(w)
	}
	if err != nil {
		return Sync{}, errors.Join(importError(err, memberFile, f.File), stage.drop(context.WithoutCancel(ctx)))
	}
	p.Stage = "merging"
	a.step(t.id, p)
	s, err := a.recordAttempt(ctx, w, t, try, d)
	if err != nil || !s.Sealed {
		return s, err
	}
	return s, w.confirmSteps(context.WithoutCancel(ctx), t.id)
}

// fillFile completes the entry's data from what was read.
func (a *App) fillFile(ctx context.Context, t syncTarget, d *snapshotTaken, try *attempt, stage *stager, f FileImport, sum roster.MemberSummary, reading fileReading) error {
	err := a.lastSealed(ctx, t.id, try)
	if err == nil {
		try.turnover, err = stage.turnover(ctx, t.id, try.maxShrink)
	}
	if err != nil {
		return err
	}
	hash := fmt.Sprintf("%x", sum.SHA256)
	d.File = &fileTaken{
		Name: audit.Text(filepath.Base(f.File)), SHA256: audit.Text(hash), Members: sum.Rows, ExportedBy: audit.Text(f.ExportedBy),
		ExportedAt: f.ExportedAt, Screen: audit.Text(f.Screen), Filter: audit.Text(f.Filter),
		Kept: []string{}, Dropped: append([]string{}, sum.Dropped...), Reading: reading,
	}
	for _, c := range sum.Used {
		d.File.Kept = append(d.File.Kept, c.Name)
	}
	try.file = d.File
	for _, warning := range sum.Warnings {
		try.notes = append(try.notes, Problem{"file-warning", t.name + ": " + warning, "Look at the file; import it again if that is wrong."})
	}
	pepper := a.rec.Pepper()
	who := newContentDigest(pepper[:])
	for _, part := range []string{f.ExportedBy, f.Screen, f.Filter, hash} {
		who.add([]byte(part))
	}
	d.Certificate.File = &fileFacts{Members: sum.Rows, ExportedAt: f.ExportedAt, Provenance: who.hex()}
	return a.fill(ctx, d, *try, stage)
}

// fileReading fills what the caller left empty from the tenant's last import.
func (a *App) fileReading(ctx context.Context, tenantID string, f FileImport) (fileReading, error) {
	var saved fileReading
	err := a.read(ctx, func(q *storeq.Queries) error {
		text, err := settingText(ctx, q, settingFile(tenantID), "{}")
		if err != nil {
			return err
		}
		return json.Unmarshal([]byte(text), &saved)
	})
	return fileReading{
		Map: merged(saved.Map, f.Map), StatusMap: merged(saved.StatusMap, f.StatusMap),
		Encoding: firstOf(f.Encoding, saved.Encoding), Key: saved.Key,
	}, err
}

// applyFile keeps where a list came from, and how it was read for the next one.
func applyFile(ctx context.Context, tx *db.Tx, e audit.Stored, d snapshotTaken, sealed bool) error {
	f := d.File
	if f == nil {
		return nil
	}
	if sealed {
		reading, err := canonical(f.Reading)
		if err != nil {
			return err
		}
		if err := tx.PutSetting(ctx, storeq.PutSettingParams{Key: settingFile(e.Entry.Tenant), Value: string(reading)}); err != nil {
			return err
		}
	}
	return tx.InsertFileImport(ctx, storeq.InsertFileImportParams{
		Snapshot: d.Snapshot, File: f.Name.Value(), Sha256: f.SHA256.Value(), Members: int64(f.Members), ExportedBy: f.ExportedBy.Value(),
		ExportedAt: f.ExportedAt.UnixMilli(), Screen: f.Screen.Value(), Filter: f.Filter.Value(),
	})
}

// certificateWords names who stands behind a file. Their name may be erased
// from the record, so the entry's own words do not hold it.
func certificateWords(d snapshotTaken) string {
	f := d.File
	if f == nil {
		return d.Words
	}
	told := func(p audit.Personal, otherwise string) string {
		if v := p.Value(); v != "" {
			return fmt.Sprintf("%q", v)
		}
		return otherwise
	}
	by := firstOf(f.ExportedBy.Value(), "a person whose name was erased")
	return fmt.Sprintf("A file of %s exported by %s at %s from %s, %s. %s", counted(f.Members, "row"), by, stamp(f.ExportedAt),
		"screen "+told(f.Screen, "not named"), "filter "+told(f.Filter, "not named"), cannotProve)
}

// listFile is the provenance of an attempt, or nil.
func listFile(ctx context.Context, q *storeq.Queries, snapshotID string) (*ListFile, error) {
	row, err := maybe(q.FileImport(ctx, snapshotID))
	if err != nil || row == nil {
		return nil, err
	}
	return &ListFile{
		Name: row.File, SHA256: row.Sha256, Members: int(row.Members), ExportedBy: row.ExportedBy,
		ExportedAt: fromMillis(row.ExportedAt), Screen: row.Screen, Filter: row.Filter,
	}, nil
}

// asFile words why a list cannot be relied on for a tenant that no sync helps.
func asFile(name string, problems []Problem) []Problem {
	out := make([]Problem, len(problems))
	for i, p := range problems {
		do := "Export its accounts again and bring them in with rollcall tenant import " + quoted(name) + " FILE."
		switch p.Code {
		case "never-synced":
			p = Problem{"file-missing", "No list of " + name + " was imported.", do}
		case "snapshot-lost":
			p = Problem{"file-lost", "The accounts of the last file of " + name + " are not in this workspace any more.", do}
		case "stale":
			p = Problem{"file-stale", strings.Replace(p.Text, "was last synced", "has a file that was exported", 1), do}
		}
		out[i] = p
	}
	return out
}
