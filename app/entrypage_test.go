package app_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/app/secrets"
	"rollcall/scim/scimtest"
)

// EntriesListed are the entries of the record that a filter chooses, in order.
func entriesListed(t *testing.T, a *app.App, f app.EntryFilter) []app.Entry {
	t.Helper()
	f.Limit = -1
	var out []app.Entry
	err := a.Entries(t.Context(), f, func(e app.Entry) error { out = append(out, e); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// entriesPaged are the same by pages, newest first.
func entriesPaged(t *testing.T, a *app.App, f app.EntryFilter, limit int) (out []app.EntryLine, pages int) {
	t.Helper()
	for before := int64(0); ; pages++ {
		p := must(a.EntriesPage(t.Context(), f, before, limit))(t)
		if p.Listed != p.Size {
			t.Fatalf("listed %d of %d", p.Listed, p.Size)
		}
		out = append(out, p.Entries...)
		if before = p.Next; before == 0 {
			if p.Total != len(out) {
				t.Errorf("%+v: total %d, listed %d", f, p.Total, len(out))
			}
			return out, pages + 1
		}
	}
}

func TestPagesOfEntriesAreTheList(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	for i := range 5 {
		s.run(s.plan(app.PlanRequest{Tenant: "Acme", Accounts: []string{fmt.Sprintf("u%02d", 30+i)}, Action: "deactivate", Ticket: fmt.Sprintf("HD-%d", i%2)}))
		s.sync()
	}
	must(s.app.Export(t.Context(), t.TempDir()+"/a.zip", app.EntryFilter{}))(t)
	all := entriesListed(t, s.app, app.EntryFilter{})
	filters := []app.EntryFilter{
		{}, {Type: "action.outcome"}, {Group: "actions"}, {Group: "syncs"}, {Group: "exports"}, {Tenant: "Acme"}, {Ticket: "HD-1"},
		{Target: "PERSON31@corp.example"}, {About: "person3 corp"}, {Actor: "TEST"}, {Actor: "nobody"}, {Outcome: "confirmed"}, {Outcome: "failed"},
		{From: all[10].Time}, {To: all[10].Time}, {From: all[4].Time.Add(time.Microsecond), To: all[20].Time.Add(time.Microsecond)},
		{Group: "actions", Ticket: "HD-0", Outcome: "confirmed", About: "person"}, {About: "\x00"},
	}
	empty := 0
	for _, f := range filters {
		want := entriesListed(t, s.app, f)
		got, pages := entriesPaged(t, s.app, f, 7)
		if len(want) > 21 && pages < 4 {
			t.Errorf("%+v: %d pages", f, pages)
		}
		if len(want) == 0 {
			empty++
		}
		slices.Reverse(got)
		same := slices.EqualFunc(want, got, func(w app.Entry, g app.EntryLine) bool {
			return w.Seq == g.Seq && w.What == g.What && w.Type == g.Type && string(w.Data) == string(g.Data)
		})
		if !same {
			t.Errorf("%+v: the pages have %d entries, the list %d", f, len(got), len(want))
		}
	}
	if empty != 3 || len(all) < 36 {
		t.Errorf("%d filters choose nothing of %d entries", empty, len(all))
	}
	for _, f := range []app.EntryFilter{{Group: "none"}, {Outcome: "none"}, {Tenant: "none"}} {
		if _, err := s.app.EntriesPage(t.Context(), f, 0, 0); err == nil {
			t.Errorf("%+v is no error", f)
		}
	}
}

func TestListOfEntriesIsACache(t *testing.T) {
	dir := t.TempDir()
	s := newShopOn(t, scimtest.Quirks{}, app.Config{Dir: dir, Secrets: secrets.Memory(), Actor: "tester"})
	want, _ := entriesPaged(t, s.app, app.EntryFilter{}, 200)
	s.sync()
	got, _ := entriesPaged(t, s.app, app.EntryFilter{}, 200)
	if len(got) != len(want)+1 || got[0].Seq != want[0].Seq+1 {
		t.Errorf("%d entries after one more, %d before", len(got), len(want))
	}
}
