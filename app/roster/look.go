package roster

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"slices"

	"rollcall/app/reconcile"
)

// Limits on what a look at a file shows.
const (
	headRows  = 5
	mostWords = 40
)

// Look is what a file shows before it is imported. Everything that could be
// found out stands in it, also where the file cannot be read as told.
type Look struct {
	Summary
	Columns []string   // all of the header, made up where empty
	Fields  []string   // what a column can be read as
	Head    [][]string // the first rows, of the columns in Used only
	Words   []Word     // different texts of the status column, the most frequent first, at most 40
	Key     string     // of members: id, username or email
	ids     ids        // of every row that has one
	Err     error      // why it cannot be imported as told: a [*FileError] or an [*Errors]; nil: it can be
}

// Word is a text of the status column.
type Word struct {
	Text  string
	Rows  int
	State string // as what it is read; "" is not known
}

// ids are what identifies the rows of a file, each as a hash of 16 bytes.
type ids map[[16]byte]bool

func (s ids) add(id string) {
	if s != nil {
		s[idHash(id)] = true
	}
}

func idHash(id string) [16]byte {
	sum := sha256.Sum256([]byte(id))
	return [16]byte(sum[:16])
}

// Has says whether a row has this number or id, as it is kept.
func (k *Look) Has(id string) bool { return k.ids[idHash(id)] }

// LookPeople looks at a file of people as [Read] would read it. The error is
// r's, or that ctx ended.
func LookPeople(ctx context.Context, r io.ReadSeeker, o Options) (Look, error) {
	look := Look{Fields: slices.Clone(fields)}
	f, err := open(ctx, r, o)
	if err != nil {
		return look, look.take(err)
	}
	look.ids = ids{}
	f.ids = look.ids
	err = f.survey()
	look.Summary = f.sum
	if err := look.take(err); err != nil {
		return look, err
	}
	return look, look.sample(f, func(text string) string {
		known := true
		s := f.stateOf(text, func(string, string, ...any) { known = false })
		if !known {
			return ""
		}
		return string(s)
	})
}

// LookMembers looks at a file of members as [ReadMembers] would read it.
func LookMembers(ctx context.Context, r io.ReadSeeker, o MemberOptions) (Look, error) {
	look := Look{Fields: slices.Clone(memberFields)}
	f, err := open(ctx, r, Options{Encoding: o.Encoding})
	if err != nil {
		return look, look.take(err)
	}
	look.ids = ids{}
	f.ids = look.ids
	m := &members{f: f, o: o, lines: map[[16]byte]int32{}}
	if m.status, err = memberStatus(o.StatusMap); err == nil {
		err = m.layout()
	}
	if err == nil {
		err = m.survey()
	}
	look.Summary, look.Key = f.sum, m.sum.Key
	if err := look.take(err); err != nil {
		return look, err
	}
	return look, look.sample(f, func(text string) string {
		s := m.active(text, func(string, string, ...any) {})
		if s == reconcile.ActiveUnknown {
			return ""
		}
		return string(s)
	})
}

// take keeps what is wrong with the file and returns every other error.
func (k *Look) take(err error) error {
	if errors.As(err, new(*FileError)) || errors.As(err, new(*Errors)) {
		k.Err = err
		return nil
	}
	return err
}

// sample reads the header, the first rows and the words of the status column.
func (k *Look) sample(f *file, state func(text string) string) error {
	_, header, err := f.top()
	if err != nil {
		return k.take(err)
	}
	k.Columns = names(header)
	if f.lay == nil {
		return nil // the mapping names a column that is not there
	}
	count := map[string]int{}
	err = f.each(io.Discard, &Errors{}, func(_ int, rec []string) error {
		if len(k.Head) < headRows {
			k.Head = append(k.Head, k.shown(f.lay, rec))
		}
		if text := f.lay.value(rec, fStatus); text != "" && (count[text] > 0 || len(count) < 10*mostWords) {
			count[text]++
		}
		return nil
	})
	for text, n := range count {
		k.Words = append(k.Words, Word{text, n, state(text)})
	}
	slices.SortFunc(k.Words, func(a, b Word) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Text, b.Text))
	})
	// What has to be answered comes before what is only good to know.
	slices.SortStableFunc(k.Words, func(a, b Word) int { return cmp.Compare(min(len(a.State), 1), min(len(b.State), 1)) })
	k.Words = k.Words[:min(len(k.Words), mostWords)]
	return k.take(err)
}

// shown is a row without the columns that are dropped.
func (k *Look) shown(l *layout, rec []string) []string {
	var out []string
	for i := range l.names {
		if l.used(i) {
			out = append(out, rec[i])
		}
	}
	return out
}
