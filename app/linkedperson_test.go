package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"rollcall/app"
	"rollcall/app/reconcile"
	"rollcall/scim/scimtest"
)

// A number that HR gave to somebody else is not the person's to whom an account was
// linked: it is closed neither with the newcomer nor with whoever was meant, until
// somebody decides anew. A wedding or a new address makes nobody another.
func TestLinkToANumberGivenAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		line   string
		former bool
	}{
		"a newcomer":    {"20,Nora Newcomer,nora@corp.example,left,2020-03-31", true},
		"a wedding":     {"20,Person Newlywed,person20@corp.example,left,2020-03-31", false},
		"a new address": {"20,Person 20,p.20@new.example,left,2020-03-31", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			link := func() { must(s.app.LinkAccount(t.Context(), "Acme", "u59", "20", "the build account"))(t) }
			link()
			lines := people(58, func(i int) string {
				if i == 20 {
					return tt.line
				}
				return fmt.Sprintf("%d,Person %d,person%d@corp.example,active,", i, i, i)
			})
			must(s.app.ImportRoster(t.Context(), app.RosterImport{File: s.rosterOf(lines...), TimeZone: "UTC"}))(t)
			for range 2 {
				req := orphans()
				req.Kind = reconcile.KindLeaver
				if got := slices.Contains(planned(s.plan(req)), "u59"); got == tt.former {
					t.Errorf("planned with all leavers: %v", got)
				}
				if l := must(s.app.Links(t.Context(), "Acme"))(t)[0]; l.Former != tt.former {
					t.Errorf("former: %v", l.Former)
				}
				p := must(s.app.Offboard(t.Context(), app.OffboardRequest{Person: "20", DryRun: true}))(t)
				if said := strings.Contains(fmt.Sprint(p.NotCovered), "another name and other addresses"); said != tt.former || slices.Contains(planned(p), "u59") == tt.former {
					t.Errorf("offboarded: %v, not covered %v", planned(p), p.NotCovered)
				}
				d := must(s.app.Account(t.Context(), "Acme", "u59"))(t)
				if got := d.Situation == app.SituationDisputed; got != tt.former {
					t.Errorf("situation: %+v", d.Findings)
				}
				if tt.former {
					if why := d.Findings[0].Reason; !strings.Contains(why, "the number of Nora Newcomer (20)") {
						t.Error(why)
					}
					link() // the remedy: somebody decides about the newcomer
					tt.former = false
				}
			}
		})
	}
}
