package roster

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/text/encoding"

	"rollcall/app/reconcile"
)

// file is one file being read.
type file struct {
	ctx    context.Context
	r      io.ReadSeeker
	o      Options
	enc    encoding.Encoding // nil: UTF-8
	lay    *layout
	status map[string]reconcile.Status // told by the caller, by squeezed text
	order  DateOrder
	none   map[day]bool // last days that stand for none, where many share them
	sum    Summary
	ids    ids // filled where somebody looks; nil: not
}

// open finds out the encoding and checks what the caller told.
func open(ctx context.Context, r io.ReadSeeker, o Options) (*file, error) {
	if o.TimeZone == nil {
		o.TimeZone = time.UTC
	}
	f := &file{ctx: ctx, r: r, o: o}
	var err error
	if f.status, err = statusMap(o.StatusMap); err != nil {
		return nil, err
	}
	if f.order, err = dateOrder(o); err != nil {
		return nil, err
	}
	if z := o.Map[fZeros]; z != "" && z != zerosNoneWord {
		return nil, &FileError{"Dates of zeros cannot be read as " + quote(z) + ".", "Say " + fZeros + "=" + zerosNoneWord + ", or leave that out."}
	}
	if err := f.rewind(); err != nil {
		return nil, err
	}
	s, err := scanBytes(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("read the file: %w", err)
	}
	f.sum.SHA256, f.sum.Bytes = s.sum, s.bytes
	if len(bytes.TrimSpace(s.head)) == 0 {
		return nil, &FileError{"The file is empty.", "Export it again."}
	}
	if what := otherThanText(s.head); what != "" {
		return nil, &FileError{"The file is " + what + " and not CSV.", "Save it as CSV (UTF-8) and give that file."}
	}
	name := o.Encoding
	if name == "" {
		name = s.detect()
	}
	f.sum.Encoding, f.enc, err = lookup(name)
	return f, err
}

func (f *file) rewind() error {
	if _, err := f.r.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("go to the start of the file: %w", err)
	}
	return nil
}

func statusMap(told map[string]string) (map[string]reconcile.Status, error) {
	m := map[string]reconcile.Status{}
	for text, state := range told {
		s := reconcile.Status(reconcile.Normalise(state))
		switch s {
		case reconcile.StatusActive, reconcile.StatusOnLeave, reconcile.StatusPreHire, reconcile.StatusLeft:
			m[statusKey(text)] = s
		default:
			return nil, &FileError{"There is no status " + quote(state) + ".", "Map " + quote(text) + " to active, on leave, pre-hire or left."}
		}
	}
	return m, nil
}

// statusKey keeps what squeeze would drop where that is all there is: "+".
func statusKey(text string) string {
	if s := squeeze(text); s != "" {
		return s
	}
	return reconcile.Normalise(text)
}

func dateOrder(o Options) (DateOrder, error) {
	told := o.DateOrder
	if m := o.Map[fDates]; m != "" {
		told = DateOrder(m)
	}
	switch told {
	case "", DayFirst, MonthFirst:
		return told, nil
	}
	return "", &FileError{"There is no order of dates named " + quote(string(told)) + ".", "Say --map dates=day-first or --map dates=month-first."}
}

// rows starts reading from the top.
func (f *file) rows(also io.Writer) (*rows, []string, error) {
	if err := f.rewind(); err != nil {
		return nil, nil, err
	}
	b := decode(io.TeeReader(f.r, also), f.enc)
	if f.sum.Delimiter == 0 {
		f.sum.Delimiter = delimiter(b)
	}
	r := newRows(b, f.sum.Delimiter)
	header, err := r.header()
	if err == nil || errors.Is(err, io.EOF) {
		return r, header, nil
	}
	var bad *csv.ParseError
	if errors.Is(err, errLongRow) || errors.As(err, &bad) {
		return nil, nil, &FileError{"The header cannot be read: " + clause(err) + ".", "Check the quotes in the file's first lines."}
	}
	return nil, nil, fmt.Errorf("read the file: %w", err)
}

// clause words an error of the CSV reader.
func clause(err error) string {
	switch {
	case errors.Is(err, errLongRow):
		return "the row is longer than 1 MiB; a quote may not be closed"
	case errors.Is(err, csv.ErrBareQuote):
		return `a value has a " in it but does not begin with one`
	case errors.Is(err, csv.ErrQuote):
		return `a " is not closed or stands alone in a quoted value`
	}
	return err.Error()
}

// layout decides what the columns are, from the header and the first rows.
func (f *file) layout() error {
	first, header, err := f.top()
	if err != nil {
		return err
	}
	f.lay, f.sum.Warnings, err = newLayout(header, first, f.o)
	if f.lay != nil {
		f.sum.Used, f.sum.Dropped = f.lay.columnsOf(fields)
	}
	return err
}

