package cli

import (
	"errors"
	"strings"

	"rollcall/app"
	"rollcall/app/reconcile"
)

type exceptCmd struct {
	Make exceptMakeCmd `cmd:"" default:"withargs" help:"Leave a finding alone until the end of a day. Recorded. The same as except alone."`
	List exceptListCmd `cmd:"" help:"List the exceptions in force."`
}

type exceptMakeCmd struct {
	Tenant  string `arg:"" help:"Tenant."`
	Account string `arg:"" help:"Account, by ID or user name."`
	kindFlag
	Until  string `placeholder:"DATE" help:"Last day, e.g. 2026-03-31, in the workspace's time zone; at most a year ahead."`
	Remove bool   `help:"End the exception before its day."`
	Reason string `required:"" placeholder:"R" help:"Why; it is recorded."`
	Ticket string `placeholder:"ID" help:"The ticket that asks for it, if there is one."`
}

// Validate wants a kind and a day, except where an exception ends.
func (c *exceptMakeCmd) Validate() error {
	switch {
	case c.Remove && c.Until != "":
		return errors.New("--remove ends the exception at once; --until has no meaning with it")
	case !c.Remove && (c.Kind == "" || c.Until == ""):
		return errors.New("say which finding with --kind and for how long with --until, or end an exception with --remove")
	case strings.TrimSpace(c.Reason) == "":
		return errors.New("--reason must say why")
	}
	return nil
}

// Run makes or ends the exception.
func (c *exceptMakeCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		if c.Remove {
			return c.remove(s, a)
		}
		e, err := a.ExceptFinding(s.ctx, app.ExceptRequest{
			Tenant: c.Tenant, Account: c.Account, Kind: reconcile.Kind(c.Kind), Until: c.Until, Reason: c.Reason, Ticket: c.Ticket,
		})
		if err != nil {
			return err
		}
		if s.JSON {
			return s.object(e)
		}
		s.printf("%s (id %s) in %s: %s is left alone until the end of %s (%s): %s\n", e.UserName, e.ID, e.Tenant, e.Kind, e.Until, when(e.Ends), e.Reason)
		return nil
	})
}

func (c *exceptMakeCmd) remove(s *session, a *app.App) error {
	was, err := a.UnexceptFindingFor(s.ctx, c.Ticket, c.Tenant, c.Account, reconcile.Kind(c.Kind), c.Reason)
	if err != nil {
		return err
	}
	if s.JSON {
		return s.object(removed{Tenant: was.Tenant, Account: was.UserName, Removed: true})
	}
	s.printf("%s in %s: %s is no longer left alone.\n", was.UserName, was.Tenant, was.Kind)
	return nil
}

type exceptListCmd struct {
	Tenant string `arg:"" optional:"" help:"Tenant (default: all)."`
}

// Run lists the exceptions in force.
func (c *exceptListCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		list, err := a.Exceptions(s.ctx, c.Tenant)
		if err != nil {
			return err
		}
		if s.JSON {
			return objects(s, list)
		}
		if len(list) == 0 {
			s.printf("No exceptions.\n")
		}
		t := newTable("Kind", "~Tenant", "~Account", "~ID", "Holds", "Until", "By", "~Reason")
		for _, e := range list {
			holds := "yes"
			if e.Before {
				holds = "NO, tenant added anew"
			}
			t.row(string(e.Kind), e.Tenant, e.UserName, e.ID, holds, e.Until, e.By, e.Reason)
		}
		s.table(t)
		return nil
	})
}
