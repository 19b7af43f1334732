package app_test

import (
	"slices"
	"strings"
	"testing"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// A plan that was dropped cannot be run and waits for nobody; planned again it
// can be run. What was begun cannot be dropped.
func TestDropPlan(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(accounts("u59"))
	waits := func() bool {
		o := must(s.app.Overview(t.Context()))(t)
		return slices.ContainsFunc(o.ToDo, func(d app.ToDo) bool { return d.Plan == p.Hash })
	}
	if !waits() {
		t.Fatal("a plan that was not run is not under To do")
	}
	if _, err := s.app.DropPlan(t.Context(), p.Hash, " "); kindSaid(err) != app.KindUsage {
		t.Errorf("without a reason: %v", err)
	}
	dropped := must(s.app.DropPlan(t.Context(), p.Hash[:12], "HD-4812 was withdrawn"))(t)
	if dropped.State != "dropped" || dropped.Dropped != "HD-4812 was withdrawn" || waits() {
		t.Errorf("state %q because %q, waits %t", dropped.State, dropped.Dropped, waits())
	}
	if _, err := s.app.Run(t.Context(), p.Hash); kindSaid(err) != app.KindRefused || !strings.Contains(err.Error(), "withdrawn") {
		t.Errorf("a dropped plan runs: %v", err)
	}
	if err := s.app.StartRun(p.Hash); kindSaid(err) != app.KindRefused {
		t.Errorf("a dropped plan runs in the background: %v", err)
	}
	if _, err := s.app.DropPlan(t.Context(), p.Hash, "again"); kindSaid(err) != app.KindRefused {
		t.Errorf("dropped twice: %v", err)
	}
	var told []string
	if err := s.app.Entries(t.Context(), app.EntryFilter{Type: "plan.dropped"}, func(e app.Entry) error { told = append(told, e.What); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(told) != 1 || !strings.Contains(told[0], p.Hash[:12]) || !strings.Contains(told[0], "withdrawn") {
		t.Errorf("recorded: %q", told)
	}
	if again := s.plan(accounts("u59")); again.Hash != p.Hash || again.State != "planned" {
		t.Fatalf("planned again: %s %s", again.Hash, again.State)
	}
	s.run(p)
	if _, err := s.app.DropPlan(t.Context(), p.Hash, "too late"); kindSaid(err) != app.KindRefused {
		t.Errorf("what was run is dropped: %v", err)
	}
}

// A dropped plan stays dropped, with its reason, in a store that is built anew
// from the record; planned again before that it can be run.
func TestDroppedPlanIsRebuilt(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p, meant := s.plan(accounts("u59")), s.plan(accounts("u58"))
	must(s.app.DropPlan(t.Context(), p.Hash, "HD-4812 was withdrawn"))(t)
	must(s.app.DropPlan(t.Context(), meant.Hash, "too soon"))(t)
	s.plan(accounts("u58"))
	s.loseStore()
	got := must(s.app.PlanByHash(t.Context(), p.Hash))(t)
	if got.State != "dropped" || got.Dropped != "HD-4812 was withdrawn" {
		t.Errorf("state %q because %q", got.State, got.Dropped)
	}
	if _, err := s.app.Run(t.Context(), p.Hash); kindSaid(err) != app.KindRefused || !strings.Contains(err.Error(), "withdrawn") {
		t.Errorf("a dropped plan runs: %v", err)
	}
	if n := len(s.server.Writes()); n != 0 {
		t.Errorf("%d writes", n)
	}
	if got := must(s.app.PlanByHash(t.Context(), meant.Hash))(t); got.State != "planned" {
		t.Errorf("planned again: %q", got.State)
	}
}

func kindSaid(err error) app.ErrorKind {
	if err == nil {
		return ""
	}
	return app.Explain(err).Kind
}
