package audit_test

import (
	"testing"

	"rollcall/audit"
)

// rekeyed is a log of four entries whose first key signed three and was then
// lost; entry 4 enters the new key, and two more follow.
func rekeyed(t *testing.T) (w *world, old *audit.Key, oldNote []byte) {
	w = newWorld(t)
	old = w.key
	w.fill(3)
	c, err := w.log.Checkpoint(t.Context())
	w.ok(err)
	w.fill(1)
	w.rekey(old.Verifier(), old.Verifier())
	w.fill(2)
	return w, old, c.Note
}

// rekey opens the log with a new key, trusting the known ones, and enters it in
// place of from.
func (w *world) rekey(from, known string) {
	w.Helper()
	var err error
	w.key, err = audit.NewKey(audit.Origin("testlog"))
	w.ok(err)
	o := w.options()
	o.Verifier = known
	w.log, err = audit.Open(w.Context(), w.store, w.key, o)
	w.ok(err)
	s, signed, err := w.log.Rekey(w.Context(), from, audit.Text("ann"), audit.Text("the laptop is gone"))
	w.ok(err)
	if signed.Size != s.Seq+1 || len(w.store.Signed) == 0 || w.store.Signed[len(w.store.Signed)-1].Size != signed.Size {
		w.Fatalf("the change at %d is signed at %d", s.Seq, signed.Size)
	}
}

func (w *world) recordBy(o audit.VerifyOptions) audit.Report {
	w.Helper()
	r, err := audit.VerifyRecord(w.Context(), w.store, o, nil)
	w.ok(err)
	return r
}

// signedAt is a checkpoint over the first n entries that says it is one of size.
func (w *world) signedAt(k *audit.Key, n, size int64) []byte {
	var e audit.Edge
	for _, r := range w.store.List[:n] {
		e.Add(r.Leaf)
	}
	return audit.SignCheckpoint(k, audit.Checkpoint{LogID: "testlog", Size: size, Root: e.Root()})
}

func wantChange(t *testing.T, r audit.Report, from, to *audit.Key) {
	t.Helper()
	if len(r.KeyChanges) != 1 {
		t.Fatalf("changes of key: %+v", r.KeyChanges)
	}
	c := r.KeyChanges[0]
	if c.Seq != 4 || c.From != from.Verifier() || c.To != to.Verifier() || c.Signed != 3 || c.Reason != "the laptop is gone" || c.Actor != "ann" || c.Time.IsZero() {
		t.Errorf("the change of key reads %+v", c)
	}
}

func TestRekeyedRecord(t *testing.T) {
	w, old, oldNote := rekeyed(t)
	r := w.recordBy(audit.VerifyOptions{Key: w.key.Verifier(), Checkpoints: [][]byte{oldNote}})
	wantOK(t, r)
	wantChange(t, r, old, w.key)
	if r.Anchoring != audit.Anchored || r.Proven != 5 {
		t.Errorf("with the old note: %+v", r)
	}
	wantBad(t, w.recordBy(audit.VerifyOptions{Key: old.Verifier()}), -1, audit.ReasonReplacedKey)
	r = w.recordBy(audit.VerifyOptions{Key: old.Verifier(), Follow: true})
	wantOK(t, r)
	if r.Key != w.key.Verifier() {
		t.Error("the newest key was not followed")
	}
	w.rekey(w.key.Verifier(), w.key.Verifier())
	if r = w.recordBy(audit.VerifyOptions{Key: w.key.Verifier()}); len(r.KeyChanges) != 2 {
		t.Errorf("after a second change: %+v", r)
	}
	wantOK(t, r)
}

