package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

const otherToken = "token-of-another-organisation"

// besides is another organisation at the address of the shop's tenant, told apart by
// the token alone, as Slack does it; moved sends the shop's own token there too, from
// the next change on if onChange is set.
func (s *shop) besides(name string, users ...scimtest.User) (moved, onChange *atomic.Bool) {
	s.t.Helper()
	other := scimtest.New(scimtest.Options{Token: otherToken, Users: users})
	moved, onChange = new(atomic.Bool), new(atomic.Bool)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch && onChange.Load() {
			moved.Store(true)
		}
		if moved.Load() {
			r.Header.Set("Authorization", "Bearer "+otherToken)
		}
		if r.Header.Get("Authorization") == "Bearer "+otherToken {
			other.ServeHTTP(w, r)
			return
		}
		s.server.ServeHTTP(w, r)
	}))
	s.t.Cleanup(front.Close)
	s.t.Cleanup(other.Close)
	must(s.app.AddTenant(s.t.Context(), app.TenantSpec{Name: name, BaseURL: front.URL + "/scim/v2", Token: scimtest.Token, AllowWrites: "test"}))(s.t)
	must(s.app.Sync(s.t.Context(), app.SyncRequest{Tenants: []string{name}}))(s.t)
	return moved, onChange
}

// sandbox are as many people as the shop has, under other ids.
func sandbox() (users []scimtest.User) {
	for i := 1; i <= 60; i++ {
		u := person(i)
		u.ID = fmt.Sprintf("sandbox-%d", i)
		users = append(users, u)
	}
	return users
}

// A new token has to show at least one of the accounts on show: one that works may
// be for another organisation at the same address.
func TestTokenOfAnotherOrganisation(t *testing.T) {
	copied := person(1)
	copied.UserName, copied.ExternalID, copied.Emails = "person1.sandbox", "S1", []string{"person1@sandbox.example"}
	var renamed, byChance []scimtest.User // all numbers are the same, or one is
	for i := 1; i <= 60; i++ {
		u := person(i)
		u.UserName, u.Emails = fmt.Sprintf("person%d@new.example", i), []string{fmt.Sprintf("person%d@new.example", i)}
		renamed = append(renamed, u)
		if i != 5 {
			u.ExternalID = "S" + u.ExternalID
		}
		byChance = append(byChance, u)
	}
	newcomers := append(sandbox(), sandbox()...)
	for i := range newcomers {
		newcomers[i].ID = fmt.Sprintf("new-%d", i)
	}
	for name, tt := range map[string]struct {
		users   []scimtest.User
		refused bool
	}{
		"other ids":                   {sandbox(), true},
		"a copy with other names":     {[]scimtest.User{copied}, true},
		"a new domain":                {renamed, false},
		"numbers that meet by chance": {byChance, true},
		"the same address":            {[]scimtest.User{{ID: "u01", UserName: "login1", Emails: person(1).Emails}}, false},
		"one of the accounts":         {append(sandbox(), person(30)), false},
		"one, beyond the first page":  {append(newcomers, person(3)), false},
		"nobody":                      {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			s.besides("Slack", tt.users...)
			err := s.app.SetCredential(t.Context(), "Slack", otherToken)
			if tt.refused != (err != nil) || tt.refused && !strings.Contains(err.Error(), "shows none of the accounts on the list of Slack") {
				t.Errorf("%v, want it refused: %v", err, tt.refused)
			}
			changed := len(s.entries("tenant.credential-changed"))
			if changed != 1 && !tt.refused || changed != 0 && tt.refused {
				t.Errorf("%d changes are in the record", changed)
			}
		})
	}
}

// That an account is unknown to another organisation does not say that it is gone,
// neither when a run reads it back nor when it is settled.
func TestAnotherOrganisationConfirmsNothing(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	moved, onChange := s.besides("Slack", sandbox()...)
	s.server.Fail(scimtest.Fault{Method: http.MethodPatch, Drop: true, Times: -1})
	r := accounts("u59")
	r.Tenant = "Slack"
	if got := outcomes(s.run(must(s.app.Plan(t.Context(), r))(t))); got != "unknown" {
		t.Fatal(got)
	}
	moved.Store(true)
	s.clock.ahead += 3 * time.Minute
	settled := must(s.app.Settle(t.Context()))(t)
	if len(settled) != 1 || settled[0].Outcome != "unknown" || !strings.Contains(settled[0].Why, "shows none of those on its list") {
		t.Errorf("%+v", settled)
	}
	moved.Store(false)
	if settled = must(s.app.Settle(t.Context()))(t); len(settled) != 1 || settled[0].Outcome != "failed" {
		t.Errorf("back in the right one: %+v", settled)
	}
	onChange.Store(true)
	r.Accounts = []string{"u60"}
	if got := s.run(must(s.app.Plan(t.Context(), r))(t)); outcomes(got) != "unknown" {
		t.Errorf("%+v", got.Actions)
	}
}

// Whoever is inactive may be hidden or deleted by now: the few that are asked for are
// others.
func TestTokenIsTriedByWhoIsActive(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	for i := 1; i <= 5; i++ {
		s.setActive(person(i).ID, false)
	}
	users := append(sandbox(), sandbox()...)
	for i := range users {
		users[i].ID = fmt.Sprintf("new-%d", i)
	}
	s.besides("Slack", append(users, person(6))...)
	if err := s.app.SetCredential(t.Context(), "Slack", otherToken); err != nil {
		t.Error(err)
	}
}

// An account is not taken for gone where the list that would bear it out cannot be
// read, at whatever request that fails.
func TestGoneIsNotBorneOutByAFailure(t *testing.T) {
	said := false
	for nth := 1; nth <= 4; nth++ {
		s := newShop(t, scimtest.Quirks{})
		s.server.Fail(scimtest.Fault{Method: http.MethodPatch, Drop: true})
		s.run(s.plan(accounts("u59")))
		s.server.Heal()
		s.server.Remove("u59")
		s.clock.ahead += 3 * time.Minute
		s.server.Fail(scimtest.Fault{Method: http.MethodGet, Path: "/Users?", Nth: nth, Times: -1, Status: 403})
		settled := must(s.app.Settle(t.Context()))(t)
		met := strings.Contains(settled[0].Why, "whether it is the same tenant could not be read")
		if said = said || met; met && settled[0].Outcome != "unknown" {
			t.Errorf("failing from request %d: %+v", nth, settled)
		}
	}
	if !said {
		t.Error("no failure was met when the tenant was held against its list")
	}
}
