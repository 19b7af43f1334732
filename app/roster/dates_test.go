package roster_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rollcall/app/roster"
)

func TestDates(t *testing.T) {
	tests := []struct {
		name, start, end string
		o                roster.Options
		wantS, wantE     string // "" is none
		order            roster.DateOrder
	}{
		{"year first", "2026-03-04", "2026/11/30", roster.Options{}, "2026-03-04", "2026-11-30", ""},
		{"eight digits", "20260304", "", roster.Options{}, "2026-03-04", "", ""},
		{"midnight", "2026-03-04T00:00:00Z", "2026-11-30 00:00:00.000", roster.Options{}, "2026-03-04", "2026-11-30", ""},
		{"dots", "4.3.2026", "30.11.2026", roster.Options{}, "2026-03-04", "2026-11-30", ""},
		{"month names", "04-Mar-2026", "30 NOV 2026", roster.Options{}, "2026-03-04", "2026-11-30", ""},
		{"the day tells", "04/03/2026", "30/11/2026", roster.Options{}, "2026-03-04", "2026-11-30", roster.DayFirst},
		{"the month tells", "03/04/2026", "11/30/2026", roster.Options{}, "2026-03-04", "2026-11-30", roster.MonthFirst},
		{"told by option", "03/04/2026", "", roster.Options{DateOrder: roster.MonthFirst}, "2026-03-04", "", roster.MonthFirst},
		{"told in the mapping", "04-03-2026", "", roster.Options{Map: map[string]string{"dates": "day-first"}}, "2026-03-04", "", roster.DayFirst},
		{"either way", "05/05/2026", "", roster.Options{}, "2026-05-05", "", ""},
		{"zeros said to be none", "00.00.0000", "0000-00-00", roster.Options{Map: map[string]string{"zeros": "no-date"}}, "", "", ""},
		{"no end in sight", "2020-01-01", "31.12.9999", roster.Options{}, "2020-01-01", "9999-12-31", ""},
	}
	for _, tt := range tests {
		people, s := mustRead(t, "number,start,end\n1,"+tt.start+","+tt.end+"\n", tt.o)
		got := people[0]
		if !same(got.Start, tt.wantS) || !same(got.End, tt.wantE) || s.DateOrder != tt.order {
			t.Errorf("%s: %s to %s, %q", tt.name, got.Start, got.End, s.DateOrder)
		}
	}
}

func same(got time.Time, want string) bool {
	if want == "" {
		return got.IsZero()
	}
	return got.Equal(day(want))
}

// A last day of zeros would make somebody who left active again, so it is read
// as none only where that was said.
func TestDatesOfZerosAreErrors(t *testing.T) {
	for _, zeros := range []string{"0000-00-00", "00.00.0000", "00/00/0000", "00000000", "0000-00-00 00:00:00", "0000-00-00T00:00:00Z"} {
		_, _, err := read(t, "number,start,end\n1,2020-01-01,\n2,2020-01-01,"+zeros+"\n", roster.Options{})
		if err == nil || !strings.Contains(err.Error(), "line 3, column end") || !strings.Contains(err.Error(), "zeros=no-date") {
			t.Errorf("%s: %v", zeros, err)
		}
	}
}

// So is a last day that stands for none, as databases and spreadsheets write it:
// everybody would have left. The first day of somebody who is here harms nobody.
func TestLastDaysThatStandForNone(t *testing.T) {
	for _, none := range []string{
		"1900-01-01", "01.01.1900", "1/1/1900", "19000101", "1 Jan 1900", "00.01.1900", "1/0/1900", "1900-01-00", "1899-12-30", "30.12.1899", "12/31/1899",
		"0001-01-01T00:00:00", "01.01.0001", "1753-01-01 00:00:00.000", "01/01/1970", "1970-01-01T00:00:00Z", "31-Dec-1969", "1601-01-01",
	} {
		data := "number,start,end\n1,2020-01-01,2026-11-30\n2,2020-01-01," + none + "\n"
		_, _, err := read(t, data, roster.Options{})
		if err == nil || !strings.Contains(err.Error(), "line 3, column end") || !strings.Contains(err.Error(), "zeros=no-date") {
			t.Errorf("%s: %v", none, err)
		}
		people, _ := mustRead(t, data, roster.Options{Map: map[string]string{"zeros": "no-date"}})
		if !people[1].End.IsZero() || !same(people[0].End, "2026-11-30") {
			t.Errorf("%s said to be none: %s", none, people[1].End)
		}
	}
	people, _ := mustRead(t, "number,start,end\n1,1970-01-01,1970-01-02\n2,1900-01-01,1901-01-01\n", roster.Options{})
	if !same(people[0].Start, "1970-01-01") || !same(people[1].End, "1901-01-01") {
		t.Errorf("%+v", people)
	}
}

