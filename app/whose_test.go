package app_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"rollcall/scim/scimtest"
)

func newcomer(u *scimtest.User) {
	u.UserName, u.ExternalID, u.Emails, u.DisplayName, u.Active = "newcomer@corp.example", "7000", []string{"newcomer@corp.example"}, "New Comer", false
}

// A month after our deactivation the id is a new colleague's, made inactive until
// the first day. We never deactivated that one, and do not delete it, whether the
// list shows it already or not.
func TestNoDeletionOfAnotherPersonUnderTheSameID(t *testing.T) {
	del := accounts("u59")
	del.Action = "delete"
	aged := func(t *testing.T) *shop {
		s := newShop(t, scimtest.Quirks{})
		s.run(s.plan(accounts("u59")))
		s.clock.ahead += 31 * 24 * time.Hour
		s.importRoster(58)
		return s
	}
	t.Run("listed", func(t *testing.T) {
		s := aged(t)
		s.server.Update("u59", newcomer)
		s.sync()
		_, err := s.app.Plan(t.Context(), del)
		refused(t, err, "nothing shows that this is the same account")
	})
	t.Run("after the plan", func(t *testing.T) {
		s := aged(t)
		s.sync()
		p := s.plan(del)
		s.server.Update("u59", newcomer)
		if r := s.run(p); outcomes(r) != "skipped" {
			t.Errorf("%+v", r.Actions)
		}
	})
	t.Run("the same", func(t *testing.T) {
		s := aged(t)
		s.server.Update("u59", func(u *scimtest.User) { u.UserName = "married@corp.example" })
		s.sync()
		if r := s.run(s.plan(del)); outcomes(r) != "confirmed-gone" {
			t.Errorf("%+v", r.Actions)
		}
	})
}

// An account that has neither number nor e-mail is known by its user name alone.
// Another one under its id is nobody's to give back to.
func TestUndoOfAnIDWithNothingButAName(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	bare := func(name string) {
		s.server.Update("u59", func(u *scimtest.User) { u.UserName, u.ExternalID, u.Emails, u.DisplayName = name, "", nil, name })
	}
	bare("ghost")
	s.sync()
	p := s.plan(accounts("u59"))
	s.run(p)
	bare("Ghost")
	if got, alone := s.wayBack(p); got != "reactivate" {
		t.Errorf("the same in another case: planned %q, left alone %q", got, alone)
	}
	bare("mallory")
	if got, alone := s.wayBack(p); got != "" || !strings.Contains(alone, `"mallory" now`) {
		t.Errorf("planned %q, left alone %q", got, alone)
	}
}

// A vendor that takes name and address off what it closes shows that right after
// our call. That account is the same; one that is renamed later need not be.
func TestUndoWhereTheTenantRenamesWhatIsClosed(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	named := func(name string) {
		s.server.Update("u59", func(u *scimtest.User) {
			u.UserName, u.ExternalID, u.Emails = name, "", []string{name + "@users.example"}
		})
	}
	named("person59")
	s.sync()
	s.rewritten(func(r *http.Request, body string) string {
		if r.Method == http.MethodPatch && strings.Contains(body, `"active":false`) {
			named("a1b2c3_acme")
		}
		return body
	})
	r := accounts("u59")
	r.Tenant = "Late"
	p := s.plan(r)
	if got := outcomes(s.run(p)); got != "confirmed" {
		t.Fatal(got)
	}
	back := must(s.app.Undo(t.Context(), p.Hash, "HD-8", true))(t)
	if len(back.Actions) != 1 || back.Actions[0].Action != "reactivate" {
		t.Errorf("%+v, left alone %v", back.Actions, back.NotCovered)
	}
	named("mallory")
	if back, err := s.app.Undo(t.Context(), p.Hash, "HD-8", true); err == nil {
		t.Errorf("%+v", back.Actions)
	}
}

