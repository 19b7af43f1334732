package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/app/secrets"
	"rollcall/scim/scimtest"
)

// Another organisation may count its ids and its people from 1 as well: where names,
// logins and addresses are all others, numbers alone show nobody.
func TestAnotherOrganisationThatCountsFromOne(t *testing.T) {
	a, b := scimtest.Options{}, scimtest.Options{}
	for i := 1; i <= 60; i++ {
		a.Users = append(a.Users, person(i))
		b.Users = append(b.Users, scimtest.User{ID: fmt.Sprintf("u%02d", i), UserName: fmt.Sprintf("zed%d@b.example", i), ExternalID: fmt.Sprint(i),
			DisplayName: fmt.Sprintf("Zed %d", i), Emails: []string{fmt.Sprintf("zed%d@b.example", i)}, Active: true})
	}
	sa, sb := scimtest.New(a), scimtest.New(b)
	t.Cleanup(sa.Close)
	t.Cleanup(sb.Close)
	s := &shop{t: t, server: sa, clock: &clock{}, cfg: app.Config{Dir: t.TempDir(), Secrets: secrets.Memory(), Actor: "tester"}}
	s.cfg.Now, s.cfg.Wait = s.clock.now, s.clock.wait
	s.open()
	t.Cleanup(func() { s.app.Close() })
	s.importRoster(58)
	var now atomic.Pointer[scimtest.Server]
	now.Store(sa)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { now.Load().ServeHTTP(w, r) }))
	t.Cleanup(front.Close)
	must(s.app.AddTenant(t.Context(), app.TenantSpec{Name: "Acme", BaseURL: front.URL + "/scim/v2", Token: scimtest.Token, AllowWrites: "test"}))(t)
	s.sync()
	now.Store(sb)
	s.clock.ahead += time.Minute
	if err := s.app.SetCredential(t.Context(), "Acme", scimtest.Token); err == nil {
		t.Error("the other organisation's token is taken")
	}
	if got := s.sync(); got.Sealed {
		t.Errorf("its list is sealed without a word: %v", got.Problems)
	}
	if p, err := s.app.Offboard(t.Context(), app.OffboardRequest{Person: "7", Ticket: "HD-3"}); len(p.Actions) > 0 {
		t.Errorf("offboarding closes %s of the other organisation, %v", p.Actions[0].Account.UserName, err)
	}
}
