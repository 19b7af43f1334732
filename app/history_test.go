package app

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"rollcall/app/reconcile"
	"rollcall/scim/scimtest"
)

// points is the history on the overview.
func (w *world) points() []DayCounts {
	w.t.Helper()
	o, err := w.app.Overview(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return o.History
}

// kept is what the store holds of the days, read without deriving anything.
func (w *world) kept() int { w.t.Helper(); return w.count(`SELECT count(*) FROM finding_count`) }

func ghost(id string) scimtest.User {
	return scimtest.User{ID: id, UserName: id + "@nobody.example", Active: true}
}

func TestSyncsLeaveOnePointADay(t *testing.T) {
	w := newWorld(t)
	acme := w.serve("Acme", scimtest.Options{Users: []scimtest.User{accountOfPerson(0), accountOfPerson(1), ghost("a")}})
	w.sync()
	if got := w.points(); len(got) != 0 || w.kept() != 0 {
		t.Errorf("without a roster nobody is an orphan, and yet: %v, %d", got, w.kept())
	}
	w.roster(people(5, leaverLine))
	w.sync()
	if w.kept() != 1 {
		t.Fatalf("the sync left %d points", w.kept())
	}
	w.pass(24 * time.Hour)
	beta := w.serve("Beta", scimtest.Options{Users: []scimtest.User{accountOfPerson(2), ghost("b"), {ID: "l", UserName: "lea@corp.example", Active: true}}})
	if _, err := w.app.Sync(t.Context(), SyncRequest{}); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Hour)
	acme.Update("u00001", func(u *scimtest.User) { *u = ghost(u.ID) })
	w.sync() // the same day: in place of what was kept
	if w.kept() != 3 {
		t.Errorf("two days of one and two tenants left %d points", w.kept())
	}
	w.pass(24 * time.Hour)
	beta.Set(func(q *scimtest.Quirks) { q.Reject = true }) // its last list stays on show, and counts
	w.sync()
	want := []DayCounts{
		{Day: "2026-03-10", Orphaned: 1, Matched: 2, Active: 3},
		{Day: "2026-03-11", Orphaned: 3, Leavers: 1, Matched: 3, Active: 6},
		{Day: "2026-03-12", Orphaned: 3, Leavers: 1, Matched: 3, Active: 6},
	}
	if got := w.points(); !slices.Equal(got, want) {
		t.Errorf("%v\nwant %v", got, want)
	}
	w.pass(historyDays * 24 * time.Hour)
	if got := w.points(); len(got) != 2 || got[0] != want[2] || got[1].Day != "2026-06-10" {
		t.Errorf("after %d days: %v", historyDays, got)
	}
}

// Today is without what a run closed before the next sync, and so are the days
// that are derived from the same list.
func TestHistoryIsWithoutWhatWasClosed(t *testing.T) {
	for kind, want := range map[reconcile.Kind]DayCounts{
		reconcile.KindLeaver:   {Orphaned: 1},
		reconcile.KindOrphaned: {Leavers: 1},
	} {
		t.Run(string(kind), func(t *testing.T) { withoutClosed(t, kind, want) })
	}
}

func withoutClosed(t *testing.T, kind reconcile.Kind, want DayCounts) {
	w, _ := ready(t)
	if got := w.points(); len(got) != 1 || got[0].Leavers != 1 || got[0].Orphaned != 1 {
		t.Fatalf("%v", got)
	}
	if _, err := w.app.AllowWrites(t.Context(), "Acme", "agreed"); err != nil {
		t.Fatal(err)
	}
	p, err := w.app.Plan(t.Context(), PlanRequest{Tenant: "Acme", Kind: kind, Action: actionDeactivate, Ticket: "T-1"})
	if err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	if _, err := w.app.Run(t.Context(), p.Hash); err != nil {
		t.Fatal(err)
	}
	if got := w.points(); len(got) != 1 || got[0].Leavers != want.Leavers || got[0].Orphaned != want.Orphaned {
		t.Errorf("after the run: %v", got)
	}
	w.pass(24 * time.Hour) // derived anew from the same list
	w.points()
	w.pass(24 * time.Hour)
	got := w.points()
	if n := len(got); n != 3 || got[1].Leavers != want.Leavers || got[1].Orphaned != want.Orphaned {
		t.Errorf("a day later: %v", got)
	}
}

// The findings cannot be derived, and the sync is none the worse for it.
func TestSyncStandsWithoutItsPoint(t *testing.T) {
	w, _ := ready(t)
	w.points()
	w.pass(24 * time.Hour)
	w.alter(`CREATE TRIGGER no_counts BEFORE INSERT ON finding_count BEGIN SELECT raise(ABORT, 'no'); END`)
	if s := w.sync(); !s.Sealed {
		t.Errorf("%+v", s)
	}
	if _, err := w.app.Overview(t.Context()); err == nil {
		t.Error("the findings could be derived after all")
	}
	w.alter(`DROP TRIGGER no_counts`)
	if got := w.points(); len(got) != 2 {
		t.Errorf("after healing: %v", got)
	}
}

// The record holds no findings: with the store its history is gone, and begins
// anew with the next lists.
func TestHistoryBeginsAnewWithTheStore(t *testing.T) {
	w, _ := ready(t)
	w.pass(24 * time.Hour)
	w.sync()
	if got := w.points(); len(got) != 2 {
		t.Fatalf("%v", got)
	}
	w.close()
	files, err := filepath.Glob(filepath.Join(w.dir, "store.db*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	w.open()
	w.pass(24 * time.Hour)
	w.roster(people(20, leaverLine))
	w.sync()
	if got := w.points(); len(got) != 1 || got[0].Day != "2026-03-12" {
		t.Errorf("%v", got)
	}
}

// Attempts are counted on the day on which they ended, of every tenant on show.
func TestListsByDay(t *testing.T) {
	w := newWorld(t)
	acme := w.serve("Acme", scimtest.Options{Users: []scimtest.User{ghost("a")}})
	w.sync()
	w.pass(24 * time.Hour)
	w.sync()
	acme.Set(func(q *scimtest.Quirks) { q.Reject = true })
	w.sync()
	w.pass(24 * time.Hour)
	w.sync()
	w.serve("Beta", scimtest.Options{Users: []scimtest.User{ghost("b")}})
	demand := func(want ...ListDay) {
		t.Helper()
		o, err := w.app.Overview(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(o.Lists) != 2 || o.Lists[0].Tenant != "Acme" || o.Lists[0].TenantID != o.Tenants[0].ID || !slices.Equal(o.Lists[0].Days, want) {
			t.Errorf("%+v\nwant %v", o.Lists, want)
		}
		if b := o.Lists[1]; b.Tenant != "Beta" || b.Days == nil || len(b.Days) != 0 {
			t.Errorf("what was never synced has %+v", b)
		}
	}
	demand(ListDay{"2026-03-10", 1, 0}, ListDay{"2026-03-11", 1, 1}, ListDay{"2026-03-12", 0, 1})
	w.pass(28 * 24 * time.Hour)
	demand(ListDay{"2026-03-11", 1, 1}, ListDay{"2026-03-12", 0, 1})
}
