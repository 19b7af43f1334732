package app

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/app/reconcile"
	"rollcall/app/secrets"
	"rollcall/db"
	"rollcall/scim/scimtest"
)

// world is a workspace on a real provider, with a clock of its own.
type world struct {
	t       *testing.T
	dir     string
	now     time.Time
	secrets secrets.Store
	app     *App
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, dir: t.TempDir(), now: time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC), secrets: secrets.Memory()}
	w.open()
	t.Cleanup(func() {
		if w.app != nil {
			w.app.Close()
		}
	})
	return w
}

func (w *world) open() {
	w.t.Helper()
	app, err := Open(w.t.Context(), Config{
		Dir: w.dir, Actor: "tester", Secrets: w.secrets, Now: func() time.Time { return w.now },
		Wait: func(context.Context, time.Duration) error { return nil },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.app = app
}

func (w *world) close() {
	w.t.Helper()
	if err := w.app.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.app = nil
}

// serve starts a provider of n plain people, and adds it as a tenant.
func (w *world) serve(name string, opt scimtest.Options) *scimtest.Server {
	w.t.Helper()
	srv := scimtest.New(opt)
	w.t.Cleanup(srv.Close)
	if _, err := w.app.AddTenant(w.t.Context(), TenantSpec{Name: name, BaseURL: srv.URL, Token: scimtest.Token}); err != nil {
		w.t.Fatal(err)
	}
	return srv
}

// accountOfPerson is account i, of person i.
func accountOfPerson(i int) scimtest.User {
	mail := fmt.Sprintf("p%d@corp.example", i)
	return scimtest.User{
		ID: fmt.Sprintf("u%05d", i), UserName: mail, ExternalID: fmt.Sprint(1000 + i), DisplayName: fmt.Sprintf("Person %d", i),
		Emails: []string{mail}, Active: true,
	}
}

// people is a roster of n people, then the lines given.
func people(n int, more ...string) string {
	var b strings.Builder
	b.WriteString("Employee Number,Name,Email,Status,End Date,Nickname\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,Person %d,p%d@corp.example,active,,x%d\n", 1000+i, i, i, i)
	}
	for _, line := range more {
		b.WriteString(line + "\n")
	}
	return b.String()
}

func (w *world) file(content string) string {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

func (w *world) roster(content string) Roster {
	w.t.Helper()
	r, err := w.app.ImportRoster(w.t.Context(), RosterImport{File: w.file(content)})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) sync(accept ...string) Sync {
	w.t.Helper()
	s, err := w.trySync(accept...)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) trySync(accept ...string) (Sync, error) {
	r := SyncRequest{AcceptShrink: map[string]int{}}
	for _, a := range accept {
		name, n, _ := strings.Cut(a, "=")
		var number int
		fmt.Sscan(n, &number)
		r.AcceptShrink[name] = number
	}
	all, err := w.app.Sync(w.t.Context(), r)
	if err != nil || len(all) == 0 {
		return Sync{}, err
	}
	return all[0], nil
}

func (w *world) tenant(name string) Tenant {
	w.t.Helper()
	t, err := w.app.Tenant(w.t.Context(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	return t
}

func (w *world) findings(f FindingFilter) FindingsPage {
	w.t.Helper()
	if f.Limit == 0 {
		f.Limit = -1
	}
	page, err := w.app.Findings(w.t.Context(), f)
	if err != nil {
		w.t.Fatal(err)
	}
	return page
}

// told are findings as lines, for comparing.
func (w *world) told() []string {
	var out []string
	for _, f := range w.findings(FindingFilter{}).Findings {
		out = append(out, fmt.Sprintf("%s %s %s %s | %s | %s | %s", f.ID, f.Kind, f.Tenant, f.Account.UserName, f.Rule, f.Key, f.Reason))
	}
	return out
}

// plan tries to plan every finding of a kind.
func (w *world) plan(kind reconcile.Kind) error {
	_, err := w.app.Plan(w.t.Context(), PlanRequest{Tenant: "Acme", Kind: kind, Action: "deactivate", Ticket: "T-1", DryRun: true})
	return err
}

func (w *world) count(query string, args ...any) int {
	w.t.Helper()
	var n int
	err := w.app.store.Read(w.t.Context(), func(tx *db.Tx) error {
		return tx.SQL.QueryRowContext(w.t.Context(), query, args...).Scan(&n)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// alter runs SQL on the closed store, as a crash or a hand would leave it.
func (w *world) alter(statement string) {
	w.t.Helper()
	raw, err := sql.Open("sqlite", filepath.Join(w.dir, "store.db"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer raw.Close()
	if _, err := raw.ExecContext(w.t.Context(), statement); err != nil {
		w.t.Fatal(err)
	}
}

func codes(problems []Problem) []string {
	out := []string{}
	for _, p := range problems {
		out = append(out, p.Code)
	}
	return out
}

func hasCode(problems []Problem, code string) bool { return slices.Contains(codes(problems), code) }

// acme is the usual tenant: twenty people's accounts, an orphan, a leaver, a
// disputed account and a collision.
func acme() scimtest.Options {
	opt := scimtest.Options{}
	for i := range 20 {
		opt.Users = append(opt.Users, accountOfPerson(i))
	}
	orphan := scimtest.User{ID: "orphan", UserName: "ghost@corp.example", DisplayName: "Ghost", Emails: []string{"ghost@corp.example"}, Active: true}
	leaver := scimtest.User{ID: "leaver", UserName: "lea@corp.example", DisplayName: "Lea Ver", Active: true}
	disputed := scimtest.User{ID: "disputed", UserName: "p1@corp.example", ExternalID: "1002", Active: true}
	collision := scimtest.User{ID: "second", UserName: "p3-admin", Emails: []string{"P3@CORP.example"}, Active: true}
	opt.Users = append(opt.Users, orphan, leaver, disputed, collision)
	opt.Groups = []scimtest.Group{
		{ID: "g1", DisplayName: "Engineering", Members: []string{"u00001", "leaver"}},
		{ID: "g2", DisplayName: "Admins", Members: []string{"orphan", "leaver"}},
	}
	return opt
}

const leaverLine = "2000,Lea Ver,lea@corp.example,left,2026-02-28,x"

// ready is a workspace in which everything holds.
func ready(t *testing.T) (*world, *scimtest.Server) {
	t.Helper()
	w := newWorld(t)
	srv := w.serve("Acme", acme())
	w.roster(people(20, leaverLine))
	if s := w.sync(); !s.Sealed || !s.GroupsSealed {
		t.Fatalf("sync: %+v", s)
	}
	return w, srv
}
