package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/app/reconcile"
	"rollcall/scim/scimtest"
)

// toDo is what is told on the first page.
func (s *shop) toDo() string {
	s.t.Helper()
	var texts []string
	for _, d := range must(s.app.Overview(s.t.Context()))(s.t).ToDo {
		texts = append(texts, d.Problem.Text)
	}
	return strings.Join(texts, "\n")
}

func (s *shop) except(account string) {
	s.t.Helper()
	must(s.app.ExceptFinding(s.t.Context(), app.ExceptRequest{
		Tenant: "Acme", Account: account, Kind: reconcile.KindOrphaned, Reason: "HD-9",
		Until: s.clock.now().AddDate(0, 1, 0).Format(time.DateOnly),
	}))(s.t)
}

// renamed gives the accounts new ids and keeps of each what change leaves.
func (s *shop) renamed(change func(i int, u *scimtest.User)) {
	s.moved()
	for i := 1; i <= 60; i++ {
		s.server.Update(fmt.Sprintf("new-%02d", i), func(u *scimtest.User) { change(i, u) })
	}
	s.syncAccepting(60)
	s.clock.ahead += time.Minute
	s.importRoster(58) // as new as the ids
	s.sync()
}

// Logins become addresses, or there is a new domain, and the ids are new at once:
// number or address tell that it may be the same.
func TestDecisionsUnderNewIDsAndNames(t *testing.T) {
	login := func(i int) string { return fmt.Sprintf("login%02d", i) }
	for name, change := range map[string]func(i int, u *scimtest.User){
		"number":  func(i int, u *scimtest.User) { u.UserName, u.Emails = login(i), []string{login(i) + "@new.example"} },
		"address": func(i int, u *scimtest.User) { u.UserName, u.ExternalID = login(i), "N"+login(i) },
		"name":    func(i int, u *scimtest.User) { u.ExternalID, u.Emails = "N"+login(i), nil },
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			must(s.app.LinkAccount(t.Context(), "Acme", "u59", "20", "the backup job"))(t)
			s.except("u60")
			s.renamed(change)
			_, err := s.app.Plan(t.Context(), accounts("new-60"))
			if err != nil {
				t.Fatal(err)
			}
			if p, err := s.app.Plan(t.Context(), orphans()); err == nil && slices.ContainsFunc(planned(p), func(id string) bool { return id == "new-59" || id == "new-60" }) {
				t.Errorf("planned with all others: %v", planned(p))
			}
			const both = `the link of "person59@corp.example", the exception of "person60@corp.example"`
			if got := s.toDo(); !strings.Contains(got, "they seem to be there under other ids, or the tenant was added anew: "+both) {
				t.Errorf("to do: %s", got)
			}
			p := must(s.app.Offboard(t.Context(), app.OffboardRequest{Person: "20", Ticket: "HD-3", DryRun: true}))(t)
			if !slices.ContainsFunc(p.NotCovered, func(n app.NotCovered) bool { return strings.Contains(n.Why, `under "new-59"`) }) {
				t.Errorf("offboarding: not covered %v", p.NotCovered)
			}
			must(s.app.LinkAccount(t.Context(), "Acme", "new-59", "20", "the same"))(t)
			s.except("new-60")
			if got := s.toDo(); strings.Contains(got, "was decided") {
				t.Errorf("decided anew, and to do: %s", got)
			}
		})
	}
}

