package roster

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// A day is a calendar date whose day and month may still be unclear.
type day struct {
	year, a, b int  // a and b as written
	order      form // how a and b may be meant
	clear      bool // the way it is written says so, whatever the numbers
}

// form is a set of readings.
type form uint8

const (
	dayFirst form = 1 << iota
	monthFirst
	either = dayFirst | monthFirst
)

// parseDay reads a date; the zero day means that the text is empty. One that is
// no date gives a clause that says so. Zeros, as in 00.00.0000, and Excel's
// 00.01.1900 are none only where somebody said so: else a last day that a broken
// export overwrote with them would turn a leaver into a colleague.
func parseDay(s string, zerosNone bool) (d day, problem string) {
	s, problem = dropMidnight(strings.TrimSpace(s))
	if s == "" || problem != "" {
		return day{}, problem
	}
	parts := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("./- ", r) })
	if len(parts) == 1 && len(s) == 8 {
		parts = []string{s[:4], s[4:6], s[6:]}
	}
	const no = "is not a date; write 2026-11-30"
	if len(parts) != 3 {
		return day{}, no
	}
	n, ok := numbers(parts)
	zeros := n == [3]int{} || isNone(n, noDays)
	switch {
	case !ok:
		return day{}, no
	case zeros && zerosNone:
		return day{}, ""
	case zeros:
		return day{}, noneWords
	case len(parts[0]) == 4:
		d = day{n[0], n[1], n[2], monthFirst, true}
	case len(parts[2]) == 4:
		d = day{n[2], n[0], n[1], either, false}
		if _, named := months[strings.ToLower(parts[1])]; named || strings.Contains(s, ".") {
			d.order, d.clear = dayFirst, true
		}
	default:
		return day{}, "has no year of four digits"
	}
	if d.order &= d.valid(); d.order == 0 {
		return day{}, "is not a date that exists"
	}
	if d.a == d.b {
		d.order = either
	}
	return d, ""
}

// noneWords say of zeros, and of a last day that is none, what to do.
const noneWords = "is what some systems write where there is no date; leave the cell empty, or map " + fZeros + "=" + zerosNoneWord + " if it stands for no date in this file"

// Dates that stand for none, sorted: what databases, spreadsheets and clocks begin
// to count at. Read as a last day they would make a leaver of everybody.
var (
	noDays   = [][3]int{{0, 1, 1900}}
	noneDays = [][3]int{
		{1, 1, 1}, {1, 1, 1601}, {1, 1, 1753}, {12, 30, 1899}, {12, 31, 1899}, {1, 1, 1900}, {12, 31, 1969}, {1, 1, 1970},
	}
)

func isNone(n [3]int, of [][3]int) bool {
	slices.Sort(n[:])
	return slices.Contains(of, n)
}

// lastDay is parseDay of a last day, for which more dates stand for none.
func lastDay(s string, zerosNone bool) (day, string) {
	d, problem := parseDay(s, zerosNone)
	switch {
	case problem != "" || !isNone([3]int{d.year, d.a, d.b}, noneDays):
		return d, problem
	case zerosNone:
		return day{}, ""
	}
	return day{}, noneWords
}

// dropMidnight takes off a time of day that says nothing.
func dropMidnight(s string) (string, string) {
	at := strings.IndexAny(s, "T ")
	if at < 8 || !strings.Contains(s[at:], ":") {
		return s, ""
	}
	clock := strings.TrimSuffix(s[at+1:], "Z")
	if strings.Trim(clock, "0:.") != "" {
		return "", "has a time of day; write the date alone"
	}
	return s[:at], ""
}

var months = map[string]int{"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6,
	"jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12}

func numbers(parts []string) (n [3]int, ok bool) {
	for i, p := range parts {
		if m, named := months[strings.ToLower(p)]; named && i == 1 {
			n[i] = m
			continue
		}
		v, err := strconv.ParseUint(p, 10, 14)
		if err != nil || len(p) > 4 {
			return n, false
		}
		n[i] = int(v)
	}
	return n, true
}

// valid says in which orders the day exists.
func (d day) valid() (f form) {
	if exists(d.year, d.b, d.a) {
		f |= dayFirst
	}
	if exists(d.year, d.a, d.b) {
		f |= monthFirst
	}
	return f
}

func exists(year, month, day int) bool {
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return year > 0 && t.Year() == year && int(t.Month()) == month && t.Day() == day
}

// in returns the date at 00:00 in loc. order decides only what d leaves open.
func (d day) in(loc *time.Location, order DateOrder) time.Time {
	if d.year == 0 {
		return time.Time{}
	}
	day, month := d.a, d.b
	if d.order == monthFirst || d.order == either && order == MonthFirst {
		day, month = d.b, d.a
	}
	return time.Date(d.year, time.Month(month), day, 0, 0, 0, 0, loc)
}

// seen remembers where the order of day and month showed itself.
type seen struct {
	open, day, month mark // the first date of each sort
}

type mark struct {
	line int
	text string
}

func (m mark) String() string { return "line " + strconv.Itoa(m.line) + ", " + quote(m.text) }

func (m *mark) set(line int, text string) {
	if m.line == 0 {
		*m = mark{line, strings.Clone(text)}
	}
}

// add notes a date that only its numbers can tell the order of.
func (s *seen) add(line int, text string, d day) {
	switch {
	case d.clear || d.a == d.b:
	case d.order == either:
		s.open.set(line, text)
	case d.order == dayFirst:
		s.day.set(line, text)
	default:
		s.month.set(line, text)
	}
}

// decide settles the order for the whole file.
func (s *seen) decide(told DateOrder) (DateOrder, error) {
	switch {
	case s.day.line > 0 && s.month.line > 0:
		return "", &FileError{
			"The dates do not agree: " + s.day.String() + " has the day first and " + s.month.String() + " the month.",
			"Export the dates as 2026-11-30.",
		}
	case told == MonthFirst && s.day.line > 0:
		return "", &FileError{"Dates are said to have the month first, but " + s.day.String() + " cannot.", "Map dates=day-first, or none."}
	case told == DayFirst && s.month.line > 0:
		return "", &FileError{"Dates are said to have the day first, but " + s.month.String() + " cannot.", "Map dates=month-first, or none."}
	case told != "":
		return told, nil
	case s.day.line > 0:
		return DayFirst, nil
	case s.month.line > 0:
		return MonthFirst, nil
	case s.open.line > 0:
		return "", &FileError{
			"The dates can be read with the day or the month first, and none of them tells which: " + s.open.String() + ".",
			"Say it in the mapping: dates=day-first or dates=month-first.",
		}
	}
	return "", nil
}
