package roster

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"rollcall/app/reconcile"
)

// layout says which columns hold which field.
type layout struct {
	names  []string // of all columns, made up where empty
	cols   map[string][]int
	active bool // the status column asks "active?"
}

// sample is a look at the first rows, by column.
type sample [][]string

// newLayout finds the columns: those told first, then by header, then by
// content. Where only what identifies a person is missing, the layout comes
// along with the error.
func newLayout(header []string, first sample, o Options) (*layout, []string, error) {
	l := &layout{names: names(header), cols: map[string][]int{}}
	told, err := l.explicit(o)
	if err != nil {
		return nil, nil, err
	}
	l.byHeader(told)
	warnings := l.byContent(first, told)
	if len(l.cols[fNumber]) == 0 {
		return l, warnings, &FileError{
			"No column is recognised as the employee number.",
			"Map one with --map number=COLUMN, or name the column that identifies a person with --key; the file has " + list(l.names) + ".",
		}
	}
	if s := l.cols[fStatus]; len(s) > 0 {
		l.active = activeHeaders[headerWord(l.names[s[0]])]
	}
	if n := l.column(fNumber); headerWord(n) == "id" && o.Key == "" && !told[fNumber] {
		warnings = append(warnings, "Column "+quote(n)+" is read as employee number.")
	}
	return l, warnings, nil
}

// names are the header's, made up where one is empty.
func names(header []string) []string {
	all := slices.Clone(header)
	for i, n := range all {
		if all[i] = strings.TrimSpace(n); all[i] == "" {
			all[i] = fmt.Sprintf("column %d", i+1)
		}
	}
	return all
}

// mapped obeys a mapping onto known fields and returns which it settled.
// Those in several may have more than one column.
func (l *layout) mapped(mapping map[string]string, known []string, several ...string) (map[string]bool, error) {
	told := map[string]bool{}
	for _, field := range slices.Sorted(maps.Keys(mapping)) {
		if !slices.Contains(known, field) {
			return nil, &FileError{"There is no field " + quote(field) + ".", "The fields are " + strings.Join(known, ", ") + "."}
		}
		told[field] = true
		if mapping[field] == "" || field == fDates || field == fZeros {
			continue
		}
		found, err := l.find(mapping[field], slices.Contains(several, field))
		if err != nil {
			return nil, err
		}
		l.cols[field] = found
	}
	return told, nil
}

// explicit obeys what the caller told and returns which fields that settled.
func (l *layout) explicit(o Options) (map[string]bool, error) {
	told, err := l.mapped(o.Map, append(slices.Clone(fields), fDates, fZeros), fEmail)
	if err != nil || o.Key == "" {
		return told, err
	}
	found, err := l.find(o.Key, false)
	l.cols[fNumber], told[fNumber] = found, true
	return told, err
}

// find looks a column up by its exact name, then regardless of case and
// punctuation; several are divided by "|".
func (l *layout) find(name string, several bool) ([]int, error) {
	i, err := l.one(name)
	if err == nil || !several || !strings.Contains(name, "|") {
		return []int{i}, err
	}
	var all []int
	for part := range strings.SplitSeq(name, "|") {
		i, err := l.one(part)
		if err != nil {
			return nil, err
		}
		all = append(all, i)
	}
	return all, nil
}

func (l *layout) one(name string) (int, error) {
	name = strings.TrimSpace(name)
	like := func(same func(string) bool) []int {
		var found []int
		for i, n := range l.names {
			if same(n) {
				found = append(found, i)
			}
		}
		return found
	}
	found := like(func(n string) bool { return n == name })
	if len(found) == 0 {
		found = like(func(n string) bool { return squeeze(n) == squeeze(name) && squeeze(n) != "" })
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return 0, &FileError{"There is no column " + quote(name) + ".", "Name one that the file has: " + list(l.names) + "."}
	}
	return 0, &FileError{"There are " + fmt.Sprint(len(found)) + " columns named " + quote(name) + ".", "Give them different names; the file has " + list(l.names) + "."}
}

