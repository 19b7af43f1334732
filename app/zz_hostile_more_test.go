package app_test

import (
	"testing"
	"time"

	"rollcall/scim/scimtest"
)

// H16: HR's file is three weeks old, which is allowed. Who began since then has
// an account and stands on no roster yet. That is no orphan that anybody could
// know of, and not one that may be closed with all the others without a word.
func TestHostileNewcomersSinceTheRosterAreNoOrphans(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	s.clock.ahead += 21 * 24 * time.Hour
	for i := 61; i <= 63; i++ { // three people who began last week
		u := person(i)
		u.Created = s.clock.now().Add(-7 * 24 * time.Hour)
		s.server.Add(u)
	}
	s.sync()
	p, err := s.app.Plan(t.Context(), orphans())
	if err != nil {
		return
	}
	newcomers := 0
	for _, a := range p.Actions {
		if a.Account.ID > "u60" {
			newcomers++
		}
	}
	if newcomers > 0 && len(p.Warnings) == 0 {
		t.Errorf("%d of %d planned orphans were first listed 21 days after the roster was imported; warnings %q, reason %q", newcomers, len(p.Actions), p.Warnings, p.Actions[len(p.Actions)-1].Reason)
	}
}
