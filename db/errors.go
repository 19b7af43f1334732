package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrReadOnly says that the file was opened for reading.
var ErrReadOnly = errors.New("the file was opened for reading only")

// FileKind says what is wrong with a file.
type FileKind string

// The kinds of a [FileError].
const (
	Missing FileKind = "missing" // it is not there, or making it was cut off
	Foreign FileKind = "foreign" // another program's file, or the other of our two
	Damaged FileKind = "damaged" // not readable as what it says it is
	Newer   FileKind = "newer"   // made by a later version of the schema
	Older   FileKind = "older"   // opened for reading before its schema was brought up to date
	Full    FileKind = "full"    // no room on the disk
	IO      FileKind = "io"      // the system refused or failed to read or write
	Busy    FileKind = "busy"    // another process kept it for too long
)

// FileError says what is wrong with one of the two files. After one of kind
// Full, IO or Busy nothing of the transaction was stored, with one exception:
// an IO error of the commit itself leaves open whether it was; read the size
// again before going on.
type FileError struct {
	Kind FileKind
	Path string
	Err  error // the cause; nil where there is none to tell
}

// Error returns what happened and what to do.
func (e *FileError) Error() string { return e.Text() + " " + e.Do() }

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

// Text returns one sentence on what happened.
func (e *FileError) Text() string {
	name := filepath.Base(e.Path)
	switch e.Kind {
	case Missing:
		return fmt.Sprintf("There is no %s in %s.", name, filepath.Dir(e.Path))
	case Foreign:
		return fmt.Sprintf("%s was not made by Rollcall as a file of this kind.", e.Path)
	case Damaged:
		return fmt.Sprintf("%s is damaged%s.", e.Path, e.because())
	case Newer:
		return fmt.Sprintf("%s was made by a newer Rollcall.", e.Path)
	case Older:
		return fmt.Sprintf("%s was made by an older Rollcall and not yet brought up to date.", e.Path)
	case Full:
		return fmt.Sprintf("The disk that holds %s is full.", filepath.Dir(e.Path))
	case Busy:
		return fmt.Sprintf("%s was kept busy by another process.", e.Path)
	default:
		return fmt.Sprintf("%s could not be read or written%s.", e.Path, e.because())
	}
}

// Do returns one sentence on what to do about it.
func (e *FileError) Do() string {
	switch e.Kind {
	case Missing:
		return "Check the workspace's folder, or begin a workspace there."
	case Foreign:
		return "Move it away and put the workspace's own file in its place."
	case Damaged:
		if filepath.Base(e.Path) == "store.db" {
			return "Move store.db and store.db-wal away; every decision comes back from the record, then import the roster and sync again."
		}
		return "Keep a copy of it and restore the file from a backup."
	case Newer:
		return "Use the version of Rollcall that made it, or a later one."
	case Older:
		return "Run a command that changes the workspace once, or open it in the window."
	case Full:
		return "Make room on that disk and try again."
	case Busy:
		return "Try again when the other process has finished."
	default:
		return "Check the disk and the permissions of the workspace's folder, then try again."
	}
}

// reason is a cause in words for a person. Those of SQLite and of the system
// are not: they stay in the chain, for a log.
type reason string

func (r reason) Error() string { return string(r) }

func (e *FileError) because() string {
	var r reason
	if !errors.As(e.Err, &r) {
		return ""
	}
	return ": " + string(r)
}

// fileErr adds what was being done to err and, where the cause lies in the
// file or the disk, makes it a FileError.
func fileErr(path, doing string, err error) error {
	if err == nil {
		return nil
	}
	var known *FileError
	if errors.As(err, &known) {
		return err
	}
	wrapped := fmt.Errorf("%s: %w", doing, err)
	if kind, ok := classify(err); ok {
		if free, e := room(path); kind == IO && e == nil && free < leastRoom {
			kind = Full
		}
		return &FileError{Kind: kind, Path: path, Err: wrapped}
	}
	return wrapped
}

// leastRoom is what SQLite needs for the index of a journal. Where a full disk
// refuses that, it tells of an error and keeps the reason to itself.
const leastRoom = 64 << 10

// unreadable is fileErr for reading what a sound file always answers: where
// neither the disk nor the caller ended it, the file is not sound.
func unreadable(path, doing string, err error) error {
	err = fileErr(path, doing, err)
	var known *FileError
	if err == nil || errors.As(err, &known) {
		return err
	}
	for _, other := range []error{context.Canceled, context.DeadlineExceeded, sql.ErrConnDone, sql.ErrTxDone, driver.ErrBadConn} {
		if errors.Is(err, other) {
			return err
		}
	}
	var e *sqlite.Error
	var refused errPragma
	if errors.As(err, &refused) || errors.As(err, &e) && e.Code()&0xff != sqlite3.SQLITE_ERROR {
		return err
	}
	return &FileError{Kind: Damaged, Path: path, Err: err}
}

// fixed returns b as 32 bytes. The tables see to the length, but not in a file
// that was tampered with.
func fixed(path, what string, b []byte) ([32]byte, error) {
	if len(b) != 32 {
		return [32]byte{}, &FileError{Kind: Damaged, Path: path, Err: fmt.Errorf("%s of %d bytes", what, len(b))}
	}
	return [32]byte(b), nil
}

// NoRoom says whether the system refused to write because the disk, or the
// user's share of it, is full.
func NoRoom(err error) bool {
	var e *FileError
	return errors.As(err, &e) && e.Kind == Full || noRoomLeft(err)
}

func noRoomLeft(err error) bool {
	return slices.ContainsFunc(noRoom, func(e error) bool { return errors.Is(err, e) })
}

func classify(err error) (FileKind, bool) {
	if errors.Is(err, fs.ErrNotExist) {
		return Missing, true
	}
	if noRoomLeft(err) {
		return Full, true
	}
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return IO, errors.As(err, new(syscall.Errno))
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return Damaged, true
	case sqlite3.SQLITE_FULL:
		return Full, true
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return Busy, true
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY,
		sqlite3.SQLITE_PERM, sqlite3.SQLITE_PROTOCOL:
		return IO, true
	}
	return "", false
}
