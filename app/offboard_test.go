package app_test

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// addOpaque adds a tenant of 40 accounts without numbers and addresses, under
// names that match nobody, and of more that match.
func (s *shop) addOpaque(name string, matching int) {
	s.t.Helper()
	opts := scimtest.Options{}
	for i := range 40 {
		opts.Users = append(opts.Users, scimtest.User{ID: fmt.Sprintf("x%d", i), UserName: fmt.Sprintf("usr-%04x", i*7919), DisplayName: fmt.Sprintf("Person %d", i), Active: true})
	}
	for i := range matching {
		opts.Users = append(opts.Users, person(10+i))
	}
	srv := scimtest.New(opts)
	s.t.Cleanup(srv.Close)
	must(s.app.AddTenant(s.t.Context(), app.TenantSpec{Name: name, BaseURL: srv.URL, Token: scimtest.Token}))(s.t)
}

// Where hardly anybody can be matched (no numbers, no addresses, opaque names), a
// list that shows no account of a leaver does not say that there is none.
func TestOffboardingWhereFewCanBeMatched(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	s.addOpaque("Opaque", 0)
	s.addOpaque("Under half", 39)
	s.addOpaque("Half", 40)
	must(s.app.Sync(t.Context(), app.SyncRequest{}))(t)
	s.importRoster(58)
	p := must(s.app.Offboard(t.Context(), app.OffboardRequest{Person: "7", Ticket: "HD-3"}))(t)
	left := map[string]string{}
	for _, n := range p.NotCovered {
		left[n.Tenant] = n.Why
	}
	if len(left) != 2 || !strings.Contains(left["Opaque"], "0 of its 40") || !strings.Contains(left["Under half"], "39 of its 79 active accounts match anybody on the roster (49 %)") {
		t.Errorf("not covered: %q", left)
	}
	if len(p.Clear) != 1 || p.Clear[0].Tenant != "Half" || len(p.Actions) != 1 {
		t.Errorf("clear %+v, actions %+v", p.Clear, p.Actions)
	}
	// An account that does match there is closed all the same.
	p = must(s.app.Offboard(t.Context(), app.OffboardRequest{Person: "10", Ticket: "HD-4"}))(t)
	if len(p.Actions) != 3 || len(p.NotCovered) != 1 || p.NotCovered[0].Tenant != "Opaque" {
		t.Errorf("not covered %+v, actions %+v", p.NotCovered, p.Actions)
	}
	people := must(s.app.People(t.Context(), app.PeopleFilter{Search: "person7@corp.example"}))(t)
	for _, l := range must(s.app.Person(t.Context(), people.People[0].ID))(t).Lists {
		if (len(l.Blocked) > 0) != (left[l.Tenant] != "") {
			t.Errorf("%s: %+v", l.Tenant, l.Blocked)
		}
	}
}
