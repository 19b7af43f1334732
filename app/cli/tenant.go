package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"rollcall/app"
)

type tenantCmd struct {
	Add         tenantAddCmd         `cmd:"" help:"Add a tenant. It is observed only until writes are allowed."`
	List        tenantListCmd        `cmd:"" help:"List tenants: accounts, findings, last sync."`
	AllowWrites tenantAllowWritesCmd `cmd:"" help:"Allow plans of a tenant to be run. Recorded."`
	Remove      tenantRemoveCmd      `cmd:"" help:"Remove a tenant and its credential. Its history stays. Recorded."`
}

type tenantAddCmd struct {
	Name        string `arg:"" help:"What to call it here."`
	URL         string `name:"url" required:"" placeholder:"URL" help:"SCIM base URL; http only to this machine."`
	Preset      string `placeholder:"P" help:"Vendor whose quirks to expect."`
	Auth        string `default:"bearer" placeholder:"KIND" help:"bearer (default), basic or header:NAME."`
	User        string `placeholder:"U" help:"User name, for --auth basic."`
	CA          string `name:"ca" placeholder:"FILE" help:"PEM file of certificates to trust for this tenant."`
	OwnAccount  string `placeholder:"A" help:"ID or user name of the credential's own account; it is protected."`
	AllowWrites string `placeholder:"REASON" help:"Allow writes from the start, and why."`
	TokenEnv    string `required:"" xor:"token" placeholder:"VAR" help:"Environment variable that holds the token or password."`
	TokenStdin  bool   `required:"" xor:"token" help:"Read the token or password from standard input."`
}

// Validate checks what the flags mean together.
func (c *tenantAddCmd) Validate() error {
	header, isHeader := strings.CutPrefix(c.Auth, "header:")
	switch {
	case strings.TrimSpace(c.Name) == "":
		return errors.New("the tenant needs a name")
	case isHeader && header == "":
		return errors.New("--auth header:NAME needs the name of the header")
	case !isHeader && c.Auth != "bearer" && c.Auth != "basic":
		return fmt.Errorf("--auth must be bearer, basic or header:NAME, not %q", c.Auth)
	case c.Auth == "basic" && c.User == "":
		return errors.New("--auth basic needs --user")
	case c.Auth != "basic" && c.User != "":
		return errors.New("--user goes with --auth basic only")
	}
	return nil
}

// Run adds the tenant.
func (c *tenantAddCmd) Run(s *session) error {
	token, err := c.token(s)
	if err != nil {
		return err
	}
	return s.begin(func(a *app.App) error {
		t, err := a.AddTenant(s.ctx, app.TenantSpec{
			Name: c.Name, BaseURL: c.URL, Preset: c.Preset, Auth: c.Auth, User: c.User,
			Token: token, CAFile: c.CA, AllowWrites: c.AllowWrites, OwnAccount: c.OwnAccount,
		})
		if err != nil {
			return err
		}
		return s.oneTenant("Added", t, "sync")
	})
}

// token reads the credential from where the flags say.
func (c *tenantAddCmd) token(s *session) (token string, err error) {
	do := "Put the token into the variable and export it."
	switch {
	case c.TokenEnv != "":
		token = trimNewline(s.env.Getenv(c.TokenEnv))
	case s.env.StdinIsTerminal:
		do = "Type or paste the token."
		token, err = s.ask("Token: ")
	default:
		do = "Write the token, and nothing else, to standard input."
		token, err = readSecret(s.env.Stdin)
	}
	if err == nil && strings.TrimSpace(token) == "" {
		err = usage("The token is empty.", do)
	}
	return token, err
}

// oneTenant prints a tenant that was changed and, for a person, what comes next.
func (s *session) oneTenant(verb string, t app.Tenant, next string) error {
	if s.JSON {
		return s.object(t)
	}
	s.printf("%s %s, %s: %s.\n", verb, t.Name, t.BaseURL, writesWords(t))
	s.hint("Next: %s\n", s.command(next, t.Name))
	return nil
}

func writesWords(t app.Tenant) string {
	if t.Writes {
		return "writes allowed (" + t.WritesReason + ")"
	}
	return "observe only"
}

type tenantListCmd struct{}

// Run lists the tenants.
func (c *tenantListCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		tenants, err := a.Tenants(s.ctx)
		if err != nil {
			return err
		}
		if s.JSON {
			return objects(s, tenants)
		}
		s.printTenants(tenants)
		return nil
	})
}

func (s *session) printTenants(tenants []app.Tenant) {
	if len(tenants) == 0 {
		s.printf("No tenants.\n")
		s.hint("Next: %s\n", s.command("tenant", "add", "NAME", "--url", "URL", "--token-env", "VAR"))
		return
	}
	t := newTable("~Tenant", "Writes", ">Accounts", ">Orphaned", ">Leavers", ">Disputed", ">Collisions", "~Last sync")
	for _, n := range tenants {
		writes := "observe"
		if n.Writes {
			writes = "allowed"
		}
		t.row(n.Name, writes, strconv.Itoa(n.Accounts), strconv.Itoa(n.Orphaned), strconv.Itoa(n.Leavers),
			strconv.Itoa(n.Disputed), strconv.Itoa(n.Collisions), lastSync(n.Sync))
	}
	s.table(t)
	for _, n := range tenants {
		s.problems(n.Name, n.Blocked)
	}
}

func lastSync(y *app.Sync) string {
	switch {
	case y == nil:
		return "never"
	case !y.Sealed:
		return when(y.Finished) + ", NOT SEALED"
	default:
		return when(y.Finished)
	}
}

// problems prints what happened, to which tenant where the text does not say
// so itself, and what to do about it.
func (s *session) problems(tenant string, problems []app.Problem) {
	for _, p := range problems {
		if tenant != "" && !strings.Contains(p.Text, tenant) {
			p.Text = tenant + ": " + p.Text
		}
		s.printf("%s\n", trusted(indented(p.Text)))
		if p.Do != "" {
			s.printf("  %s\n", trusted(indented(p.Do)))
		}
	}
}

type tenantAllowWritesCmd struct {
	Name   string `arg:"" help:"Tenant."`
	Reason string `required:"" placeholder:"R" help:"Why; it is recorded."`
}

// Run allows writes.
func (c *tenantAllowWritesCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		t, err := a.AllowWrites(s.ctx, c.Name, c.Reason)
		if err != nil {
			return err
		}
		return s.oneTenant("Changed", t, "findings --tenant")
	})
}

type tenantRemoveCmd struct {
	Name string `arg:"" help:"Tenant."`
}

// Run removes the tenant.
func (c *tenantRemoveCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		if err := a.RemoveTenant(s.ctx, c.Name); err != nil {
			return err
		}
		if s.JSON {
			return s.object(removed{Tenant: c.Name, Removed: true})
		}
		s.printf("Removed %s. What was recorded about it stays in the record.\n", c.Name)
		return nil
	})
}

// removed is the JSON of a removal.
type removed struct {
	Tenant  string `json:"tenant"`
	Account string `json:"account,omitempty"`
	Removed bool   `json:"removed"`
}

// objects prints a list as one object a line.
func objects[T any](s *session, list []T) error {
	for _, v := range list {
		if err := s.object(v); err != nil {
			return err
		}
	}
	return nil
}