// Who was on the list beside the account is not what became of it, whatever they
// share; and what has gone altogether is told too, unless we closed it.
func TestDecisionsAboutAccountsThatAreGone(t *testing.T) {
	s := newShop(t, scimtest.Quirks{HideInactive: true})
	for _, id := range []string{"u58", "u59"} {
		s.server.Update(id, func(u *scimtest.User) { u.Emails = []string{"team@corp.example"} })
	}
	s.clock.ahead += time.Minute
	s.sync()
	s.clock.ahead += time.Minute
	must(s.app.LinkAccount(t.Context(), "Acme", "u59", "20", "theirs"))(t)
	must(s.app.LinkAccount(t.Context(), "Acme", "u57", "20", "theirs"))(t)
	s.except("u60")
	s.run(s.plan(accounts("u57")))
	s.server.Remove("u59")
	s.server.Remove("u60")
	s.clock.ahead += time.Minute
	s.sync()
	const both = `has no more decides nothing: the link of "person59@corp.example", the exception of "person60@corp.example".`
	if got := s.toDo(); !strings.Contains(got, both) || strings.Contains(got, "seem to be there") {
		t.Errorf("to do: %s", got)
	}
	must(s.app.UnlinkAccount(t.Context(), "Acme", "u59", "gone"))(t)
	must(s.app.UnexceptFinding(t.Context(), "Acme", "u60", "", "gone"))(t)
	if got := s.toDo(); strings.Contains(got, "was decided") {
		t.Errorf("ended, and to do: %s", got)
	}
}

// A tenant that is added anew is another one: what was decided about accounts of the
// one before holds for none of it, and is told until somebody decides or ends it.
func TestDecisionsOfATenantAddedAnew(t *testing.T) {
	for name, moved := range map[string]bool{"the same ids": false, "new ids": true} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			must(s.app.LinkAccount(t.Context(), "Acme", "u59", "20", "theirs"))(t)
			s.except("u60")
			if moved {
				s.moved()
			}
			if err := s.app.RemoveTenant(t.Context(), "Acme"); err != nil {
				t.Fatal(err)
			}
			must(s.app.AddTenant(t.Context(), app.TenantSpec{Name: "Acme", BaseURL: s.server.URL, Token: scimtest.Token, AllowWrites: "test"}))(t)
			s.clock.ahead += time.Minute
			s.importRoster(58)
			s.sync()
			_, err := s.app.Plan(t.Context(), orphans())
			refused(t, err, "before the tenant was removed and added anew")
			if got := s.toDo(); !strings.Contains(got, `the link of "person59@corp.example", the exception of "person60@corp.example"`) {
				t.Errorf("to do: %s", got)
			}
			p := must(s.app.Offboard(t.Context(), app.OffboardRequest{Person: "20", Ticket: "HD-3", DryRun: true}))(t)
			if len(p.NotCovered) != 1 || p.NotCovered[0].UserName != "person59@corp.example" {
				t.Errorf("offboarding: not covered %v", p.NotCovered)
			}
			links, exceptions := must(s.app.Links(t.Context(), ""))(t), must(s.app.Exceptions(t.Context(), ""))(t)
			if len(links) != 1 || !links[0].Before || links[0].Tenant != "Acme" || len(exceptions) != 1 || !exceptions[0].Before {
				t.Errorf("listed: %+v, %+v", links, exceptions)
			}
			must(s.app.UnlinkAccount(t.Context(), links[0].TenantID, links[0].ID, "of before"))(t)
			must(s.app.UnexceptFinding(t.Context(), "Acme", "u60", "", "of before"))(t)
			if links := must(s.app.Links(t.Context(), "Acme"))(t); len(links) != 0 {
				t.Errorf("ended, and listed: %+v", links)
			}
			if got := s.toDo(); strings.Contains(got, "was decided") {
				t.Errorf("ended, and to do: %s", got)
			}
			if p := s.plan(orphans()); len(p.Actions) != 2 {
				t.Errorf("planned: %v", planned(p))
			}
		})
	}
}

