// Package db keeps the two files of a workspace.
//
// record.db holds the record: append-only, small, durable when a commit
// returns. It implements [audit.Store] and knows nothing about what entries
// mean. store.db holds what can be fetched or derived again: accounts, roster,
// and projections of what the record says. A transaction never spans both: the
// record is written first, then the store, together with the [Position] up to
// which it has applied the record.
//
// The package trusts neither file. At open it checks whose file it is, by
// which version it was made, whether its guards are in place and that every
// connection runs with the settings that durability rests on; what is wrong
// comes back as a [FileError] with one sentence on what happened and one on
// what to do. It never repairs silently and never writes to a file that is not
// its own.
//
// The triggers in record.db stop bugs, not people: whoever may write the file
// may also drop them. What finds a changed record is the tree in package audit.
package db

import (
	"embed"
	"errors"
	"io/fs"
)

// Mode says how a file is opened.
type Mode int

const (
	// ReadOnly needs the file to be there and leaves it as it is. It works
	// beside a writer, also one in another process.
	ReadOnly Mode = iota
	// ReadWrite needs the file to be there and brings its schema up to date.
	ReadWrite
	// Create is ReadWrite that makes the file where it is missing or where
	// making it was cut off.
	Create
)

//go:embed schema start
var schemaFS embed.FS

// migrations returns the schema of one kind of file.
func migrations(kind string) fs.FS {
	sub, err := fs.Sub(schemaFS, "schema/"+kind)
	if err != nil {
		panic("db: embedded schema: " + err.Error())
	}
	start, err := schemaFS.ReadFile("start/" + kind + ".sql")
	if errors.Is(err, fs.ErrNotExist) {
		return sub
	}
	return started{sub, string(start)}
}
