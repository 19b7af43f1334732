package app_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"rollcall/app"
	"rollcall/app/secrets"
	"rollcall/scim/scimtest"
	"strings"
	"sync"
	"testing"
	"time"
)

// A gateway answers 403 or 404 to what it has handed on, and the effect shows
// seconds later. What was refused counts, so that no plan after plan passes the
// ceiling, and what shows by the next list is ours.
func TestCeilingCountsBehindAGateway(t *testing.T) {
	for _, status := range []int{http.StatusForbidden, http.StatusNotFound} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			var mu sync.Mutex
			late := map[string]int{} // looks that still show it as it was
			front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				id := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
				if r.Method == http.MethodPatch {
					late[id] = 2
					w.Header().Set("Content-Type", "application/scim+json")
					w.WriteHeader(status)
					fmt.Fprintf(w, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"%d"}`, status)
					return
				}
				if n, ok := late[id]; ok {
					if late[id]--; n <= 1 {
						s.server.Update(id, func(u *scimtest.User) { u.Active = false })
						delete(late, id)
					}
				}
				s.server.ServeHTTP(w, r)
			}))
			t.Cleanup(front.Close)
			s.add("Gateway", front.URL+"/scim/v2", scimtest.Token)
			must(s.app.Sync(t.Context(), app.SyncRequest{Tenants: []string{"Gateway"}}))(t)
			for plan := range 4 {
				var ids []string
				for i := 1; i <= 5; i++ {
					ids = append(ids, fmt.Sprintf("u%02d", 10+5*plan+i))
				}
				r := accounts(ids...)
				r.Tenant = "Gateway"
				p, err := s.app.Plan(t.Context(), r)
				if err == nil {
					_, err = s.app.Run(t.Context(), p.Hash)
				}
				if err != nil {
					break
				}
				for _, id := range ids { // the gateway's backend has caught up seconds later
					mu.Lock()
					if _, ok := late[id]; ok {
						s.server.Update(id, func(u *scimtest.User) { u.Active = false })
						delete(late, id)
					}
					mu.Unlock()
				}
				s.clock.ahead += time.Minute
				must(s.app.Sync(t.Context(), app.SyncRequest{Tenants: []string{"Gateway"}}))(t)
				s.clock.ahead += time.Minute
				must(s.app.Settle(t.Context()))(t)
			}
			closed := 0
			for _, u := range s.server.Users() {
				if !u.Active {
					closed++
				}
			}
			if closed > 5 {
				confirmed := 0
				for _, e := range s.entries("action.outcome") {
					if strings.Contains(string(e.Data), `"confirmed"`) {
						confirmed++
					}
				}
				c := must(s.app.Ceilings(context.Background()))(t)
				t.Errorf("%d accounts were closed within minutes, the ceiling is 5; it counts %+v; the record confirms %d", closed, c, confirmed)
			}
		})
	}
}

// Right after a change a tenant answers 404 for the account for a moment, while
// its list has the account, active, on its second page: that is not gone.
func TestAMomentOf404IsNotGone(t *testing.T) {
	s := &shop{t: t, clock: &clock{}, cfg: app.Config{Dir: t.TempDir(), Secrets: secrets.Memory(), Actor: "tester"}}
	s.cfg.Now, s.cfg.Wait = s.clock.now, s.clock.wait
	s.open()
	t.Cleanup(func() { s.app.Close() })
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
	file := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	must(s.app.ImportRoster(t.Context(), app.RosterImport{File: file, TimeZone: "UTC"}))(t)
	s.sync()
	r := s.run(s.plan(orphans()))
	u, _ := srv.User("u150")
	if o := outcomes(r); u.Active && (o == "confirmed" || o == "confirmed-gone") {
		t.Errorf("the outcome is %s (%s), and the account is active; %s of the half minute was waited", o, r.Actions[0].Why, s.clock.ahead)
	}
}

func (s *shop) add(name, url, token string) {
	s.t.Helper()
	must(s.app.AddTenant(s.t.Context(), app.TenantSpec{Name: name, BaseURL: url, Token: token, AllowWrites: "test"}))(s.t)
}
