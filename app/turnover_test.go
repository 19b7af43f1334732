package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/app/reconcile"
	"rollcall/app/secrets"
	"rollcall/scim/scimtest"
)

// moved gives every account a new id, as a vendor does that moves a tenant.
func (s *shop) moved() {
	for i := 1; i <= 60; i++ {
		u := person(i)
		s.server.Remove(u.ID)
		u.ID = fmt.Sprintf("new-%02d", i)
		s.server.Add(u)
	}
	s.clock.ahead += time.Minute
}

func (s *shop) syncAccepting(n int) app.Sync {
	s.t.Helper()
	return must(s.app.Sync(s.t.Context(), app.SyncRequest{AcceptShrink: map[string]int{"Acme": n}}))(s.t)[0]
}

// An address that leads to another organisation all of a sudden lists as many
// accounts, none of them the same. Unless a person vouches for that list nothing is planned
// on it, and the accounts of before stay on show.
func TestAListOfOtherAccountsNeedsAPersonsWord(t *testing.T) {
	production, sandbox := scimtest.Options{}, scimtest.Options{}
	for i := 1; i <= 60; i++ {
		u := person(i)
		production.Users = append(production.Users, u)
		u.ID = fmt.Sprintf("sandbox-%d", i)
		sandbox.Users = append(sandbox.Users, u)
	}
	a, b := scimtest.New(production), scimtest.New(sandbox)
	t.Cleanup(a.Close)
	t.Cleanup(b.Close)
	s := &shop{t: t, server: a, clock: &clock{}, cfg: app.Config{Dir: t.TempDir(), Secrets: secrets.Memory(), Actor: "tester"}}
	s.cfg.Now, s.cfg.Wait = s.clock.now, s.clock.wait
	s.open()
	t.Cleanup(func() { s.app.Close() })
	s.importRoster(58)
	var now atomic.Pointer[scimtest.Server]
	now.Store(a)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { now.Load().ServeHTTP(w, r) }))
	t.Cleanup(front.Close)
	must(s.app.AddTenant(t.Context(), app.TenantSpec{Name: "Acme", BaseURL: front.URL + "/scim/v2", Token: scimtest.Token, AllowWrites: "test"}))(t)
	s.sync()
	now.Store(b)
	s.clock.ahead += time.Minute
	for _, n := range []int{0, 59} {
		got := s.syncAccepting(n)
		if got.Sealed || got.Problems[0].Code != "other-accounts" || !strings.Contains(got.Problems[0].Text, "60 of the 60 accounts of Acme are not in the list any more") {
			t.Fatalf("accepted %d: %+v", n, got)
		}
	}
	p := must(s.app.Offboard(t.Context(), app.OffboardRequest{Person: "7", Ticket: "HD-3"}))(t)
	if len(p.Actions) != 0 || len(p.NotCovered) != 1 {
		t.Errorf("offboarding plans %+v, not covered %v", p.Actions, p.NotCovered)
	}
	if got := s.syncAccepting(60); !got.Sealed {
		t.Errorf("vouched for: %+v", got.Problems)
	}
}

// Accounts come and go: up to the fifth that a list may shrink by, or a few of a
// small tenant. All of them at once need a person's word everywhere.
func TestAListWithOtherAccounts(t *testing.T) {
	for name, tt := range map[string]struct {
		of, gone int
		sealed   bool
	}{
		"a fifth": {60, 12, true}, "more": {60, 13, false}, "few of a small tenant": {8, 5, true},
		"all of a small tenant": {4, 4, false}, "the only one": {1, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			for i := tt.of + 1; i <= 60; i++ {
				s.server.Remove(person(i).ID)
			}
			s.syncAccepting(tt.of)
			for i := 1; i <= tt.gone; i++ {
				s.server.Remove(person(i).ID)
				u := person(100 + i)
				s.server.Add(u)
			}
			if got := s.sync(); got.Sealed != tt.sealed {
				t.Errorf("%v, %+v", got.Sealed, got.Problems)
			}
		})
	}
}

