package db

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"rollcall/audit"
	"rollcall/audit/audittest"
)

func TestRecordKeepsWhatWasCommitted(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "record.db")
	r := openRecord(t, path, Create)
	tile := audit.Tile{Level: 0, N: 0, Data: bytes.Repeat([]byte{7}, 8192)}
	b := batchAt(0, 300)
	b.Tiles = []audit.Tile{tile}
	b.Checkpoint = &audit.SignedCheckpoint{Size: 300, Note: []byte("first")}
	mustCommit(t, r, b)
	b = batchAt(300, 2)
	b.Checkpoint = &audit.SignedCheckpoint{Size: 302, Note: []byte("second")}
	mustCommit(t, r, b)
	id, pepper := r.id, r.Pepper()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}

	for _, mode := range []Mode{ReadOnly, ReadWrite, Create} {
		r := openRecord(t, path, mode)
		if size, err := wholeBatches(ctx, r); err != nil || size != 302 {
			t.Fatalf("mode %d: size %d, %v", mode, size, err)
		}
		if got, err := r.LogID(ctx); err != nil || got != id || r.Pepper() != pepper || len(id) != 32 {
			t.Errorf("mode %d: another log id or pepper: %q, %v", mode, got, err)
		}
		if got, err := r.Tile(ctx, 0, 0); err != nil || !bytes.Equal(got, tile.Data) {
			t.Errorf("mode %d: tile: %v", mode, err)
		}
		if _, err := r.Tile(ctx, 0, 1); !errors.Is(err, audit.ErrNoTile) {
			t.Errorf("mode %d: a tile that is not there: %v", mode, err)
		}
		if c, ok, err := r.LatestCheckpoint(ctx); err != nil || !ok || c.Size != 302 || string(c.Note) != "second" {
			t.Errorf("mode %d: latest checkpoint %+v, %t, %v", mode, c, ok, err)
		}
		var sizes []int64
		if err := r.Checkpoints(ctx, func(c audit.SignedCheckpoint) error {
			sizes = append(sizes, c.Size)
			return nil
		}); err != nil || !slices.Equal(sizes, []int64{300, 302}) {
			t.Errorf("mode %d: checkpoints %v, %v", mode, sizes, err)
		}
		if err := r.Check(ctx); err != nil {
			t.Errorf("mode %d: %v", mode, err)
		}
		if err := r.Close(); err != nil {
			t.Errorf("mode %d: closing: %v", mode, err)
		}
	}
}

func TestNewRecordsDiffer(t *testing.T) {
	a, b := newRecord(t), newRecord(t)
	if a.id == b.id || a.Pepper() == b.Pepper() || a.Pepper() == [32]byte{} {
		t.Error("two new logs share their id or pepper")
	}
	if _, ok, err := a.LatestCheckpoint(t.Context()); ok || err != nil {
		t.Errorf("a new log has a checkpoint: %v", err)
	}
	if size := sizeOf(t, a); size != 0 {
		t.Errorf("a new log has size %d", size)
	}
}

func TestRows(t *testing.T) {
	r := newRecord(t)
	mustCommit(t, r, batchAt(0, 2*rowsAtATime+10))
	end := int64(2*rowsAtATime + 10)
	for _, c := range []struct{ from, to, want int64 }{
		{0, 0, 0}, {0, 1, 1}, {3, 3, 0}, {5, 4, 0}, {0, end, end}, {10, rowsAtATime + 10, rowsAtATime},
		{0, rowsAtATime, rowsAtATime}, {end - 1, end + 1000, 1}, {end, end + 1000, 0}, {0, 1 << 62, end},
	} {
		next := c.from
		err := r.Rows(t.Context(), c.from, c.to, func(row audit.Row) error {
			if row.Seq != next {
				t.Errorf("rows %d to %d: got %d, want %d", c.from, c.to, row.Seq, next)
			}
			next++
			return nil
		})
		if err != nil || next-c.from != c.want {
			t.Errorf("rows %d to %d: %d rows, want %d, %v", c.from, c.to, next-c.from, c.want, err)
		}
	}
	stop := errors.New("enough")
	if err := r.Rows(t.Context(), 0, end, func(audit.Row) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the caller's error became %v", err)
	}
}

func TestRowsWhileAppending(t *testing.T) {
	r := newRecord(t)
	mustCommit(t, r, batchAt(0, 3))
	err := r.Rows(t.Context(), 0, 3, func(row audit.Row) error {
		return r.Commit(t.Context(), batchAt(3+row.Seq, 1))
	})
	if err != nil || sizeOf(t, r) != 6 {
		t.Errorf("size %d, %v", sizeOf(t, r), err)
	}
}

