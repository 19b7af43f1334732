package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"rollcall/app/secrets"
	"rollcall/audit"
	"rollcall/db/storeq"
)

// verified is what the last check of the whole record in this process found.
type verified struct {
	at      time.Time
	report  audit.Report
	signer  bool // against this workspace's own key and kept checkpoint
	keyless bool // the secrets were open, and that key was not among them
}

const pageOfEntries = 200

// readLog opens the record for reading; it asks for no secret.
func (a *App) readLog(ctx context.Context) (*audit.Log, error) {
	log, err := audit.Open(ctx, a.rec, nil, audit.Options{Now: a.cfg.Now})
	if d := new(audit.DamageError); errors.As(err, &d) && log != nil {
		return log, nil // it can be read; log.Damage says what is wrong
	}
	return log, fileError(err)
}

// Entries yields the entries that the filter chooses, oldest first.
func (a *App) Entries(ctx context.Context, f EntryFilter, yield func(Entry) error) error {
	log, err := a.readLog(ctx)
	if err != nil {
		return err
	}
	names, err := a.tenantNames(ctx)
	if err != nil {
		return err
	}
	choose, err := a.chooser(ctx, f)
	if err != nil {
		return err
	}
	left := f.Limit
	if left == 0 {
		left = pageOfEntries
	}
	err = log.Entries(ctx, min(max(f.First, 0), log.Size()), log.Size(), func(s audit.Stored) error {
		if !choose(s) {
			return nil
		}
		e, err := entryView(ctx, log, s, names)
		if err != nil {
			return err
		}
		if err := yield(e); err != nil {
			return err
		}
		if left--; left == 0 {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return fileError(err)
}

var errEnough = errors.New("enough was read")

func entryView(ctx context.Context, log *audit.Log, s audit.Stored, names map[string]string) (Entry, error) {
	data, err := s.OpenedData()
	if err != nil {
		return Entry{}, fmt.Errorf("entry %d: %w", s.Seq, err)
	}
	e := Entry{
		Seq: s.Seq, Time: s.Entry.Time, Type: s.Entry.Type, Actor: s.Entry.Actor.Value(), Tenant: names[s.Entry.Tenant],
		TenantID: s.Entry.Tenant, Target: s.Entry.Target.Value(), Ticket: s.Entry.Ticket, Data: json.RawMessage(data),
	}
	e.What, err = entryWords(ctx, log, s, e.Tenant)
	return e, err
}

// chooser turns a filter into a test of one entry. It is the same one for the
// list and for the export, so that an export equals what is on screen.
func (a *App) chooser(ctx context.Context, f EntryFilter) (func(audit.Stored) bool, error) {
	q, err := a.entryQuery(ctx, f)
	return func(s audit.Stored) bool { return s.Seq >= f.First && q.chooses(s) }, err
}

// anyTenant finds removed tenants by id as well: history outlives them.
func (a *App) anyTenant(ctx context.Context, nameOrID string) (string, error) {
	names, err := a.tenantNames(ctx)
	if err != nil {
		return "", err
	}
	if _, ok := names[nameOrID]; ok {
		return nameOrID, nil
	}
	row, err := a.tenantBy(ctx, nameOrID)
	return row.ID, err
}

// RecordState tells how far the record goes and what this process knows of it.
func (a *App) RecordState(ctx context.Context) (RecordState, error) {
	log, err := a.readLog(ctx)
	if err != nil {
		return RecordState{}, err
	}
	st := RecordState{LogID: log.LogID(), Entries: log.Size(), OK: log.Damage() == nil}
	if d := log.Damage(); d != nil {
		st.Reason, st.ReadOnly = d.Error(), "The record is damaged."
	}
	c, ok, err := a.rec.LatestCheckpoint(ctx)
	if err != nil {
		return st, fileError(err)
	}
	if ok {
		st.Checkpoint = c.Size
	}
	_, fits, err := a.position(ctx, log)
	if err != nil {
		return st, err
	}
	st.Stray = !fits
	err = a.read(ctx, func(q *storeq.Queries) error {
		n, err := q.CountUnsettled(ctx)
		st.Unsettled = int(n)
		return err
	})
	a.verifyMu.Lock()
	defer a.verifyMu.Unlock()
	if v := a.verified; !v.at.IsZero() {
		st.Verified, st.VerifiedTo, st.OK, st.Reason, st.Fingerprint = v.at, v.report.Entries, v.report.OK && st.OK, v.report.Reason, v.report.Fingerprint
		st.Signer, st.FirstBad, st.Anchored = signerWord(v.signer), v.report.FirstBad, v.report.Anchoring == audit.Anchored
	}
	if st.Keyless = a.verified.keyless; st.Keyless && st.ReadOnly == "" {
		st.ReadOnly = "The key that signs it is not here."
	}
	st.KeyChanges = keyChanges(a.verified.report.KeyChanges)
	st.Unkept, st.Unverified = a.unkept, a.unverified
	return st, err
}

// Notice is what a reader of the workspace has to know before anything else,
// nil where there is nothing.
func (a *App) Notice(ctx context.Context) (*Problem, error) {
	log, err := a.readLog(ctx)
	if err != nil {
		return nil, err
	}
	_, fits, err := a.position(ctx, log)
	if err != nil || fits {
		return nil, err
	}
	p := strayStore
	return &p, nil
}

// VerifyRecord checks the whole record of this workspace: every leaf, the tree,
// every checkpoint and every opening. Where the secrets can be read without
// asking a person, it holds the record against the signing key and the kept
// checkpoint; otherwise against the key that the record names itself, which
// cannot tell an older copy, and the state says that the signer is not checked.
func (a *App) VerifyRecord(ctx context.Context) (RecordState, error) {
	return a.verifyFrom(ctx, verified{})
}

// verifyRest goes on from what this process checked before, where that was done
// with the same trust: only what came since is read.
func (a *App) verifyRest(ctx context.Context) (RecordState, error) {
	a.verifyMu.Lock()
	before := a.verified
	a.verifyMu.Unlock()
	return a.verifyFrom(ctx, before)
}

func (a *App) verifyFrom(ctx context.Context, before verified) (RecordState, error) {
	opts, unread := a.trusted(ctx)
	if unread != nil {
		log, err := a.readLog(ctx)
		if err != nil {
			return RecordState{}, err
		}
		key, err := firstKey(ctx, log)
		if err != nil {
			return RecordState{}, err
		}
		opts = audit.VerifyOptions{Key: key, Follow: true}
	}
	trusts := unread == nil
	if trusts != before.signer || trusts && before.report.Key != opts.Key {
		before = verified{}
	}
	report, err := audit.VerifyOn(ctx, a.rec, before.report, opts, a.verifyStep)
	if err != nil {
		return RecordState{}, fileError(err)
	}
	a.verifyMu.Lock()
	a.verified = verified{at: a.cfg.Now().UTC(), report: report, signer: trusts, keyless: errors.Is(unread, secrets.ErrNotFound)}
	a.verifyMu.Unlock()
	return a.RecordState(ctx)
}

// Checkpoint signs the record as it stands and returns the signed note. Kept
// somewhere else, it later proves that nothing before it was cut or changed.
func (a *App) Checkpoint(ctx context.Context) (note []byte, err error) {
	err = a.mutate(ctx, func(w *writer) error {
		c, err := w.checkpoint(ctx)
		note = c.Note
		return err
	})
	return note, err
}

// Export writes an evidence pack. That there is one is recorded first, so the
// entry lies inside the pack. The file must not exist. It gets its name when it
// is whole and durable; a pack that could not be finished is removed, and one
// that a crash cut off ends in .partial and does not verify.
func (a *App) Export(ctx context.Context, file string, f EntryFilter) (PackInfo, error) {
	out, err := createFile(file)
	if err != nil {
		return PackInfo{}, exportError(file, err)
	}
	info := PackInfo{File: file}
	err = a.mutate(ctx, func(w *writer) error {
		if info.Seq, err = w.recordExport(ctx, file, f); err != nil {
			return err
		}
		if _, err := w.checkpoint(ctx); err != nil {
			return err
		}
		return w.writePack(ctx, out, f, &info)
	})
	if err == nil {
		err = out.publish()
	}
	if err != nil {
		return PackInfo{}, errors.Join(exportError(file, err), out.drop())
	}
	return info, nil
}

func exportError(file string, err error) error {
	var own *Error
	switch {
	case errors.As(err, &own):
		return err
	case errors.Is(err, fs.ErrExist):
		return &Error{Kind: KindFailed, Text: "There is already a file " + file + ".", Do: "Choose another name; a pack never replaces a file.", Err: err}
	}
	text := "The pack " + file + " could not be written"
	if why := diskWords(err); why != "" {
		text += ": " + why
	}
	return &Error{Kind: KindFailed, Text: text + ".", Do: "Check the folder and the room on the disk.", Err: err}
}

func (w *writer) recordExport(ctx context.Context, file string, f EntryFilter) (int64, error) {
	d := recordExported{File: audit.Text(filepath.Base(file)), Filter: exportFilter{Type: f.Type, Ticket: f.Ticket, From: stamp(f.From), To: stamp(f.To)}}
	d.Filter.Group, d.Filter.Outcome = f.Group, f.Outcome
	d.Filter.Target, d.Filter.About, d.Filter.Actor = textOrNone(f.Target), textOrNone(f.About), textOrNone(f.Actor)
	if f.Tenant != "" {
		id, err := w.a.anyTenant(ctx, f.Tenant)
		if err != nil {
			return 0, err
		}
		d.Filter.Tenant = id
	}
	s, err := w.record(ctx, audit.Draft{Type: typeExported, Data: d})
	return s.Seq, err
}

// textOrNone is a personal value where there is one.
func textOrNone(s string) audit.Personal {
	if s == "" {
		return audit.Personal{}
	}
	return audit.Text(s)
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// writePack carries the bodies that the filter chooses; the exported entry
// itself is always among them.
func (w *writer) writePack(ctx context.Context, out io.Writer, f EntryFilter, info *PackInfo) error {
	choose, err := w.a.chooser(ctx, f)
	if err != nil {
		return err
	}
	names, err := w.a.tenantNames(ctx)
	if err != nil {
		return err
	}
	sum := sha256.New()
	p, err := audit.WritePack(ctx, io.MultiWriter(out, sum), w.log, audit.PackOptions{
		Program: "rollcall " + w.a.cfg.Version, Filter: f.words(info.Seq),
		Choose: func(s audit.Stored) bool { return s.Seq == info.Seq || choose(s) },
		Words:  func(s audit.Stored) (string, error) { return entryWords(ctx, w.log, s, names[s.Entry.Tenant]) },
	})
	if err != nil {
		return err
	}
	info.Entries, info.Bodies, info.Bytes, info.SHA256 = p.Entries, p.Bodies, p.Bytes, hex.EncodeToString(sum.Sum(nil))
	info.Fingerprint, info.Key = p.Fingerprint, p.Key
	return nil
}

// words say what a filter chooses, for the README of a pack. Texts that may name
// a person stand only in the entry of the export, where they can be erased.
func (f EntryFilter) words(exported int64) string {
	var out []string
	add := func(what, value string) {
		if value != "" {
			out = append(out, what+" "+value)
		}
	}
	for what, value := range map[string]string{"about": f.About, "target": f.Target, "by": f.Actor} {
		if value != "" {
			out = append(out, fmt.Sprintf("%s a text that entry %d names", what, exported))
		}
	}
	slices.Sort(out)
	add("type", f.Type)
	add("kind", f.Group)
	add("tenant", f.Tenant)
	add("ticket", f.Ticket)
	add("outcome", f.Outcome)
	add("from", stamp(f.From))
	add("to", stamp(f.To))
	if f.First > 0 {
		add("from entry", fmt.Sprint(f.First))
	}
	if len(out) == 0 {
		return "every entry"
	}
	return strings.Join(out, ", ")
}
