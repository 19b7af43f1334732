package app_test

import (
	"slices"
	"strings"
	"testing"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// A tenant is made read-only again: nothing of it runs, an undo neither, and a
// store that is built anew from the record keeps to that.
func TestWritesAreTakenBack(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	done, p := s.plan(accounts("u57")), s.plan(accounts("u59"))
	s.run(done)
	back := must(s.app.Undo(t.Context(), done.Hash, "", false))(t)
	if _, err := s.app.Observe(t.Context(), "Acme", " "); kindSaid(err) != app.KindUsage {
		t.Errorf("without a reason: %v", err)
	}
	if now := must(s.app.Observe(t.Context(), "Acme", "the review is over"))(t); now.Writes || now.WritesReason != "" {
		t.Errorf("%+v", now)
	}
	if _, err := s.app.Observe(t.Context(), "Acme", "again"); kindSaid(err) != app.KindRefused {
		t.Errorf("twice: %v", err)
	}
	before := len(s.server.Writes())
	s.loseStore()
	for _, hash := range []string{p.Hash, back.Hash} {
		if _, err := s.app.Run(t.Context(), hash); kindSaid(err) != app.KindRefused || !strings.Contains(err.Error(), "read-only") {
			t.Errorf("it runs: %v", err)
		}
	}
	if n := len(s.server.Writes()); n != before {
		t.Errorf("%d writes", n-before)
	}
	if told := s.told(app.EntryFilter{Type: "tenant.writes-ended"}); len(told) != 1 || told[0] != "Stopped allowing changes in Acme: the review is over" {
		t.Errorf("recorded: %q", told)
	}
}

// A run that is under way when the tenant is made read-only ends before its next
// call.
func TestWritesAreTakenBackDuringARun(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(accounts("u57", "u58", "u59"))
	hold := s.held(p)
	must(s.app.Observe(t.Context(), "Acme", "stop"))(t)
	close(hold.Release)
	if st := s.ended(p.Hash); st.Confirmed != 1 || len(s.server.Writes()) != 1 {
		t.Errorf("%s, %d writes", outcomes(st.RunResult), len(s.server.Writes()))
	}
}

// What was allowed under a ticket is found by it.
func TestWritesAreAllowedUnderATicket(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	must(s.app.AllowWritesFor(t.Context(), "Acme", "agreed", " HD-7 "))(t)
	if told := s.told(app.EntryFilter{Ticket: "HD-7"}); !slices.Equal(told, []string{"Allowed changes in Acme: agreed"}) {
		t.Errorf("%q", told)
	}
	if _, err := s.app.AllowWritesFor(t.Context(), "Acme", "agreed", strings.Repeat("x", 201)); kindSaid(err) != app.KindUsage {
		t.Errorf("a ticket too long: %v", err)
	}
}

// told are the sentences of the entries that a filter chooses.
func (s *shop) told(f app.EntryFilter) (all []string) {
	s.t.Helper()
	if err := s.app.Entries(s.t.Context(), f, func(e app.Entry) error { all = append(all, e.What); return nil }); err != nil {
		s.t.Fatal(err)
	}
	return all
}
