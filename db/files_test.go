package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"modernc.org/sqlite"
)

// rawDB opens a file as any program could.
func rawDB(t *testing.T, path string) *sql.DB {
	t.Helper()
	c, err := sqlite.NewConnector(path)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(c)
	t.Cleanup(func() { db.Close() })
	return db
}

// tamper runs SQL on a closed file.
func tamper(t *testing.T, path, query string) {
	t.Helper()
	db := rawDB(t, path)
	if _, err := db.Exec(query); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// madeRecord makes a record with a few entries and closes it.
func madeRecord(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "record.db")
	r := openRecord(t, path, Create)
	mustCommit(t, r, batchAt(0, 20))
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWrongFiles(t *testing.T) {
	overwrite := func(at int64, with string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			_, err = f.WriteAt([]byte(with), at)
			if err := errors.Join(err, f.Close()); err != nil {
				t.Fatal(err)
			}
		}
	}
	run := func(query string) func(*testing.T, string) {
		return func(t *testing.T, path string) { tamper(t, path, query) }
	}
	for name, c := range map[string]struct {
		spoil func(*testing.T, string)
		kind  FileKind
	}{
		"not there":          {func(t *testing.T, p string) { os.Remove(p) }, Missing},
		"another program's":  {run("PRAGMA application_id = 1"), Foreign},
		"no program's":       {run("PRAGMA application_id = 0"), Foreign},
		"our other file":     {run(fmt.Sprintf("PRAGMA application_id = %d", storeAppID)), Foreign},
		"a folder":           {func(t *testing.T, p string) { os.Remove(p); os.Mkdir(p, 0o700) }, Foreign},
		"no database":        {overwrite(0, "This is a letter to my bank."), Damaged},
		"schema overwritten": {overwrite(100, strings.Repeat("\xff", 3000)), Damaged},
		"cut short":          {func(t *testing.T, p string) { os.Truncate(p, 4096) }, Damaged},
		"a later migration":  {run("INSERT INTO migration VALUES ('900-later.sql')"), Newer},
		"a later version":    {run("PRAGMA user_version = 900"), Newer},
		"a later format":     {run("DROP TRIGGER log_no_update; UPDATE log SET format = 2; " + guardText(t, "log_no_update")), Newer},
		"a guard gone":       {run("DROP TRIGGER entry_no_update"), Damaged},
		"a guard weakened":   {run("DROP TRIGGER entry_no_delete; CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry BEGIN SELECT 1; END"), Damaged},
		"a trigger too many": {run("CREATE TRIGGER x AFTER INSERT ON entry BEGIN SELECT 1; END"), Damaged},
		"a table too many":   {run("CREATE TABLE x (a)"), Damaged},
		"a table another":    {run("DROP TABLE checkpoint; CREATE TABLE checkpoint (size, note)"), Damaged},
		"migrations gone":    {run("DROP TABLE migration"), Damaged},
		"name gone":          {run("DROP TRIGGER log_no_delete; DELETE FROM log; " + guardText(t, "log_no_delete")), Damaged},
		"a pepper too short": {run("PRAGMA ignore_check_constraints = 1; DROP TRIGGER log_no_update; UPDATE log SET pepper = x'00'; " + guardText(t, "log_no_update")), Damaged},
	} {
		for mode, label := range map[Mode]string{ReadOnly: "read", ReadWrite: "write"} {
			t.Run(name+"/"+label, func(t *testing.T) {
				path := madeRecord(t, t.TempDir())
				c.spoil(t, path)
				before := contents(path)
				r, err := OpenRecord(t.Context(), path, mode)
				if err == nil {
					r.Close()
				}
				wantKind(t, err, c.kind)
				if after := contents(path); after != before {
					t.Error("opening changed the file")
				}
			})
		}
	}
}

// contents returns a file's bytes, "" where there are none.
func contents(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(b)
}

// guardText returns the statement that makes a trigger of the record.
func guardText(t *testing.T, name string) string {
	t.Helper()
	files := migrations("record")
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		text, err := fs.ReadFile(files, n)
		if err != nil {
			t.Fatal(err)
		}
		if _, after, ok := strings.Cut(string(text), "CREATE TRIGGER "+name); ok {
			body, _, _ := strings.Cut(after, "END;")
			return "CREATE TRIGGER " + name + body + "END;"
		}
	}
	t.Fatalf("no trigger %s", name)
	return ""
}

// Whatever a disk does to the file, opening and reading it end with what was
// written or with an error that says so, never with a panic.
func TestRandomDamage(t *testing.T) {
	sound := []byte(contents(madeRecord(t, t.TempDir())))
	path := filepath.Join(t.TempDir(), "record.db")
	found, n := 0, trials(150)
	for seed := range uint64(n) {
		rng := rand.New(rand.NewPCG(seed, 1))
		bad := append([]byte(nil), sound...)
		for range 1 + rng.IntN(60) {
			bad[rng.IntN(len(bad))] ^= 1 << rng.IntN(8)
		}
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		err := readAll(t.Context(), path)
		var f *FileError
		if err != nil && !errors.As(err, &f) {
			t.Errorf("seed %d: %v", seed, err)
		}
		if err != nil {
			found++
		}
		os.Remove(path + "-wal")
		os.Remove(path + "-shm")
	}
	if found < n/3 {
		t.Errorf("only %d of %d damaged files were found: the test does not damage enough", found, n)
	}
}

