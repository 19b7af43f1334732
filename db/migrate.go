package db

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Migrations are known by their file names, not by a number, and run in the
// order of the names. Each runs in one transaction with the row that says that
// it ran: after a crash between two of them the next open goes on.
const makeMigration = `CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY NOT NULL) STRICT, WITHOUT ROWID`

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
		return nil, fileErr(path, "reading migrations", err)
	}
	defer rows.Close()
	var done []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fileErr(path, "reading migrations", err)
		}
		if !slices.Contains(known, name) {
			return nil, &FileError{Kind: Newer, Path: path, Err: fmt.Errorf("unknown migration %q", name)}
		}
		done = append(done, name)
	}
	if err := rows.Err(); err != nil {
		return nil, fileErr(path, "reading migrations", err)
	}
	return done, notNewer(ctx, db, path, len(known))
}

func notNewer(ctx context.Context, db *sql.DB, path string, known int) error {
	var version int
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return fileErr(path, "reading the version", err)
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
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM migration").Scan(&n); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", n))
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
	if len(done) < len(names) {
		return &FileError{Kind: Older, Path: path}
	}
	return nil
}

// guarded checks that the file has every trigger of files, word for word.
func guarded(ctx context.Context, db *sql.DB, path string, files fs.FS) error {
	var want strings.Builder
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return fmt.Errorf("listing migrations: %w", err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return fmt.Errorf("reading migration %s: %w", name, err)
		}
		want.Write(text)
	}
	missing := strings.Count(want.String(), "\nCREATE TRIGGER ")
	rows, err := db.QueryContext(ctx, "SELECT sql FROM sqlite_schema WHERE type = 'trigger'")
	if err != nil {
		return fileErr(path, "reading the guards", err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return fileErr(path, "reading the guards", err)
		}
		if !strings.Contains(want.String(), "\n"+text+";") {
			return &FileError{Kind: Damaged, Path: path, Err: errGuards}
		}
		missing--
	}
	if err := rows.Err(); err != nil {
		return fileErr(path, "reading the guards", err)
	}
	if missing != 0 {
		return &FileError{Kind: Damaged, Path: path, Err: errGuards}
	}
	return nil
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