// So it is with any other that more than a few share and that lies many years back,
// unless their status says that they left: epochs have many beginnings.
func TestLastDaysThatManyShare(t *testing.T) {
	for _, tt := range []struct {
		day, status   string
		shared, other int
		asked         bool
	}{
		{"1904-01-01", "", 6, 100, true},
		{"1980-01-01", "active", 6, 100, true},
		{"02.01.1970", "", 6, 100, true},
		{"1000-01-01", "", 6, 100, true},
		{"1980-01-01", "", 5, 100, false},
		{"1980-01-01", "left", 60, 10, false},
		{"2012-12-31", "", 20, 80, false}, // a closure, long ago
		{"2012-12-31", "", 21, 79, true},
		{"2024-12-31", "", 60, 10, false}, // last year: the import may be held
	} {
		var b strings.Builder
		b.WriteString("number,status,end\n")
		for i := range tt.other {
			fmt.Fprintf(&b, "a%d,active,\n", i)
		}
		for i := range tt.shared {
			fmt.Fprintf(&b, "b%d,%s,%s\n", i, tt.status, tt.day)
		}
		o := roster.Options{Now: time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)}
		_, _, err := read(t, b.String(), o)
		said := fmt.Sprintf("is the last day of %d people", tt.shared)
		if asked := err != nil && strings.Contains(err.Error(), said) && strings.Contains(err.Error(), "zeros=no-date"); asked != tt.asked || !asked && err != nil {
			t.Errorf("%+v: %v", tt, err)
		}
		o.Map = map[string]string{"zeros": "no-date"}
		people, sum := mustRead(t, b.String(), o)
		if none := people[tt.other].End.IsZero(); none != tt.asked || tt.asked && len(sum.Warnings) > 0 && strings.Contains(sum.Warnings[0], "is over") {
			t.Errorf("%+v, said to be none: %v, %v", tt, people[tt.other].End, sum.Warnings)
		}
	}
}

// Last days that are over where the status says active make leavers. A few are a
// file that is some days behind; more are told.
func TestLastDaysAgainstTheStatus(t *testing.T) {
	for _, tt := range []struct {
		ended, active, left int
		end, status         string
		told                string
	}{
		{1, 20, 0, "2026-03-09", "active", ""},
		{2, 20, 0, "2026-03-09", "active", "2 of 20 people whose status says active"},
		{2, 20, 0, "2026-03-10", "active", ""},
		{2, 20, 0, "05/04/2026", "active", ""},
		{2, 20, 0, "05/02/2026", "active", "2 of 20"},
		{2, 20, 10, "2026-03-09", "active", "2 of 20"},
		{20, 20, 0, "2026-03-09", "", ""},
		{20, 20, 0, "2026-03-09", "on leave", ""},
	} {
		data := "number,status,last day\n"
		for i := range tt.active {
			end := "2026-12-24"
			if i < tt.ended {
				end = tt.end
			}
			data += fmt.Sprintf("%d,%s,%s\n", i, tt.status, end)
		}
		for i := range tt.left {
			data += fmt.Sprintf("%d,left,2020-01-31\n", 100+i)
		}
		o := roster.Options{Now: time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC), DateOrder: roster.DayFirst}
		_, s := mustRead(t, data, o)
		if got := strings.Join(s.Warnings, " "); !strings.Contains(got, tt.told) || tt.told == "" && strings.Contains(got, "over") {
			t.Errorf("%+v: %q", tt, got)
		}
	}
}

func TestDatesInZone(t *testing.T) {
	zone := time.FixedZone("there", 5*3600)
	people, _ := mustRead(t, "number,end\n1,2026-11-30\n", roster.Options{TimeZone: zone})
	if want := time.Date(2026, 11, 30, 0, 0, 0, 0, zone); !people[0].End.Equal(want) {
		t.Errorf("%s, want %s", people[0].End, want)
	}
}
