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

// What speaks against an account that somebody named is said in the plan, once
// for all accounts that it is true of.
func TestCautionsOfAPlan(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	for _, i := range []int{3, 4} {
		second := person(i)
		second.ID, second.UserName = second.ID+"x", second.UserName+"-admin"
		s.server.Add(second)
	}
	s.clock.ahead += 21 * 24 * time.Hour
	s.hires(7 * 24 * time.Hour)
	s.sync()
	names := func(list ...int) string {
		var text []string
		for _, i := range list {
			text = append(text, person(i).UserName)
		}
		return strings.Join(text, " and ")
	}
	for _, tt := range []struct {
		ids  []string
		want []string
	}{
		{[]string{"u03"}, []string{names(3) + " is one of several active accounts of a person who has not left; make sure that it is the right one."}},
		{[]string{"u03", "u03x"}, []string{"This closes every active account in Acme of Person 3, who has not left; make sure that this is meant."}},
		{[]string{"u03", "u04"}, []string{names(3, 4) + " are each one of several active accounts of people who have not left; make sure that they are the right ones."}},
		{[]string{"u08", "u09"}, []string{names(8, 9) + " have no finding: they match people who have not left. They are in the plan because they were named."}},
		{[]string{"u61", "u08"}, []string{
			names(61) + " is newer than the roster, and may be of somebody who is not on it yet. It is in the plan because it was named.",
			names(8) + " has no finding: it matches a person who has not left. It is in the plan because it was named.",
		}},
		{[]string{"u07", "u59"}, nil},
	} {
		if p := s.plan(accounts(tt.ids...)); !slices.Equal(p.Warnings, tt.want) {
			t.Errorf("%v: warned %q, want %q", tt.ids, p.Warnings, tt.want)
		}
	}
	page := must(s.app.Findings(t.Context(), app.FindingFilter{Kind: reconcile.KindOrphaned, Limit: -1}))(t)
	for id, why := range must(s.app.Spared(t.Context(), page.Findings))(t) {
		i := slices.IndexFunc(page.Findings, func(f app.Finding) bool { return f.ID == id })
		if !page.Findings[i].Newer || !strings.Contains(why, "newer than the roster") {
			t.Errorf("%s is left out: %s", page.Findings[i].Account.UserName, why)
		}
	}
}
