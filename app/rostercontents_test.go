package app

import (
	"strings"
	"testing"
	"time"

	"rollcall/app/reconcile"
)

func (w *world) importAs(content, contents string) Roster {
	w.t.Helper()
	r, err := w.app.ImportRoster(w.t.Context(), RosterImport{File: w.file(content), Contents: contents})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// Who is missing from a newer list of active people is presumed to have left
// since that revision, and is here again when a later one lists them.
func TestPresumedLeavers(t *testing.T) {
	w, _ := ready(t)
	some := func(lines ...string) string { return people(19, append(lines, leaverLine)...) } // without 1019
	if r := w.importAs(people(20, leaverLine), ContentsActive); r.Contents != ContentsActive || r.Leavers != 1 || len(r.Problems) != 0 {
		t.Fatalf("%+v", r)
	}
	w.now = w.now.Add(24 * time.Hour)
	r := w.importAs(some(), "") // remembered
	if r.Contents != ContentsActive || r.People != 20 || r.Leavers != 2 || !hasCode(r.Problems, "presumed-leavers") || !strings.HasPrefix(r.Problems[0].Text, "1 person ") {
		t.Fatalf("%+v", r)
	}
	want := "leaver-still-active Acme p19@corp.example | external-id | 1019 | Person 19 (1019) is presumed to have left: missing from the list of active people since revision 3 of 2026-03-11."
	if got := w.line("p19@corp.example"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	f := w.findings(FindingFilter{Kind: reconcile.KindLeaver, Search: "p19"}).Findings[0]
	if !f.Since.Equal(w.now) || f.Person == nil || !f.Person.Leaver {
		t.Errorf("%+v", f)
	}
	if d, err := w.app.Finding(t.Context(), f.ID); err != nil || !d.Candidates[0].Leaver {
		t.Errorf("%+v, %v", d.Candidates, err)
	}
	w.now = w.now.Add(24 * time.Hour)
	if r := w.importAs(some("4000,New One,new@corp.example,active,,x"), ""); len(r.Problems) != 0 || r.Leavers != 2 {
		t.Errorf("missing for the second time: %+v", r)
	}
	if got := w.line("p19@corp.example"); got != want {
		t.Errorf("a revision later: %s", got)
	}
	if r := w.importAs(people(20, leaverLine, "4000,New One,new@corp.example,active,,x"), ""); r.Leavers != 1 || w.line("p19@corp.example") != "" {
		t.Errorf("listed again: %+v, %s", r, w.line("p19@corp.example"))
	}
	if n := w.count(`SELECT count(*) FROM person WHERE number = '1019'`); n != 3 {
		t.Errorf("%d versions of somebody who was here, gone and here", n)
	}
}

// A last day that is over says more than the absence.
func TestPresumedLeaverWithALastDay(t *testing.T) {
	w, _ := ready(t)
	w.importAs(people(20), ContentsActive)
	if got := w.line("lea@corp.example"); !strings.HasSuffix(got, "has left: the last day was 2026-02-28.") {
		t.Error(got)
	}
}

// Where leavers are listed too, who is missing is nobody on the roster, and how
// many that are is said; so are those who had been presumed to have left.
func TestVanishedPeople(t *testing.T) {
	w, _ := ready(t)
	r := w.importAs(people(18, leaverLine), "")
	if r.Contents != ContentsAll || !hasCode(r.Problems, "people-vanished") || !strings.HasPrefix(r.Problems[0].Text, "2 people ") {
		t.Errorf("%+v", r)
	}
	if got := w.line("p19@corp.example"); !strings.HasPrefix(got, "orphaned") {
		t.Error(got)
	}
	w.importAs(people(18), ContentsActive)
	r = w.importAs(people(18), ContentsAll)
	if !hasCode(r.Problems, "people-vanished") || !strings.HasPrefix(r.Problems[0].Text, "1 person ") || !strings.HasPrefix(w.line("lea@corp.example"), "orphaned") {
		t.Errorf("%+v %s", r, w.line("lea@corp.example"))
	}
	if _, err := w.app.ImportRoster(t.Context(), RosterImport{File: w.file(people(18)), Contents: "some"}); kindOf(err) != KindUsage {
		t.Errorf("something else: %v", err)
	}
}

// A list of active people that shrank too much is held like any other.
func TestPresumedLeaversShrink(t *testing.T) {
	w, _ := ready(t)
	before := w.told()
	r := w.importAs(people(12), ContentsActive)
	if !r.Held || hasCode(r.Problems, "presumed-leavers") || strings.Join(before, "\n") != strings.Join(w.told(), "\n") {
		t.Errorf("%+v", r)
	}
	if r := w.roster(people(20)); r.Contents != ContentsAll {
		t.Errorf("what was said of a file that is held is remembered: %+v", r)
	}
}

// The column that identifies people stays, under whatever name it was detected.
func TestRosterKeyStays(t *testing.T) {
	w := newWorld(t)
	const first = "Employee Number,Name,Email,Badge\n1,Ann,ann@corp.example,B1\n"
	w.importAs(first, "")
	for name, r := range map[string]RosterImport{
		"key":    {Key: "Badge"},
		"number": {Map: map[string]string{"number": "Badge"}},
	} {
		r.File = w.file(first)
		if _, err := w.app.ImportRoster(t.Context(), r); kindOf(err) != KindRefused || !strings.Contains(err.Error(), `"Badge"`) || !strings.Contains(err.Error(), `"Employee Number"`) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, r := range map[string]RosterImport{
		"the same":       {Key: "employee number"},
		"another source": {Key: "Badge", Source: "other"},
	} {
		r.File = w.file(first)
		if _, err := w.app.ImportRoster(t.Context(), r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	w = newWorld(t)
	w.importAs(first, "")
	r := w.importAs(strings.Replace(first, "Employee Number", "Employee ID", 1), "")
	if r.Revision != 2 || strings.Join(r.Columns["number"], "") != "Employee ID" || strings.Join(r.Columns["email"], "") != "Email" {
		t.Errorf("HR renamed it: %+v", r)
	}
	w.nothingStaged()
}

// A column that HR named anew is told with --map, and is the same where it holds
// the same numbers.
func TestRosterKeyUnderAnotherName(t *testing.T) {
	w := newWorld(t)
	const first = "Kennung,Name,Email\n1,Ann,ann@corp.example\n2,Bo,bo@corp.example\n"
	number := func(file, column string) error {
		_, err := w.app.ImportRoster(t.Context(), RosterImport{File: w.file(file), Map: map[string]string{"number": column}})
		return err
	}
	if err := number(first, "Kennung"); err != nil {
		t.Fatal(err)
	}
	if err := number(strings.Replace(first, "Kennung", "Kennziffer", 1), "Kennziffer"); err != nil {
		t.Errorf("named anew: %v", err)
	}
	if err := number("Kennziffer,Badge,Name,Email\n1,B1,Ann,ann@corp.example\n2,B2,Bo,bo@corp.example\n", "Badge"); kindOf(err) != KindRefused {
		t.Errorf("another column: %v", err)
	}
}

// The same people under another name of the roster would dispute every account.
func TestRosterOfThePeopleOfAnother(t *testing.T) {
	w := newWorld(t)
	all := people(30)
	w.importAs(all, "")
	again := func(source, file string, accept int) error {
		_, err := w.app.ImportRoster(t.Context(), RosterImport{File: w.file(file), Source: source, AcceptShrink: accept})
		return err
	}
	err := again("hr2", all, 0)
	if kindOf(err) != KindRefused || !strings.Contains(err.Error(), "30 of the 30 people") || !strings.Contains(err.Error(), `"hr"`) {
		t.Errorf("%v", err)
	}
	if n := w.count(`SELECT count(DISTINCT source) FROM person`); n != 1 {
		t.Errorf("%d rosters", n)
	}
	if err := again("guests", "Number,Name,Email\n1,G,g@guest.example\n2,H,h@guest.example\n", 0); err != nil {
		t.Errorf("other people with the numbers of these: %v", err)
	}
	if err := again("hr2", all, 30); err != nil {
		t.Errorf("vouched for: %v", err)
	}
	if err := again("hr2", all, 0); err != nil {
		t.Errorf("its next revision: %v", err)
	}
	w.nothingStaged()
}
