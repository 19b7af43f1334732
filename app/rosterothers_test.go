package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/app/reconcile"
	"rollcall/scim/scimtest"
)

// people are lines of a roster, numbered from 1 on.
func people(n int, line func(i int) string) (lines []string) {
	for i := 1; i <= n; i++ {
		lines = append(lines, line(i))
	}
	return lines
}

// waits imports lines, and checks whether the file waits for a person's word,
// with which words, and that the number of its people is one.
func (s *shop) waits(says string, lines []string) {
	s.t.Helper()
	imp := app.RosterImport{File: s.rosterOf(lines...), TimeZone: "UTC"}
	r := must(s.app.ImportRoster(s.t.Context(), imp))(s.t)
	if said := fmt.Sprint(r.Problems); !r.Held || !strings.Contains(said, says) {
		s.t.Errorf("held %v, want %q: %s", r.Held, says, said)
	}
	req := orphans()
	req.Kind = reconcile.KindLeaver
	_, err := s.app.Plan(s.t.Context(), req)
	refused(s.t, err, says)
	imp.AcceptShrink = len(lines)
	if r := must(s.app.ImportRoster(s.t.Context(), imp))(s.t); r.Held {
		s.t.Errorf("vouched for: %v", r.Problems)
	}
}

// A number is nobody: another company numbers its people from 1 as well, and one
// column that is sorted alone gives each number to the next one.
func TestRosterOfOtherPeopleUnderTheSameNumbers(t *testing.T) {
	for name, line := range map[string]func(i int) string{
		"another company": func(i int) string {
			return fmt.Sprintf("%d,Other %d,o%d@second.example,%s,", i, i, i, map[bool]string{true: "left", false: "active"}[i > 53])
		},
		"shifted by one": func(i int) string {
			return fmt.Sprintf("%d,Person %d,person%d@corp.example,active,", i, i%58+1, i%58+1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			newShop(t, scimtest.Quirks{}).waits("The numbers of 58 of them are somebody else's.", people(58, line))
		})
	}
}

// The same people are told by name or address, however they are spelled: after a
// wedding, under a new domain, with names turned round, or in a file without one
// of the two. Nobody has to vouch for them.
func TestRosterOfTheSamePeopleSpelledAnew(t *testing.T) {
	for name, line := range map[string]func(i int) string{
		"a new domain":             func(i int) string { return fmt.Sprintf("%d,Person %d,p%d@new.example,active,", i, i, i) },
		"names turned round":       func(i int) string { return fmt.Sprintf("%d,\"%d, PERSON\",p%d@new.example,active,", i, i, i) },
		"other names":              func(i int) string { return fmt.Sprintf("%d,Dr. Somebody %d,Person%d@Corp.Example,active,", i, i, i) },
		"neither name nor address": func(i int) string { return fmt.Sprintf("%d,,,active,", i) },
		"most on leave": func(i int) string {
			return fmt.Sprintf("%d,Person %d,person%d@corp.example,on leave,", i, i, i)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			r := must(s.app.ImportRoster(t.Context(), app.RosterImport{File: s.rosterOf(people(58, line)...), TimeZone: "UTC"}))(t)
			if r.Held {
				t.Errorf("%v", r.Problems)
			}
		})
	}
}

// A file that says of many that they have left may have been read wrongly, or be
// broken, whether it says so by status or by a last day. A few leave every day.
func TestRosterInWhichManyLeft(t *testing.T) {
	lines := func(n int, left string) []string {
		return people(58, func(i int) string {
			if i <= n || i == 7 {
				return fmt.Sprintf("%d,Person %d,person%d@corp.example,%s", i, i, i, left)
			}
			return fmt.Sprintf("%d,Person %d,person%d@corp.example,active,", i, i, i)
		})
	}
	for _, left := range []string{"left,", "active,2024-05-31", ",2026-01-31"} {
		t.Run(left, func(t *testing.T) {
			newShop(t, scimtest.Quirks{}).waits("57 left by it", lines(58, left))
			s := newShop(t, scimtest.Quirks{})
			if r := must(s.app.ImportRoster(t.Context(), app.RosterImport{File: s.rosterOf(lines(12, left)...), TimeZone: "UTC"}))(t); r.Held {
				t.Errorf("eleven of 57: %v", r.Problems)
			}
			s.waits("12 left by it", lines(13, left))
		})
	}
}

// One that is shorter is not told as a shrink alone where it lists other people:
// who vouches for it has to know for what.
func TestShrunkRosterOfOtherPeopleSaysBoth(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	other := func(i int) string { return fmt.Sprintf("%d,Other %d,o%d@second.example,active,", 5000+i, i, i) }
	s.waits("58 of the 58 people of the roster hr are not in it any more", people(40, other))
	s = newShop(t, scimtest.Quirks{})
	s.waits("shrank from 58 to 40 people", people(40, other))
}

// Steps of which each makes the roster longer replace everybody all the same.
func TestRosterReplacedByStepsThatGrow(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	for k := 1; k <= 6; k++ {
		s.clock.ahead += time.Minute
		lines := people(58+k, func(i int) string {
			i += 11 * k
			return fmt.Sprintf("%d,Person %d,person%d@corp.example,active,", i, i, i)
		})
		r := must(s.app.ImportRoster(t.Context(), app.RosterImport{File: s.rosterOf(lines...), TimeZone: "UTC"}))(t)
		if r.Held != (k > 1) {
			t.Fatalf("step %d: held %v, %v", k, r.Held, r.Problems)
		}
	}
}

// Once the store is lost nobody can tell whose the numbers were: the file of then
// is taken, which the record can tell, and another needs a person's word.
func TestRosterWithoutAStore(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	s.loseStore()
	s.waits("were lost with the store, and the file is not that of revision 1", people(58, func(i int) string {
		return fmt.Sprintf("%d,Other %d,o%d@second.example,active,", 5000+i, i, i)
	}))
	s = newShop(t, scimtest.Quirks{})
	s.loseStore()
	if r := s.importRoster(58); r.Held {
		t.Errorf("the same file: %v", r.Problems)
	}
}

// Who was presumed to have left by an earlier file is not missing from the next.
func TestPresumedLeaversAreNotMissingAgain(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	for _, n := range []int{58, 48, 45} {
		imp := app.RosterImport{File: s.rosterFile(n), TimeZone: "UTC", Contents: app.ContentsActive}
		if r := must(s.app.ImportRoster(t.Context(), imp))(t); r.Held {
			t.Errorf("%d people: %v", n, r.Problems)
		}
		s.clock.ahead += 8 * 24 * time.Hour
	}
}