// So it is with a list of members that somebody exported.
func TestAFileOfOtherAccountsNeedsAPersonsWord(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	members := func(from int) app.FileImport {
		lines := []string{"User name,Email,Status"}
		for i := range 20 {
			lines = append(lines, fmt.Sprintf("m%d,m%d@corp.example,active", from+i, from+i))
		}
		s.clock.ahead += time.Minute
		file := filepath.Join(t.TempDir(), "members.csv")
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
		return app.FileImport{File: file, ExportedBy: "Nia", ExportedAt: s.clock.now()}
	}
	if _, got, err := s.app.AddFileTenant(t.Context(), "Wiki", members(1)); err != nil || !got.Sealed {
		t.Fatalf("%+v, %v", got, err)
	}
	other := members(101)
	got := must(s.app.ImportFile(t.Context(), "Wiki", other))(t)
	if got.Sealed || got.Problems[0].Code != "other-accounts" || !strings.Contains(got.Problems[0].Do, "--accept-shrink 20") {
		t.Fatalf("%+v", got)
	}
	n := 20
	other.AcceptShrink = &n
	if got = must(s.app.ImportFile(t.Context(), "Wiki", other))(t); !got.Sealed {
		t.Errorf("vouched for: %+v", got.Problems)
	}
}

// What a person decided about an account is void under a new id. It is told, an
// account with the user name is not closed with all others, and whoever is
// offboarded is not said to have none.
func TestDecisionsUnderNewIDs(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	must(s.app.LinkAccount(t.Context(), "Acme", "u59", "20", "the backup job, Person 20 answers for it"))(t)
	until := s.clock.now().AddDate(0, 1, 0).Format(time.DateOnly)
	must(s.app.ExceptFinding(t.Context(), app.ExceptRequest{Tenant: "Acme", Account: "u60", Kind: reconcile.KindOrphaned, Until: until, Reason: "HD-9"}))(t)
	s.moved()
	if got := s.sync(); got.Sealed || !strings.Contains(got.Problems[0].Text, "60 of them may be there under new ids") {
		t.Fatalf("%+v", got)
	}
	if got := s.syncAccepting(60); !got.Sealed {
		t.Fatalf("%+v", got)
	}
	told := func() string {
		var texts []string
		for _, d := range must(s.app.Overview(t.Context()))(t).ToDo {
			texts = append(texts, d.Problem.Text)
		}
		return strings.Join(texts, "\n")
	}
	if got := told(); !strings.Contains(got, `the link of "person59@corp.example", the exception of "person60@corp.example"`) {
		t.Errorf("to do: %s", got)
	}
	_, err := s.app.Plan(t.Context(), orphans())
	refused(t, err, "Decide about it anew")
	p := must(s.app.Offboard(t.Context(), app.OffboardRequest{Person: "20", Ticket: "HD-3"}))(t)
	if len(p.Actions) != 1 || !slices.ContainsFunc(p.NotCovered, func(n app.NotCovered) bool { return n.UserName == "person59@corp.example" }) {
		t.Errorf("%+v, not covered %v", p.Actions, p.NotCovered)
	}
	if p := s.plan(accounts("new-59")); len(p.Actions) != 1 {
		t.Errorf("named: %+v", p)
	}
	must(s.app.LinkAccount(t.Context(), "Acme", "new-59", "20", "the same"))(t)
	must(s.app.UnexceptFinding(t.Context(), "Acme", "u60", "", "gone"))(t)
	if got := told(); strings.Contains(got, "decided") {
		t.Errorf("decided anew, and to do: %s", got)
	}
	// The same file says nothing new, but by a person's word.
	must(s.app.ImportRoster(t.Context(), app.RosterImport{File: s.rosterFile(58), TimeZone: "UTC", AcceptShrink: 58}))(t)
	if p := s.plan(orphans()); len(p.Actions) != 1 || p.Actions[0].Account.ID != "new-60" {
		t.Errorf("%+v", p.Actions)
	}
}
