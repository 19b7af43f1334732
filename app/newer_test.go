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
		if newer := f.Account.ID > "u60"; f.Newer != newer || strings.Contains(f.Reason, "after the roster hr was imported on") != newer {
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
	must(s.app.ImportRoster(t.Context(), app.RosterImport{File: s.rosterFile(3), Source: "contractors", AcceptShrink: 3, TimeZone: "UTC"}))(t)
	for _, f := range must(s.app.Findings(t.Context(), app.FindingFilter{Kind: reconcile.KindOrphaned, Limit: -1}))(t).Findings {
		if f.Newer != (f.Account.ID > "u60") {
			t.Errorf("%s: %v", f.Account.ID, f.Newer)
		}
	}
}

// The same bytes are as old as when they first came, however often they come again,
// until a person says that they are right as of now. The remedy says so, and of
// which roster.
func TestTheSameOldRosterAgain(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	day := s.clock.now().UTC().Format(time.DateOnly)
	s.clock.ahead += 21 * 24 * time.Hour
	s.hires(7 * 24 * time.Hour)
	imp := app.RosterImport{File: s.rosterFile(58), TimeZone: "UTC"}
	for _, accept := range []int{0, 0, 58, 0} {
		imp.AcceptShrink = accept
		must(s.app.ImportRoster(t.Context(), imp))(t)
		s.sync()
		p := s.plan(orphans())
		want := 2
		if r := must(s.app.Roster(t.Context()))(t); r.Revision > 3 {
			want = 5
		} else if why := p.NotCovered[0].Why; !strings.Contains(why, "the roster hr, imported on "+day) || !strings.Contains(why, "--accept-shrink 58 if the file is the same") {
			t.Error(why)
		}
		if got := planned(p); len(got) != want {
			t.Errorf("accepted %d: %v, not covered %v", accept, got, p.NotCovered)
		}
		s.clock.ahead += time.Hour
	}
}

// A leaver's account that is newer than the roster may be of somebody who was hired
// again since: the next roster tells.
func TestHiredAgainSinceTheRoster(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	must(s.app.ImportRoster(t.Context(), app.RosterImport{File: s.rosterFile(3), Source: "board", AcceptShrink: 3, TimeZone: "UTC"}))(t)
	s.server.Remove("u07")
	s.sync()
	s.clock.ahead += 7 * 24 * time.Hour
	u := person(7)
	u.ID, u.Created = "u07-again", s.clock.now().Add(-time.Hour)
	s.server.Add(u)
	s.sync()
	req := orphans()
	req.Kind = reconcile.KindLeaver
	_, err := s.app.Plan(t.Context(), req)
	refused(t, err, "hired again")
	refused(t, err, "the roster hr")
	if got := planned(s.plan(accounts("u07-again"))); len(got) != 1 {
		t.Errorf("by its name: %v", got)
	}
	s.importRoster(59)
	s.sync()
	if got := planned(s.plan(req)); !slices.Equal(got, []string{"u07-again"}) {
		t.Errorf("the present roster says left: %v", got)
	}
}
