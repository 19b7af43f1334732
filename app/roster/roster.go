// Package roster reads the authoritative list of people as an HR system
// exports it: a delimited text file in whatever encoding, with whatever
// headers, dates and status words.
//
// # What it promises
//
// A row is never skipped and a value never guessed: a skipped row would turn a
// colleague's accounts into orphans. Everything that is wrong with the file is
// reported at once, with line numbers, and then nobody is yielded at all. What
// was recognised by its header is named in the [Summary], as is every column
// that was left out; values of those never leave this package.
//
// The file is read three times (encoding, checks, people) and never held in
// memory: memory grows by some 30 bytes a person, to find repeated keys.
package roster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"rollcall/app/reconcile"
)

// Limits on what one file may hold. A row or a value over them is an error.
const (
	MaxRow    = 1 << 20  // bytes of one row, quoted line breaks included
	MaxValue  = 32 << 10 // bytes of one value
	MaxErrors = 100      // row errors that are told one by one
)

// Options say how to read a file. The zero value detects everything and takes
// dates as UTC.
type Options struct {
	// Map gives a field's column: number, name, first, last, email, username,
	// manager, type, status, start, end. Several e-mail columns are joined by
	// "|". The field "dates" takes day-first or month-first instead of a
	// column, and "zeros" takes no-date where dates of zeros, and last days such
	// as 1900-01-01, are not to be errors. A field that is mapped to "" is not read.
	Map       map[string]string
	Key       string            // the column that identifies a person; "" is the employee number
	Source    string            // goes to every person's Source
	TimeZone  *time.Location    // of the dates; nil is UTC
	StatusMap map[string]string // the file's text -> active, on leave, pre-hire or left
	Encoding  string            // e.g. "windows-1252"; "" detects
	DateOrder DateOrder         // "" detects over the whole file
	Now       time.Time         // for a warning about last days that are over; zero: none
}

// DateOrder says how 03/04/2026 is meant. Dates with the year first, and
// those with dots (day first), are always clear.
type DateOrder string

const (
	DayFirst   DateOrder = "day-first"
	MonthFirst DateOrder = "month-first"
)

// Column is a column that is read, and as what.
type Column struct {
	Field string // number, name, ...
	Name  string // as in the file
}

// Summary is what was found out about a file.
type Summary struct {
	Used      []Column  // in the file's order
	Dropped   []string  // columns that were not read, in the file's order
	Encoding  string    // e.g. "utf-8", "utf-16le", "windows-1252"
	Delimiter rune      // ',', ';', '\t' or '|'
	DateOrder DateOrder // "" where no date depended on it
	SHA256    [32]byte  // of the file's bytes
	Bytes     int64
	Rows      int // people
	Warnings  []string
}

// FileError says why a file cannot be read at all.
type FileError struct {
	Text string // one sentence: what is wrong
	Do   string // one sentence: what to do about it
}

func (e *FileError) Error() string { return e.Text + " " + e.Do }

// RowError is what is wrong with one row.
type RowError struct {
	Line   int    // of the row's first character, from 1
	Column string // as in the file; "" where it is the whole row
	Text   string // a clause: what is wrong
}

// Errors are all row errors of a file.
type Errors struct {
	Rows []RowError // in the file's order, at most MaxErrors
	More int        // how many others there are
}

// Error tells the first errors, one a line.
func (e *Errors) Error() string {
	const most = 10
	s := fmt.Sprintf("%d errors in the file; nothing was read.", len(e.Rows)+e.More)
	if len(e.Rows)+e.More == 1 {
		s = "1 error in the file; nothing was read."
	}
	for _, r := range e.Rows[:min(most, len(e.Rows))] {
		s += "\n" + r.String()
	}
	if rest := len(e.Rows) + e.More - most; rest > 0 {
		s += fmt.Sprintf("\nand %d more", rest)
	}
	return s
}

// String is "line 7, column Status: …".
func (r RowError) String() string {
	if r.Column == "" {
		return fmt.Sprintf("line %d: %s", r.Line, r.Text)
	}
	return fmt.Sprintf("line %d, column %s: %s", r.Line, show(r.Column), r.Text)
}

func (e *Errors) add(line int, column, format string, args ...any) {
	if len(e.Rows) == MaxErrors {
		e.More++
		return
	}
	e.Rows = append(e.Rows, RowError{line, column, fmt.Sprintf(format, args...)})
}

// Read reads the people in r from its start and yields each with its line
// number, in the file's order, once the whole file has been checked. The error
// is a [*FileError], an [*Errors], r's or yield's. The summary is as complete
// as reading got, and its hash always covers the bytes that were read.
func Read(ctx context.Context, r io.ReadSeeker, o Options, yield func(line int, p reconcile.Person) error) (Summary, error) {
	f, err := open(ctx, r, o)
	if err != nil {
		return Summary{}, err
	}
	if err := f.survey(); err != nil {
		return f.sum, err
	}
	return f.sum, f.people(yield)
}

// ErrChanged says that the file changed while it was being read.
var ErrChanged = errors.New("the file changed while it was being read")
