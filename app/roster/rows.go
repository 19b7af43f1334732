package roster

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// rows reads records one by one, each of at most MaxRow bytes.
type rows struct {
	csv   *csv.Reader
	limit *limiter
	line  int // of the row read last
}

// limiter bounds what one record may take from the file, so that a quote that
// is never closed does not read all of it into memory.
type limiter struct {
	r    io.Reader
	left int
}

var errLongRow = errors.New("row too long")

func (l *limiter) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errLongRow
	}
	n, err := l.r.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}

// readAhead is what the CSV reader's own buffer may take beyond a record.
const readAhead = 4096

func newRows(r io.Reader, delimiter rune) *rows {
	l := &limiter{r: r}
	c := csv.NewReader(l)
	c.Comma, c.FieldsPerRecord, c.ReuseRecord = delimiter, -1, true
	return &rows{csv: c, limit: l}
}

// next returns the next record that has a value; it is valid until the next
// call. A *csv.ParseError is about one row and reading may go on; errLongRow
// and io.EOF are the end.
func (r *rows) next() ([]string, error) {
	for {
		r.limit.left = MaxRow + readAhead
		rec, err := r.csv.Read()
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			r.line = bad.StartLine
			if errors.Is(err, errLongRow) {
				return nil, errLongRow
			}
			return nil, err
		}
		if err != nil {
			r.line = max(r.line, r.brokenAt(rec, err))
			return nil, err
		}
		r.line, _ = r.csv.FieldPos(0)
		if !empty(rec) {
			return rec, nil
		}
	}
}

// brokenAt is the line of a row that could not be read. One that broke in its
// first value has no position yet.
func (r *rows) brokenAt(rec []string, err error) int {
	var bad *csv.ParseError
	switch {
	case len(rec) > 0:
		line, _ := r.csv.FieldPos(0)
		return line
	case errors.As(err, &bad):
		return bad.StartLine
	}
	return r.line + 1
}

// empty says whether a record is only delimiters, as spreadsheets write them
// after the last row.
func empty(rec []string) bool {
	for _, v := range rec {
		if v != "" {
			return false
		}
	}
	return true
}

// header reads the header, past the "sep=;" line that some spreadsheets want.
func (r *rows) header() ([]string, error) {
	rec, err := r.next()
	if err == nil && len(rec) <= 2 && strings.HasPrefix(rec[0], "sep=") {
		rec, err = r.next()
	}
	return append([]string(nil), rec...), err
}

const delimiters = ",;\t|"

// delimiter finds what divides values: the character that splits the first
// rows most evenly, then into the most values.
func delimiter(b *bufio.Reader) rune {
	sample, _ := b.Peek(b.Size())
	if len(sample) > 5 && strings.HasPrefix(string(sample), "sep=") && strings.ContainsRune(delimiters, rune(sample[4])) {
		return rune(sample[4])
	}
	best, bestScore := ',', 0
	for _, d := range delimiters {
		if s := evenness(string(sample), d); s > bestScore {
			best, bestScore = d, s
		}
	}
	return best
}

// evenness is 0 for a header of one column, and more the more of the first
// rows have as many values as the header.
func evenness(sample string, d rune) int {
	const most = 30
	r := newRows(strings.NewReader(sample), d)
	head, err := r.header()
	if err != nil || len(head) < 2 {
		return 0
	}
	same, all := 0, 0
	for all < most {
		rec, err := r.next()
		if err != nil { // the sample may end inside a row
			break
		}
		all++
		if len(rec) == len(head) {
			same++
		}
	}
	if all == 0 {
		return len(head)
	}
	return 1 + same*1000/all*1000 + len(head)
}

// broken says what is wrong with the characters of a value, or "".
func broken(v string, decoded bool) string {
	switch {
	case len(v) > MaxValue:
		return "the value is longer than 32 KiB"
	case strings.IndexByte(v, 0) >= 0:
		return "the value has a NUL character in it"
	case !utf8.ValidString(v), decoded && strings.ContainsRune(v, utf8.RuneError):
		return "the value has bytes that are not text in this encoding"
	}
	return ""
}
