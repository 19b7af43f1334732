package cli

import (
	"rollcall/app"
)

type protectCmd struct {
	Add    protectAddCmd    `cmd:"" help:"Protect an account: nothing is ever sent that changes it. Recorded."`
	Remove protectRemoveCmd `cmd:"" help:"End the protection of an account. Recorded."`
	List   protectListCmd   `cmd:"" help:"List the protected accounts of a tenant."`
}

type protectAddCmd struct {
	Tenant  string `arg:"" help:"Tenant."`
	Account string `arg:"" help:"Account, by ID or user name."`
	Reason  string `required:"" placeholder:"R" help:"Why; it is recorded."`
}

// Run protects the account.
func (c *protectAddCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		p, err := a.Protect(s.ctx, c.Tenant, c.Account, c.Reason)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.object(p)
		}
		s.printf("Protected %s (id %s) in %s: %s\n", p.UserName, p.ID, p.Tenant, p.Reason)
		return nil
	})
}

type protectRemoveCmd struct {
	Tenant  string `arg:"" help:"Tenant."`
	Account string `arg:"" help:"Account, by ID or user name."`
	Reason  string `required:"" placeholder:"R" help:"Why; it is recorded."`
}

// Run ends the protection.
func (c *protectRemoveCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		if err := a.Unprotect(s.ctx, c.Tenant, c.Account, c.Reason); err != nil {
			return err
		}
		if s.JSON {
			return s.object(removed{Tenant: c.Tenant, Account: c.Account, Removed: true})
		}
		s.printf("%s in %s is no longer protected.\n", c.Account, c.Tenant)
		return nil
	})
}

type protectListCmd struct {
	Tenant string `arg:"" help:"Tenant."`
}

// Run lists the protected accounts.
func (c *protectListCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		list, err := a.ProtectedAccounts(s.ctx, c.Tenant)
		if err != nil {
			return err
		}
		if s.JSON {
			return objects(s, list)
		}
		if len(list) == 0 {
			s.printf("No account of %s is protected.\n", c.Tenant)
		}
		t := newTable("~Account", "~ID", "Since", "By", "~Reason")
		for _, p := range list {
			t.row(p.UserName, p.ID, when(p.Since), p.By, p.Reason)
		}
		s.table(t)
		return nil
	})
}
