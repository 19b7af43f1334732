package app

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"rollcall/app/roster"
	"rollcall/db/storeq"
)

// FilePreview is a file as it would be imported. Nothing of it was kept.
type FilePreview struct {
	Name      string // base name
	Encoding  string // e.g. "windows-1252"; "" where that is not known
	Separator string // in words
	Dates     string // how dates with the month as a number are read; "" where none depends on it
	Rows      int
	Columns   []string          // of the header
	Fields    []string          // what a column can be read as
	Used      []PreviewColumn   // the columns that are kept, in the file's order
	Dropped   []string          // those that are not
	Head      [][]string        // the first rows, of Used
	Words     []PreviewWord     // texts of the status column
	States    []string          // what a status can be
	Warnings  []string          // sentences
	Lines     []string          // errors of rows, each with its line number
	More      int               // further ones
	Problem   *Error            // why it cannot be imported like this; nil: it can be
	Held      *Problem          // why the import waits for a person's word on its number; nil: it does not
	Map       map[string]string // what was told of columns, now or by the import before
	StatusMap map[string]string // the same of words
	TimeZone  string            // of a roster
	Contents  string            // of a roster: ContentsActive or ContentsAll
	Source    string            // of a roster
	Key       string            // column that identifies a person, where that is not the number; of members the field
	Again     bool              // an import before told how to read it
}

// PreviewColumn is a column that is kept, and as what.
type PreviewColumn struct{ Field, Name string }

// PreviewWord is a text of the status column, and what it is read as; State
// is "" where that is not known.
type PreviewWord struct {
	Text  string
	Rows  int
	State string
}

// PreviewRoster reads a file as ImportRoster would, and keeps and records
// nothing. What is wrong with the file is part of the preview; the error is
// that it cannot be opened, or that the request means nothing.
func (a *App) PreviewRoster(ctx context.Context, r RosterImport) (FilePreview, error) {
	if r.Source == "" {
		r.Source = defaultSource
	}
	reading, zone, err := a.reading(ctx, r)
	if err != nil {
		return FilePreview{}, err
	}
	look, err := lookAt(r.File, r.Content, func(f io.ReadSeeker) (roster.Look, error) {
		return roster.LookPeople(ctx, f, roster.Options{
			Map: reading.Map, Key: reading.Key, Source: r.Source, TimeZone: zone, StatusMap: reading.StatusMap, Encoding: reading.Encoding, Now: a.cfg.Now(),
		})
	})
	if err != nil {
		return FilePreview{}, importError(err, rosterFile, r.File)
	}
	p := newPreview(r.File, look)
	p.States = []string{"active", "on leave", "pre-hire", "left"}
	p.Map, p.StatusMap, p.TimeZone, p.Contents, p.Source, p.Key = reading.Map, reading.StatusMap, reading.TimeZone, reading.Contents, r.Source, reading.Key
	if look.Err != nil {
		errors.As(importError(look.Err, rosterFile, r.File), &p.Problem)
		return p, nil
	}
	p.Held, err = a.rosterWaits(ctx, r.Source, reading, look)
	return p, p.refusedBy(err)
}

// PreviewMembers does the same for a list of accounts; tenant is the name or id
// of the one that it is a newer list of, or "" for a new one. Who exported it
// and when is not needed.
func (a *App) PreviewMembers(ctx context.Context, tenant string, f FileImport) (FilePreview, error) {
	var row storeq.Tenant
	if tenant != "" {
		var err error
		if row, err = a.tenantBy(ctx, tenant); err != nil {
			return FilePreview{}, err
		}
	}
	id := row.ID
	reading, err := a.fileReading(ctx, id, f)
	if err != nil {
		return FilePreview{}, err
	}
	look, err := lookAt(f.File, f.Content, func(r io.ReadSeeker) (roster.Look, error) {
		return roster.LookMembers(ctx, r, roster.MemberOptions{Map: reading.Map, StatusMap: reading.StatusMap, Encoding: reading.Encoding, Key: reading.Key})
	})
	if err != nil {
		return FilePreview{}, importError(err, memberFile, f.File)
	}
	p := newPreview(f.File, look)
	p.States = []string{"active", "inactive"}
	p.Map, p.StatusMap, p.Key, p.Again = reading.Map, reading.StatusMap, look.Key, reading.Key != ""
	if look.Err != nil {
		errors.As(importError(look.Err, memberFile, f.File), &p.Problem)
		return p, nil
	}
	if id != "" {
		p.Held, err = a.membersWait(ctx, row, look)
	}
	return p, p.refusedBy(err)
}

// refusedBy makes what an import would be refused for part of the preview, and
// returns any other error.
func (p *FilePreview) refusedBy(err error) error {
	var own *Error
	if errors.As(err, &own) && own.Kind == KindRefused {
		p.Problem = own
		return nil
	}
	return err
}

func lookAt(file string, content io.ReadSeeker, look func(io.ReadSeeker) (roster.Look, error)) (roster.Look, error) {
	f, err := openFile(file, content)
	if err != nil {
		return roster.Look{}, err
	}
	defer f.Close()
	return look(f)
}

// readSeekCloser is a file, or content that somebody holds.
type readSeekCloser struct {
	io.ReadSeeker
	io.Closer
}

// openFile opens the file unless its content is at hand.
func openFile(file string, content io.ReadSeeker) (io.ReadSeekCloser, error) {
	if content != nil {
		return readSeekCloser{content, io.NopCloser(nil)}, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func newPreview(file string, l roster.Look) FilePreview {
	p := FilePreview{
		Name: filepath.Base(file), Encoding: l.Encoding, Separator: separators[l.Delimiter], Dates: strings.ReplaceAll(string(l.DateOrder), "-", " "),
		Rows: l.Rows, Columns: l.Columns, Fields: l.Fields, Dropped: l.Dropped, Head: l.Head, Warnings: l.Warnings,
	}
	for _, c := range l.Used {
		p.Used = append(p.Used, PreviewColumn{c.Field, c.Name})
	}
	for _, w := range l.Words {
		p.Words = append(p.Words, PreviewWord{w.Text, w.Rows, w.State})
	}
	var rows *roster.Errors
	if errors.As(l.Err, &rows) {
		for _, r := range rows.Rows {
			p.Lines = append(p.Lines, r.String())
		}
		p.More = rows.More
	}
	return p
}

var separators = map[rune]string{',': "comma", ';': "semicolon", '\t': "tab", '|': "vertical bar"}
