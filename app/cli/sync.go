package cli

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"rollcall/app"
)

type syncCmd struct {
	Names        []string       `arg:"" optional:"" name:"name" help:"Tenants (default: all)."`
	AcceptShrink map[string]int `mapsep:"," placeholder:"TENANT=N" help:"Accept the list of a tenant with N accounts, though it shrank or lacks many of those before; may be repeated."`
	Fresh        bool           `help:"List from the first page, and drop what an interrupted sync left."`
}

// Validate checks the numbers.
func (c *syncCmd) Validate() error {
	for tenant, n := range c.AcceptShrink {
		if tenant == "" || n < 0 {
			return fmt.Errorf("--accept-shrink %s=%d: a tenant and a number of accounts are needed", tenant, n)
		}
	}
	return nil
}

// Run syncs; one tenant that is not sealed exits 3.
func (c *syncCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		results, err := a.Sync(s.ctx, app.SyncRequest{Tenants: c.Names, AcceptShrink: c.AcceptShrink, Fresh: c.Fresh})
		s.progress.clear()
		if printErr := s.printSyncs(results); err == nil {
			err = printErr
		}
		if err == nil && !s.JSON {
			err = s.loose(a, results)
		}
		if err == nil && len(c.Names) == 0 {
			err = s.fileTenants(a)
		}
		for _, r := range results {
			if err == nil && !r.Sealed {
				err = errNotHeld
			}
		}
		return err
	})
}

func (s *session) printSyncs(results []app.Sync) error {
	if s.JSON {
		return objects(s, results)
	}
	if len(results) == 0 {
		return nil
	}
	t := newTable("~Tenant", "Accounts", "Groups", ">Pages", ">Took")
	for _, r := range results {
		t.row(r.Tenant, sealedWords(r.Accounts, r.Sealed), sealedWords(r.Groups, r.GroupsSealed),
			strconv.Itoa(r.Pages), r.Finished.Sub(r.Started).Round(time.Millisecond).String())
	}
	s.table(t)
	allSealed := len(results) > 0
	for _, r := range results {
		if r.Certificate != "" {
			s.printf("%s: %s\n", r.Tenant, r.Certificate)
		}
		s.problems(r.Tenant, r.Problems)
		allSealed = allSealed && r.Sealed
	}
	if allSealed {
		s.suggest("Next", "findings")
	}
	return nil
}

// loose tells of protections and decisions that no account of a fresh list fits.
func (s *session) loose(a *app.App, results []app.Sync) error {
	tenants, err := a.Tenants(s.ctx)
	for _, t := range tenants {
		if !slices.ContainsFunc(results, func(r app.Sync) bool { return r.Tenant == t.Name }) {
			continue
		}
		for _, p := range t.Doubts {
			if slices.Contains([]string{"protection-unbound", "decisions-adrift", "decisions-gone"}, p.Code) {
				s.problems(t.Name, []app.Problem{p})
			}
		}
	}
	return err
}

func sealedWords(n int, sealed bool) string {
	if sealed {
		return strconv.Itoa(n) + ", sealed"
	}
	return strconv.Itoa(n) + ", NOT SEALED"
}
