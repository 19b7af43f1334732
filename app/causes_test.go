package app

import (
	"slices"
	"testing"

	"rollcall/app/reconcile"
	"rollcall/scim/scimtest"
)

// Orphans whose mail domain nobody on the roster has are counted by it, those
// that are left alone or have a known domain not. One account is no pattern.
func TestCausesAreUnknownDomains(t *testing.T) {
	w := newWorld(t)
	users := []scimtest.User{accountOfPerson(0), accountOfPerson(1), accountOfPerson(2)}
	for _, name := range []string{"a@agency.example", "b@agency.example", "c@agency.example", "ghost@corp.example", "one@alone.example", "svc-deploy"} {
		users = append(users, scimtest.User{ID: name, UserName: name, Active: true})
	}
	users = append(users, scimtest.User{ID: "two", UserName: "x@agency.example", Emails: []string{"x@other.example"}, Active: true})
	w.serve("Acme", scimtest.Options{Users: users})
	w.roster(people(3))
	w.sync()
	told := func(f FindingFilter) []LikelyCause { return w.findings(f).Causes }
	if got, want := told(FindingFilter{Tenant: "Acme"}), []LikelyCause{{"agency.example", 3}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	w.except("b@agency.example", reconcile.KindOrphaned, w.now.AddDate(0, 0, 9).Format("2006-01-02"))
	if got, want := told(FindingFilter{}), []LikelyCause{{"agency.example", 2}}; !slices.Equal(got, want) {
		t.Errorf("with one left alone %v, want %v", got, want)
	}
	for _, f := range []FindingFilter{{Kind: reconcile.KindLeaver}, {Search: "agency"}, {Excepted: true}} {
		if got := told(f); len(got) > 0 {
			t.Errorf("%+v: %v", f, got)
		}
	}
}

// A plan says why in the words of the finding's row; its sentence is there too.
func TestPlansSayWhyInBrief(t *testing.T) {
	w, _ := ready(t)
	f := w.findings(FindingFilter{Kind: reconcile.KindLeaver}).Findings[0]
	if f.Brief != "left 2026-02-28" {
		t.Errorf("the finding says %q", f.Brief)
	}
	p, err := w.app.Plan(t.Context(), PlanRequest{Tenant: "Acme", Accounts: []string{f.Account.ID}, Action: actionDeactivate, Ticket: "HD-1"})
	if err != nil {
		t.Fatal(err)
	}
	if p, err = w.app.PlanByHash(t.Context(), p.Hash); err != nil || p.Actions[0].Brief != f.Brief || p.Actions[0].Reason != f.Reason {
		t.Errorf("%+v, %v", p.Actions, err)
	}
}
