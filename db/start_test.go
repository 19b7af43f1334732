package db

import (
	"database/sql"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestStart holds the script that begins a store against the migrations, which
// count: tables, guards and rows are the same. ROLLCALL_UPDATE=1 writes it
// anew, so that it spares later migrations too.
func TestStart(t *testing.T) {
	const script = "start/store.sql"
	files := migrations("store")
	steps := migrated(t, files.(started).FS)
	if os.Getenv("ROLLCALL_UPDATE") != "" {
		if err := os.WriteFile(script, []byte(scriptOf(t, steps)), 0o644); err != nil {
			t.Fatal(err)
		}
		files = started{files.(started).FS, scriptOf(t, steps)}
	}
	at := migrated(t, files)
	for name, want := range held(t, steps) {
		if got := held(t, at)[name]; got != want {
			t.Errorf("%s is\n%s\nand by its migrations\n%s\nROLLCALL_UPDATE=1 writes the script anew", name, got, want)
		}
	}
	if got, want := slices.Sorted(maps.Keys(held(t, at))), slices.Sorted(maps.Keys(held(t, steps))); !slices.Equal(got, want) {
		t.Errorf("there are %q, and by its migrations %q", got, want)
	}
}

// A script that is behind its migrations leaves the rest to them; one that was
// there before another process looked is not run again.
func TestStartIsGoneOnFrom(t *testing.T) {
	steps := files(stepOne, stepTwo, stepThree)
	first := started{steps, stepOne + "INSERT INTO migration VALUES ('001-step.sql')"}
	db := migrated(t, first)
	if got := number(t, db, "SELECT b * 10 + user_version FROM two, pragma_user_version"); got != 33 {
		t.Errorf("b and version are %d, want 33", got)
	}
	again := func(tx *sql.Tx) error { return start(t.Context(), tx, first) }
	if err := inTx(t.Context(), db, again); err != nil {
		t.Error(err)
	}
	broken := started{steps, stepOne + "SELECT nothing FROM nowhere"}
	path := filepath.Join(t.TempDir(), "file.db")
	half, err := openForMigration(path)
	if err != nil {
		t.Fatal(err)
	}
	defer half.Close()
	if err := migrate(t.Context(), half, path, testAppID, broken); err == nil {
		t.Fatal("no error")
	}
	if err := migrate(t.Context(), half, path, testAppID, steps); err != nil {
		t.Errorf("a start that failed left something: %v", err)
	}
}

// migrated returns a new file with all migrations.
func migrated(t *testing.T, files fs.FS) *sql.DB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.db")
	db, err := openForMigration(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := migrate(t.Context(), db, path, testAppID, files); err != nil {
		t.Fatal(err)
	}
	return db
}

// held returns each object's text and each table's rows.
func held(t *testing.T, db *sql.DB) map[string]string {
	t.Helper()
	out, err := objects(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	out["version"] = fmt.Sprint(number(t, db, "PRAGMA user_version"))
	for _, table := range column(t, db, "SELECT name FROM sqlite_schema WHERE type = 'table'") {
		names := column(t, db, "SELECT 'quote(\"' || name || '\")' FROM pragma_table_info('"+table+"')")
		all := "SELECT concat_ws(', ', " + strings.Join(names, ", ") + ") FROM \"" + table + "\" ORDER BY 1"
		out["rows of "+table] = strings.Join(column(t, db, all), "\n")
	}
	return out
}

func column(t *testing.T, db *sql.DB, query string) (out []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// scriptOf writes what a file without rows holds. The tables in which a virtual
// one keeps its rows come with it.
func scriptOf(t *testing.T, db *sql.DB) string {
	const makes = `SELECT o.sql FROM sqlite_schema o
		WHERE o.sql IS NOT NULL AND o.name <> 'migration' AND o.name NOT LIKE 'sqlite\_%' ESCAPE '\'
		AND NOT EXISTS (SELECT 1 FROM sqlite_schema v WHERE v.type = 'table' AND v.rootpage = 0 AND o.type = 'table' AND o.name GLOB v.name || '_*')
		ORDER BY o.rowid`
	return "-- What the migrations named below make of an empty file. Written by TestStart.\n\n" +
		strings.Join(column(t, db, makes), ";\n\n") + ";\n\nINSERT INTO migration (name) VALUES\n  ('" +
		strings.Join(column(t, db, "SELECT name FROM migration ORDER BY name"), "'),\n  ('") + "');\n"
}
