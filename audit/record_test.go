package audit_test

import (
	"errors"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"rollcall/audit"
)

func TestRecordHolds(t *testing.T) {
	w := newWorld(t)
	_, err := w.log.Checkpoint(t.Context())
	w.ok(err)
	for _, n := range []int{1, 254, 1, 300, 7} {
		w.fill(n)
		_, err := w.log.Checkpoint(t.Context())
		w.ok(err)
	}
	w.fill(2)
	r := w.record()
	wantOK(t, r)
	if r.Entries != 565 || r.Bodies != 565 || r.Proven != 563 || !r.SignerChecked || r.Anchoring != audit.SelfSigned {
		t.Errorf("report %+v", r)
	}
	var seen []int64
	_, err = audit.VerifyRecord(t.Context(), w.store, audit.VerifyOptions{}, func(done, total int64) {
		if total != 565 {
			t.Errorf("total %d", total)
		}
		seen = append(seen, done)
	})
	if err != nil || len(seen) < 2 || seen[len(seen)-1] != 565 {
		t.Errorf("progress %v, %v", seen, err)
	}
}

// TestDamagedRecord damages the file as somebody who owns it could, and looks
// with the full verifier and by opening the log.
func TestDamagedRecord(t *testing.T) {
	refit := func(w *world, i int) { w.store.List[i].Leaf = tlog.RecordHash(w.store.List[i].Body) }
	spoil := func(w *world, i int) {
		body := append([]byte(nil), w.store.List[i].Body...)
		body[len(body)/2] ^= 1
		w.store.List[i].Body = body
	}
	for _, test := range []struct {
		name     string
		damage   func(w *world)
		firstBad int64
		reason   string
		openable bool // opening reads only the edge and cannot see it
	}{
		{"body", func(w *world) { spoil(w, 100) }, 100, audit.ReasonLeaf, true},
		{"body at the edge", func(w *world) { spoil(w, 300) }, 300, audit.ReasonLeaf, false},
		{"body and leaf", func(w *world) { spoil(w, 100); refit(w, 100) }, 100, "", true},
		{"swap", func(w *world) {
			l := w.store.List
			l[20].Body, l[30].Body, l[20].Leaf, l[30].Leaf = l[30].Body, l[20].Body, l[30].Leaf, l[20].Leaf
		}, 20, audit.ReasonTile, true},
		{"swap at the edge", func(w *world) {
			l := w.store.List
			l[290].Body, l[291].Body, l[290].Leaf, l[291].Leaf = l[291].Body, l[290].Body, l[291].Leaf, l[290].Leaf
		}, 290, audit.ReasonOrder, false},
		{"drop", func(w *world) { w.store.List = append(w.store.List[:50:50], w.store.List[51:]...) }, 50, audit.ReasonMissing, true},
		{"drop at the edge", func(w *world) { w.store.List = append(w.store.List[:280:280], w.store.List[281:]...) }, 280, audit.ReasonMissing, false},
		{"cut", func(w *world) { w.store.List = w.store.List[:299] }, 299, audit.ReasonBehind, false},
		{"cut to a tile", func(w *world) { w.store.List = w.store.List[:256] }, 256, audit.ReasonBehind, false},
		{"emptied", func(w *world) { w.store.List = nil }, 0, audit.ReasonBehind, false},
		{"tile", func(w *world) { w.store.Tiles[[2]int64{0, 0}][32*77] ^= 1 }, 77, audit.ReasonTile, false},
		{"tile gone", func(w *world) { delete(w.store.Tiles, [2]int64{0, 0}) }, -1, audit.ReasonTileMissing, false},
		{"tile cut", func(w *world) { w.store.Tiles[[2]int64{0, 0}] = nil }, -1, audit.ReasonTile, false},
		{"checkpoint text", func(w *world) { w.store.Signed[1].Note[len("rollcall/testlog\n")] ^= 1 }, -1, audit.ReasonCheckpoint, false},
		{"checkpoint form", func(w *world) { w.store.Signed[1].Note = []byte("x") }, -1, audit.ReasonCheckpointForm, false},
		{"old checkpoint", func(w *world) { w.store.Signed[0].Note[20] ^= 1 }, -1, audit.ReasonCheckpoint, true},
		{"history under the same key", func(w *world) {
			w.store.Signed[1].Note = audit.SignCheckpoint(w.key, audit.Checkpoint{LogID: "testlog", Size: 310, Root: [32]byte{5}})
		}, -1, audit.ReasonRoot, false},
		{"checkpoint of another log", func(w *world) {
			w.store.Signed[1].Note = audit.SignCheckpoint(w.key, audit.Checkpoint{LogID: "other", Size: 310})
		}, -1, audit.ReasonOtherLog, false},
		{"value", func(w *world) {
			for d, o := range w.store.Opened {
				if o.Seq == 40 {
					o.Value = []byte("other")
					w.store.Opened[d] = o
				}
			}
		}, 40, audit.ReasonOpening, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.fill(260)
			_, err := w.log.Checkpoint(t.Context())
			w.ok(err)
			w.fill(50)
			_, err = w.log.Checkpoint(t.Context())
			w.ok(err)
			test.damage(w)
			r := w.record()
			if test.reason == "" {
				test.reason = r.Reason
			}
			wantBad(t, r, test.firstBad, test.reason)
			checkOpening(t, w, test.openable)
		})
	}
}

