package app_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/app/reconcile"
	"rollcall/app/secrets"
	"rollcall/scim/scimtest"
)

// shop is a workspace on one tenant of 60 accounts: person 7 has left, and
// accounts 59 and 60 belong to nobody.
type shop struct {
	t      *testing.T
	server *scimtest.Server
	app    *app.App
	cfg    app.Config
	clock  *clock
}

// clock is real time plus what the test lets pass; waiting lets time pass.
type clock struct{ ahead time.Duration }

func (c *clock) now() time.Time { return time.Now().Add(c.ahead) }
func (c *clock) wait(ctx context.Context, d time.Duration) error {
	c.ahead += d
	return ctx.Err()
}

func person(i int) scimtest.User {
	mail := fmt.Sprintf("person%d@corp.example", i)
	return scimtest.User{ID: fmt.Sprintf("u%02d", i), UserName: mail, ExternalID: fmt.Sprint(i), DisplayName: fmt.Sprintf("Person %d", i), Emails: []string{mail}, Active: true}
}

func newShop(t *testing.T, quirks scimtest.Quirks) *shop {
	return newShopOn(t, quirks, app.Config{Dir: t.TempDir(), Secrets: secrets.Memory(), Actor: "tester"})
}

func newShopOn(t *testing.T, quirks scimtest.Quirks, cfg app.Config) *shop {
	opts := scimtest.Options{Quirks: quirks, Groups: []scimtest.Group{{ID: "g1", DisplayName: "Staff"}}}
	for i := 1; i <= 60; i++ {
		opts.Users = append(opts.Users, person(i))
		opts.Groups[0].Members = append(opts.Groups[0].Members, opts.Users[i-1].ID)
	}
	s := &shop{t: t, server: scimtest.New(opts), clock: &clock{}, cfg: cfg}
	t.Cleanup(s.server.Close)
	s.cfg.Now, s.cfg.Wait = s.clock.now, s.clock.wait
	s.open()
	t.Cleanup(func() { s.app.Close() })
	s.importRoster(58)
	must(s.app.AddTenant(t.Context(), app.TenantSpec{Name: "Acme", BaseURL: s.server.URL, Token: scimtest.Token, AllowWrites: "test"}))(t)
	s.sync()
	return s
}

func (s *shop) open() {
	s.t.Helper()
	s.app = must(app.Open(s.t.Context(), s.cfg))(s.t)
}

func (s *shop) importRoster(n int) app.Roster {
	s.t.Helper()
	return must(s.app.ImportRoster(s.t.Context(), app.RosterImport{File: s.rosterFile(n), TimeZone: "UTC"}))(s.t)
}

func (s *shop) tenantID() string {
	s.t.Helper()
	return must(s.app.Tenant(s.t.Context(), "Acme"))(s.t).ID
}

// rosterFile lists the first n people.
func (s *shop) rosterFile(n int) string {
	s.t.Helper()
	var b strings.Builder
	b.WriteString("number,name,email,status,end\n")
	for i := 1; i <= n; i++ {
		status, end := "active", ""
		if i == 7 {
			status, end = "left", "2020-03-31"
		}
		fmt.Fprintf(&b, "%d,Person %d,person%d@corp.example,%s,%s\n", i, i, i, status, end)
	}
	file := filepath.Join(s.t.TempDir(), "people.csv")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return file
}

// rosterOf is a file with these lines below a header.
func (s *shop) rosterOf(lines ...string) string {
	s.t.Helper()
	file := filepath.Join(s.t.TempDir(), "people.csv")
	if err := os.WriteFile(file, []byte("number,name,email,status,end\n"+strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return file
}

func (s *shop) sync() app.Sync {
	s.t.Helper()
	return must(s.app.Sync(s.t.Context(), app.SyncRequest{}))(s.t)[0]
}

func orphans() app.PlanRequest {
	return app.PlanRequest{Tenant: "Acme", Kind: reconcile.KindOrphaned, Action: "deactivate", Ticket: "HD-1"}
}

func accounts(ids ...string) app.PlanRequest {
	return app.PlanRequest{Tenant: "Acme", Accounts: ids, Action: "deactivate", Ticket: "HD-2"}
}

func (s *shop) plan(r app.PlanRequest) app.Plan {
	s.t.Helper()
	return must(s.app.Plan(s.t.Context(), r))(s.t)
}

func (s *shop) run(p app.Plan) app.RunResult {
	s.t.Helper()
	return must(s.app.Run(s.t.Context(), p.Hash))(s.t)
}

// entries are the record's types with their data, in order.
func (s *shop) entries(kind string) []app.Entry {
	s.t.Helper()
	var out []app.Entry
	err := s.app.Entries(s.t.Context(), app.EntryFilter{Type: kind, Limit: -1}, func(e app.Entry) error {
		out = append(out, e)
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

func (s *shop) active(id string) bool {
	s.t.Helper()
	u, ok := s.server.User(id)
	if !ok {
		s.t.Fatalf("the server lost %s", id)
	}
	return u.Active
}

// must returns v, and fails the test where there is an error.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// reached waits until the server holds the request, or what should have sent
// it ends without.
func reached[T any](t *testing.T, b *scimtest.Barrier, done <-chan T) {
	t.Helper()
	select {
	case <-b.Arrived:
	case v := <-done:
		t.Fatalf("it ended before the request arrived: %+v", v)
	}
}

func outcomes(r app.RunResult) string {
	var out []string
	for _, a := range r.Actions {
		out = append(out, a.Outcome)
	}
	return strings.Join(out, " ")
}

func refused(t *testing.T, err error, word string) {
	t.Helper()
	var e *app.Error
	if !errors.As(err, &e) || e.Kind != app.KindRefused || !strings.Contains(err.Error(), word) {
		t.Fatalf("got %v, want a refusal that says %q", err, word)
	}
}

// loseStore opens the workspace again without its store.
func (s *shop) loseStore() {
	s.t.Helper()
	s.app.Close()
	for _, f := range []string{"store.db", "store.db-wal", "store.db-shm"} {
		if err := os.Remove(filepath.Join(s.cfg.Dir, f)); err != nil && !errors.Is(err, os.ErrNotExist) {
			s.t.Fatal(err)
		}
	}
	s.open()
}

func itoa(n int64) string { return fmt.Sprint(n) }
