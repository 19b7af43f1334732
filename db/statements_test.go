package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"modernc.org/sqlite"
)

// within gives f the writing connection of a new store.
func within(t *testing.T, s *Store, f func(*conn)) {
	t.Helper()
	c, err := s.w.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Raw(func(c any) error { f(c.(*conn)); return nil }); err != nil {
		t.Fatal(err)
	}
}

// kept returns the texts of the statements that a store's writer keeps.
func kept(t *testing.T, s *Store, like string) (out []string) {
	t.Helper()
	within(t, s, func(c *conn) {
		for query := range c.ready {
			if strings.Contains(query, like) {
				out = append(out, query)
			}
		}
	})
	return out
}

// memory returns the bytes that the statements of a store's writer take.
func memory(t *testing.T, s *Store) (n int) {
	t.Helper()
	within(t, s, func(c *conn) {
		var err error
		n, _, err = c.sqliteConn.(interface {
			Status(sqlite.DBStatusOp, bool) (int, int, error)
		}).Status(sqlite.DBStatusStmtUsed, false)
		if err != nil {
			t.Error(err)
		}
	})
	return n
}

func number(t *testing.T, q interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}, query string, args ...any) (n int) {
	t.Helper()
	if err := q.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func TestStatementsAreKept(t *testing.T) {
	s := newStore(t)
	for i := range 5 {
		if got := number(t, s.w, "SELECT ? + 1000", i); got != i+1000 {
			t.Errorf("%d, want %d", got, i+1000)
		}
	}
	if got := kept(t, s, "+ 1000"); len(got) != 1 {
		t.Errorf("kept %q, want it once", got)
	}
}

func TestStatementInUseIsNotTaken(t *testing.T) {
	s := newStore(t)
	const query = "SELECT value FROM json_each(?)"
	nested := func(tx *Tx) error {
		outer, err := tx.SQL.QueryContext(t.Context(), query, "[1, 2, 3]")
		if err != nil {
			return err
		}
		defer outer.Close()
		sum := 0
		for outer.Next() {
			var n int
			if err := outer.Scan(&n); err != nil {
				return err
			}
			sum += n * number(t, tx.SQL, query, "[10]")
		}
		if sum != 60 {
			t.Errorf("the sum is %d, want 60", sum)
		}
		return outer.Err()
	}
	var after []int
	for range 20 {
		if err := s.Write(t.Context(), nested); err != nil {
			t.Fatal(err)
		}
		after = append(after, memory(t, s))
	}
	if after[19] > after[0] {
		t.Errorf("the statements take %d bytes, and took %d at first", after[19], after[0])
	}
}

func TestStatementsAreBounded(t *testing.T) {
	s := newStore(t)
	one := func(n int) string { return fmt.Sprintf("SELECT %d FROM sqlite_schema LIMIT 1", n) }
	var full int
	var first statement
	for n := range 3 * maxStatements {
		number(t, s.w, one(0))
		within(t, s, func(c *conn) {
			if n == 0 {
				first = c.ready[one(0)].statement
			}
			if c.ready[one(0)].statement != first {
				t.Fatal("the one that is used all the time was forgotten")
			}
		})
		number(t, s.w, one(n))
		if n == maxStatements {
			full = memory(t, s)
		}
	}
	if got := kept(t, s, ""); len(got) != maxStatements {
		t.Errorf("%d statements are kept, want %d", len(got), maxStatements)
	}
	if got := memory(t, s); got > full*5/4 {
		t.Errorf("the statements take %d bytes, and took %d when there were as many", got, full)
	}
	number(t, s.w, "SELECT 1 --"+strings.Repeat(" ", maxStatementText))
	if got := kept(t, s, "SELECT 1 --"); len(got) != 0 {
		t.Error("a statement of any length is kept")
	}
}

// Another connection changes the schema under statements that are kept.
func TestStatementsSeeTheSchemaOfToday(t *testing.T) {
	s := newStore(t)
	const query = "SELECT * FROM migration LIMIT 1"
	columns := func() int {
		rows, err := s.r.QueryContext(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		names, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	before := columns()
	if _, err := s.w.ExecContext(t.Context(), "ALTER TABLE migration ADD COLUMN more TEXT"); err != nil {
		t.Fatal(err)
	}
	if got := columns(); got != before+1 {
		t.Errorf("%d columns, want %d", got, before+1)
	}
	if err := s.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := columns(); got != before {
		t.Errorf("after a reset %d columns, want %d", got, before)
	}
}

func TestStatementThatFailedIsNotKept(t *testing.T) {
	s := newStore(t)
	const insert = "INSERT INTO migration (name) VALUES (?)"
	if _, err := s.w.ExecContext(t.Context(), insert, "one"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.w.ExecContext(t.Context(), insert, "one"); err == nil {
		t.Fatal("the same name twice")
	}
	if got := kept(t, s, insert); len(got) != 0 {
		t.Errorf("kept %q after it had failed", got)
	}
	if _, err := s.w.ExecContext(t.Context(), insert, "two"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	endless := "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
	rows, err := s.r.QueryContext(ctx, endless)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	for rows.Next() {
	}
	if err := rows.Err(); !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
	if got := number(t, s.r, "SELECT count(*) FROM migration WHERE name IN ('one', 'two')"); got != 2 {
		t.Errorf("%d names, want 2", got)
	}
}

// One that fails in the middle of its rows has failed as well; one that is left
// early has not.
func TestStatementThatFailedWhileReadIsNotKept(t *testing.T) {
	s := newStore(t)
	const query = "SELECT abs(value) FROM json_each(?)"
	for _, c := range []struct {
		list string
		keep int
	}{{"[1, 2]", 1}, {"[1, -9223372036854775808]", 0}, {"[3]", 1}} {
		rows, err := s.w.QueryContext(t.Context(), query, c.list)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for rows.Next() {
			n++
		}
		if failed := rows.Err() != nil; n == 0 || failed != (c.keep == 0) {
			t.Fatalf("%s: %d rows, %v", c.list, n, rows.Err())
		}
		if got := kept(t, s, query); len(got) != c.keep {
			t.Errorf("%s: kept %q", c.list, got)
		}
	}
	within(t, s, func(c *conn) { // what fails in the driver, SQLite knows nothing of
		rows, err := c.QueryContext(t.Context(), query, []driver.NamedValue{{Ordinal: 1, Value: "[4]"}})
		if err != nil {
			t.Fatal(err)
		}
		if err := rows.Next(make([]driver.Value, 2)); err == nil {
			t.Error("a row of one column was read into two")
		}
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	})
	if got := kept(t, s, query); len(got) != 0 {
		t.Errorf("kept %q after the driver had failed", got)
	}
}

// A file that is closed with statements left stays open: its journal stays.
func TestCloseEndsStatements(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := openStore(t, path, Create)
	number(t, s.w, "SELECT count(*) FROM migration")
	number(t, s.r, "SELECT count(*) FROM migration")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the journal is still there: %v", err)
	}
}

func TestReusable(t *testing.T) {
	for query, want := range map[string]bool{
		"SELECT 1":                       true,
		"-- name: Size :one\nSELECT 1":   true,
		"\n\t-- a\n-- b\n  select(1)":    true,
		"WITH a AS (SELECT 1) SELECT 1":  true,
		"INSERT INTO t VALUES (1)":       true,
		"UPDATE t SET a = 1":             true,
		"DELETE FROM t":                  true,
		"REPLACE INTO t VALUES (1)":      true,
		"PRAGMA user_version":            false,
		"-- SELECT\nPRAGMA user_version": false,
		"CREATE TABLE t (a)":             false,
		"VACUUM":                         false,
		"ANALYZE":                        false,
		"EXPLAIN SELECT 1":               false,
		"":                               false,
		"-- nothing":                     false,
		"SELECTED":                       false,
	} {
		if got := reusable(query); got != want {
			t.Errorf("%q: %v, want %v", query, got, want)
		}
	}
}
