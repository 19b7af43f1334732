package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/app/secrets"
	"rollcall/audit"
)

// put copies the workspace's record to another folder, or back from there.
func (w *world) put(from, to string) {
	w.t.Helper()
	b, err := os.ReadFile(filepath.Join(from, "record.db"))
	if err == nil {
		err = os.WriteFile(filepath.Join(to, "record.db"), b, 0o600)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// restored is a workspace with a roster and a list whose record.db was put
// back to what it was before one more decision. It is closed.
func restored(t *testing.T) *world {
	w, _ := ready(t)
	w.close()
	old := t.TempDir()
	w.put(w.dir, old)
	w.open()
	if _, err := w.app.AllowWrites(t.Context(), "Acme", "the pilot is over"); err != nil {
		t.Fatal(err)
	}
	w.close()
	w.put(old, w.dir)
	return w
}

func (w *world) state() RecordState {
	w.t.Helper()
	st, err := w.app.RecordState(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return st
}

func (w *world) verify() RecordState {
	w.t.Helper()
	st, err := w.app.VerifyRecord(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return st
}

// An older record.db verifies by itself; the checkpoint kept with the secrets
// tells.
func TestVerifyRecordHoldsTheKeptCheckpoint(t *testing.T) {
	w := restored(t)
	w.open()
	if st := w.verify(); st.OK || st.Reason != audit.ReasonBehind || st.Signer != "checked" {
		t.Errorf("an older record: %+v", st)
	}
}

func TestVerifyRecordHoldsTheSigningKey(t *testing.T) {
	w := newWorld(t)
	if st := w.verify(); !st.OK || st.Signer != "checked" {
		t.Fatalf("the untouched record: %+v", st)
	}
	logID, err := w.app.rec.LogID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other, err := audit.NewKey(audit.Origin(logID))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.secrets.Set(t.Context(), secretSigningKey, other.Secret()); err != nil {
		t.Fatal(err)
	}
	if st := w.verify(); st.OK {
		t.Errorf("a record signed by another key than this workspace's: %+v", st)
	}
}

// locked is a store whose passphrase nobody has given yet.
type locked struct{ secrets.Store }

func (locked) Unlocked() bool { return false }

func (l locked) Get(context.Context, string) ([]byte, error) {
	return nil, errors.New("a person was asked")
}

func TestVerifyRecordAsksNobody(t *testing.T) {
	w := restored(t)
	w.secrets = locked{w.secrets}
	w.open()
	if st := w.verify(); !st.OK || st.Signer != "not checked" {
		t.Errorf("with locked secrets: %+v", st)
	}
}

// Reading a workspace never throws away what the record cannot give back.
func TestReadingKeepsAStoreThatDoesNotFit(t *testing.T) {
	for _, lost := range []string{"kept checkpoint there", "kept checkpoint lost"} {
		t.Run(lost, func(t *testing.T) {
			w := restored(t)
			if lost == "kept checkpoint lost" {
				if err := w.secrets.Delete(t.Context(), secretCheckpoint); err != nil {
					t.Fatal(err)
				}
			}
			w.open()
			if st := w.state(); !st.Stray {
				t.Errorf("not told: %+v", st)
			}
			if p, err := w.app.Notice(t.Context()); err != nil || p == nil || p.Code != "stray-store" {
				t.Errorf("notice: %+v, %v", p, err)
			}
			if n := w.count(`SELECT count(*) FROM person`); n == 0 {
				t.Error("the roster is gone")
			}
			o, err := w.app.Overview(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var told bool
			for _, d := range o.ToDo {
				told = told || d.Code == "stray-store"
			}
			if !told {
				t.Errorf("the overview says %+v", o.ToDo)
			}
			_, err = w.app.AllowWrites(t.Context(), "Acme", "again")
			if lost == "kept checkpoint there" {
				if err == nil || w.count(`SELECT count(*) FROM person`) == 0 || !w.state().Stray {
					t.Errorf("a writer behind the kept checkpoint: %v", err)
				}
				return
			}
			if err != nil || w.count(`SELECT count(*) FROM person`) != 0 || w.state().Stray {
				t.Errorf("a writer that knows of no checkpoint: %v, %+v", err, w.state())
			}
		})
	}
}

// deaf is a store that keeps nothing while told so.
type deaf struct {
	secrets.Store
	full bool
}

func (d *deaf) Set(ctx context.Context, purpose string, secret []byte) error {
	if d.full && purpose == secretCheckpoint {
		return errors.New("no room")
	}
	return d.Store.Set(ctx, purpose, secret)
}

func TestCheckpointIsKeptInTheEnd(t *testing.T) {
	w := newWorld(t)
	d := &deaf{Store: w.secrets}
	w.close()
	w.secrets = d
	w.open()
	d.full = true
	if _, err := w.app.ImportRoster(t.Context(), RosterImport{File: w.file(people(20))}); err != nil {
		t.Fatal(err)
	}
	if st := w.state(); !strings.Contains(st.Unkept, "could not be kept") {
		t.Errorf("not told: %+v", st)
	}
	if _, err := w.app.Checkpoint(t.Context()); err == nil {
		t.Error("a checkpoint that is not kept counts as kept")
	}
	d.full = false
	if err := w.app.mutate(t.Context(), func(*writer) error { return nil }); err != nil {
		t.Fatal(err)
	}
	st := w.state()
	notes, err := w.app.kept(t.Context())
	if err != nil || keptSize(notes) != st.Entries || st.Unkept != "" {
		t.Errorf("kept to %d of %d, %v; told %q", keptSize(notes), st.Entries, err, st.Unkept)
	}
}

// A file that is no checkpoint is named, and the pack is not blamed.
func TestVerifyNamesTheFileThatIsNoCheckpoint(t *testing.T) {
	w := newWorld(t)
	pack, garbage := filepath.Join(t.TempDir(), "p.zip"), w.file("nonsense")
	if _, err := w.app.Export(t.Context(), pack, EntryFilter{Limit: -1}); err != nil {
		t.Fatal(err)
	}
	_, err := Verify(t.Context(), pack, "", []string{garbage})
	var e *Error
	if !errors.As(err, &e) || !strings.Contains(e.Text, garbage) || !strings.Contains(e.Text, "is not a checkpoint") {
		t.Errorf("verify with a file that is none: %v", err)
	}
}
