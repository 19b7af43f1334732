package app

import (
	"strings"
	"testing"

	"rollcall/scim/scimtest"
)

// ownAccount is a tenant that was added with the credential's own account, told
// by an e-mail that is not its user name.
func ownAccount(t *testing.T) (*world, *scimtest.Server) {
	t.Helper()
	w := newWorld(t)
	w.roster(people(20, leaverLine))
	opt := acme()
	opt.Users = append(opt.Users, scimtest.User{ID: "own", UserName: "svc-rollcall", Emails: []string{"It@Corp.Example"}, Active: true})
	srv := scimtest.New(opt)
	t.Cleanup(srv.Close)
	_, err := w.app.AddTenant(t.Context(), TenantSpec{Name: "Acme", BaseURL: srv.URL, Token: scimtest.Token, AllowWrites: "test", OwnAccount: "it@corp.example"})
	if err != nil {
		t.Fatal(err)
	}
	return w, srv
}

func (w *world) ownIsProtected(when string) {
	w.t.Helper()
	_, err := w.app.Plan(w.t.Context(), PlanRequest{Tenant: "Acme", Accounts: []string{"own"}, Action: actionDeactivate, Ticket: "T"})
	if err == nil || !strings.Contains(err.Error(), "It is protected") {
		w.t.Errorf("%s: planned with %v", when, err)
	}
}

// Between a list and the protections that it ties to ids the store cannot be
// written, or the process ends: nothing comes before they are tied, a new name
// included.
func TestProtectionsAreTiedBeforeAnythingElse(t *testing.T) {
	rename := func(srv *scimtest.Server) {
		srv.Update("own", func(u *scimtest.User) { u.UserName, u.Emails = "renamed", nil })
	}
	for name, then := range map[string]func(*world){
		"the process ended": func(w *world) { w.close(); w.open() },
		"it went on":        func(*world) {},
		"it synced again":   func(*world) {},
	} {
		t.Run(name, func(t *testing.T) {
			w, srv := ownAccount(t)
			err := w.app.mutate(t.Context(), func(*writer) error {
				w.alter(`CREATE TRIGGER stuck BEFORE INSERT ON snapshot BEGIN SELECT raise(ABORT, 'stuck'); END`)
				if _, err := w.trySync(); err == nil || !strings.Contains(err.Error(), "recorded") {
					t.Errorf("sync with a stuck store: %v", err)
				}
				w.alter(`DROP TRIGGER stuck`)
				if name == "it synced again" {
					rename(srv)
					w.sync()
				}
				if name == "it went on" {
					if _, err := w.app.Protect(t.Context(), "Acme", "nobody", "brings the store up to date"); err != nil {
						return err
					}
					w.ownIsProtected("in the same process")
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			then(w)
			w.ownIsProtected("before the next list")
			rename(srv)
			w.sync()
			w.ownIsProtected("renamed")
		})
	}
}

// Lifting the protection of an account also lifts what would tie it again.
func TestLiftedProtectionStaysLifted(t *testing.T) {
	w, _ := ownAccount(t)
	w.sync()
	if err := w.app.Unprotect(t.Context(), "Acme", "own", "no longer used"); err != nil {
		t.Fatal(err)
	}
	w.sync()
	if n := w.count(`SELECT count(*) FROM protected`); n != 0 {
		t.Errorf("%d protections after the only one was lifted", n)
	}
}

// What protects by e-mail holds at each call before it is tied to an id, and not
// where the text is an account's user name.
func TestForbidsByMail(t *testing.T) {
	w, _ := ready(t)
	p := w.planned()
	if _, err := w.app.AllowWrites(t.Context(), "Acme", "test"); err != nil {
		t.Fatal(err)
	}
	protect := func(text string) {
		err := w.app.mutate(t.Context(), func(wr *writer) error {
			return wr.protect(t.Context(), p.Body.Tenants[0].ID, text, text, "the last way in")
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	says := func(mail, want string) {
		t.Helper()
		why, err := w.app.forbids(t.Context(), p, 0, accountState{Emails: []string{mail}})
		if err != nil || want == "" && why != "" || !strings.Contains(why, want) {
			t.Errorf("as %q: %q, %v; want %q", mail, why, err, want)
		}
	}
	protect("Break.Glass@corp.example")
	says("break.glass@Corp.example", "protected (the last way in)")
	says("another@corp.example", "")
	protect("p5@corp.example") // somebody else's user name
	says("p5@corp.example", "")
}
