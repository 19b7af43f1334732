package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"rollcall/db/storeq"
)

const storeAppID = 0x52437374 // "RCst"

// Connections that read the store at the same time.
const storeReaders = 4

// Pages of journal after which SQLite moves them into the file: as a rule, and
// during bulk work, where each move would write the same pages again.
const (
	walPages     = 1000
	walPagesBulk = 32768
)

var (
	storeWriter = []pragma{
		{"synchronous", "1"},     // NORMAL: never torn, the last commits may be lost with the power
		{"cache_size", "-65536"}, // 64 MB
		{"temp_store", "1"},      // FILE: a sort of a million rows stays out of memory
	}
	storeReader = []pragma{
		{"cache_size", "-8192"}, // 8 MB
		{"temp_store", "1"},
		{"query_only", "1"},
	}
)

// Store is store.db: one connection that writes and a few that read, which
// never wait for each other.
type Store struct {
	path    string
	writing *connector
	w       *sql.DB // nil where opened for reading
	r       *sql.DB
}

// Tx is a transaction on the store: the generated queries bound to it, and the
// transaction itself for bulk statements and for what [List] builds.
type Tx struct {
	*storeq.Queries
	SQL  *sql.Tx
	path string
}

// OpenStore opens store.db at path. A file that cannot be opened gives a
// [FileError].
func OpenStore(ctx context.Context, path string, mode Mode) (*Store, error) {
	path, err := locate(path, mode)
	if err != nil {
		return nil, err
	}
	s := &Store{path: path}
	if err := s.open(ctx, mode); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, mode Mode) (err error) {
	schema := migrations("store")
	if mode != ReadOnly {
		s.writing = &connector{path: s.path, appID: storeAppID, mode: mode, pragmas: storeWriter}
		s.writing.walPages.Store(walPages)
		if s.w, err = pool(ctx, s.writing, 1); err != nil {
			return err
		}
		if err := migrate(ctx, s.w, s.path, storeAppID, schema); err != nil {
			return err
		}
	}
	reading := &connector{path: s.path, appID: storeAppID, mode: ReadOnly, pragmas: storeReader}
	if s.r, err = readPool(ctx, reading, storeReaders); err != nil {
		return err
	}
	return upToDate(ctx, s.r, s.path, schema)
}

// Close closes the file. The last to close it moves the journal into it.
func (s *Store) Close() error {
	return closeAll(s.r, s.w)
}

// closeAll closes readers before the writer, which then can tidy up.
func closeAll(dbs ...*sql.DB) error {
	var errs []error
	for _, db := range dbs {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// Write runs f in the one writing transaction and stores all of it or, where f
// or the commit fails, nothing. A second Write waits for the first. The
// transaction must not be used after f has returned.
func (s *Store) Write(ctx context.Context, f func(*Tx) error) error {
	if s.w == nil {
		return ErrReadOnly
	}
	err := inTx(ctx, s.w, func(tx *sql.Tx) error { return f(&Tx{storeq.New(tx), tx, s.path}) })
	return s.fail("writing", err)
}

// Writing tells whether a Write of this process runs. What can wait, such as a
// cache, may leave its turn to it.
func (s *Store) Writing() bool { return s.w != nil && s.w.Stats().InUse > 0 }

// Read runs f in a transaction that sees one state of the store and can change
// nothing.
func (s *Store) Read(ctx context.Context, f func(*Tx) error) error {
	tx, err := s.r.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return s.fail("reading", err)
	}
	defer tx.Rollback()
	return s.fail("reading", f(&Tx{storeq.New(tx), tx, s.path}))
}

// fail makes a FileError of what is the file's or the disk's fault and leaves
// every other error as f returned it.
func (s *Store) fail(doing string, err error) error {
	if _, ok := classify(err); ok {
		return fileErr(s.path, doing, err)
	}
	return err
}

// SetBulk makes the store move its journal into the file more rarely, for work
// that commits many transactions, or as often as usual again. It waits for a
// Write that runs.
func (s *Store) SetBulk(ctx context.Context, on bool) error {
	if s.w == nil {
		return ErrReadOnly
	}
	pages := int64(walPages)
	if on {
		pages = walPagesBulk
	}
	s.writing.walPages.Store(pages) // for a connection that is opened meanwhile
	_, err := s.w.ExecContext(ctx, fmt.Sprintf("PRAGMA wal_autocheckpoint = %d", pages))
	return fileErr(s.path, "setting the journal's length", err)
}

// Analyze tells the query planner what the tables look like now; for use after
// a big merge.
func (s *Store) Analyze(ctx context.Context) error {
	if s.w == nil {
		return ErrReadOnly
	}
	_, err := s.w.ExecContext(ctx, "PRAGMA analysis_limit = 1000; ANALYZE")
	return fileErr(s.path, "analyzing", err)
}

// Check reads the whole file and returns a [FileError] of kind Damaged where
// it contradicts itself. It takes seconds for a million rows.
func (s *Store) Check(ctx context.Context) error { return check(ctx, s.r, s.path) }

func check(ctx context.Context, db *sql.DB, path string) error {
	var result string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&result); err != nil {
		return fileErr(path, "checking", err)
	}
	if result != "ok" {
		return &FileError{Kind: Damaged, Path: path, Err: errors.New("checking: the file contradicts itself")}
	}
	return nil
}

// Position says how far the store has applied the record.
type Position struct {
	LogID   string   // of the record that was applied; "" before the first
	Size    int64    // entries applied; the next one has this index
	Leaf    [32]byte // leaf hash of the last one applied; zero where Size is 0
	Version int      // of the projection that applied them
}

// Position returns how far the store has applied the record: the zero Position
// for a new store and after [Store.Reset].
func (tx *Tx) Position(ctx context.Context) (Position, error) {
	a, err := tx.GetApplied(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Position{}, nil
	}
	if err != nil {
		return Position{}, fmt.Errorf("reading the position: %w", err)
	}
	leaf, err := fixed(tx.path, "a leaf hash", a.Leaf)
	return Position{LogID: a.LogID, Size: a.Size, Leaf: leaf, Version: int(a.ProjectionVersion)}, err
}

// SetPosition keeps p in the same transaction as what was applied.
func (tx *Tx) SetPosition(ctx context.Context, p Position) error {
	err := tx.SetApplied(ctx, storeq.SetAppliedParams{
		LogID: p.LogID, Size: p.Size, Leaf: p.Leaf[:], ProjectionVersion: int64(p.Version),
	})
	if err != nil {
		return fmt.Errorf("setting the position: %w", err)
	}
	return nil
}
