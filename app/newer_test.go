package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/app/reconcile"
	"rollcall/scim/scimtest"
)

// hires gives three accounts to people who are on no roster yet.
func (s *shop) hires(ago time.Duration) {
	for i := 61; i <= 63; i++ {
		u := person(i)
		u.Created = s.clock.now().Add(-ago)
		s.server.Add(u)
	}
}

func planned(p app.Plan) (ids []string) {
	for _, a := range p.Actions {
		ids = append(ids, a.Account.ID)
	}
	return ids
}

// Who began since the roster was imported stands on none yet. Their accounts are
// shown as orphans with that word, are not closed with all others, and can be
// planned by their names. The next roster tells who they are.
func TestNewcomersSinceTheRosterAreNotPlannedAsOrphans(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	s.clock.ahead += 21 * 24 * time.Hour
	s.hires(7 * 24 * time.Hour)
	s.sync()
	p := s.plan(orphans())
	if got := planned(p); !slices.Equal(got, []string{"u59", "u60"}) || len(p.NotCovered) != 3 || !strings.Contains(p.NotCovered[0].Why, "newer than the roster") {
		t.Errorf("%v, not covered %v", got, p.NotCovered)
	}
	page := must(s.app.Findings(t.Context(), app.FindingFilter{Kind: reconcile.KindOrphaned, Limit: -1}))(t)
	for _, f := range page.Findings {
		if newer := f.Account.ID > "u60"; f.Newer != newer || strings.Contains(f.Reason, "after the roster was imported on") != newer {
			t.Errorf("%s: %v, %s", f.Account.ID, f.Newer, f.Reason)
		}
	}
	if got := planned(s.plan(accounts("u61"))); !slices.Equal(got, []string{"u61"}) {
		t.Errorf("by its name: %v", got)
	}
	s.importRoster(62)
	p = s.plan(orphans())
	if got := planned(p); !slices.Equal(got, []string{"u63"}) || len(p.NotCovered) != 0 {
		t.Errorf("with the present roster: %v, not covered %v", got, p.NotCovered)
	}
}

// The first list of a tenant shows who was there for long. There the tenant's own
// word on when an account was made counts, where it is one.
func TestNewcomersOnTheFirstList(t *testing.T) {
	for name, tt := range map[string]struct {
		made time.Duration // before the list
		want int
	}{"made before the roster": {10 * 24 * time.Hour, 5}, "made after it": {24 * time.Hour, 2}, "not made yet": {-24 * time.Hour, 5}} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			s.clock.ahead += 7 * 24 * time.Hour
			s.hires(tt.made)
			must(s.app.AddTenant(t.Context(), app.TenantSpec{Name: "Beta", BaseURL: s.server.URL, Token: scimtest.Token, AllowWrites: "test"}))(t)
			must(s.app.Sync(t.Context(), app.SyncRequest{Tenants: []string{"Beta"}}))(t)
			r := orphans()
			r.Tenant = "Beta"
			if p := s.plan(r); len(p.Actions) != tt.want {
				t.Errorf("%v, not covered %v", planned(p), p.NotCovered)
			}
		})
	}
}

// One roster of several may be the one that they will stand on.
func TestNewcomersAgainstTheOldestRoster(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	s.clock.ahead += 7 * 24 * time.Hour
	s.hires(time.Hour)
	s.sync()
	must(s.app.ImportRoster(t.Context(), app.RosterImport{File: s.rosterFile(3), Source: "contractors", TimeZone: "UTC"}))(t)
	for _, f := range must(s.app.Findings(t.Context(), app.FindingFilter{Kind: reconcile.KindOrphaned, Limit: -1}))(t).Findings {
		if f.Newer != (f.Account.ID > "u60") {
			t.Errorf("%s: %v", f.Account.ID, f.Newer)
		}
	}
}