// Servers whose id is the user name give both again. The next one has another
// number and another address, and nobody here closed it.
func TestTheNextOneWithTheUserName(t *testing.T) {
	next := func(u *scimtest.User) {
		u.ExternalID, u.DisplayName, u.Emails, u.Active = "9001", "Somebody Else", []string{"else@corp.example"}, false
	}
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(accounts("u59", "u60"))
	s.run(p)
	back := s.undo(p, "HD-8")
	s.sync()
	s.server.Update("u59", next)
	s.server.Update("u60", func(u *scimtest.User) { next(u); u.Emails = nil }) // its number is another's, its e-mail gone
	if r := s.run(back); outcomes(r) != "skipped skipped" {
		t.Errorf("given back: %s", outcomes(r))
	}
	_, err := s.app.Undo(t.Context(), p.Hash, "HD-9", false)
	refused(t, err, "nothing to plan")
	s.clock.ahead += 31 * 24 * time.Hour
	s.importRoster(58)
	s.sync()
	for _, id := range []string{"u59", "u60"} {
		del := accounts(id)
		del.Action = "delete"
		_, err = s.app.Plan(t.Context(), del)
		refused(t, err, "nothing shows that this is the same account")
	}
}

// The number is the same: a marriage, a new domain, or a vendor that takes name and
// address off what is closed some seconds later.
func TestTheSameNumberIsTheSameAccount(t *testing.T) {
	renamed := func(u *scimtest.User) {
		u.UserName, u.Emails = "deactivated-59", []string{"deactivated-59@invalid.example"}
	}
	t.Run("undo", func(t *testing.T) {
		s := newShop(t, scimtest.Quirks{})
		p := s.plan(accounts("u59"))
		s.run(p)
		s.server.Update("u59", renamed)
		s.run(s.undo(p, "HD-9"))
		if !s.active("u59") {
			t.Error("not given back")
		}
	})
	t.Run("undo of a settled call", func(t *testing.T) {
		s := newShop(t, scimtest.Quirks{})
		s.server.Fail(scimtest.Fault{Method: http.MethodPatch, Drop: true, Effect: true})
		s.server.Fail(scimtest.Fault{Method: http.MethodGet, Path: "/Users/u59", Nth: 2, Times: 6, Status: 500})
		p := s.plan(accounts("u59"))
		if got := outcomes(s.run(p)); got != "unknown" {
			t.Fatal(got)
		}
		s.server.Heal()
		s.server.Update("u59", renamed)
		s.clock.ahead += 3 * time.Minute
		must(s.app.Settle(t.Context()))(t)
		s.run(s.undo(p, "HD-9"))
		if !s.active("u59") {
			t.Error("not given back")
		}
	})
	t.Run("deletion", func(t *testing.T) {
		s := newShop(t, scimtest.Quirks{})
		s.run(s.plan(accounts("u59")))
		s.server.Update("u59", renamed)
		s.clock.ahead += 31 * 24 * time.Hour
		s.importRoster(58)
		s.sync()
		del := accounts("u59")
		del.Action = "delete"
		if r := s.run(s.plan(del)); outcomes(r) != "confirmed-gone" {
			t.Errorf("%+v", r.Actions)
		}
	})
}

// Without a number, what was settled later may show somebody else already: it says
// nothing of whom our call was about.
func TestUndoOfASettledCallToldByNothing(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	s.server.Update("u59", func(u *scimtest.User) { u.ExternalID = "" })
	s.sync()
	s.server.Fail(scimtest.Fault{Method: http.MethodPatch, Drop: true, Effect: true})
	s.server.Fail(scimtest.Fault{Method: http.MethodGet, Path: "/Users/u59", Nth: 2, Times: 6, Status: 500})
	p := s.plan(accounts("u59"))
	if got := outcomes(s.run(p)); got != "unknown" {
		t.Fatal(got)
	}
	s.server.Heal()
	s.server.Update("u59", func(u *scimtest.User) { u.UserName, u.Emails = "mallory", []string{"mallory@corp.example"} })
	s.clock.ahead += 3 * time.Minute
	if got := must(s.app.Settle(t.Context()))(t); len(got) != 1 || got[0].Outcome != "confirmed" {
		t.Fatalf("%+v", got)
	}
	if got, alone := s.wayBack(p); got != "" || !strings.Contains(alone, `"mallory" now`) {
		t.Errorf("planned %q, left alone %q", got, alone)
	}
}
