package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"rollcall/app"
)

type tenantCmd struct {
	Add         tenantAddCmd         `cmd:"" help:"Add a tenant over SCIM, observed only until writes are allowed, or by a file."`
	Import      tenantImportCmd      `cmd:"" help:"Import a newer list of a tenant without SCIM. It is what sync is elsewhere."`
	List        tenantListCmd        `cmd:"" help:"List tenants: accounts, findings, last sync."`
	Probe       tenantProbeCmd       `cmd:"" help:"Look at a tenant: does it answer, what does it show and say. Keeps nothing."`
	SetToken    tenantSetTokenCmd    `cmd:"" help:"Give a tenant a new token, once it was tried. Recorded without the token."`
	AllowWrites tenantAllowWritesCmd `cmd:"" help:"Allow plans of a tenant to be run. Recorded."`
	Observe     tenantObserveCmd     `cmd:"" help:"Stop allowing plans of a tenant to be run. Recorded."`
	Remove      tenantRemoveCmd      `cmd:"" help:"Remove a tenant and its credential. Its history stays. Recorded."`
}

type tenantAddCmd struct {
	Name        string `arg:"" help:"What to call it here."`
	URL         string `name:"url" placeholder:"URL" help:"SCIM base URL; http only to this machine."`
	File        string `placeholder:"FILE" help:"List of accounts, a CSV file, of a tenant that has no SCIM."`
	Preset      string `placeholder:"P" help:"Vendor whose quirks to expect."`
	Auth        string `default:"bearer" placeholder:"KIND" help:"bearer (default), basic or header:NAME."`
	User        string `placeholder:"U" help:"User name, for --auth basic."`
	CA          string `name:"ca" placeholder:"FILE" help:"PEM file of certificates to trust for this tenant."`
	OwnAccount  string `placeholder:"A" help:"ID or user name of the credential's own account; it is protected."`
	AllowWrites string `placeholder:"REASON" help:"Allow writes from the start, and why."`
	tokenFlags
	fileFlags
}

// Validate checks what the flags mean together.
func (c *tenantAddCmd) Validate() error {
	header, isHeader := strings.CutPrefix(c.Auth, "header:")
	switch {
	case strings.TrimSpace(c.Name) == "":
		return errors.New("the tenant needs a name")
	case c.File != "":
		return c.validateFile()
	case c.URL == "":
		return errors.New("--url is needed, or --file for a tenant without SCIM")
	case c.TokenEnv == "" && !c.TokenStdin:
		return errors.New("--token-env=VAR or --token-stdin is needed")
	case c.fileFlags.given():
		return errors.New("--map, --exported-by and the like go with --file only")
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

func (c *tenantAddCmd) validateFile() error {
	if c.URL != "" || c.Preset != "" || c.Auth != "bearer" || c.User != "" || c.CA != "" || c.OwnAccount != "" || c.AllowWrites != "" ||
		c.TokenEnv != "" || c.TokenStdin {
		return errors.New("--file goes without an address, a token and what belongs to them: nothing is ever sent to such a tenant")
	}
	return c.check()
}

// Run adds the tenant.
func (c *tenantAddCmd) Run(s *session) error {
	if c.File != "" {
		return c.addFile(s)
	}
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

// tokenFlags say where a credential is read from; never from an argument.
type tokenFlags struct {
	TokenEnv   string `xor:"token" placeholder:"VAR" help:"Environment variable that holds the token or password."`
	TokenStdin bool   `xor:"token" help:"Read the token or password from standard input."`
}

// token reads the credential from where the flags say.
func (c *tokenFlags) token(s *session) (token string, err error) {
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
	s.suggest("Next", next, positional(t.Name)...)
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
		s.suggestTenant()
		return
	}
	t := newTable("~Tenant", "Writes", ">Accounts", ">Matched", ">Orphaned", ">Leavers", ">Disputed", ">Collisions", "~Last sync")
	for _, n := range tenants {
		writes, last := "observe", lastSync(n.Sync)
		if n.Source == app.SourceFile {
			writes, last = "by hand", lastFile(n)
		}
		if n.Writes {
			writes = "allowed"
		}
		t.row(n.Name, writes, strconv.Itoa(n.Accounts), matchRate(n), strconv.Itoa(n.Orphaned), strconv.Itoa(n.Leavers),
			strconv.Itoa(n.Disputed), strconv.Itoa(n.Collisions), last)
	}
	s.table(t)
	for _, n := range tenants {
		s.problems(n.Name, slices.Concat(n.Blocked, n.Doubts))
	}
}

// matchRate is the share of active accounts that match somebody, as the rule
// that plans are held to rounds it.
func matchRate(t app.Tenant) string {
	matched, active := t.MatchedNow()
	if active == 0 {
		return "–"
	}
	return strconv.Itoa(matched*100/active) + " %"
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

// lastFile is as old as its export, not as its import.
func lastFile(t app.Tenant) string {
	switch {
	case t.File == nil:
		return "never"
	case !t.Sync.Sealed:
		return "file of " + when(t.File.ExportedAt) + ", HELD BACK"
	default:
		return "file of " + when(t.File.ExportedAt) + " by " + t.File.ExportedBy
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
	Ticket string `placeholder:"ID" help:"Ticket under which it is allowed."`
}

// Run allows writes.
func (c *tenantAllowWritesCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		t, err := a.AllowWritesFor(s.ctx, c.Name, c.Reason, c.Ticket)
		if err != nil {
			return err
		}
		return s.oneTenant("Changed", t, "findings --tenant")
	})
}

type tenantObserveCmd struct {
	Name   string `arg:"" help:"Tenant."`
	Reason string `required:"" placeholder:"R" help:"Why; it is recorded."`
}

// Run makes the tenant read-only again.
func (c *tenantObserveCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		t, err := a.Observe(s.ctx, c.Name, c.Reason)
		if err != nil {
			return err
		}
		return s.oneTenant("Changed", t, "findings --tenant")
	})
}

type tenantProbeCmd struct {
	Name string `arg:"" help:"Tenant."`
}

// Run prints what a first look shows.
func (c *tenantProbeCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		p, err := a.Probe(s.ctx, c.Name)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.object(p)
		}
		s.printf("%s\n", p.BaseURL)
		for _, line := range p.Words() {
			s.printf("  %s\n", trusted(indented(line)))
		}
		return nil
	})
}

type tenantSetTokenCmd struct {
	Name string `arg:"" help:"Tenant."`
	tokenFlags
}

// Validate wants one of the two places.
func (c *tenantSetTokenCmd) Validate() error {
	if c.TokenEnv == "" && !c.TokenStdin {
		return errors.New("--token-env=VAR or --token-stdin is needed")
	}
	return nil
}

// Run replaces the token.
func (c *tenantSetTokenCmd) Run(s *session) error {
	token, err := c.token(s)
	if err != nil {
		return err
	}
	return s.with(func(a *app.App) error {
		if err := a.SetCredential(s.ctx, c.Name, token); err != nil {
			return err
		}
		t, err := a.Tenant(s.ctx, c.Name)
		if err != nil {
			return err
		}
		return s.oneTenant("Changed the token of", t, "sync")
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
