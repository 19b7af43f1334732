package audittest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"reflect"
	"testing"

	"rollcall/audit"
)

// TestStore checks the promises of [audit.Store]. open opens the record in the
// folder dir, making it where there is none; opening the same folder twice
// opens the same record. Stores that are an [io.Closer] are closed.
func TestStore(t *testing.T, open func(t *testing.T, dir string) audit.Store) {
	for name, test := range map[string]func(*testing.T, storeTest){
		"Empty": testEmpty, "Everything": testEverything, "Reopen": testReopen, "Conflict": testConflict,
		"Order": testOrder, "YieldError": testYieldError, "Checkpoints": testCheckpoints,
		"ManyOpenings": testManyOpenings, "Cancelled": testCancelled, "Log": testLog,
	} {
		t.Run(name, func(t *testing.T) { test(t, storeTest{t.TempDir(), open}) })
	}
}

type storeTest struct {
	dir  string
	open func(t *testing.T, dir string) audit.Store
}

func (s storeTest) Open(t *testing.T) audit.Store {
	t.Helper()
	store := s.open(t, s.dir)
	if c, ok := store.(io.Closer); ok {
		t.Cleanup(func() { _ = c.Close() })
	}
	return store
}

// shut closes a store before the end of the test, as a program that ends does.
func shut(t *testing.T, s audit.Store) {
	t.Helper()
	if c, ok := s.(io.Closer); ok {
		must(t, c.Close())
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// batch makes rows from..from+n with an opening each. The contents are
// arbitrary bytes: a store does not look into them.
func batch(from int64, n int) audit.Batch {
	b := audit.Batch{From: from}
	for i := range int64(n) {
		seq := from + i
		r := audit.Row{Seq: seq, Body: fmt.Appendf(nil, `{"seq":%d}`, seq), Leaf: [32]byte{1, byte(seq), byte(seq >> 8)}}
		b.Rows = append(b.Rows, r)
		b.Openings = append(b.Openings, audit.Opening{Digest: audit.Digest{2, byte(seq), byte(seq >> 8)}, Seq: seq,
			Salt: [32]byte{3, byte(seq)}, Value: fmt.Appendf(nil, "value\x00\xff %d", seq)})
	}
	return b
}

func readRows(t *testing.T, s audit.Store, from, to int64) (rows []audit.Row) {
	t.Helper()
	must(t, s.Rows(t.Context(), from, to, func(r audit.Row) error { rows = append(rows, r); return nil }))
	return rows
}

func size(t *testing.T, s audit.Store) int64 {
	t.Helper()
	n, err := s.Size(t.Context())
	must(t, err)
	return n
}

func testEmpty(t *testing.T, st storeTest) {
	s := st.Open(t)
	if n := size(t, s); n != 0 {
		t.Errorf("Size = %d, want 0", n)
	}
	if _, ok, err := s.LatestCheckpoint(t.Context()); ok || err != nil {
		t.Errorf("LatestCheckpoint = %v, %v; want none", ok, err)
	}
	if _, err := s.Tile(t.Context(), 0, 0); !errors.Is(err, audit.ErrNoTile) {
		t.Errorf("Tile: %v, want ErrNoTile", err)
	}
	if rows := readRows(t, s, 0, 10); len(rows) != 0 {
		t.Errorf("%d rows in an empty store", len(rows))
	}
	if list, err := s.Openings(t.Context(), []audit.Digest{{9}}); err != nil || len(list) != 0 {
		t.Errorf("Openings = %v, %v; want none", list, err)
	}
	if id, err := s.LogID(t.Context()); err != nil || id == "" {
		t.Errorf("LogID = %q, %v", id, err)
	}
}

func full() audit.Batch {
	b := batch(0, 3)
	b.Tiles = []audit.Tile{{Level: 0, N: 0, Data: bytes.Repeat([]byte{7}, 8192)}, {Level: 1, N: 5, Data: bytes.Repeat([]byte{8}, 8192)}}
	b.Checkpoint = &audit.SignedCheckpoint{Size: 3, Note: []byte("note\n")}
	return b
}

// checkFull compares a store with the batch of full.
func checkFull(t *testing.T, s audit.Store) {
	t.Helper()
	b := full()
	if got := readRows(t, s, 0, 3); !reflect.DeepEqual(got, b.Rows) {
		t.Errorf("Rows = %v, want %v", got, b.Rows)
	}
	for _, o := range b.Openings {
		if got, err := s.Openings(t.Context(), []audit.Digest{o.Digest}); err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], o) {
			t.Errorf("Openings(%x) = %v, %v; want %v", o.Digest[:3], got, err, o)
		}
	}
	for _, tile := range b.Tiles {
		if got, err := s.Tile(t.Context(), tile.Level, tile.N); err != nil || !bytes.Equal(got, tile.Data) {
			t.Errorf("Tile(%d, %d): %d bytes, %v", tile.Level, tile.N, len(got), err)
		}
	}
	if c, ok, err := s.LatestCheckpoint(t.Context()); !ok || err != nil || !reflect.DeepEqual(c, *b.Checkpoint) {
		t.Errorf("LatestCheckpoint = %v, %v, %v", c, ok, err)
	}
}

