package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/app/reconcile"
	"rollcall/scim/scimtest"
)

// disputed are the accounts that are, sorted.
func (s *shop) disputed() (ids []string) {
	s.t.Helper()
	for _, f := range must(s.app.Findings(s.t.Context(), app.FindingFilter{Kind: reconcile.KindDisputed, Limit: -1}))(s.t).Findings {
		ids = append(ids, f.Account.ID)
	}
	return ids
}

// HR numbers its people anew, and the file lists active people only: those of the
// old numbers are presumed to have left and yield to the listed ones with their
// addresses, whose accounts are nobody else's. So it goes on with every file.
func TestRenumberedRosterOfActivePeople(t *testing.T) {
	for name, number := range map[string]bool{"accounts without numbers": false, "accounts with the old numbers": true} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			if !number {
				s.became(func(_ int, u *scimtest.User) { u.ExternalID = "" })
			}
			lines := people(58, func(i int) string { return fmt.Sprintf("N%d,Person %d,person%d@corp.example,active,", i, i, i) })
			lines = slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, "N7,") })
			imp := app.RosterImport{File: s.rosterOf(lines...), TimeZone: "UTC", Contents: app.ContentsActive}
			r := must(s.app.ImportRoster(t.Context(), imp))(t)
			if !r.Held || !strings.Contains(r.Problems[0].Do, "--contents includes-leavers this once") {
				t.Errorf("held %v, %v", r.Held, r.Problems)
			}
			for _, accept := range []int{57, 0} {
				imp.AcceptShrink = accept
				if r := must(s.app.ImportRoster(t.Context(), imp))(t); r.Held {
					t.Fatal(r.Problems)
				}
				s.sync()
				if got := s.disputed(); len(got) > 0 {
					t.Errorf("disputed: %v", got)
				}
				p := must(s.app.Offboard(t.Context(), app.OffboardRequest{Person: "N20", Ticket: "HD-3", DryRun: true}))(t)
				if !slices.Equal(planned(p), []string{"u20"}) {
					t.Errorf("offboarded: %v, not covered %v", planned(p), p.NotCovered)
				}
				req := orphans()
				req.Kind = reconcile.KindLeaver
				if p := s.plan(req); !slices.Equal(planned(p), []string{"u07"}) {
					t.Errorf("leavers: %v", planned(p))
				}
				s.clock.ahead += 10 * 24 * time.Hour
			}
		})
	}
}

// An address that is given again is the next one's; the number stays with whoever
// has left, so that an account with both is nobody's to close. Once the next one
// goes as well, all is as before.
func TestAddressOfALeaverGivenAgain(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	lines := people(58, func(i int) string { return fmt.Sprintf("%d,Person %d,person%d@corp.example,active,", i, i, i) })
	bring := func(lines []string) {
		t.Helper()
		imp := app.RosterImport{File: s.rosterOf(lines...), TimeZone: "UTC", Contents: app.ContentsActive}
		if r := must(s.app.ImportRoster(t.Context(), imp))(t); r.Held {
			t.Fatal(r.Problems)
		}
	}
	bring(lines)
	without := slices.Delete(slices.Clone(lines), 19, 20)
	bring(without)
	bring(append(slices.Clone(without), "99,Nora Newcomer,person20@corp.example,active,"))
	if got := s.disputed(); !slices.Equal(got, []string{"u20"}) {
		t.Errorf("disputed: %v", got)
	}
	bring(without)
	if got := s.disputed(); !slices.Equal(got, []string{"u20"}) { // two who left had the address
		t.Errorf("disputed: %v", got)
	}
}

// Whoever decides that an account is a machine's takes it out of the match rate: it
// says nothing about the roster. So a small tenant can be cleared.
func TestExceptedAccountsDoNotCountInTheMatchRate(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	for i := 2; i <= 58; i++ {
		s.server.Remove(person(i).ID)
	}
	s.syncAccepting(3)
	covered := func(want bool) {
		t.Helper()
		p := must(s.app.Offboard(t.Context(), app.OffboardRequest{Person: "20", Ticket: "HD-3"}))(t)
		if got := len(p.NotCovered) == 0 && len(p.Clear) == 1; got != want {
			t.Errorf("clear %v, not covered %v", p.Clear, p.NotCovered)
		}
	}
	covered(false)
	until := s.clock.now().AddDate(0, 1, 0).Format(time.DateOnly)
	for _, id := range []string{"u59", "u60"} {
		must(s.app.ExceptFinding(t.Context(), app.ExceptRequest{Tenant: "Acme", Account: id, Kind: reconcile.KindOrphaned, Until: until, Reason: "a machine"}))(t)
	}
	covered(true)
	s.sync() // derived anew
	covered(true)
	s.clock.ahead += 40 * 24 * time.Hour
	s.importRoster(58)
	s.sync()
	covered(false)
}

// Where few accounts match anybody, one that is closed and matches does not say that
// none of the others is that person's. Nothing else is said of a tenant in which
// nothing can be planned.
func TestAClosedAccountDoesNotClearATenant(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	s.became(func(i int, u *scimtest.User) {
		u.UserName, u.ExternalID, u.Emails, u.DisplayName = fmt.Sprintf("x%04d", i*37), "", nil, ""
	})
	s.server.Update("u20", func(u *scimtest.User) { u.Emails, u.Active = []string{"person20@corp.example"}, false })
	s.clock.ahead += time.Minute
	s.syncAccepting(60)
	offboard := func(want string) {
		t.Helper()
		p := must(s.app.Offboard(t.Context(), app.OffboardRequest{Person: "20", Ticket: "HD-3", DryRun: true}))(t)
		if len(p.Clear) > 0 || len(p.NotCovered) != 1 || !strings.Contains(p.NotCovered[0].Why, want) {
			t.Errorf("clear %v, not covered %v", p.Clear, p.NotCovered)
		}
	}
	offboard("Only 0 of its 59 active accounts match anybody")
	s.clock.ahead += 25 * time.Hour
	offboard("last synced 25 hours ago")
}
