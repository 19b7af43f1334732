package db

import (
	"errors"
	"path/filepath"
	"testing"

	"rollcall/db/storeq"
)

func TestStoreKeepsItsPosition(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "store.db")
	s := openStore(t, path, Create)
	want := Position{LogID: "log", Size: 7, Leaf: [32]byte{1, 2, 3}, Version: 2}
	position := func(s *Store) (p Position) {
		t.Helper()
		if err := s.Read(ctx, func(tx *Tx) (err error) {
			p, err = tx.Position(ctx)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return p
	}
	if p := position(s); p != (Position{}) {
		t.Errorf("a new store has position %+v", p)
	}
	for _, p := range []Position{{LogID: "log", Size: 1}, want} {
		if err := s.Write(ctx, func(tx *Tx) error { return tx.SetPosition(ctx, p) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, path, ReadOnly)
	if p := position(s); p != want {
		t.Errorf("got %+v, want %+v", p, want)
	}
	if err := s.Write(ctx, func(*Tx) error { return nil }); !errors.Is(err, ErrReadOnly) {
		t.Errorf("writing a store that was opened for reading: %v", err)
	}
	if err := s.Check(ctx); err != nil {
		t.Error(err)
	}
}

func TestWriteIsAllOrNothing(t *testing.T) {
	ctx := t.Context()
	s := newStore(t)
	mine := errors.New("no")
	err := s.Write(ctx, func(tx *Tx) error {
		if err := tx.SetPosition(ctx, Position{LogID: "log", Size: 1}); err != nil {
			return err
		}
		return mine
	})
	if err != mine { // unwrapped: the caller's error is the caller's
		t.Errorf("got %v", err)
	}
	err = s.Read(ctx, func(tx *Tx) error {
		p, err := tx.Position(ctx)
		if p != (Position{}) {
			t.Errorf("half a transaction was stored: %+v", p)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// A reader keeps the state it began with and does not hold up the writer.
func TestReadersDoNotWait(t *testing.T) {
	ctx := t.Context()
	s := newStore(t)
	put := func(n int64) error {
		return s.Write(ctx, func(tx *Tx) error { return tx.SetPosition(ctx, Position{Size: n}) })
	}
	if err := put(1); err != nil {
		t.Fatal(err)
	}
	err := s.Read(ctx, func(tx *Tx) error {
		for n := int64(1); n < 4; n++ {
			if p, err := tx.Position(ctx); err != nil || p.Size != 1 {
				t.Errorf("the reader sees %+v, %v", p, err)
			}
			if err := put(n + 1); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestReadCannotWrite(t *testing.T) {
	ctx := t.Context()
	s := newStore(t)
	err := s.Read(ctx, func(tx *Tx) error { return tx.SetPosition(ctx, Position{LogID: "log"}) })
	if err == nil {
		t.Error("a reader could write")
	}
}

func TestResetEmptiesTheStore(t *testing.T) {
	ctx := t.Context()
	s := newStore(t)
	before, err := objects(ctx, s.r)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Write(ctx, func(tx *Tx) error {
		if err := tx.SetPosition(ctx, Position{LogID: "log", Size: 1}); err != nil {
			return err
		}
		if _, err := tx.SQL.Exec(`INSERT INTO plan (hash, body, view, ticket, created) VALUES ('h', x'00', x'00', 't', 1)`); err != nil {
			return err
		}
		return tx.InsertAction(ctx, storeq.InsertActionParams{Plan: "h"})
	})
	if err != nil {
		t.Fatal(err)
	}
	// What an older version left, and tables that refer to each other.
	if _, err := s.w.Exec(`CREATE TABLE "old ""one" (a PRIMARY KEY, b REFERENCES "old ""one"); INSERT INTO "old ""one" VALUES (1, 1);
		CREATE VIRTUAL TABLE words USING fts5 (text); INSERT INTO words VALUES ('a word'); CREATE VIEW v AS SELECT * FROM plan`); err != nil {
		t.Fatal(err)
	}
	if err := s.Reset(ctx); err != nil {
		t.Fatal(err)
	}
	after, err := objects(ctx, s.r)
	if err != nil {
		t.Fatal(err)
	}
	for name := range before {
		if after[name] != before[name] {
			t.Errorf("%s is %q after the reset", name, after[name])
		}
	}
	for name := range after {
		if _, ok := before[name]; !ok {
			t.Errorf("%s outlived the reset", name)
		}
	}
	var plans, keys int
	if err := s.w.QueryRow("SELECT (SELECT count(*) FROM plan) + (SELECT count(*) FROM applied), foreign_keys FROM pragma_foreign_keys").Scan(&plans, &keys); err != nil || plans != 0 || keys != 1 {
		t.Errorf("%d rows, foreign_keys %d, %v", plans, keys, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	openStore(t, s.path, ReadWrite)
}

func TestBulkMovesTheJournalMoreRarely(t *testing.T) {
	ctx := t.Context()
	s := newStore(t)
	for _, c := range []struct {
		on   bool
		want int
	}{{true, walPagesBulk}, {false, walPages}} {
		if err := s.SetBulk(ctx, c.on); err != nil {
			t.Fatal(err)
		}
		var got int
		if err := s.w.QueryRow("PRAGMA wal_autocheckpoint").Scan(&got); err != nil || got != c.want {
			t.Errorf("%t: %d pages, %v", c.on, got, err)
		}
	}
	if err := s.Analyze(ctx); err != nil {
		t.Error(err)
	}
	// ANALYZE leaves tables of its own, which a reset cannot drop.
	if err := s.Reset(ctx); err != nil {
		t.Error(err)
	}
}

func TestStoreIsNoRecord(t *testing.T) {
	s, r := newStore(t), newRecord(t)
	_, err := OpenRecord(t.Context(), s.path, ReadWrite)
	wantKind(t, err, Foreign)
	_, err = OpenStore(t.Context(), r.path, Create)
	wantKind(t, err, Foreign)
}