func TestRekeyedPack(t *testing.T) {
	w, old, oldNote := rekeyed(t)
	stranger, err := audit.NewKey(audit.Origin("testlog"))
	w.ok(err)
	for name, pack := range map[string][]byte{
		"full":     w.pack(audit.PackOptions{}),
		"filtered": w.pack(audit.PackOptions{Choose: func(audit.Stored) bool { return false }}),
	} {
		t.Run(name, func(t *testing.T) {
			r := w.verify(pack, audit.VerifyOptions{Key: w.key.Verifier(), Checkpoints: [][]byte{oldNote}})
			wantOK(t, r)
			wantChange(t, r, old, w.key)
			if r.Anchoring != audit.Anchored {
				t.Errorf("the old note does not anchor it: %+v", r)
			}
			wantOK(t, w.verify(pack, audit.VerifyOptions{}))
			wantOK(t, w.verify(pack, audit.VerifyOptions{Key: old.Verifier() + " " + w.key.Verifier()}))
			r = w.verify(pack, audit.VerifyOptions{Key: old.Verifier()})
			wantBad(t, r, -1, audit.ReasonReplacedKey)
			wantChange(t, r, old, w.key)
			if r.Proven != 3 || r.Fingerprint != old.Fingerprint() {
				t.Errorf("to the holder of the old key: %+v", r)
			}
			r = w.verify(pack, audit.VerifyOptions{Key: stranger.Verifier()})
			wantBad(t, r, -1, audit.ReasonOtherKey)
			if len(r.KeyChanges) != 0 {
				t.Errorf("to a holder of neither key: %+v", r)
			}
		})
	}
}

// A key that was replaced signs nothing any more, and the new one nothing from
// before it.
func TestReplacedKeySignsNothing(t *testing.T) {
	w, old, _ := rekeyed(t)
	now := w.key.Verifier()
	signed := w.store.Signed[:len(w.store.Signed):len(w.store.Signed)]

	w.store.Signed = signed[:len(signed)-1] // what the new key signed is taken away
	by, err := audit.Open(t.Context(), w.store, old, w.options())
	w.ok(err)
	w.log, w.key = by, old
	pack := w.pack(audit.PackOptions{})
	wantBad(t, w.verify(pack, audit.VerifyOptions{Key: old.Verifier()}), -1, audit.ReasonSigner)
	wantBad(t, w.recordBy(audit.VerifyOptions{Key: now}), -1, audit.ReasonCheckpoint)
	late := w.store.Signed[len(w.store.Signed)-1].Note

	w, old, oldNote := rekeyed(t)
	later := w.pack(audit.PackOptions{})
	wantOK(t, w.verify(later, audit.VerifyOptions{Key: w.key.Verifier(), Checkpoints: [][]byte{oldNote}}))
	wantBad(t, w.verify(later, audit.VerifyOptions{Key: w.key.Verifier(), Checkpoints: [][]byte{late}}), -1, audit.ReasonCheckpoint)
	if _, err := audit.Open(t.Context(), w.store, old, w.options()); err == nil {
		t.Error("the record opens for the key that was replaced")
	}
}

// The entry of the change is the first that the new key answers for.
func TestKeysMeetAtTheChange(t *testing.T) {
	w, old, _ := rekeyed(t)
	pack := w.pack(audit.PackOptions{})
	for by, key := range map[string]*audit.Key{"old": old, "new": w.key} {
		for n := int64(3); n <= 6; n++ {
			o := audit.VerifyOptions{Key: w.key.Verifier(), Checkpoints: [][]byte{w.signedAt(key, n, n)}}
			for what, r := range map[string]audit.Report{"pack": w.verify(pack, o), "record": w.recordBy(o)} {
				if want := (n <= 4) == (by == "old"); r.OK != want {
					t.Errorf("%s: a checkpoint over %d entries by the %s key: ok %v, %s", what, n, by, r.OK, r.Reason)
				}
			}
		}
	}
}

