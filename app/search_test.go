package app

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"testing"
	"time"

	"rollcall/app/reconcile"
	"rollcall/db"
	"rollcall/scim/scimtest"
)

// search has all the time that it takes: what is found does not depend on the
// machine.
func (w *world) search(text string) []string {
	w.t.Helper()
	f, err := w.app.searchWithin(w.t.Context(), time.Hour, text, 0)
	if err != nil || f.Partial {
		w.t.Fatalf("search for %q: partial %v, %v", text, f.Partial, err)
	}
	out := []string{}
	for _, h := range f.Hits {
		out = append(out, h.Kind+" "+h.Title)
	}
	return out
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestSearchFindsEverything(t *testing.T) {
	w, _ := ready(t)
	w.told() // derives the findings
	p, err := w.app.Plan(t.Context(), PlanRequest{Tenant: "Acme", Kind: reconcile.KindLeaver, Action: actionDeactivate, Ticket: "HD-4812"})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, text string
		want       []string
	}{
		{"tenant", "ACM", []string{"tenant Acme"}},
		{"account with its finding", "ghost", []string{"account ghost@corp.example", "finding ghost@corp.example"}},
		{"person with the account", "1007", []string{"person Person 7", "account p7@corp.example"}},
		{"ticket", "hd-4812", []string{"plan HD-4812", "ticket HD-4812"}},
		{"part of a ticket", "481", []string{"plan HD-4812"}},
		{"hash", p.Hash[:14], []string{"plan HD-4812"}},
		{"entry", "#0", []string{"entry record.created"}},
		{"no such entry", "#999999", []string{}},
		{"no word", `"*`, []string{}},
		{"nothing", "  ", []string{}},
		{"nobody", "zzzz", []string{}},
	}
	for _, tt := range tests {
		if got := w.search(tt.text); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q finds %q, want %q", tt.name, tt.text, got, tt.want)
		}
	}
}

// The account whose name was typed comes first, whatever comes before it in
// the list and however many share its words.
func TestSearchPutsTheClosestFirst(t *testing.T) {
	w := newWorld(t)
	opt := scimtest.Options{}
	for i := range 3 * MostFound / 2 {
		opt.Users = append(opt.Users, scimtest.User{ID: fmt.Sprint("u", i), UserName: fmt.Sprintf("x%d", i), DisplayName: "zeta common", Active: true})
	}
	opt.Users = append(opt.Users, scimtest.User{ID: "last", UserName: "Zeta", DisplayName: "the one", Active: true})
	w.serve("Acme", opt)
	w.sync()
	got := w.search("zeta")
	if len(got) != searchLimit || got[0] != "account Zeta" {
		t.Errorf("found %q", got)
	}
	noError(t, w.app.RemoveTenant(t.Context(), "Acme"))
	if got := w.search("zeta"); len(got) != 0 {
		t.Errorf("of a tenant that was removed: %q", got)
	}
}

// What is found by a name hides nothing that is closer, and nothing of tenants
// that were removed hides anything.
func TestSearchByNamesIsWhole(t *testing.T) {
	w := newWorld(t)
	opt := scimtest.Options{}
	for i := range mostRanked + 20 {
		u := scimtest.User{ID: fmt.Sprint("u", i), UserName: fmt.Sprintf("x%d", i), DisplayName: "one of zeta", Active: true}
		opt.Users = append(opt.Users, u)
	}
	w.serve("Old", opt)
	w.roster(people(10, "person,Ann Number,ann@corp.example,active,,x", leaverLine))
	w.sync()
	noError(t, w.app.RemoveTenant(t.Context(), "Old"))
	w.serve("Acme", scimtest.Options{Users: []scimtest.User{
		{ID: "a", UserName: "müller", DisplayName: "Zeta Last", Active: true},
		{ID: "b", UserName: "b", DisplayName: "B", Emails: []string{"lea@corp.example"}, ExternalID: "2000", Active: true},
	}})
	w.sync()
	w.told()
	for text, want := range map[string][]string{
		"zeta":   {"account müller", "finding müller"},
		"muller": {"account müller", "finding müller"},
		"2000":   {"person Lea Ver", "account b", "finding b"},
	} {
		if got := w.search(text); !slices.Equal(got, want) {
			t.Errorf("%q finds %q, want %q", text, got, want)
		}
	}
	if got := w.search("person"); len(got) != searchLimit || got[0] != "person Ann Number" {
		t.Errorf("the number of somebody among many names: %q", got)
	}
}

