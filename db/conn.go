package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// How long a statement waits for another process's transaction.
const busyMillis = 5000

// pragma is a setting that every connection is given and must then have.
type pragma struct{ name, value string }

// Settings of every connection. A name that does not resolve is an error and
// never a text literal (_dqs), SQL cannot reach the file's inner pages or its
// schema table (_defensive), and writers begin as writers (_txlock).
const dsnOptions = "_dqs=0&_defensive=1&_txlock=immediate&_error_rc=1"

var commonPragmas = []pragma{
	{"foreign_keys", "1"},
	{"trusted_schema", "0"},
	{"cell_size_check", "1"},
	{"recursive_triggers", "1"}, // REPLACE fires delete triggers
}

// connector opens connections to one file with fixed settings, and hands none
// out that does not have them or leads to a file of another kind.
type connector struct {
	path      string
	appID     int64
	mode      Mode
	pragmas   []pragma
	immutable bool         // the folder cannot be written and nobody writes there
	walPages  atomic.Int64 // wal_autocheckpoint, changed by bulk work; 0: leave it
}

// Driver implements driver.Connector.
func (c *connector) Driver() driver.Driver { return &sqlite.Driver{} }

// Connect implements driver.Connector.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	base, err := sqlite.NewConnector(c.dsn())
	if err != nil {
		return nil, fmt.Errorf("naming %s: %w", c.path, err)
	}
	conn, err := base.Connect(ctx)
	if err != nil {
		return nil, fileErr(c.path, "opening", err)
	}
	if err := c.prepare(ctx, conn); err != nil {
		return nil, errors.Join(unreadable(c.path, "opening", err), conn.Close())
	}
	return newConn(conn.(sqliteConn)), nil
}

func (c *connector) dsn() string {
	p := filepath.ToSlash(c.path)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p // C:/…
	}
	mode := "rw"
	if c.mode == ReadOnly {
		mode = "ro"
	}
	dsn := "file://" + (&url.URL{Path: p}).EscapedPath() + "?mode=" + mode
	if c.immutable {
		dsn += "&immutable=1"
	}
	return fmt.Sprintf("%s&_busy_timeout=%d&%s", dsn, busyMillis, dsnOptions)
}

// prepare looks whose file it is before it changes anything, then sets every
// setting and reads it back.
func (c *connector) prepare(ctx context.Context, conn driver.Conn) error {
	if err := c.identify(ctx, conn); err != nil {
		return err
	}
	if err := c.writable(conn); err != nil {
		return err
	}
	set := append(c.journal(), commonPragmas...)
	set = append(set, c.pragmas...)
	if n := c.walPages.Load(); n > 0 {
		set = append(set, pragma{"wal_autocheckpoint", fmt.Sprint(n)})
	}
	for _, p := range set {
		if err := setPragma(ctx, conn, p); err != nil {
			return err
		}
	}
	return nil
}

// writable refuses a file that may only be read where it is to be written:
// SQLite would open it and fail at the first append.
func (c *connector) writable(conn driver.Conn) error {
	if c.mode == ReadOnly {
		return nil
	}
	protected, err := conn.(interface {
		IsReadOnly(schema string) (bool, error)
	}).IsReadOnly("main")
	if err == nil && protected {
		err = &FileError{Kind: IO, Path: c.path, Err: reason("it is write-protected")}
	}
	return err
}

// journal returns the journal's setting. A read-only connection cannot set it
// and is refused when it differs; an immutable file has no journal.
func (c *connector) journal() []pragma {
	if c.immutable {
		return nil
	}
	return []pragma{{"journal_mode", "wal"}}
}

// identify returns nil for a file of ours and, in mode Create, for an empty one.
func (c *connector) identify(ctx context.Context, conn driver.Conn) error {
	id, err := queryInt(ctx, conn, "PRAGMA application_id")
	if err != nil {
		return err
	}
	if id == c.appID {
		return nil
	}
	objects, err := queryInt(ctx, conn, "SELECT count(*) FROM sqlite_schema")
	if err != nil {
		return err
	}
	switch {
	case id != 0 || objects != 0:
		return &FileError{Kind: Foreign, Path: c.path}
	case c.mode != Create:
		return &FileError{Kind: Missing, Path: c.path}
	}
	return nil
}