// A gap cannot come about through Commit; it takes a tampered file.
func TestGapIsDamage(t *testing.T) {
	r := newRecord(t)
	mustCommit(t, r, batchAt(0, 10))
	if _, err := r.w.Exec("DROP TRIGGER entry_no_delete; PRAGMA foreign_keys = 0; DELETE FROM entry WHERE seq = 4"); err != nil {
		t.Fatal(err)
	}
	for _, from := range []int64{0, 4} {
		for _, to := range []int64{5, 10} {
			err := r.Rows(t.Context(), from, to, func(audit.Row) error { return nil })
			wantKind(t, err, Damaged)
		}
	}
}

func TestCommitConflicts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "record.db")
	a, b := openRecord(t, path, Create), openRecord(t, path, ReadWrite)
	mustCommit(t, a, batchAt(0, 2))
	second := batchAt(2, 1)
	second.Checkpoint = &audit.SignedCheckpoint{Size: 3, Note: []byte("note")}
	mustCommit(t, b, second)
	again := audit.Batch{From: 3, Checkpoint: &audit.SignedCheckpoint{Size: 3, Note: []byte("another")}}
	for name, batch := range map[string]audit.Batch{
		"behind": batchAt(2, 1), "ahead": batchAt(4, 1), "checkpoint of the same size": again,
		"nothing, behind": {From: 2},
	} {
		if err := a.Commit(t.Context(), batch); !errors.Is(err, audit.ErrConflict) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if size, err := wholeBatches(t.Context(), a); size != 3 || err != nil {
		t.Errorf("size %d, %v", size, err)
	}
}

func TestCommitIsAllOrNothing(t *testing.T) {
	r := newRecord(t)
	mustCommit(t, r, batchAt(0, 1))
	full := audit.Tile{Data: make([]byte, 8192)}
	bad := map[string]func(*audit.Batch){
		"a gap":                  func(b *audit.Batch) { b.Rows[1].Seq++ },
		"an empty body":          func(b *audit.Batch) { b.Rows[1].Body = nil },
		"a body too long":        func(b *audit.Batch) { b.Rows[1].Body = make([]byte, 65536) },
		"an opening twice":       func(b *audit.Batch) { b.Openings[1] = b.Openings[0] },
		"an old opening":         func(b *audit.Batch) { b.Openings[1] = openingAt(0) },
		"an opening of no entry": func(b *audit.Batch) { b.Openings[1].Seq = 99 },
		"a short tile":           func(b *audit.Batch) { b.Tiles = []audit.Tile{{Data: []byte("x")}} },
		"a tile twice":           func(b *audit.Batch) { b.Tiles = []audit.Tile{full, full} },
		"a checkpoint beyond": func(b *audit.Batch) {
			b.Checkpoint = &audit.SignedCheckpoint{Size: 4, Note: []byte("x")}
		},
	}
	for name, spoil := range bad {
		b := batchAt(1, 2)
		spoil(&b)
		if err := r.Commit(t.Context(), b); err == nil {
			t.Errorf("%s was stored", name)
		}
		if size, err := wholeBatches(t.Context(), r); size != 1 || err != nil {
			t.Fatalf("%s: size %d, %v", name, size, err)
		}
	}
	mustCommit(t, r, batchAt(1, 2))
}

func TestReaderBesideWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "record.db")
	w := openRecord(t, path, Create)
	r := openRecord(t, path, ReadOnly)
	mustCommit(t, w, batchAt(0, 5))
	if size, err := wholeBatches(t.Context(), r); size != 5 || err != nil {
		t.Errorf("the reader sees %d entries, %v", size, err)
	}
	if err := r.Commit(t.Context(), batchAt(5, 1)); !errors.Is(err, ErrReadOnly) {
		t.Errorf("the reader could append: %v", err)
	}
	if _, err := r.r.Exec("DELETE FROM opening"); err == nil {
		t.Error("the reader's connection can write")
	}
}

func TestRecordIsPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no permission bits")
	}
	r := newRecord(t)
	mustCommit(t, r, batchAt(0, 1))
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(r.path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("record.db%s has mode %v", suffix, info.Mode())
		}
	}
}

func TestOddPaths(t *testing.T) {
	for _, name := range []string{"with space", "què?x=1", "100%25", "a#b&c", "semi;colon"} {
		if runtime.GOOS == "windows" && name == "què?x=1" {
			continue
		}
		dir := filepath.Join(t.TempDir(), name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name+".db")
		r := openRecord(t, path, Create)
		mustCommit(t, r, batchAt(0, 1))
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if size := sizeOf(t, openRecord(t, path, ReadOnly)); size != 1 {
			t.Errorf("%s: size %d", name, size)
		}
		if names, err := filepath.Glob(filepath.Join(filepath.Dir(dir), "*")); err != nil || len(names) != 1 {
			t.Errorf("%s: files beside it: %q, %v", name, names, err)
		}
	}
}

// The record keeps what the log was promised of its store.
func TestRecordIsAStore(t *testing.T) {
	audittest.TestStore(t, func(t *testing.T, dir string) audit.Store {
		return openRecord(t, filepath.Join(dir, "record.db"), Create)
	})
}
