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
		refused(t, err, "deactivated another user name under its id")
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
		s.server.Update("u59", func(u *scimtest.User) { u.UserName, u.Emails = name, []string{name + "@users.example"} })
	}
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
