package app

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rollcall/app/reconcile"
)

// somePeople is a roster whose lines line writes.
func somePeople(from, to int, line func(i int) string) string {
	var b strings.Builder
	b.WriteString("Employee Number,Name,Email,Status\n")
	for i := from; i < to; i++ {
		fmt.Fprintln(&b, line(i))
	}
	return b.String()
}

func numbered(i int) string {
	return fmt.Sprintf("%05d,Person %d,p%d@corp.example,active", 1000+i, i, i)
}

// A roster that did not shrink and yet lacks those who were on it is that of
// another company, or its numbers are written anew. Unless a person vouches for
// it nobody is made a leaver or an orphan by it.
func TestRosterOfOtherPeopleIsHeld(t *testing.T) {
	for name, other := range map[string]func(i int) string{
		"another company":         func(i int) string { return fmt.Sprintf("%d,Other %d,o%d@second.example,active", 5000+i, i, i) },
		"without leading noughts": func(i int) string { return fmt.Sprintf("%d,Person %d,,active", 1000+i, i) },
	} {
		for _, contents := range []string{ContentsActive, ContentsAll} {
			t.Run(name+" "+contents, func(t *testing.T) {
				w := newWorld(t)
				w.serve("Acme", acme())
				if _, err := w.app.ImportRoster(t.Context(), RosterImport{File: w.file(somePeople(0, 20, numbered)), Contents: contents}); err != nil {
					t.Fatal(err)
				}
				w.sync()
				before, others := w.told(), w.file(somePeople(0, 20, other))
				r, err := w.app.ImportRoster(t.Context(), RosterImport{File: others})
				if err != nil || !r.Held || !strings.Contains(r.Problems[0].Text, "20 of the 20 people of the roster hr are not in it any more, since revision 1") {
					t.Fatalf("%+v, %v", r, err)
				}
				if kindOf(w.plan(reconcile.KindLeaver)) != KindRefused || strings.Join(before, "\n") != strings.Join(w.told(), "\n") {
					t.Errorf("findings stand on it: %v", w.told())
				}
				if r, err = w.app.ImportRoster(t.Context(), RosterImport{File: others, AcceptShrink: 20}); err != nil || r.Held || r.Revision != 2 {
					t.Errorf("vouched for: %+v, %v", r, err)
				}
			})
		}
	}
}

// Who came makes nobody suspicious, nor does it that a few went, or that people
// come and go in a company that is small. Many small steps are one large one.
func TestRosterWithOtherPeople(t *testing.T) {
	w := newWorld(t)
	w.roster(somePeople(0, 100, numbered))
	steps := []struct {
		after    time.Duration
		from, to int
		held     bool
	}{
		{0, 20, 120, false}, // a fifth of the hundred
		{time.Hour, 21, 121, true},
		{time.Hour, 0, 400, false},
		{time.Hour, 81, 400, true},
		{shrinkWindow + time.Second, 10, 410, false},
		{time.Hour, 80, 480, false},
		{time.Hour, 91, 491, true}, // eleven more, and eighty-one of those before
	}
	for _, s := range steps {
		w.now = w.now.Add(s.after)
		if r := w.roster(somePeople(s.from, s.to, numbered)); r.Held != s.held {
			t.Errorf("%d to %d: held %v, %v", s.from, s.to, r.Held, r.Problems)
		}
	}
	small := newWorld(t)
	small.roster(somePeople(0, 8, numbered))
	for _, s := range []struct {
		from int
		held bool
	}{{5, false}, {13, true}} {
		if r := small.roster(somePeople(s.from, s.from+8, numbered)); r.Held != s.held {
			t.Errorf("from %d: %v", s.from, r.Problems)
		}
	}
}