func testEverything(t *testing.T, st storeTest) {
	s := st.Open(t)
	must(t, s.Commit(t.Context(), full()))
	checkFull(t, s)
}

func testReopen(t *testing.T, st storeTest) {
	s := st.Open(t)
	id, err := s.LogID(t.Context())
	must(t, err)
	must(t, s.Commit(t.Context(), full()))
	shut(t, s)
	s = st.Open(t)
	checkFull(t, s)
	if again, err := s.LogID(t.Context()); err != nil || again != id {
		t.Errorf("LogID = %q, %v; was %q", again, err, id)
	}
	if n := size(t, s); n != 3 {
		t.Errorf("Size = %d, want 3", n)
	}
}

func testConflict(t *testing.T, st storeTest) {
	s := st.Open(t)
	must(t, s.Commit(t.Context(), batch(0, 2)))
	for _, from := range []int64{0, 1, 3} {
		b := batch(from, 1)
		b.Openings[0].Digest = audit.Digest{77}
		b.Tiles = []audit.Tile{{Level: 0, N: 9, Data: make([]byte, 8192)}}
		b.Checkpoint = &audit.SignedCheckpoint{Size: from + 1, Note: []byte("x")}
		if err := s.Commit(t.Context(), b); !errors.Is(err, audit.ErrConflict) {
			t.Errorf("Commit from %d: %v, want ErrConflict", from, err)
		}
	}
	if err := s.Commit(t.Context(), audit.Batch{From: 1, Checkpoint: &audit.SignedCheckpoint{Size: 1, Note: []byte("x")}}); !errors.Is(err, audit.ErrConflict) {
		t.Errorf("Commit of a checkpoint from 1: %v, want ErrConflict", err)
	}
	if n := size(t, s); n != 2 {
		t.Errorf("Size = %d after conflicts, want 2", n)
	}
	if _, ok, _ := s.LatestCheckpoint(t.Context()); ok {
		t.Error("a conflict stored its checkpoint")
	}
	if list, _ := s.Openings(t.Context(), []audit.Digest{{77}}); len(list) != 0 {
		t.Error("a conflict stored its opening")
	}
	if _, err := s.Tile(t.Context(), 0, 9); !errors.Is(err, audit.ErrNoTile) {
		t.Error("a conflict stored its tile")
	}
}

func testOrder(t *testing.T, st storeTest) {
	s := st.Open(t)
	for from := int64(0); from < 600; from += 150 {
		must(t, s.Commit(t.Context(), batch(from, 150)))
	}
	for _, want := range [][2]int64{{0, 600}, {0, 1}, {299, 302}, {599, 600}, {600, 700}, {5, 5}} {
		rows := readRows(t, s, want[0], want[1])
		if n := max(0, min(want[1], 600)-want[0]); int64(len(rows)) != n {
			t.Fatalf("Rows(%d, %d): %d rows, want %d", want[0], want[1], len(rows), n)
		}
		for i, r := range rows {
			if r.Seq != want[0]+int64(i) {
				t.Fatalf("Rows(%d, %d)[%d].Seq = %d", want[0], want[1], i, r.Seq)
			}
		}
	}
}

func testYieldError(t *testing.T, st storeTest) {
	s := st.Open(t)
	must(t, s.Commit(t.Context(), full()))
	stop := errors.New("stop")
	calls := 0
	if err := s.Rows(t.Context(), 0, 3, func(audit.Row) error { calls++; return stop }); !errors.Is(err, stop) || calls != 1 {
		t.Errorf("Rows: %v after %d calls, want the yield's error after 1", err, calls)
	}
	if err := s.Checkpoints(t.Context(), func(audit.SignedCheckpoint) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("Checkpoints: %v, want the yield's error", err)
	}
	must(t, s.Commit(t.Context(), batch(3, 1))) // nothing is left locked
}