func setPragma(ctx context.Context, conn driver.Conn, p pragma) error {
	got, err := queryText(ctx, conn, "PRAGMA "+p.name)
	if err != nil {
		return fmt.Errorf("reading %s: %w", p.name, err)
	}
	if got == p.value {
		return nil
	}
	if _, err := conn.(driver.ExecerContext).ExecContext(ctx, "PRAGMA "+p.name+" = "+p.value, nil); err != nil {
		return fmt.Errorf("setting %s: %w", p.name, err)
	}
	if got, err = queryText(ctx, conn, "PRAGMA "+p.name); err != nil {
		return fmt.Errorf("reading %s: %w", p.name, err)
	}
	if got != p.value {
		return fmt.Errorf("setting %s: %w", p.name, errPragma{p, got})
	}
	return nil
}

// errPragma says that the system did not take a setting, such as a journal
// that a network disk cannot keep.
type errPragma struct {
	want pragma
	got  string
}

func (e errPragma) Error() string {
	return fmt.Sprintf("wanted %s, it stayed %s", e.want.value, e.got)
}

func queryInt(ctx context.Context, conn driver.Conn, query string) (int64, error) {
	v, err := queryValue(ctx, conn, query)
	n, ok := v.(int64)
	if err == nil && !ok {
		return 0, fmt.Errorf("%s: not a number", query)
	}
	return n, err
}

func queryText(ctx context.Context, conn driver.Conn, query string) (string, error) {
	v, err := queryValue(ctx, conn, query)
	return fmt.Sprint(v), err
}

// queryValue returns the first value of the first row.
func queryValue(ctx context.Context, conn driver.Conn, query string) (driver.Value, error) {
	rows, err := conn.(driver.QueryerContext).QueryContext(ctx, query, nil)
	if err != nil {
		return nil, err
	}
	row := make([]driver.Value, len(rows.Columns()))
	err = rows.Next(row)
	if err == io.EOF {
		err = sql.ErrNoRows
	}
	if err = errors.Join(err, rows.Close()); err != nil {
		return nil, err
	}
	return row[0], nil
}

// pool opens n connections at most and proves that the first one works.
func pool(ctx context.Context, c *connector, n int) (*sql.DB, error) {
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// readPool opens a pool of readers. In a folder that cannot be written, and
// where no writer has left its journal, it reads the file alone.
func readPool(ctx context.Context, c *connector, n int) (*sql.DB, error) {
	db, err := pool(ctx, c, n)
	var e *sqlite.Error
	if err == nil || !errors.As(err, &e) {
		return db, err
	}
	code := e.Code() & 0xff
	if code != sqlite3.SQLITE_CANTOPEN && code != sqlite3.SQLITE_READONLY {
		return nil, err
	}
	if _, gone := os.Stat(c.path + "-wal"); !errors.Is(gone, os.ErrNotExist) {
		return nil, err
	}
	c.immutable = true
	return pool(ctx, c, n)
}

// makeFile makes an empty file that only its owner can read, or leaves the one
// that is there.
func makeFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return fileErr(path, "creating", err)
	}
	if err := errors.Join(f.Sync(), f.Close(), SyncDir(filepath.Dir(path))); err != nil {
		return &FileError{Kind: IO, Path: path, Err: fmt.Errorf("creating: %w", err)}
	}
	return nil
}

// locate returns the absolute path and refuses what is not a plain file.
func locate(path string, mode Mode) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("locating %s: %w", path, err)
	}
	if mode == Create {
		if err := makeFile(path); err != nil {
			return "", err
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", fileErr(path, "opening", err)
	}
	if !info.Mode().IsRegular() {
		return "", &FileError{Kind: Foreign, Path: path}
	}
	return path, nil
}
