package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/app/reconcile"
	"rollcall/scim/scimtest"
)

func TestRosterImport(t *testing.T) {
	w := newWorld(t)
	r := w.roster(people(20, leaverLine))
	if r.Revision != 1 || r.People != 21 || r.Leavers != 1 || r.Held || r.File != "people.csv" || len(r.SHA256) != 64 || r.TimeZone != "UTC" {
		t.Errorf("%+v", r)
	}
	if !slices.Equal(r.Dropped, []string{"Nickname"}) || len(r.Problems) != 0 {
		t.Errorf("dropped %v, problems %v", r.Dropped, r.Problems)
	}
	if n := w.count(`SELECT count(*) FROM person WHERE name LIKE '%x1%' OR manager LIKE '%x1%' OR type LIKE '%x1%'`); n != 0 {
		t.Error("a column that was dropped is in the store")
	}
	if r = w.roster(people(21, leaverLine)); r.Revision != 2 || r.People != 22 {
		t.Errorf("%+v", r)
	}
	if n := w.count(`SELECT count(*) FROM person`); n != 22 {
		t.Errorf("%d versions for one person more", n)
	}
}

func TestHeldRosterBlocks(t *testing.T) {
	w, _ := ready(t)
	before := w.told()
	r := w.roster(people(14))
	if !r.Held || r.Revision != 1 || r.People != 21 || !hasCode(r.Problems, "roster-held") {
		t.Fatalf("%+v", r)
	}
	if !strings.Contains(r.Problems[0].Text, "shrank from 21 to 14") || !strings.Contains(r.Problems[0].Do, "--accept-shrink 14") {
		t.Errorf("%+v", r.Problems[0])
	}
	if !hasCode(w.tenant("Acme").Blocked, "roster-held") || kindOf(w.plan(reconcile.KindLeaver)) != KindRefused {
		t.Errorf("blocked %v", w.tenant("Acme").Blocked)
	}
	if !slices.Equal(before, w.told()) {
		t.Error("findings changed")
	}
	w.nothingStaged()
	accept := func(n int) Roster {
		t.Helper()
		r, err := w.app.ImportRoster(t.Context(), RosterImport{File: w.file(people(14)), AcceptShrink: n})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := accept(15); !r.Held {
		t.Errorf("another number was accepted: %+v", r)
	}
	if r := accept(14); r.Held || r.Revision != 2 || r.People != 14 || len(w.tenant("Acme").Blocked) != 0 {
		t.Errorf("the number was not accepted: %+v", r)
	}
}

func TestRosterThatShrankLittle(t *testing.T) {
	w := newWorld(t)
	w.roster(people(100))
	if r := w.roster(people(80)); r.Held {
		t.Errorf("a fifth fewer is held: %+v", r)
	}
	if r := w.roster(people(63)); !r.Held {
		t.Errorf("more than a fifth fewer is not held: %+v", r)
	}
	w.now = w.now.Add(shrinkWindow + time.Second)
	if r := w.roster(people(64)); r.Held {
		t.Errorf("measured against what was held: %+v", r)
	}
}

// Many small steps are one large one: what counts is the largest list of the
// last seven days, or since a person last vouched for a size.
func TestRosterThatShrinksInSteps(t *testing.T) {
	w := newWorld(t)
	w.roster(people(100))
	day := 24 * time.Hour
	steps := []struct {
		after   time.Duration
		people  int
		accept  int
		against string // "": taken
	}{
		{day, 90, 0, ""},
		{day, 80, 0, ""},
		{day, 70, 0, "from 100 to 70 people since revision 1, imported at 2026-03-10"},
		{4*day - time.Second, 79, 0, "from 100 to 79"},
		{2 * time.Second, 72, 0, ""}, // the first one is a week old
		{0, 71, 0, "from 90 to 71 people since revision 2"},
		{0, 60, 60, ""},
		{0, 48, 0, ""}, // since somebody vouched for 60
		{0, 47, 0, "from 60 to 47 people since revision 5"},
		{30 * day, 39, 0, ""}, // the newest one counts, however old
		{30 * day, 31, 0, "from 39 to 31"},
	}
	for _, s := range steps {
		w.now = w.now.Add(s.after)
		r, err := w.app.ImportRoster(t.Context(), RosterImport{File: w.file(people(s.people)), AcceptShrink: s.accept})
		if err != nil {
			t.Fatal(err)
		}
		if r.Held != (s.against != "") || r.Held && !strings.Contains(r.Problems[0].Text, s.against) {
			t.Errorf("%d people, after %s: held %v %v", s.people, s.after, r.Held, r.Problems)
		}
	}
}

// Any row error rejects all of the file, names every line and changes nothing.
func TestRosterErrorsRejectEverything(t *testing.T) {
	w, _ := ready(t)
	before, entries := w.told(), w.entries()
	for name, c := range map[string]struct{ content, words string }{
		"rows":      {people(20, "1001,Twice,t@corp.example,active,,x", "4000,Bad,b@corp.example,perhaps,,x"), "line 23"},
		"empty":     {"Employee Number,Name,Email\n", "no people"},
		"no number": {"Name,Email\nA,a@b.example\n", ""},
	} {
		_, err := w.app.ImportRoster(t.Context(), RosterImport{File: w.file(c.content)})
		if kindOf(err) != KindFailed || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v", name, err)
		}
		if name == "rows" && !strings.Contains(fmt.Sprint(err), "line 22") {
			t.Errorf("not every line is named: %v", err)
		}
	}
	if _, err := w.app.ImportRoster(t.Context(), RosterImport{File: "/nonexistent"}); kindOf(err) != KindFailed {
		t.Errorf("missing file: %v", err)
	}
	if _, err := w.app.ImportRoster(t.Context(), RosterImport{File: w.file(people(20)), TimeZone: "Mars/Base"}); kindOf(err) != KindUsage {
		t.Errorf("unknown zone: %v", err)
	}
	if !slices.Equal(before, w.told()) || w.entries() != entries || len(w.tenant("Acme").Blocked) != 0 {
		t.Error("something changed")
	}
	w.nothingStaged()
}