// A beginning that very many words share is looked for by the first of these;
// with another word, nothing that has both is missed.
func TestSearchByWideBeginnings(t *testing.T) {
	w := newWorld(t)
	opt := scimtest.Options{}
	for i := range wideWord + 100 {
		u := scimtest.User{ID: fmt.Sprint("u", i), UserName: fmt.Sprintf("x%d", i), DisplayName: fmt.Sprintf("zulu%03d", i), Active: true}
		if i >= wideWord {
			u.DisplayName += " rare"
		}
		opt.Users = append(opt.Users, u)
	}
	w.serve("Acme", opt)
	w.sync()
	for text, want := range map[string]int{"zulu": searchLimit, "ZULU": searchLimit, "rare": searchLimit, "zulu rare": searchLimit, "zulu150": 1, "zulu15 rare": searchLimit, "zulu1500": 0} {
		if got := w.search(text); len(got) != want {
			t.Errorf("%q finds %q, want %d", text, got, want)
		}
	}
	s := &search{a: w.app, text: "zulu", limit: searchLimit}
	noError(t, w.app.store.Read(t.Context(), func(tx *db.Tx) error {
		got, err := s.wordedOf(t.Context(), tx, accountTerms)
		if err != nil || !got.enough || got.some == "" || got.all != wordsOf("zulu") {
			t.Errorf("a wide beginning is asked for as %+v, %v", got, err)
		}
		s.text = "zulu rare"
		if got, err = s.wordedOf(t.Context(), tx, accountTerms); got.enough || got.some == "" {
			t.Errorf("beside another word it is asked for as %+v", got)
		}
		return err
	}))
}

// A search answers while somebody writes, and says so where it runs out of time.
func TestSearchDoesNotWait(t *testing.T) {
	w, _ := ready(t)
	w.told()
	noError(t, w.app.store.Write(t.Context(), func(*db.Tx) error {
		if got := w.search("ghost"); len(got) != 2 {
			t.Errorf("found %q", got)
		}
		return nil
	}))
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.app.Search(gone, "ghost", 0); err == nil {
		t.Error("whoever does not wait any more got an answer")
	}
	s := &search{a: w.app, text: "ghost", folded: "ghost", limit: 5}
	if err := s.run(t.Context()); err != nil || !s.out.Partial || len(s.out.Hits) != 2 {
		t.Errorf("without time for words: %+v, %v", s.out, err)
	}
}

func TestSearchForPlansReadsNoBody(t *testing.T) {
	w, _ := ready(t)
	noError(t, w.app.store.Read(t.Context(), func(tx *db.Tx) error {
		return each(t.Context(), tx, `EXPLAIN QUERY PLAN SELECT hash, ticket, created FROM plan INDEXED BY plan_listed
			WHERE instr(lower(ticket), 'x') > 0 ORDER BY created DESC, hash`, nil, func(rows *sql.Rows) error {
			var a, b, c int
			var how string
			err := rows.Scan(&a, &b, &c, &how)
			if a == 0 && how != "" && !slices.Contains([]string{"SCAN plan USING COVERING INDEX plan_listed", "USE TEMP B-TREE FOR LAST TERM OF ORDER BY"}, how) {
				t.Errorf("plans are found by %q", how)
			}
			return err
		})
	}))
}

// BenchmarkSearch reports the 95th percentile of what a person types, at
// 100,000 accounts and as many people, alone and while a sync writes.
func BenchmarkSearch(b *testing.B) {
	w := newBench(b)
	first := benchUsers(benchSize, unchanged)
	w.sync(first)
	w.roster(benchSize)
	w.must(w.app.deriveFindings(b.Context()))
	typed := []string{"g", "gi", "given4", "given4242", "family42", "given fam", "corp", "1000", "#12", "HD-1", "nosuchthing", "Given77 Family77"}
	ask := func(b *testing.B) {
		var took []time.Duration
		partial := 0
		for b.Loop() {
			for _, text := range typed {
				start := time.Now()
				f, err := w.app.Search(b.Context(), text, 5)
				took = append(took, time.Since(start))
				w.must(err)
				if f.Partial {
					partial++
				}
			}
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
		b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
		b.ReportMetric(float64(partial)/float64(len(took)), "partial")
	}
	b.Run("alone", ask)
	b.Run("beside-a-sync", func(b *testing.B) {
		changed := benchUsers(benchSize, func(i int) int { return i % 10 })
		done := make(chan struct{})
		go func() { defer close(done); w.sync(changed) }()
		ask(b)
		<-done
	})
}
