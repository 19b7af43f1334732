package app_test

import (
	"strings"
	"testing"

	"rollcall/scim/scimtest"
)

// A plan tells before it is run that another one came first; one that has run
// has nothing in its way.
func TestPlanThatAnotherOneOvertook(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	first, second := s.plan(accounts("u57", "u58", "u59")), s.plan(accounts("u58", "u60"))
	warned := func(hash string) string {
		t.Helper()
		return strings.Join(must(s.app.PlanByHash(t.Context(), hash))(t).Warnings, "\n")
	}
	if got := warned(second.Hash); strings.Contains(got, "nother plan") {
		t.Errorf("before: %s", got)
	}
	s.run(first)
	for _, want := range []string{"Another plan changed ", " (plan " + first.Hash[:12] + ") after this one was made.", "skips it where it is not as planned."} {
		if got := warned(second.Hash); !strings.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	if r := s.run(second); r.Skipped != 1 || r.Confirmed != 1 {
		t.Errorf("%+v", r)
	}
	for _, hash := range []string{first.Hash, second.Hash} {
		if got := warned(hash); strings.Contains(got, "nother plan") {
			t.Errorf("after: %s", got)
		}
	}
}
