package db

import (
	"bufio"
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"modernc.org/sqlite"
)

const testAppID = 4711

func openForMigration(path string) (*sql.DB, error) {
	if err := makeFile(path); err != nil {
		return nil, err
	}
	c := &connector{path: path, appID: testAppID, mode: Create}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(1)
	return db, nil
}

func files(texts ...string) fstest.MapFS {
	out := fstest.MapFS{}
	for i, text := range texts {
		out[fmt.Sprintf("%03d-step.sql", i+1)] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

const (
	stepOne   = "CREATE TABLE one (a INTEGER) STRICT; INSERT INTO one VALUES (1);"
	stepTwo   = "CREATE TABLE two (a INTEGER) STRICT; INSERT INTO two SELECT a + 1 FROM one;"
	stepThree = "ALTER TABLE two ADD COLUMN b INTEGER; UPDATE two SET b = a + 1;"
)

func TestMigrate(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "file.db")
	db, err := openForMigration(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for i, fsys := range []fstest.MapFS{files(stepOne), files(stepOne, stepTwo), files(stepOne, stepTwo, stepThree), files(stepOne, stepTwo, stepThree)} {
		if i > 0 && i < 3 {
			wantKind(t, upToDate(ctx, db, path, fsys), Older)
		}
		if err := migrate(ctx, db, path, testAppID, fsys); err != nil {
			t.Fatal(err)
		}
		if err := upToDate(ctx, db, path, fsys); err != nil {
			t.Errorf("up to date: %v", err)
		}
	}
	var b, version int
	if err := db.QueryRow("SELECT b, user_version FROM two, pragma_user_version").Scan(&b, &version); err != nil || b != 3 || version != 3 {
		t.Errorf("b = %d, version %d, %v", b, version, err)
	}
	wantKind(t, migrate(ctx, db, path, testAppID, files(stepOne, stepTwo)), Newer)
	wantKind(t, upToDate(ctx, db, path, files(stepOne, stepTwo)), Newer)
}

func TestFailedMigrationLeavesNothing(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "file.db")
	db, err := openForMigration(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := migrate(ctx, db, path, testAppID, files(stepOne, stepTwo+"SELECT nothing FROM nowhere;")); err == nil {
		t.Fatal("no error")
	}
	got, err := objects(ctx, db)
	if err != nil || got["table one"] == "" || got["table two"] != "" {
		t.Errorf("objects %v, %v", got, err)
	}
	if err := migrate(ctx, db, path, testAppID, files(stepOne, stepTwo)); err != nil {
		t.Error(err)
	}
}

// The names are the order and the identity, so two of one number would be a
// trap for whoever adds the next.
func TestMigrationNames(t *testing.T) {
	for _, kind := range []string{"record", "store"} {
		names, err := fs.Glob(migrations(kind), "*")
		if err != nil {
			t.Fatal(err)
		}
		var numbers []string
		for _, name := range names {
			number, rest, ok := strings.Cut(name, "-")
			if !ok || len(number) != 3 || strings.Trim(number, "0123456789") != "" || !strings.HasSuffix(rest, ".sql") {
				t.Errorf("%s/%s: want NNN-name.sql", kind, name)
			}
			if slices.Contains(numbers, number) {
				t.Errorf("%s/%s: number %s is taken", kind, name, number)
			}
			numbers = append(numbers, number)
		}
		if len(names) == 0 {
			t.Errorf("%s: no migrations", kind)
		}
	}
}

func init() {
	// die ends the process in the middle of a statement, after it said so.
	sqlite.MustRegisterScalarFunction("die", 1, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		if os.Getenv(childVar) == "migrate" && os.Getenv("DIE_AT") == fmt.Sprint(args[0]) {
			fmt.Println("dying")
			kill(os.Getpid())
		}
		return int64(0), nil
	})
	children["migrate"] = func(args []string) error {
		db, err := openForMigration(args[0])
		if err != nil {
			return err
		}
		if err := migrate(context.Background(), db, args[0], testAppID, deadly()); err != nil {
			return err
		}
		return db.Close()
	}
}

// deadly is the three steps with places to die before, between and after their
// statements.
func deadly() fstest.MapFS {
	n := 0
	place := func(text string) string {
		var out strings.Builder
		for _, stmt := range strings.SplitAfter(text, ";") {
			n++
			fmt.Fprintf(&out, "SELECT die(%d); %s", n, stmt)
		}
		return out.String()
	}
	return files(place(stepOne), place(stepTwo), place(stepThree))
}

func TestMigrationKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file.db")
	for place := 1; place <= 9; place++ {
		cmd := child(t, "migrate", path)
		cmd.Env = append(cmd.Env, fmt.Sprintf("DIE_AT=%d", place))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		said := bufio.NewScanner(out).Scan()
		if err := cmd.Wait(); err == nil || !said {
			t.Fatalf("place %d: the child did not die there: %v", place, err)
		}
		// The next open with any set of files sees whole steps only.
		db := rawDB(t, path)
		got, err := objects(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		for table, step := range map[string]int{"table one": 3, "table two": 6} {
			if (got[table] != "") != (place > step) {
				t.Errorf("killed at place %d: %s is %q", place, table, got[table])
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	db, err := openForMigration(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := migrate(t.Context(), db, path, testAppID, deadly()); err != nil {
		t.Fatal(err)
	}
	var rows, b int
	if err := db.QueryRow("SELECT count(*), max(b) FROM two").Scan(&rows, &b); err != nil || rows != 1 || b != 3 {
		t.Errorf("%d rows, b = %d: %v", rows, b, err)
	}
}
