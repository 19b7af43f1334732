package frontend

import (
	"strings"
	"testing"

	"rollcall/app"
	"rollcall/app/reconcile"
)

// What is planned for several accounts is said of several.
func TestStagedTenantSpeaksOfSeveral(t *testing.T) {
	f := sampleFindings().Findings[0]
	f.Kind = reconcile.KindEntitled
	if got := newStagedTenant([]app.Finding{f}); got.Count+" to "+got.Verb != "1 account to take out of its groups" {
		t.Errorf("one: %+v", got)
	}
	if got := newStagedTenant([]app.Finding{f, f}); got.Count+" to "+got.Verb != "2 accounts to take out of their groups" {
		t.Errorf("two: %+v", got)
	}
}

// The command of a finding is headed by what it plans.
func TestCommandIsHeadedByItsAction(t *testing.T) {
	for action, want := range map[string]string{"deactivate": "Plan its deactivation in a terminal", "remove-membership": "Plan to take it out of its groups in a terminal"} {
		d := sampleDetail()
		d.Action = action
		var v detailView
		v.setPlan(planner{}, d)
		if v.PlanHead != want || !strings.Contains(v.Plan.line(), "--action="+action) {
			t.Errorf("%s: %q over %q", action, v.PlanHead, v.Plan.line())
		}
	}
}

// One remedy of several problems is said once, after the last of them.
func TestOneRemedyIsSaidOnce(t *testing.T) {
	got := problems([]app.Problem{{Text: "A.", Do: "Sync again."}, {Text: "B.", Do: "Sync again."}, {Text: "C.", Do: "Ask."}})
	if got[0].Do.Text != "" || got[1].Do.Text != "Sync again." || got[2].Do.Text != "Ask." || got[0].Text.Text != "A." {
		t.Errorf("%+v", got)
	}
}

// The search page counts what it lists.
func TestSearchPageCountsWhatItLists(t *testing.T) {
	v := newPalette("", app.Found{})
	doc := draw(t, searchPage(newShell(app.Frame{}, "Search", "search", sampleNow), v))
	listed := 0
	for _, section := range all(byID(doc, "page"), "section") {
		listed += len(all(section, "li"))
	}
	if listed == 0 || listed == v.Count || !strings.HasPrefix(text(byID(doc, "page")), "Search "+many(listed, "result")) {
		t.Errorf("%d listed, %d in the palette: %.60s", listed, v.Count, text(byID(doc, "page")))
	}
}

func TestFingerprintIsGrouped(t *testing.T) {
	if got := aloud("0123456789abcde"); got.Shown != "0123 4567 89ab cde" || got.Copy != "0123456789abcde" {
		t.Errorf("%+v", got)
	}
}