// checkOpening opens a damaged record: where the damage is at the edge, the log
// still reads but refuses to write.
func checkOpening(t *testing.T, w *world, openable bool) {
	t.Helper()
	size := int64(len(w.store.List))
	l, err := audit.Open(t.Context(), w.store, w.key, w.options())
	if l == nil {
		t.Fatal("a damaged log cannot be opened at all")
	}
	if openable {
		w.ok(err)
		return
	}
	var damage *audit.DamageError
	if !errors.As(err, &damage) || l.Damage() == nil {
		t.Fatalf("Open: %v, want a DamageError", err)
	}
	for name, write := range map[string]func() error{
		"Append":     func() error { _, err := l.Append(t.Context(), draft(0)); return err },
		"Checkpoint": func() error { _, err := l.Checkpoint(t.Context()); return err },
		"Intent":     func() error { _, _, err := l.AppendIntent(t.Context(), draft(0), request()); return err },
	} {
		if err := write(); !errors.As(err, &damage) {
			t.Errorf("%s on a damaged record: %v", name, err)
		}
	}
	if got := int64(len(w.store.List)); got != size {
		t.Errorf("%d entries after refused appends, were %d", got, size)
	}
	if size > 0 {
		w.ok(l.Entries(t.Context(), 0, 1, func(audit.Stored) error { return nil }))
	}
}

func TestVerifyRecordNeedsTheKey(t *testing.T) {
	w := newWorld(t)
	w.fill(2)
	_, err := w.log.Checkpoint(t.Context())
	w.ok(err)
	other, err := audit.NewKey("rollcall/testlog")
	w.ok(err)
	r, err := audit.VerifyRecord(t.Context(), w.store, audit.VerifyOptions{Key: other.Verifier()}, nil)
	w.ok(err)
	wantBad(t, r, -1, audit.ReasonCheckpoint)
	if r.Proven != 0 {
		t.Errorf("%d entries proven by somebody else's checkpoint", r.Proven)
	}
	r, err = audit.VerifyRecord(t.Context(), w.store, audit.VerifyOptions{}, nil)
	w.ok(err)
	wantOK(t, r)
	if r.SignerChecked {
		t.Error("no key was given, but the signer counts as checked")
	}
	if _, err := audit.VerifyRecord(t.Context(), w.store, audit.VerifyOptions{Key: "nonsense"}, nil); err == nil {
		t.Error("a key that is none was accepted")
	}
}

// TestRolledBackFile puts an older copy of the whole file back: only a
// checkpoint kept elsewhere can tell.
func TestRolledBackFile(t *testing.T) {
	w := newWorld(t)
	w.fill(3)
	_, err := w.log.Checkpoint(t.Context())
	w.ok(err)
	old, signed := w.store.List, w.store.Signed
	w.fill(2)
	kept, err := w.log.Checkpoint(t.Context())
	w.ok(err)
	w.store.List, w.store.Signed = old, signed

	_, err = audit.Open(t.Context(), w.store, w.key, w.options())
	w.ok(err)
	o := w.options()
	o.Known = [][]byte{kept.Note}
	_, err = audit.Open(t.Context(), w.store, w.key, o)
	var damage *audit.DamageError
	if !errors.As(err, &damage) || damage.Reason != audit.ReasonBehind || *damage.FirstBad != 3 {
		t.Errorf("Open with a kept checkpoint: %v", err)
	}
	wantOK(t, w.record())
	r := w.recordWith(kept.Note)
	wantBad(t, r, 3, audit.ReasonBehind)
	if r.Anchoring != audit.SelfSigned {
		t.Errorf("a record behind a kept checkpoint is %s", r.Anchoring)
	}
	wantOK(t, w.recordWith(signed[0].Note))
	if r := w.recordWith(signed[0].Note); r.Anchoring != audit.Anchored {
		t.Errorf("a record that agrees with a kept checkpoint is %s", r.Anchoring)
	}
	fork := audit.SignCheckpoint(w.key, audit.Checkpoint{LogID: "testlog", Size: 2, Root: [32]byte{9}})
	wantBad(t, w.recordWith(fork), -1, audit.ReasonFork)
}
