package audit_test

import (
	"encoding/json"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"rollcall/audit"
)

// recordOn goes on from an earlier check.
func (w *world) recordOn(before audit.Report, o audit.VerifyOptions) audit.Report {
	w.Helper()
	r, err := audit.VerifyOn(w.Context(), w.store, before, o, nil)
	w.ok(err)
	return r
}

// A check that goes on says what a check of everything says, and reads what is
// new, whatever it goes on from, and over a change of key.
func TestVerifyOn(t *testing.T) {
	w := newWorld(t)
	before, notes := w.record(), [][]byte(nil)
	for _, n := range []int{1, 254, 1, 0, 300, 7} {
		w.fill(n)
		c, err := w.log.Checkpoint(t.Context())
		w.ok(err)
		notes = append(notes, c.Note)
		if n == 7 {
			w.rekey(w.key.Verifier(), w.key.Verifier())
			w.fill(2)
		}
		o := audit.VerifyOptions{Key: w.key.Verifier(), Checkpoints: notes}
		got := w.recordOn(before, o)
		if a, b := asJSON(t, got), asJSON(t, w.recordBy(o)); a != b {
			t.Errorf("after %d entries\n%s\n%s", got.Entries, a, b)
		}
		before = got
	}
	w.fill(1)
	w.store.List[0].Body = nil // nobody looks at it
	wantOK(t, w.recordOn(before, audit.VerifyOptions{Key: w.key.Verifier()}))
	wantBad(t, w.record(), 0, audit.ReasonLeaf)
}

func TestVerifyOnFindsDamage(t *testing.T) {
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
	}{
		{"a new body", func(w *world) { spoil(w, 305) }, 305, audit.ReasonLeaf},
		{"a new body and its leaf", func(w *world) { spoil(w, 305); refit(w, 305) }, 305, ""},
		{"a body at the edge of before", func(w *world) { spoil(w, 290) }, 290, audit.ReasonLeaf},
		{"that and its leaf", func(w *world) { spoil(w, 290); refit(w, 290) }, 290, ""},
		{"a tile of before", func(w *world) { w.store.Tiles[[2]int64{0, 0}][32*77] ^= 1 }, 77, audit.ReasonTile},
		{"a tile gone", func(w *world) { delete(w.store.Tiles, [2]int64{0, 0}) }, -1, audit.ReasonTileMissing},
		{"cut behind before", func(w *world) { w.store.List = w.store.List[:299] }, 299, ""},
		{"the new checkpoint", func(w *world) { w.store.Signed[1].Note[len("rollcall/testlog\n")] ^= 1 }, -1, audit.ReasonCheckpoint},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.fill(300)
			_, err := w.log.Checkpoint(t.Context())
			w.ok(err)
			before := w.record()
			wantOK(t, before)
			w.fill(10)
			_, err = w.log.Checkpoint(t.Context())
			w.ok(err)
			test.damage(w)
			got := w.recordOn(before, audit.VerifyOptions{Key: w.key.Verifier()})
			if test.reason == "" {
				test.reason = got.Reason
			}
			wantBad(t, got, test.firstBad, test.reason)
		})
	}
}

// An earlier checkpoint of another tree is found where it lies before the place that
// is gone on from, as by a check of everything.
func TestVerifyOnFindsAForkBehind(t *testing.T) {
	w := newWorld(t)
	w.fill(300)
	_, err := w.log.Checkpoint(t.Context())
	w.ok(err)
	before := w.record()
	w.fill(1)
	for _, size := range []int64{2, 256, 299} {
		fork := audit.SignCheckpoint(w.key, audit.Checkpoint{LogID: "testlog", Size: size, Root: [32]byte{9}})
		o := audit.VerifyOptions{Key: w.key.Verifier(), Checkpoints: [][]byte{fork}}
		got := w.recordOn(before, o)
		wantBad(t, got, -1, audit.ReasonFork)
		if a, b := asJSON(t, got), asJSON(t, w.recordBy(o)); a != b {
			t.Errorf("at %d\n%s\n%s", size, a, b)
		}
	}
}

func asJSON(t *testing.T, r audit.Report) string {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