// byHeader takes the first column of each field, and every one with an e-mail
// address, that nothing was told about.
func (l *layout) byHeader(told map[string]bool) {
	l.take(headerField, told)
	for field, header := range lastResorts {
		parts := field == fName && len(l.cols[fFirst])+len(l.cols[fLast]) > 0
		if len(l.cols[field]) > 0 || told[field] || parts {
			continue
		}
		if i := slices.IndexFunc(l.names, func(n string) bool { return headerWord(n) == header }); i >= 0 && !l.used(i) {
			l.cols[field] = []int{i}
		}
	}
	// Beside a first name, a German "Name" or a French "Nom" is the last name.
	if len(l.cols[fFirst]) > 0 && len(l.cols[fLast]) == 0 && len(l.cols[fName]) > 0 && !told[fName] && !told[fLast] {
		if h := headerWord(l.names[l.cols[fName][0]]); h == "name" || h == "naam" {
			l.cols[fLast], l.cols[fName] = l.cols[fName], nil
		}
	}
}

func (l *layout) take(meaning map[string]string, told map[string]bool) {
	for i, n := range l.names {
		field, known := fieldOf(meaning, n)
		if !known || told[field] || l.used(i) || len(l.cols[field]) > 0 && field != fEmail {
			continue
		}
		l.cols[field] = append(l.cols[field], i)
	}
}

// byContent takes the one nameless-to-us column that is full of different
// e-mail addresses where no header told of one.
func (l *layout) byContent(first sample, told map[string]bool) []string {
	if told[fEmail] || len(l.cols[fEmail]) > 0 {
		return nil
	}
	var found []int
	for i, n := range l.names {
		_, known := fieldOf(headerField, n)
		if !known && !l.used(i) && first.addresses(i) > 80 && first.distinct(i) > 80 {
			found = append(found, i)
		}
	}
	switch len(found) {
	case 0:
		return []string{"No column is read as e-mail address, so accounts match by employee number and login name only."}
	case 1:
		l.cols[fEmail] = found
		return []string{"Column " + quote(l.names[found[0]]) + " is read as e-mail address because of its values."}
	}
	return []string{"Several columns hold e-mail addresses and none is read as such; map the right one with --map email=COLUMN."}
}

func (l *layout) used(i int) bool {
	for _, cols := range l.cols {
		if slices.Contains(cols, i) {
			return true
		}
	}
	return false
}

// columnsOf lists what is read and what is dropped, in the file's order.
func (l *layout) columnsOf(fields []string) (used []Column, dropped []string) {
	for i, n := range l.names {
		if !l.used(i) {
			dropped = append(dropped, n)
			continue
		}
		for _, f := range fields {
			if slices.Contains(l.cols[f], i) {
				used = append(used, Column{f, n})
			}
		}
	}
	return used, dropped
}

// value is the trimmed value of a field's first column, or "".
func (l *layout) value(rec []string, field string) string {
	if cols := l.cols[field]; len(cols) > 0 {
		return strings.TrimSpace(rec[cols[0]])
	}
	return ""
}

// column is the name of a field's first column.
func (l *layout) column(field string) string {
	if cols := l.cols[field]; len(cols) > 0 {
		return l.names[cols[0]]
	}
	return ""
}

// addresses is the percentage of a column's values that look like one.
func (s sample) addresses(col int) int {
	return s.share(col, func(v string) bool {
		at := strings.LastIndexByte(v, '@')
		return at > 0 && utf8.RuneCountInString(v[at:]) > 2
	})
}

// distinct is the percentage of a column's values that come for the first
// time: everybody has the same manager, nobody the same address.
func (s sample) distinct(col int) int {
	seen := map[string]bool{}
	return s.share(col, func(v string) bool {
		again := seen[reconcile.Normalise(v)]
		seen[reconcile.Normalise(v)] = true
		return !again
	})
}

// share is over the values that are there; 0 where there is none.
func (s sample) share(col int, is func(string) bool) int {
	n, all := 0, 0
	for _, rec := range s {
		if col >= len(rec) || rec[col] == "" {
			continue
		}
		all++
		if is(rec[col]) {
			n++
		}
	}
	if all == 0 {
		return 0
	}
	return n * 100 / all
}