// A change of key that the tree does not have is not believed, also where all
// that is asked for is who may sign.
func TestChangeOfKeyOutsideTheTree(t *testing.T) {
	w, _, _ := rekeyed(t)
	stranger, err := audit.NewKey(audit.Origin("testlog"))
	w.ok(err)
	c := unpack(t, w.pack(audit.PackOptions{}))
	replace("entries.jsonl", `"to":"`+w.key.Verifier(), `"to":"`+stranger.Verifier())(c)
	audit.SignManifest(c, w.key, "", "")
	r := w.verify(audit.Container(c), audit.VerifyOptions{Key: w.key.Verifier()})
	wantBad(t, r, 4, audit.ReasonLeaf)
	if len(r.KeyChanges) != 0 {
		t.Errorf("told: %+v", r.KeyChanges)
	}
}

// A change that does not go on from the key before it, or carries a checkpoint
// that this one did not sign over this record, is found where it stands.
func TestChangeOfKeyThatDoesNotHold(t *testing.T) {
	other, err := audit.NewKey(audit.Origin("testlog"))
	if err != nil {
		t.Fatal(err)
	}
	fork := newWorld(t)
	fork.fill(2)
	forked, err := fork.log.Checkpoint(t.Context())
	fork.ok(err)
	for name, data := range map[string]func(w *world, own []byte) map[string]any{
		"not from the key before": func(w *world, _ []byte) map[string]any {
			return map[string]any{"from": fixedKey(t).Verifier(), "to": other.Verifier(), "note": ""}
		},
		"to the same key": func(w *world, _ []byte) map[string]any {
			return map[string]any{"from": w.key.Verifier(), "to": w.key.Verifier(), "note": ""}
		},
		"to no key": func(w *world, _ []byte) map[string]any {
			return map[string]any{"from": w.key.Verifier(), "to": "nonsense", "note": ""}
		},
		"a note of the key before that": func(w *world, own []byte) map[string]any {
			return map[string]any{"from": w.key.Verifier(), "to": other.Verifier(), "note": string(forked.Note)}
		},
		"a note from after the change": func(w *world, _ []byte) map[string]any {
			return map[string]any{"from": w.key.Verifier(), "to": other.Verifier(), "note": string(w.signedAt(w.key, 7, 9))}
		},
		"a note from before its key": func(w *world, _ []byte) map[string]any {
			return map[string]any{"from": w.key.Verifier(), "to": other.Verifier(), "note": string(w.signedAt(w.key, 3, 3))}
		},
		"nothing in it": func(w *world, _ []byte) map[string]any { return map[string]any{} },
	} {
		t.Run(name, func(t *testing.T) {
			w, _, own := rekeyed(t)
			s := w.append(audit.Draft{Type: audit.TypeRekeyed, Data: data(w, own)})
			o := audit.VerifyOptions{Key: w.key.Verifier()}
			wantBad(t, w.verify(w.pack(audit.PackOptions{}), o), s.Seq, audit.ReasonKeyChange)
			wantBad(t, w.recordBy(o), s.Seq, audit.ReasonKeyChange)
		})
	}
}

// The checkpoint of the old key must be one of this very history.
func TestChangeOfKeyCarriesItsHistory(t *testing.T) {
	fork := newWorld(t)
	fork.fill(1)
	fork.append(audit.Draft{Type: "test.other"})
	forked, err := fork.log.Checkpoint(t.Context())
	fork.ok(err)
	w := newWorld(t)
	w.fill(3)
	to, err := audit.NewKey(audit.Origin("testlog"))
	w.ok(err)
	s := w.append(audit.Draft{Type: audit.TypeRekeyed, Data: map[string]any{"from": w.key.Verifier(), "to": to.Verifier(), "note": string(forked.Note)}})
	w.log, err = audit.Open(t.Context(), w.store, to, w.options())
	w.ok(err)
	o := audit.VerifyOptions{Key: to.Verifier()}
	r := w.verify(w.pack(audit.PackOptions{}), o)
	if r.OK || r.Reason != audit.ReasonKeyChange {
		t.Errorf("a pack whose change of key carries another history: %+v", r)
	}
	wantBad(t, w.recordBy(o), s.Seq, audit.ReasonKeyChange)
}
