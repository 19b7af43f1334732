package app_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// What changes between the look at an account and the call, while a run waits
// for the tenant, still stops the call: the guards are asked once more within
// the append of the intent.
func TestGuardsHoldWithinTheAppend(t *testing.T) {
	tests := map[string]struct {
		meanwhile func(s *shop, other app.Plan)
		writes    int
	}{
		"another run takes the last places": {func(s *shop, other app.Plan) { s.run(other) }, 5},
		"the account is protected": {func(s *shop, _ app.Plan) {
			must(s.app.Protect(s.t.Context(), "Acme", "u03", "break glass"))(s.t)
		}, 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			p, other := s.plan(accounts("u01", "u02", "u03")), s.plan(accounts("u04", "u05", "u06"))
			hold := scimtest.NewBarrier()
			s.server.Fail(scimtest.Fault{Method: http.MethodGet, Path: "/Users/u03", Effect: true, Reply: hold})
			done := make(chan app.RunResult, 1)
			go func() { r, _ := s.app.Run(t.Context(), p.Hash); done <- r }()
			reached(t, hold, done) // u01 and u02 are closed, u03 was read
			tt.meanwhile(s, other)
			close(hold.Release)
			r := <-done
			if outcomes(r) != "confirmed confirmed skipped" || len(s.server.Writes()) != tt.writes || !s.active("u03") {
				t.Errorf("%s, %d writes", outcomes(r), len(s.server.Writes()))
			}
		})
	}
}

// A tenant that is added once more under another spelling of its address has the
// ceiling and the protected accounts of the first.
func TestAnotherSpellingIsTheSameServer(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	must(s.app.Protect(t.Context(), "Acme", "u10", "break glass"))(t)
	if r := s.run(s.plan(accounts("u01", "u02", "u03", "u04", "u05"))); outcomes(r) != "confirmed confirmed confirmed confirmed confirmed" {
		t.Fatal(outcomes(r))
	}
	alias := strings.Replace(s.server.URL, "127.0.0.1", "localhost", 1)
	must(s.app.AddTenant(t.Context(), app.TenantSpec{Name: "Again", BaseURL: alias, Token: scimtest.Token, AllowWrites: "test"}))(t)
	must(s.app.Sync(t.Context(), app.SyncRequest{Tenants: []string{"Again"}}))(t)
	s.refusedIn("Again")
}

// So has a tenant without SCIM that was removed and is added again by its name.
func TestAFileTenantAddedAgainIsTheSame(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	var b strings.Builder
	b.WriteString("id,username,email,status\n")
	for i := 1; i <= 60; i++ {
		fmt.Fprintf(&b, "u%02d,person%d@corp.example,person%d@corp.example,active\n", i, i, i)
	}
	add := func(name string) {
		t.Helper()
		_, _, err := s.app.AddFileTenant(t.Context(), name, app.FileImport{
			File: "members.csv", Content: strings.NewReader(b.String()), ExportedBy: "Ada", ExportedAt: s.clock.now(), Screen: "Members, all",
		})
		if err != nil {
			t.Fatal(app.Explain(err))
		}
	}
	add("Travel")
	must(s.app.Protect(t.Context(), "Travel", "u10", "break glass"))(t)
	r := accounts("u01", "u02", "u03", "u04", "u05")
	r.Tenant = "Travel"
	if res := s.run(s.plan(r)); len(res.Actions) != 5 {
		t.Fatal(outcomes(res))
	}
	if err := s.app.RemoveTenant(t.Context(), "Travel"); err != nil {
		t.Fatal(err)
	}
	add("TRAVEL")
	s.refusedIn("TRAVEL")
}

// The credential's own account is protected by its e-mail as well, and one that
// no account fits is told of instead of protecting nothing in silence.
func TestOwnAccountThatProtectsNothingIsTold(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	svc := person(10)
	svc.UserName = "rollcall"
	server := scimtest.New(scimtest.Options{Users: []scimtest.User{svc, person(11)}})
	t.Cleanup(server.Close)
	for own, told := range map[string]bool{"typo@corp.example": true, svc.Emails[0]: false, "u11": false} {
		spec := app.TenantSpec{Name: "B", BaseURL: server.URL, Token: scimtest.Token, AllowWrites: "test", OwnAccount: own}
		before := must(s.app.AddTenant(t.Context(), spec))(t)
		must(s.app.Sync(t.Context(), app.SyncRequest{Tenants: []string{"B"}}))(t)
		o := must(s.app.Overview(t.Context()))(t)
		todo := slices.ContainsFunc(o.ToDo, func(d app.ToDo) bool {
			return d.Tenant == "B" && d.Code == "protection-unbound" && strings.Contains(d.Text, own)
		})
		doubts := must(s.app.Tenant(t.Context(), "B"))(t).Doubts
		if len(before.Doubts) != 0 || todo != told || (len(doubts) == 1) != told {
			t.Errorf("%s: to do %v, doubts %v before and %v after the list", own, todo, before.Doubts, doubts)
		}
		held := must(s.app.ProtectedAccounts(t.Context(), "B"))(t)
		if own == svc.Emails[0] && !slices.ContainsFunc(held, func(p app.Protected) bool { return p.ID == svc.ID }) {
			t.Errorf("the account with the e-mail is not protected: %+v", held)
		}
		if err := s.app.RemoveTenant(t.Context(), "B"); err != nil {
			t.Fatal(err)
		}
	}
}

// refusedIn: neither the protected u10 nor one account more than the five that
// were closed already can be planned in the tenant and closed.
func (s *shop) refusedIn(tenant string) {
	s.t.Helper()
	for _, account := range []string{"u06", "u10"} {
		r := accounts(account)
		r.Tenant = tenant
		p, err := s.app.Plan(s.t.Context(), r)
		if err != nil {
			continue
		}
		if res, err := s.app.Run(s.t.Context(), p.Hash); err == nil {
			s.t.Errorf("%s: %s was run: %s", tenant, account, outcomes(res))
		}
	}
}
