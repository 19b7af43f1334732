package cli

import (
	"errors"
	"strings"

	"rollcall/app"
)

type linkCmd struct {
	Make linkMakeCmd `cmd:"" default:"withargs" help:"Give an account to a person, whatever the rules say. Recorded. The same as link alone."`
	List linkListCmd `cmd:"" help:"List the links."`
}

type linkMakeCmd struct {
	Tenant  string `arg:"" help:"Tenant."`
	Account string `arg:"" help:"Account, by ID or user name."`
	Person  string `arg:"" optional:"" help:"Employee number, e-mail address, login or full name; none with --remove."`
	Remove  bool   `help:"End the link; the rules decide again."`
	Reason  string `required:"" placeholder:"R" help:"Why; it is recorded."`
	Ticket  string `placeholder:"ID" help:"The ticket that asks for it, if there is one."`
}

// Validate wants a person, except where a link ends.
func (c *linkMakeCmd) Validate() error {
	switch {
	case c.Remove && c.Person != "":
		return errors.New("--remove ends the link of an account, whoever it is to; no person is named")
	case !c.Remove && c.Person == "":
		return errors.New("say whose account it is, or end a link with --remove")
	case strings.TrimSpace(c.Reason) == "":
		return errors.New("--reason must say why")
	}
	return nil
}

// Run makes or ends the link.
func (c *linkMakeCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		if c.Remove {
			return c.remove(s, a)
		}
		l, err := a.LinkAccountFor(s.ctx, c.Ticket, c.Tenant, c.Account, c.Person, c.Reason)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.object(l)
		}
		s.printf("Linked %s (id %s) in %s to %s: %s\n", l.UserName, l.ID, l.Tenant, personWords(l.Person), l.Reason)
		if l.Person.Leaver {
			s.printf("They have left; the account is one of a leaver that is still active.\n")
		}
		return nil
	})
}

func (c *linkMakeCmd) remove(s *session, a *app.App) error {
	was, err := a.UnlinkAccountFor(s.ctx, c.Ticket, c.Tenant, c.Account, c.Reason)
	if err != nil {
		return err
	}
	if s.JSON {
		return s.object(removed{Tenant: was.Tenant, Account: was.UserName, Removed: true})
	}
	s.printf("%s in %s is no longer linked to %s; the rules decide again.\n", was.UserName, was.Tenant, personWords(was.Person))
	return nil
}

func personWords(p app.FindingPerson) string {
	if p.Name == "" {
		return p.Number
	}
	return p.Name + " (" + p.Number + ")"
}

type linkListCmd struct {
	Tenant string `arg:"" optional:"" help:"Tenant (default: all)."`
}

// Run lists the links.
func (c *linkListCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		list, err := a.Links(s.ctx, c.Tenant)
		if err != nil {
			return err
		}
		if s.JSON {
			return objects(s, list)
		}
		if len(list) == 0 {
			s.printf("No links.\n")
		}
		t := newTable("~Tenant", "~Account", "~ID", "~Person", "Holds", "By", "Since", "~Reason")
		for _, l := range list {
			holds := "yes"
			switch {
			case l.Before:
				holds = "NO, tenant added anew"
			case l.Former:
				holds = "NO, another account"
			case l.Gone:
				holds = "NO, not on the roster"
			}
			t.row(l.Tenant, l.UserName, l.ID, personWords(l.Person), holds, l.By, when(l.Since), l.Reason)
		}
		s.table(t)
		return nil
	})
}
