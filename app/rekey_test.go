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
	"rollcall/scim/scimtest"
)

// keyless is a workspace with a pack and a checkpoint of its first key, which
// is then lost. Nothing else among its secrets is.
func keyless(t *testing.T) (w *world, old PackInfo, note string) {
	w = newWorld(t)
	w.serve("Acme", scimtest.Options{})
	old = w.pack()
	b, err := w.app.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	note = filepath.Join(t.TempDir(), "old.note")
	if err := os.WriteFile(note, b, 0o600); err != nil {
		t.Fatal(err)
	}
	w.lose(secretSigningKey)
	return w, old, note
}

// lose reopens the workspace without one of its secrets.
func (w *world) lose(purpose string) {
	w.t.Helper()
	w.close()
	if err := w.secrets.Delete(w.t.Context(), purpose); err != nil {
		w.t.Fatal(err)
	}
	w.open()
}

func (w *world) pack() PackInfo {
	w.t.Helper()
	info, err := w.app.Export(w.t.Context(), filepath.Join(w.t.TempDir(), "pack.zip"), EntryFilter{Type: typeExported})
	if err != nil {
		w.t.Fatal(err)
	}
	return info
}

func (w *world) rekeyings() int {
	w.t.Helper()
	n := 0
	err := w.app.Entries(w.t.Context(), EntryFilter{Type: audit.TypeRekeyed, Limit: -1}, func(Entry) error { n++; return nil })
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func TestLostKey(t *testing.T) {
	w, old, note := keyless(t)
	_, err := w.app.AllowWrites(t.Context(), "Acme", "once more")
	wantRefusal(t, "a change without the key", err, rekeyCommand)
	_, err = w.app.RecordKey(t.Context())
	wantRefusal(t, "showing the key", err, rekeyCommand)
	if st := w.verify(); !st.OK || st.Signer != "not checked" || !st.Keyless || st.ReadOnly == "" {
		t.Errorf("reading without the key: %+v", st)
	}

	r, err := w.app.Rekey(t.Context(), "the laptop is gone")
	if err != nil {
		t.Fatal(err)
	}
	if r.From != old.Fingerprint || r.Seq != old.Entries || r.Signed != old.Entries || r.Reason != "the laptop is gone" {
		t.Errorf("the change of key: %+v, after %+v", r, old)
	}
	if st := must(w.app.RecordState(t.Context()))(t); st.Keyless || st.ReadOnly != "" || !st.Verified.IsZero() {
		t.Errorf("after it: %+v", st)
	}
	if k, err := w.app.RecordKey(t.Context()); err != nil || k.Key != r.Key || k.Fingerprint != r.To {
		t.Errorf("the key is now %+v, %v", k, err)
	}
	if _, err := w.app.AllowWrites(t.Context(), "Acme", "once more"); err != nil {
		t.Errorf("a change with the new key: %v", err)
	}
	if p, err := w.app.ExportPreview(t.Context(), EntryFilter{}); err != nil || p.Key != r.Key {
		t.Errorf("the preview names the key %s, %v", p.Key, err)
	}
	w.close()
	w.open()
	if st := w.verify(); !st.OK || st.Signer != "checked" || !st.Anchored || len(st.KeyChanges) != 1 || st.KeyChanges[0].Seq != r.Seq {
		t.Errorf("the record afterwards: %+v", st)
	}
	checkPacks(t, old, w.pack(), note, r)
	_, err = w.app.Rekey(t.Context(), "again")
	wantRefusal(t, "with the key there", err, "is in")
}

// checkPacks holds a pack of before and one of after the change against both
// keys and the note of the old one.
func checkPacks(t *testing.T, before, after PackInfo, note string, r Rekeying) {
	t.Helper()
	check := func(file, key string) VerifyReport {
		v, err := Verify(t.Context(), file, key, []string{note})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if v := check(before.File, before.Key); !v.OK || len(v.KeyChanges) != 0 {
		t.Errorf("the old pack with the old key: %+v", v)
	}
	if v := check(after.File, r.Key); !v.OK || v.Anchoring != audit.Anchored || len(v.KeyChanges) != 1 {
		t.Errorf("the new pack with the new key: %+v", v)
	}
	v := check(after.File, before.Key)
	if v.OK || v.Reason != audit.ReasonReplacedKey || v.Proven != before.Entries || len(v.KeyChanges) != 1 {
		t.Fatalf("the new pack with the old key: %+v", v)
	}
	if c := v.KeyChanges[0]; c.Seq != r.Seq || c.Reason != r.Reason || c.From != before.Fingerprint || c.To != r.To || c.Actor == "" {
		t.Errorf("it tells of the change %+v", c)
	}
}

func wantRefusal(t *testing.T, what string, err error, words string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Kind != KindRefused || !strings.Contains(e.Error(), words) {
		t.Errorf("%s: %v, want a refusal with %q", what, err, words)
	}
}

// dying keeps secrets until the call that it dies at.
type dying struct {
	secrets.Store
	left int
}

var errDied = errors.New("the process is gone")

func (d *dying) step() error {
	if d.left--; d.left < 0 {
		return errDied
	}
	return nil
}

func (d *dying) Set(ctx context.Context, purpose string, secret []byte) error {
	if err := d.step(); err != nil {
		return err
	}
	return d.Store.Set(ctx, purpose, secret)
}

func (d *dying) Delete(ctx context.Context, purpose string) error {
	if err := d.step(); err != nil {
		return err
	}
	return d.Store.Delete(ctx, purpose)
}

// Wherever a change of key ends, giving it again finishes it, and it is entered
// once.
func TestRekeyGoesOnAfterACrash(t *testing.T) {
	for left := range 4 { // the new key, its checkpoint, its place, the old place
		w, _, _ := keyless(t)
		whole := w.secrets
		w.close()
		w.secrets = &dying{whole, left}
		w.open()
		if _, err := w.app.Rekey(t.Context(), "lost"); !errors.Is(err, errDied) {
			t.Fatalf("after %d steps: %v", left, err)
		}
		w.close()
		w.secrets = whole
		w.open()
		_, err := w.app.Rekey(t.Context(), "lost")
		if settled := left == 3; settled != (err != nil) {
			t.Errorf("again after %d steps: %v", left, err)
		}
		if n := w.rekeyings(); n != 1 {
			t.Errorf("after %d steps: entered %d times", left, n)
		}
		if st := w.verify(); !st.OK || st.Signer != "checked" || !st.Anchored {
			t.Errorf("after %d steps: %+v", left, st)
		}
		if _, err := w.app.AllowWrites(t.Context(), "Acme", "on"); err != nil {
			t.Errorf("after %d steps, a change: %v", left, err)
		}
		w.close()
	}
}

// A process that holds the old key takes the new one, and secrets of before the
// change are told from the record's own.
func TestKeyReplacedMeanwhile(t *testing.T) {
	w, _, _ := keyless(t)
	if _, err := w.app.Rekey(t.Context(), "lost"); err != nil {
		t.Fatal(err)
	}
	first, err := w.app.storedKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.secrets.Delete(t.Context(), secretSigningKey); err != nil {
		t.Fatal(err)
	}
	cfg := w.app.cfg
	other, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Rekey(t.Context(), "lost again"); err != nil {
		t.Fatal(err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.app.AllowWrites(t.Context(), "Acme", "with the newer key"); err != nil {
		t.Errorf("the process that had the key before: %v", err)
	}
	if st := w.verify(); !st.OK || len(st.KeyChanges) != 2 {
		t.Errorf("after two changes: %+v", st)
	}
	w.close()
	if err := w.secrets.Set(t.Context(), secretSigningKey, first.Secret()); err != nil {
		t.Fatal(err)
	}
	w.open()
	_, err = w.app.AllowWrites(t.Context(), "Acme", "with older secrets")
	wantRefusal(t, "secrets of before the change", err, "is not the one that signs this record")
	if _, err := w.app.Rekey(t.Context(), "the newer one is gone"); err != nil {
		t.Errorf("though the newer key is lost: %v", err)
	}
}

func TestRekeyRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil func(w *world)
		words string
	}{
		"the key is there": {func(*world) {}, "is in"},
		"another workspace's key": {func(w *world) {
			k, err := audit.NewKey(audit.Origin("ffffffffffffffffffffffffffffffff"))
			if err == nil {
				err = w.secrets.Set(w.t.Context(), secretSigningKey, k.Secret())
			}
			if err != nil {
				w.t.Fatal(err)
			}
		}, "another workspace"},
		"an older record": {func(w *world) {
			old := w.t.TempDir()
			w.close()
			w.put(w.dir, old)
			w.open()
			if _, err := w.app.AllowWrites(w.t.Context(), "Acme", "why"); err != nil {
				w.t.Fatal(err)
			}
			w.close()
			w.put(old, w.dir)
			w.open()
			w.lose(secretSigningKey)
		}, audit.ReasonBehind},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.serve("Acme", scimtest.Options{})
			tc.spoil(w)
			_, err := w.app.Rekey(t.Context(), "because")
			wantRefusal(t, name, err, tc.words)
			if n := w.rekeyings(); n != 0 {
				t.Errorf("entered %d times", n)
			}
		})
	}
}