// Somebody said that an account with the address of a leaver is another person's.
// Under a new id it is not closed with the leaver, before it is linked anew.
func TestOffboardingAgainstALinkAdrift(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	shared := func(id string) {
		s.server.Update(id, func(u *scimtest.User) {
			u.UserName, u.ExternalID, u.Emails = "shared", "", []string{"person7@corp.example"}
		})
	}
	shared("u59")
	s.clock.ahead += time.Minute
	s.sync()
	must(s.app.LinkAccount(t.Context(), "Acme", "u59", "20", "took over from Person 7"))(t)
	s.moved()
	shared("new-59")
	s.syncAccepting(60)
	offboard := func() app.Plan {
		return must(s.app.Offboard(t.Context(), app.OffboardRequest{Person: "7", Ticket: "HD-3", DryRun: true}))(t)
	}
	p := offboard()
	if got := planned(p); !slices.Equal(got, []string{"new-07"}) || len(p.NotCovered) != 1 || !strings.Contains(p.NotCovered[0].Why, "was linked to Person 20 (20)") {
		t.Errorf("planned %v, not covered %v", got, p.NotCovered)
	}
	must(s.app.LinkAccount(t.Context(), "Acme", "new-59", "7", "theirs after all"))(t)
	if p := offboard(); len(p.Actions) != 2 || len(p.NotCovered) != 0 {
		t.Errorf("planned %v, not covered %v", planned(p), p.NotCovered)
	}
}

// Whoever has the same number on another roster is another person; and what a rule
// gives to the person already is planned, not left.
func TestLinksAdriftOfThePersonAlone(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	file := filepath.Join(t.TempDir(), "board.csv")
	if err := os.WriteFile(file, []byte("number,name,email,status,end\n20,Bo Ard,board@corp.example,active,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	must(s.app.ImportRoster(t.Context(), app.RosterImport{File: file, Source: "board", TimeZone: "UTC"}))(t)
	s.server.Update("u20", func(u *scimtest.User) { u.ExternalID = "" })
	second := person(61)
	second.ExternalID, second.Emails = "", []string{"person20@corp.example"}
	s.server.Add(second)
	s.sync()
	for account, who := range map[string]string{"u20": "person20@corp.example", "u58": "person20@corp.example", "u59": "board@corp.example", "u61": "board@corp.example"} {
		must(s.app.LinkAccount(t.Context(), "Acme", account, who, "theirs"))(t)
	}
	s.moved()
	s.server.Update("new-20", func(u *scimtest.User) { u.ExternalID = "" })
	s.server.Remove("u61")
	second.ID = "new-61"
	s.server.Add(second)
	s.syncAccepting(61)
	p := must(s.app.Offboard(t.Context(), app.OffboardRequest{Person: "person20@corp.example", Ticket: "HD-3", DryRun: true}))(t)
	var left []string
	for _, n := range p.NotCovered {
		left = append(left, n.UserName)
	}
	if got := planned(p); !slices.Equal(got, []string{"new-20"}) || !slices.Equal(left, []string{"person61@corp.example", "person58@corp.example"}) {
		t.Errorf("planned %v, not covered %v", got, p.NotCovered)
	}
}

// What was decided in a tenant that is there still holds for that one alone.
func TestDecisionsOfATenantBeside(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	must(s.app.AddTenant(t.Context(), app.TenantSpec{Name: "Twin", BaseURL: s.server.URL, Token: scimtest.Token}))(t)
	s.sync()
	must(s.app.LinkAccount(t.Context(), "Twin", "u59", "20", "theirs"))(t)
	if got := s.toDo(); strings.Contains(got, "was decided") || len(s.plan(orphans()).Actions) != 2 {
		t.Errorf("to do: %s", got)
	}
}

// Whoever leaves the account alone as it is now has decided about it: the link of
// before is answered.
func TestAnExceptionAnswersALinkAdrift(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	must(s.app.LinkAccount(t.Context(), "Acme", "u59", "20", "the backup job"))(t)
	s.renamed(func(int, *scimtest.User) {})
	if got := s.toDo(); !strings.Contains(got, `the link of "person59@corp.example"`) {
		t.Fatalf("to do: %s", got)
	}
	s.except("new-59")
	if got := s.toDo(); strings.Contains(got, "was decided") {
		t.Errorf("left alone since, and to do: %s", got)
	}
}