// top reads the header and looks at the first rows.
func (f *file) top() (first sample, header []string, err error) {
	const look = 200
	r, header, err := f.rows(io.Discard)
	if err != nil {
		return nil, nil, err
	}
	for _, h := range header {
		if why := broken(h, f.enc != nil); why != "" {
			return nil, nil, &FileError{"The header cannot be read: " + why + ".", "Say the encoding with --encoding, or export it again."}
		}
	}
	for len(first) < look {
		rec, err := r.next()
		if errors.Is(err, io.EOF) || errors.Is(err, errLongRow) {
			break
		}
		var bad *csv.ParseError
		if err != nil && !errors.As(err, &bad) {
			return nil, nil, fmt.Errorf("read the file: %w", err)
		}
		first = append(first, append([]string(nil), rec...))
	}
	return first, header, nil
}

// each reads every row; broken ones are reported and left out.
func (f *file) each(also io.Writer, errs *Errors, do func(line int, rec []string) error) error {
	r, header, err := f.rows(also)
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		if n%1024 == 0 && f.ctx.Err() != nil {
			return f.ctx.Err()
		}
		rec, err := r.next()
		var bad *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errLongRow):
			errs.add(r.line, "", "%s; reading ended here", clause(err))
			return nil
		case errors.As(err, &bad):
			errs.add(r.line, "", "%s", clause(err))
		case err != nil:
			return fmt.Errorf("read the file: %w", err)
		default:
			if rec = f.fit(r.line, rec, len(header), errs); rec == nil {
				continue
			}
			if err := do(r.line, rec); err != nil {
				return err
			}
		}
	}
}

// fit checks a row's width and characters; nil means that it was reported.
func (f *file) fit(line int, rec []string, width int, errs *Errors) []string {
	if len(rec) < width || len(rec) > width && !empty(rec[width:]) {
		errs.add(line, "", "the row has %d values and the header %d", len(rec), width)
		return nil
	}
	for i, v := range rec[:width] {
		if why := broken(v, f.enc != nil); why != "" {
			errs.add(line, f.lay.names[i], "%s", why)
			return nil
		}
	}
	return rec[:width]
}

// people yields what survey has checked, and makes sure that it is the same.
func (f *file) people(yield func(int, reconcile.Person) error) error {
	h := sha256.New()
	errs := &Errors{}
	err := f.each(h, errs, func(line int, rec []string) error {
		p, days := f.person(rec, func(column, format string, args ...any) { errs.add(line, column, format, args...) })
		if len(errs.Rows) > 0 {
			return ErrChanged
		}
		p.Start, p.End = days[0].in(f.o.TimeZone, f.order), days[1].in(f.o.TimeZone, f.order)
		if f.none[days[1]] && p.Status != reconcile.StatusLeft {
			p.End = time.Time{}
		}
		return yield(line, p)
	})
	if err == nil && (len(errs.Rows) > 0 || [32]byte(h.Sum(nil)) != f.sum.SHA256) {
		return ErrChanged
	}
	return err
}

// person reads one row. Start and End are still to be settled.
func (f *file) person(rec []string, report func(column, format string, args ...any)) (reconcile.Person, [2]day) {
	l := f.lay
	p := reconcile.Person{
		Source:   f.o.Source,
		Number:   l.value(rec, fNumber),
		Name:     l.value(rec, fName),
		UserName: l.value(rec, fUserName),
		Manager:  l.value(rec, fManager),
		Type:     l.value(rec, fType),
		Emails:   f.emails(rec, report),
		Status:   f.stateOf(l.value(rec, fStatus), report),
	}
	if p.Name == "" {
		p.Name = strings.TrimSpace(l.value(rec, fFirst) + " " + l.value(rec, fLast))
	}
	if reconcile.IsBlank(reconcile.Normalise(p.Number)) {
		report(l.column(fNumber), "there is no value, and it is what identifies a person")
	}
	date := func(field string, parse func(string, bool) (day, string)) day {
		text := l.value(rec, field)
		d, problem := parse(text, f.o.Map[fZeros] != "")
		if problem != "" {
			report(l.column(field), "%s %s", quote(text), problem)
		}
		return d
	}
	return p, [2]day{date(fStart, parseDay), date(fEnd, lastDay)}
}

const maxEmails = 100 // of one person

// emails takes every address of a row; what has no @ can match nobody and is
// counted by survey.
func (f *file) emails(rec []string, report func(column, format string, args ...any)) (all []string) {
	for _, col := range f.lay.cols[fEmail] {
		for _, v := range addresses(rec[col]) {
			if strings.Contains(v, "@") {
				all = append(all, v)
			}
		}
		if len(all) > maxEmails {
			report(f.lay.names[col], "there are more than %d addresses", maxEmails)
			return nil
		}
	}
	return all
}

// addresses divides a cell with several.
func addresses(cell string) []string {
	return strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(";, \t\r\n\u00a0<>", r) })
}

// stateOf reads a status. No status at all counts as active: whoever is listed
// without one has not been said to have left.
func (f *file) stateOf(text string, report func(column, format string, args ...any)) reconcile.Status {
	key := statusKey(text)
	if s, ok := f.status[key]; ok {
		return s
	}
	if key == "" {
		return reconcile.StatusActive
	}
	if f.lay.active && yes[key] {
		return reconcile.StatusActive
	}
	if f.lay.active && no[key] {
		return reconcile.StatusLeft
	}
	s, ok := statusOf[key]
	if !ok {
		report(f.lay.column(fStatus), "the status %s is not known; map it to active, on leave, pre-hire or left with --status-map", quote(text))
	}
	return s
}
