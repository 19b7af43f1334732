package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
)

// Reset empties the store: it then is as a new one. A reader sees the old
// state or the new; a crash leaves the old.
func (s *Store) Reset(ctx context.Context) (err error) {
	if s.w == nil {
		return ErrReadOnly
	}
	conn, err := s.w.Conn(ctx)
	if err != nil {
		return s.fail("resetting", err)
	}
	defer func() { err = s.fail("resetting", errors.Join(err, conn.Close())) }()
	// Every table goes, so the order in which they refer to each other is of
	// no concern. The setting can only change outside of a transaction.
	if _, err := conn.ExecContext(ctx, "PRAGMA foreign_keys = 0"); err != nil {
		return err
	}
	err = inTx(ctx, conn, func(tx *sql.Tx) error { return remake(ctx, tx, migrations("store")) })
	_, on := conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA foreign_keys = 1")
	return errors.Join(err, on)
}

// remake empties the file and applies every migration anew, in one
// transaction: a reader sees the old file or the new one.
func remake(ctx context.Context, tx *sql.Tx, files fs.FS) error {
	// A virtual table takes its own tables with it, so those come first.
	for _, what := range []string{"type = 'view'", "type = 'table' AND rootpage = 0", "type = 'table'"} {
		if err := dropAll(ctx, tx, what); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, makeMigration); err != nil {
		return err
	}
	if err := start(ctx, tx, files); err != nil {
		return fmt.Errorf("making the tables: %w", err)
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return fmt.Errorf("listing migrations: %w", err)
	}
	for _, name := range names {
		if err := applyOne(ctx, tx, files, name); err != nil {
			return fmt.Errorf("applying migration %s: %w", name, err)
		}
	}
	return nil
}

func dropAll(ctx context.Context, tx *sql.Tx, what string) error {
	rows, err := tx.QueryContext(ctx, `SELECT type || ' "' || replace(name, '"', '""') || '"' FROM sqlite_schema
		WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\' AND `+what)
	if err != nil {
		return err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, name := range names {
		if _, err := tx.ExecContext(ctx, "DROP "+name); err != nil {
			return err
		}
	}
	return nil
}
