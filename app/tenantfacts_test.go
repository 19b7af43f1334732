package app_test

import (
	"reflect"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/app/reconcile"
	"rollcall/scim/scimtest"
)

// What a long-lived process says of its tenants is what one says that has just
// opened the workspace, whatever another process does meanwhile.
func TestTenantsAreThoseOfTheStore(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	ctx := t.Context()
	other := must(app.Open(ctx, s.cfg))(t)
	t.Cleanup(func() { other.Close() })
	var closing app.Plan
	fail := func(_ any, err error) error { return err }
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"nothing", func() error { return nil }},
		{"a protection", func() error { return fail(other.Protect(ctx, "Acme", "u10", "break glass")) }},
		{"one that means nobody", func() error { return fail(other.Protect(ctx, "Acme", "u11", "break glass")) }},
		{"its end", func() error { return other.Unprotect(ctx, "Acme", "u11", "a slip") }},
		{"an exception", func() error {
			return fail(other.ExceptFinding(ctx, app.ExceptRequest{Tenant: "Acme", Account: "u60", Kind: reconcile.KindOrphaned, Until: s.clock.now().AddDate(0, 0, 2).Format(time.DateOnly), Reason: "agreed"}))
		}},
		{"its account under another id", func() error {
			s.server.Remove("u60")
			u := person(60)
			u.ID = "u60b"
			s.server.Add(u)
			return fail(other.Sync(ctx, app.SyncRequest{}))
		}},
		{"a plan", func() (err error) {
			closing, err = other.Plan(ctx, app.PlanRequest{Tenant: "Acme", Accounts: []string{"u59"}, Action: "deactivate", Ticket: "T-1"})
			return err
		}},
		{"its run", func() error { return fail(other.Run(ctx, closing.Hash)) }},
		{"the exception's end", func() error { s.clock.ahead += 4 * 24 * time.Hour; return nil }},
		{"an hour in which the lists grow older", func() error { s.clock.ahead += time.Hour; return nil }},
		{"a setting", func() error { _, err := other.SetSetting(ctx, "stale-after", "168h", "measured"); return err }},
		{"a sync", func() error { return fail(other.Sync(ctx, app.SyncRequest{})) }},
		{"a link", func() error { return fail(other.LinkAccount(ctx, "Acme", "u60b", "1", "known")) }},
		{"a roster that is held", func() error {
			return fail(other.ImportRoster(ctx, app.RosterImport{File: s.rosterFile(20), TimeZone: "UTC"}))
		}},
		{"another tenant", func() error {
			return fail(other.AddTenant(ctx, app.TenantSpec{Name: "Beta", BaseURL: s.server.URL, Token: scimtest.Token}))
		}},
		{"a list that is not complete", func() error {
			s.server.Fail(scimtest.Fault{Path: "/Users", Times: -1, Status: 500})
			return fail(other.Sync(ctx, app.SyncRequest{Tenants: []string{"Acme"}}))
		}},
		{"leave for changes", func() error { return fail(other.AllowWrites(ctx, "Beta", "measured")) }},
		{"a removal", func() error { return other.RemoveTenant(ctx, "Acme") }},
		{"the clock set back", func() error { s.clock.ahead = -40 * 24 * time.Hour; return nil }},
	} {
		must(s.app.Tenants(ctx))(t)
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		fresh := must(app.Open(ctx, s.cfg))(t)
		want := must(fresh.Tenants(ctx))(t)
		for range 2 {
			if got := must(s.app.Tenants(ctx))(t); !reflect.DeepEqual(got, want) {
				t.Errorf("%s:\n%+v\n%+v", step.name, got, want)
			}
			if one := must(s.app.Tenant(ctx, want[0].Name))(t); !reflect.DeepEqual(one, want[0]) {
				t.Errorf("%s, by name:\n%+v\n%+v", step.name, one, want[0])
			}
		}
		if err := fresh.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
