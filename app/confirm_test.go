package app_test

import (
	"testing"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// A total without a tenant lifts one ceiling, also where those of two tenants come
// to the same.
func TestOneTotalLiftsOneCeiling(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	var users []scimtest.User
	for i := 1; i <= 60; i++ {
		users = append(users, person(i))
	}
	other := scimtest.New(scimtest.Options{Users: users})
	t.Cleanup(other.Close)
	must(s.app.AddTenant(t.Context(), app.TenantSpec{Name: "Beta", BaseURL: other.URL, Token: scimtest.Token, AllowWrites: "test"}))(t)
	must(s.app.Sync(t.Context(), app.SyncRequest{}))(t)
	for _, tenant := range []string{"Acme", "Beta"} {
		p := s.plan(app.PlanRequest{Tenant: tenant, Accounts: []string{"u21", "u22", "u23", "u24", "u25"}, Action: "deactivate", Ticket: "HD-3"})
		s.run(p)
	}
	p := must(s.app.Offboard(t.Context(), app.OffboardRequest{Person: "7", Ticket: "HD-4"}))(t)
	_, err := s.app.Run(t.Context(), p.Hash, app.Confirm{Total: 6})
	refused(t, err, "one total without a tenant counts for one")
	r := must(s.app.Run(t.Context(), p.Hash, app.Confirm{Tenant: "Acme", Total: 6}, app.Confirm{Tenant: "Beta", Total: 6}))(t)
	if outcomes(r) != "confirmed confirmed" {
		t.Errorf("each named: %s", outcomes(r))
	}
}
