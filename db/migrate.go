package db

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"

	"modernc.org/sqlite"
)

// Migrations are known by their file names, not by a number, and run in the
// order of the names. Each runs in one transaction with the row that says that
// it ran: after a crash between two of them the next open goes on.
const makeMigration = `CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY NOT NULL) STRICT, WITHOUT ROWID`

// started are migrations with a script that does to an empty file what the
// first of them do, and enters their names. To alter a table SQLite parses the
// whole schema anew, so that step by step a new file takes several times as
// long. Migrations that came after the script run as ever.
type started struct {
	fs.FS
	script string
}

// start runs the script of files on a file that no migration ran on yet.
func start(ctx context.Context, tx *sql.Tx, files fs.FS) error {
	s, ok := files.(started)
	if !ok {
		return nil
	}
	var n int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM migration").Scan(&n); err != nil || n > 0 {
		return err
	}
	if _, err := tx.ExecContext(ctx, s.script); err != nil {
		return err
	}
	return setVersion(ctx, tx)
}

// migrate brings the file up to date with files, which hold *.sql.
func migrate(ctx context.Context, db *sql.DB, path string, appID int64, files fs.FS) error {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return fmt.Errorf("listing migrations: %w", err)
	}
	if err := inTx(ctx, db, func(tx *sql.Tx) error { return claim(ctx, tx, appID) }); err != nil {
		return fileErr(path, "claiming the file", err)
	}
	done, err := applied(ctx, db, path, names)
	if err != nil {
		return err
	}
	if len(done) == 0 {
		if err := inTx(ctx, db, func(tx *sql.Tx) error { return start(ctx, tx, files) }); err != nil {
			return fileErr(path, "making the tables", err)
		}
	}
	for _, name := range names {
		if slices.Contains(done, name) {
			continue
		}
		if err := inTx(ctx, db, func(tx *sql.Tx) error { return applyOne(ctx, tx, files, name) }); err != nil {
			return fileErr(path, "applying migration "+name, err)
		}
	}
	return nil
}

// claim marks a file as ours. It changes nothing in one that is.
func claim(ctx context.Context, tx *sql.Tx, appID int64) error {
	var id int64
	if err := tx.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil || id == appID {
		return err
	}
	_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d; %s", appID, makeMigration))
	return err
}

// applied returns the names of the migrations that ran. A name that is not
// among the known ones, or a higher count, was left by a newer version.
func applied(ctx context.Context, db *sql.DB, path string, known []string) ([]string, error) {
	rows, err := db.QueryContext(ctx, "SELECT name FROM migration ORDER BY name")
	if err != nil {
		return nil, unreadable(path, "reading migrations", err)
	}
	defer rows.Close()
	var done []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, unreadable(path, "reading migrations", err)
		}
		if !slices.Contains(known, name) {
			return nil, &FileError{Kind: Newer, Path: path, Err: fmt.Errorf("unknown migration %q", name)}
		}
		done = append(done, name)
	}
	if err := rows.Err(); err != nil {
		return nil, unreadable(path, "reading migrations", err)
	}
	return done, notNewer(ctx, db, path, len(known))
}

func notNewer(ctx context.Context, db *sql.DB, path string, known int) error {
	var version int
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return unreadable(path, "reading the version", err)
	}
	if version > known {
		return &FileError{Kind: Newer, Path: path, Err: fmt.Errorf("version %d, known are %d", version, known)}
	}
	return nil
}

func applyOne(ctx context.Context, tx *sql.Tx, files fs.FS, name string) error {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	// Another process may have been first.
	var n int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM migration WHERE name = ?", name).Scan(&n); err != nil || n == 1 {
		return err
	}
	if _, err := tx.ExecContext(ctx, string(text)); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO migration (name) VALUES (?)", name); err != nil {
		return err
	}
	return setVersion(ctx, tx)
}

// setVersion keeps how many migrations ran.
func setVersion(ctx context.Context, tx *sql.Tx) error {
	var n int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM migration").Scan(&n); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", n))
	return err
}

// upToDate is what a reader asks instead of migrating.
func upToDate(ctx context.Context, db *sql.DB, path string, files fs.FS) error {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return fmt.Errorf("listing migrations: %w", err)
	}
	done, err := applied(ctx, db, path, names)
	if err != nil {
		return err
	}
	switch len(done) {
	case len(names):
		return nil
	case 0: // making it was cut off
		return &FileError{Kind: Missing, Path: path}
	default:
		return &FileError{Kind: Older, Path: path}
	}
}

// recordSchema is what the record's migrations make. To make it takes a third
// of opening a record, so a process does it once.
var recordSchema = sync.OnceValues(func() (map[string]string, error) {
	return madeBy(context.Background(), migrations("record"))
})

// asMade checks that tables, indexes and triggers are, word for word, those
// that the migrations of a record make. It keeps a file that was tampered with, or made by hand,
// from being appended to as if its guards still stood.
func asMade(ctx context.Context, db *sql.DB, path string) error {
	want, err := recordSchema()
	if err != nil {
		return err
	}
	got, err := objects(ctx, db)
	if err != nil {
		return unreadable(path, "reading the schema", err)
	}
	if !maps.Equal(got, want) {
		return &FileError{Kind: Damaged, Path: path, Err: errSchema}
	}
	return nil
}

const errSchema = reason("its tables and their guards are not as they were made")

// madeBy applies files in memory.
func madeBy(ctx context.Context, files fs.FS) (map[string]string, error) {
	memory, err := sqlite.NewConnector("file::memory:")
	if err != nil {
		return nil, fmt.Errorf("making the schema in memory: %w", err)
	}
	db := sql.OpenDB(memory)
	defer db.Close()
	db.SetMaxOpenConns(1) // each connection would have a memory of its own
	if err := inTx(ctx, db, func(tx *sql.Tx) error { return remake(ctx, tx, files) }); err != nil {
		return nil, fmt.Errorf("making the schema in memory: %w", err)
	}
	return objects(ctx, db)
}

// objects returns what the schema holds: its kind and name to its text.
func objects(ctx context.Context, db *sql.DB) (map[string]string, error) {
	rows, err := db.QueryContext(ctx, "SELECT type || ' ' || name, tbl_name || ': ' || coalesce(sql, '') FROM sqlite_schema")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			return nil, err
		}
		out[name] = text
	}
	return out, rows.Err()
}

// beginner is a *sql.DB or one connection of it.
type beginner interface {
	BeginTx(context.Context, *sql.TxOptions) (*sql.Tx, error)
}

// inTx runs f in a transaction; where f or the commit fails nothing is stored.
func inTx(ctx context.Context, db beginner, f func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning: %w", err)
	}
	defer tx.Rollback() // after a commit it does nothing
	if err := f(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	return nil
}