// A mail column that is the wrong one makes everybody an orphan; nobody can be
// planned for it.
func TestWrongMailColumn(t *testing.T) {
	w := newWorld(t)
	opt := scimtest.Options{}
	for i := range 20 {
		u := accountOfPerson(i)
		u.ExternalID = ""
		opt.Users = append(opt.Users, u)
	}
	w.serve("Acme", opt)
	r, err := w.app.ImportRoster(t.Context(), RosterImport{File: w.file(people(20)), Map: map[string]string{"email": "Nickname"}})
	if err != nil || !hasCode(r.Problems, "no-addresses") {
		t.Fatalf("%+v, %v", r, err)
	}
	w.sync()
	if n := w.tenant("Acme").Orphaned; n != 20 {
		t.Errorf("%d orphans", n)
	}
	err = w.plan(reconcile.KindOrphaned)
	if kindOf(err) != KindRefused || !strings.Contains(err.Error(), "0 of 20") {
		t.Errorf("plan: %v", err)
	}
	problems, err := w.app.Unplannable(t.Context(), w.tenant("Acme").ID, reconcile.KindOrphaned)
	if err != nil || !hasCode(problems, "match-rate") {
		t.Errorf("%v, %v", problems, err)
	}
	// The mapping is kept; naming the right column makes it good.
	if r := w.roster(people(20)); !hasCode(r.Problems, "no-addresses") {
		t.Errorf("the mapping was forgotten: %+v", r)
	}
	if _, err := w.app.ImportRoster(t.Context(), RosterImport{File: w.file(people(20)), Map: map[string]string{"email": "Email"}}); err != nil {
		t.Fatal(err)
	}
	if n := w.tenant("Acme").Orphaned; n != 0 {
		t.Errorf("%d orphans with the right column", n)
	}
}

// How a source is read survives the store: it comes back from the record.
func TestReadingIsKeptPerSource(t *testing.T) {
	w := newWorld(t)
	content := strings.ReplaceAll(people(5), "active", "da")
	_, err := w.app.ImportRoster(t.Context(), RosterImport{File: w.file(content), Source: "sap", StatusMap: map[string]string{"da": "active"}, TimeZone: "Europe/Berlin"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.app.ImportRoster(t.Context(), RosterImport{File: w.file(content)}); kindOf(err) != KindFailed {
		t.Errorf("another source uses the same words: %v", err)
	}
	r, err := w.app.ImportRoster(t.Context(), RosterImport{File: w.file(content), Source: "sap"})
	if err != nil || r.TimeZone != "Europe/Berlin" || r.Revision != 2 {
		t.Errorf("%+v, %v", r, err)
	}
}

// What the record says of a roster names nobody, and its file's hash is salted.
func TestRosterEntryNamesNobody(t *testing.T) {
	w := newWorld(t)
	r := w.roster(people(3, leaverLine))
	bodies := w.bodies()
	for _, secret := range []string{r.SHA256, "people.csv", "Lea Ver", "corp.example", `"x1"`} {
		if strings.Contains(bodies, secret) {
			t.Errorf("%q is in an entry", secret)
		}
	}
	if !strings.Contains(bodies, `"people":4`) {
		t.Error("the number of people is not in the entry")
	}
}

// Nobody is a leaver by a date that stands for none, and the answer to the error
// is kept. That most last days are over where the status says active is told
// before the import and after.
func TestLastDaysOfNobody(t *testing.T) {
	w := newWorld(t)
	w.serve("Acme", acme())
	none := strings.ReplaceAll(people(20), ",active,", ",active,1900-01-01")
	_, err := w.app.ImportRoster(t.Context(), RosterImport{File: w.file(none)})
	if kindOf(err) != KindFailed || !strings.Contains(err.Error(), "zeros=no-date") {
		t.Fatalf("%v", err)
	}
	if _, err := w.app.ImportRoster(t.Context(), RosterImport{File: w.file(none), Map: map[string]string{"zeros": "no-date"}}); err != nil {
		t.Fatal(err)
	}
	w.sync()
	if r := w.roster(none); r.Leavers != 0 || len(r.Problems) != 0 {
		t.Errorf("%+v", r)
	}
	over := strings.ReplaceAll(people(20), ",active,", ",active,2026-01-31")
	p, err := w.app.PreviewRoster(t.Context(), RosterImport{File: w.file(over)})
	warned := func(r Roster) bool {
		return slices.ContainsFunc(r.Problems, func(x Problem) bool { return x.Code == "roster-warning" && x.Text == strings.Join(p.Warnings, " ") })
	}
	if r := w.roster(over); err != nil || !r.Held || !warned(r) {
		t.Errorf("%+v, preview %v, %v", r, p.Warnings, err)
	}
	r, err := w.app.ImportRoster(t.Context(), RosterImport{File: w.file(over), AcceptShrink: 20})
	if err != nil || r.Held || !warned(r) || r.Leavers != 20 {
		t.Errorf("vouched for: %+v, %v", r, err)
	}
}
