package app_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/app/reconcile"
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

// H18: what a person decided about an account holds for the account that they saw.
// The vendor moves the tenant and gives every account a new id, all else being
// the same; then links and exceptions are silently void, and the service account
// that somebody had answered for is an orphan to be closed with all others.
func TestHostileDecisionsOutliveNewIDs(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	must(s.app.LinkAccount(t.Context(), "Acme", "u59", "20", "the backup job, Person 20 answers for it"))(t)
	moved := scimtest.Options{}
	for i := 1; i <= 60; i++ {
		u := person(i)
		u.ID = fmt.Sprintf("new-%02d", i)
		moved.Users = append(moved.Users, u)
	}
	for _, u := range moved.Users {
		s.server.Add(u)
	}
	for i := 1; i <= 60; i++ {
		id := fmt.Sprintf("u%02d", i)
		req, _ := http.NewRequest(http.MethodDelete, s.server.URL+"/Users/"+id, nil)
		req.Header.Set("Authorization", "Bearer "+scimtest.Token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
	s.clock.ahead += time.Minute
	got := s.sync()
	if !got.Sealed {
		return // it asked a person
	}
	p, err := s.app.Plan(t.Context(), app.PlanRequest{Tenant: "Acme", Kind: reconcile.KindOrphaned, Action: "deactivate", Ticket: "HD-1", DryRun: true})
	if err != nil {
		return
	}
	for _, a := range p.Actions {
		if a.Account.UserName == "person59@corp.example" {
			t.Errorf("%s is linked to Person 20, and planned as %s under its new id %s; warnings %q, problems %v", a.Account.UserName, a.Finding, a.Account.ID, p.Warnings, got.Problems)
		}
	}
}