func testCheckpoints(t *testing.T, st storeTest) {
	s := st.Open(t)
	for i := range int64(12) {
		must(t, s.Commit(t.Context(), batch(i, 1)))
		c := audit.SignedCheckpoint{Size: i + 1, Note: fmt.Appendf(nil, "note %d", i+1)}
		must(t, s.Commit(t.Context(), audit.Batch{From: i + 1, Checkpoint: &c}))
	}
	var sizes []int64
	must(t, s.Checkpoints(t.Context(), func(c audit.SignedCheckpoint) error { sizes = append(sizes, c.Size); return nil }))
	if want := []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}; !reflect.DeepEqual(sizes, want) {
		t.Errorf("sizes %v, want %v", sizes, want)
	}
	if c, ok, err := s.LatestCheckpoint(t.Context()); !ok || err != nil || c.Size != 12 || string(c.Note) != "note 12" {
		t.Errorf("LatestCheckpoint = %v, %v, %v", c, ok, err)
	}
}

// testManyOpenings asks for more than fits the parameters of one SQL statement.
func testManyOpenings(t *testing.T, st storeTest) {
	s := st.Open(t)
	const n = 40_000
	b := batch(0, 1)
	b.Openings = b.Openings[:0]
	digests := make([]audit.Digest, n)
	for i := range digests {
		digests[i] = audit.Digest{4, byte(i), byte(i >> 8), byte(i >> 16)}
		if i%1000 == 0 {
			b.Openings = append(b.Openings, audit.Opening{Digest: digests[i], Value: []byte{}})
		}
	}
	must(t, s.Commit(t.Context(), b))
	list, err := s.Openings(t.Context(), digests)
	if err != nil || len(list) != n/1000 {
		t.Errorf("%d openings, %v; want %d", len(list), err, n/1000)
	}
}

func testCancelled(t *testing.T, st storeTest) {
	s := st.Open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Commit(ctx, batch(0, 1)); err == nil {
		t.Error("Commit under a cancelled context did not fail")
	}
	if n := size(t, s); n != 0 {
		t.Errorf("Size = %d after a cancelled commit, want 0", n)
	}
}

// testLog runs the real log on the store, across a full tile and a reopening.
func testLog(t *testing.T, st storeTest) {
	s := st.Open(t)
	id, err := s.LogID(t.Context())
	must(t, err)
	key, err := audit.NewKey(audit.Origin(id))
	must(t, err)
	l, err := audit.Open(t.Context(), s, key, audit.Options{})
	must(t, err)
	payload := make([]byte, 100_000)
	_, _ = rand.Read(payload)
	drafts := make([]audit.Draft, 300)
	for i := range drafts {
		drafts[i] = audit.Draft{Type: "test.entry", Actor: audit.Text("somebody"), Data: map[string]any{"n": i}}
	}
	drafts[299].Data = map[string]any{"n": 299, "payload": audit.Bytes(payload)}
	_, err = l.AppendAll(t.Context(), drafts)
	must(t, err)
	_, err = l.Checkpoint(t.Context())
	must(t, err)
	shut(t, s)

	s = st.Open(t)
	l, err = audit.Open(t.Context(), s, key, audit.Options{})
	must(t, err)
	_, err = l.Append(t.Context(), audit.Draft{Type: "test.entry", Actor: audit.Text("somebody else")})
	must(t, err)
	r, err := audit.VerifyRecord(t.Context(), s, audit.VerifyOptions{Key: key.Verifier()}, nil)
	must(t, err)
	if !r.OK || r.Entries != 301 || r.Bodies != 301 || r.Erased != 0 || r.Proven != 300 {
		t.Errorf("report %+v", r)
	}
	must(t, l.Entries(t.Context(), 299, 300, func(e audit.Stored) error {
		var data struct {
			Payload audit.Blob `json:"payload"`
		}
		must(t, e.Decode(&data))
		if !bytes.Equal(data.Payload.Bytes(), payload) || e.Actor.Value() != "somebody" {
			t.Error("the entry came back otherwise")
		}
		return nil
	}))
}
