package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"rollcall/app"
	"rollcall/app/reconcile"
	"rollcall/app/secrets"
	"rollcall/scim/scimtest"
)

// hostileShop is a workspace without anything in it.
func hostileShop(t *testing.T) *shop {
	s := &shop{t: t, clock: &clock{}, cfg: app.Config{Dir: t.TempDir(), Secrets: secrets.Memory(), Actor: "tester"}}
	s.cfg.Now, s.cfg.Wait = s.clock.now, s.clock.wait
	s.open()
	t.Cleanup(func() { s.app.Close() })
	return s
}

func (s *shop) add(name, url, token string) {
	s.t.Helper()
	must(s.app.AddTenant(s.t.Context(), app.TenantSpec{Name: name, BaseURL: url, Token: token, AllowWrites: "test"}))(s.t)
}

func (s *shop) importLines(contents string, lines ...string) (app.Roster, error) {
	s.t.Helper()
	file := filepath.Join(s.t.TempDir(), "people.csv")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return s.app.ImportRoster(s.t.Context(), app.RosterImport{File: file, TimeZone: "UTC", Contents: contents})
}

func (s *shop) countFindings(k reconcile.Kind) int {
	s.t.Helper()
	page := must(s.app.Findings(s.t.Context(), app.FindingFilter{Kind: k, Limit: -1}))(s.t)
	return len(page.Findings)
}

// H5: right after a change a tenant answers 404 for the account for a moment (its
// cache of single accounts is being filled again). The account is on the second
// page of the list, active, all the time.
func TestHostileAMomentOf404IsNotGone(t *testing.T) {
	s := hostileShop(t)
	opts := scimtest.Options{}
	lines := []string{"number,name,email,status"}
	for i := 1; i <= 150; i++ {
		u := person(i)
		u.ID = fmt.Sprintf("u%03d", i)
		opts.Users = append(opts.Users, u)
		if i < 150 {
			lines = append(lines, fmt.Sprintf("%d,Person %d,person%d@corp.example,active", i, i, i))
		}
	}
	srv := scimtest.New(opts)
	t.Cleanup(srv.Close)
	var mu sync.Mutex
	missing := 0
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case r.Method == http.MethodPatch: // it says so, and does nothing
			missing = 2
			w.WriteHeader(http.StatusNoContent)
		case missing > 0 && strings.HasSuffix(r.URL.Path, "/Users/u150"):
			missing--
			w.Header().Set("Content-Type", "application/scim+json")
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"404"}`)
		default:
			srv.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(front.Close)
	s.add("Acme", front.URL+"/scim/v2", scimtest.Token)
	must(s.importLines("", lines...))(t)
	s.sync()
	r := s.run(s.plan(orphans()))
	u, _ := srv.User("u150")
	if o := outcomes(r); u.Active && (o == "confirmed" || o == "confirmed-gone") {
		t.Errorf("the outcome is %s (%s), and the account is active; %s of the half minute was waited", o, r.Actions[0].Why, s.clock.ahead)
	}
}

// twoOrganisations is one address that tells two organisations apart by the
// token alone, as Slack does.
func twoOrganisations(t *testing.T, production, sandbox *scimtest.Server) *httptest.Server {
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer token-of-the-sandbox" {
			sandbox.ServeHTTP(w, r)
			return
		}
		production.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	return front
}

func organisations(t *testing.T) (production, sandbox *scimtest.Server, front *httptest.Server) {
	prod, sand := scimtest.Options{}, scimtest.Options{Token: "token-of-the-sandbox"}
	for i := 1; i <= 60; i++ {
		prod.Users = append(prod.Users, person(i))
		u := person(i)
		u.ID = fmt.Sprintf("sandbox-%d", i)
		sand.Users = append(sand.Users, u)
	}
	production, sandbox = scimtest.New(prod), scimtest.New(sand)
	t.Cleanup(production.Close)
	t.Cleanup(sandbox.Close)
	return production, sandbox, twoOrganisations(t, production, sandbox)
}