// readAll opens the record and reads everything in it; entries that are not
// the ones written are for the tree to find.
func readAll(ctx context.Context, path string) error {
	r, err := OpenRecord(ctx, path, ReadOnly)
	if err != nil {
		return err
	}
	defer r.Close()
	if _, err := wholeBatches(ctx, r); err != nil {
		var f *FileError
		if !errors.As(err, &f) {
			err = &FileError{Kind: Damaged, Path: path, Err: err}
		}
		return err
	}
	return r.Check(ctx)
}

func TestMakingCutOff(t *testing.T) {
	for name, leave := range map[string]func(t *testing.T, path string){
		"an empty file": func(t *testing.T, path string) {
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"in journal mode": func(t *testing.T, path string) { tamper(t, path, "PRAGMA journal_mode = wal") },
		"claimed": func(t *testing.T, path string) {
			tamper(t, path, fmt.Sprintf("PRAGMA journal_mode = wal; PRAGMA application_id = %d; %s", recordAppID, makeMigration))
		},
		"without a name": func(t *testing.T, path string) {
			r := openRecord(t, path, Create)
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			tamper(t, path, "DROP TRIGGER log_no_delete; DELETE FROM log;"+guardText(t, "log_no_delete"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "record.db")
			leave(t, path)
			for _, mode := range []Mode{ReadOnly, ReadWrite} {
				_, err := OpenRecord(t.Context(), path, mode)
				wantKind(t, err, Missing)
			}
			mustCommit(t, openRecord(t, path, Create), batchAt(0, 1))
		})
	}
}

func TestDiskFull(t *testing.T) {
	r := newRecord(t)
	mustCommit(t, r, batchAt(0, 1))
	if _, err := r.w.Exec("PRAGMA max_page_count = 40"); err != nil {
		t.Fatal(err)
	}
	wantKind(t, r.Commit(t.Context(), batchAt(1, 400)), Full)
	if size, err := wholeBatches(t.Context(), r); size != 1 || err != nil {
		t.Fatalf("size %d, %v", size, err)
	}
	if _, err := r.w.Exec("PRAGMA max_page_count = 100000"); err != nil {
		t.Fatal(err)
	}
	mustCommit(t, r, batchAt(1, 400))
}

func TestBusy(t *testing.T) {
	r := newRecord(t)
	other := rawDB(t, r.path)
	other.SetMaxOpenConns(1)
	if _, err := other.Exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.w.Exec("PRAGMA busy_timeout = 0"); err != nil {
		t.Fatal(err)
	}
	wantKind(t, r.Commit(t.Context(), batchAt(0, 1)), Busy)
	if _, err := other.Exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	mustCommit(t, r, batchAt(0, 1))
}

func TestEveryConnectionHasItsSettings(t *testing.T) {
	r, s := newRecord(t), newStore(t)
	common := map[string]string{
		"journal_mode": "wal", "foreign_keys": "1", "trusted_schema": "0", "cell_size_check": "1",
		"recursive_triggers": "1", "busy_timeout": "5000",
	}
	for name, c := range map[string]struct {
		db   *sql.DB
		want map[string]string
	}{
		"record, writing": {r.w, map[string]string{"synchronous": "2", "fullfsync": "1", "checkpoint_fullfsync": "1",
			"wal_autocheckpoint": "1000", "secure_delete": "1", "query_only": "0", "application_id": fmt.Sprint(recordAppID)}},
		"record, reading": {r.r, map[string]string{"query_only": "1"}},
		"store, writing": {s.w, map[string]string{"synchronous": "1", "cache_size": "-65536", "temp_store": "1",
			"wal_autocheckpoint": "1000", "query_only": "0", "application_id": fmt.Sprint(storeAppID)}},
		"store, reading": {s.r, map[string]string{"cache_size": "-8192", "temp_store": "1", "query_only": "1"}},
	} {
		for _, want := range []map[string]string{common, c.want} {
			for pragma, value := range want {
				var got string
				if err := c.db.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != value {
					t.Errorf("%s: %s is %q (%v), want %q", name, pragma, got, err, value)
				}
			}
		}
		if _, err := c.db.Exec(`SELECT "no such column"`); err == nil {
			t.Errorf("%s: an unknown name is taken for text", name)
		}
	}
}

// A setting that the system does not take is an error at open, not a promise
// silently broken.
func TestSettingNotTaken(t *testing.T) {
	path := madeRecord(t, t.TempDir())
	c := &connector{path: path, appID: recordAppID, mode: ReadWrite, pragmas: []pragma{{"max_page_count", "1"}}}
	_, err := pool(t.Context(), c, 1)
	if refused, ok := errors.AsType[errPragma](err); !ok || refused.want.name != "max_page_count" {
		t.Errorf("got %v", err)
	}
}

func TestMissingFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "no", "record.db")
	_, err := OpenRecord(t.Context(), path, Create)
	wantKind(t, err, Missing)
	if _, err := os.Stat(filepath.Dir(path)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a folder was made")
	}
}
