package app

import (
	"strings"
	"testing"
	"time"
)

// Who is absent from a list of another screen or filter may still have access:
// only a list of the same selection settles a step by an absence. What another
// one shows of the account counts all the same.
func TestOnlyTheSameSelectionSettles(t *testing.T) {
	cases := map[string]struct {
		screen, filter string
		file           string
		outcome        string
	}{
		"the same":                         {"Admin > Members", "all", memberLines(without("p1@")), outcomeGone},
		"the same, written otherwise":      {" admin >  MEMBERS", "All ", memberLines(without("p1@")), outcomeGone},
		"another filter":                   {"Admin > Members", "team: Sales", memberLines(without("p1@")), outcomeDone},
		"another screen":                   {"Admin > Guests", "all", memberLines(without("p1@")), outcomeDone},
		"no screen":                        {"", "all", memberLines(without("p1@")), outcomeDone},
		"another filter, shown inactive":   {"Admin > Members", "inactive", memberLines(with("p1@", "active", "suspended")), outcomeConfirmed},
		"another filter, shown as active":  {"Admin > Members", "team: Sales", memberLines(nil), outcomeFailed},
		"another filter, under a new name": {"Admin > Members", "team: Sales", memberLines(with("p1@", "p1@acme.example;", "P1@acme.example;")), outcomeFailed},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := travel(t)
			p, _ := w.step("p1@acme.example")
			w.pass(time.Minute)
			if _, err := w.app.StepDone(t.Context(), p.Hash, 1, "done"); err != nil {
				t.Fatal(err)
			}
			w.pass(time.Hour)
			f := w.export(c.file, 0)
			f.Screen, f.Filter = c.screen, c.filter
			if _, err := w.app.ImportFile(t.Context(), "Travel", f); err != nil {
				t.Fatal(err)
			}
			got := w.outcome(p.Hash)
			if got.Outcome != c.outcome {
				t.Fatalf("%s: %s %s", got.Outcome, got.Why, got.Doubt)
			}
			steps, err := w.app.Steps(t.Context())
			if err != nil || (c.outcome == outcomeDone) != (len(steps) == 1) {
				t.Fatalf("open: %+v, %v", steps, err)
			}
			if c.outcome != outcomeDone {
				if got.Doubt != "" {
					t.Errorf("a settled step says %q", got.Doubt)
				}
				return
			}
			for _, said := range []string{got.Doubt, steps[0].Doubt} {
				if !strings.Contains(said, `the one before the step of the screen "Admin > Members" with the filter "all"`) || !strings.Contains(said, "Export the list again") {
					t.Errorf("it says %q", said)
				}
			}
			w.pass(time.Hour)
			w.importNow(memberLines(without("p1@")))
			if got := w.outcome(p.Hash); got.Outcome != outcomeGone || got.Doubt != "" {
				t.Errorf("by the same selection: %+v", got)
			}
		})
	}
}

// What counts is the list that was the newest when the step was opened, not the
// one that the plan was made on.
func TestSelectionIsThatOfTheOpening(t *testing.T) {
	w := travel(t)
	p, err := w.app.Plan(t.Context(), PlanRequest{Tenant: "Travel", Accounts: []string{"p1@acme.example"}, Action: actionDeactivate, Ticket: "HD-1"})
	if err != nil {
		t.Fatal(err)
	}
	guests := func(text string) {
		w.pass(time.Minute)
		f := w.export(text, 0)
		f.Filter = "guests too"
		if _, err := w.app.ImportFile(t.Context(), "Travel", f); err != nil {
			t.Fatal(err)
		}
		w.pass(time.Minute)
	}
	guests(memberLines(nil))
	if _, err := w.app.Run(t.Context(), p.Hash); err != nil {
		t.Fatal(err)
	}
	guests(memberLines(without("p1@")))
	if got := w.outcome(p.Hash); got.Outcome != outcomeGone {
		t.Errorf("%+v", got)
	}
}
