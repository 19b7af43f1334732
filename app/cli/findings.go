package cli

import (
	"strconv"
	"strings"

	"rollcall/app"
	"rollcall/app/reconcile"
)

// kindFlag chooses one kind of finding.
type kindFlag struct {
	Kind kindName `placeholder:"K" help:"Kind of finding: orphaned, leaver-still-active, disputed, collision or inactive-but-entitled."`
}

type findingsCmd struct {
	Tenant string `placeholder:"N" help:"Only of this tenant."`
	kindFlag
	Search   string `placeholder:"S" help:"Only with this text in user name, display name or reason."`
	Excepted bool   `help:"Those that are left alone, instead of the others."`
	formatFlag
}

// Run prints every finding that the flags choose.
func (c *findingsCmd) Run(s *session) error {
	format, err := s.format(c.formatFlag)
	if err != nil {
		return err
	}
	return s.with(func(a *app.App) error {
		page, err := a.Findings(s.ctx, app.FindingFilter{
			Tenant: c.Tenant, Kind: reconcile.Kind(c.Kind), Search: c.Search, Excepted: c.Excepted, Limit: -1,
		})
		if err != nil {
			return err
		}
		if err := s.printFindings(page, format); err != nil {
			return err
		}
		if format == "table" {
			if err := s.planSuggestion(a, page.Findings); err != nil {
				return err
			}
		}
		return s.findingsNotes(a, c.Tenant, format)
	})
}

func (s *session) printFindings(page app.FindingsPage, format string) error {
	switch format {
	case "json":
		return objects(s, page.Findings)
	case "csv":
		return s.findingsSheet(page.Findings)
	default:
		s.findingsTable(page)
		return nil
	}
}

func (s *session) findingsTable(page app.FindingsPage) {
	t := newTable("Kind", "~Tenant", "~Account", "State", "~Why")
	for _, f := range page.Findings {
		state := f.Account.Active
		if f.Protected {
			state += ", protected"
		}
		why := f.Reason
		if c := f.Closed; c != nil {
			state += ", closed"
			why = c.Words(page.AsOf) + " " + why
		}
		if e := f.Excepted; e != nil {
			why += " Left alone until the end of " + e.Until + ": " + e.Reason
		}
		t.row(string(f.Kind), f.Tenant, f.Account.UserName, state, why)
	}
	s.table(t)
	s.printf("%s as of %s%s\n", count(page.Total, "finding"), when(page.AsOf), byKind(page.Findings))
	if only := len(page.Findings) > 0 && page.Findings[0].Excepted != nil; !only && page.Excepted > 0 {
		s.printf("%s left alone; see them with --excepted.\n", count(page.Excepted, "more finding"))
	}
	if page.Closed > 0 {
		s.printf("%s not counted: a run closed the account, and the next sync takes it off the list.\n", count(page.Closed, "finding"))
	}
}

// planSuggestion names a plan that would not be refused, and says of each tenant
// and kind that was found why there is none.
func (s *session) planSuggestion(a *app.App, findings []app.Finding) error {
	type place struct {
		tenant string
		kind   reconcile.Kind
	}
	var first *app.Finding
	asked := map[place]bool{}
	for i, f := range findings {
		at := place{f.TenantID, f.Kind}
		if !plannable(f) || asked[at] {
			continue
		}
		asked[at] = true
		problems, err := a.Unplannable(s.ctx, f.TenantID, f.Kind)
		if err != nil {
			return err
		}
		if len(problems) > 0 {
			s.printf("%s Nothing of kind %s can be planned in %s. ", s.look.odd("Note:"), f.Kind, f.Tenant)
			s.problems("", problems)
		} else if first == nil {
			first = &findings[i]
		}
	}
	if first == nil {
		return nil
	}
	t, err := a.Tenant(s.ctx, first.TenantID)
	if err == nil && len(t.Blocked) == 0 { // otherwise a note says what is in the way
		s.suggest("Next", "plan", "--tenant="+first.Tenant, "--account="+first.Account.UserName, "--ticket=ID")
	}
	return err
}

// findingsNotes says what the findings cannot be relied on for: no findings in
// a tenant that was never listed is no good news. Beside machine output that
// goes to stderr.
func (s *session) findingsNotes(a *app.App, only, format string) error {
	if format != "table" {
		if s.Quiet {
			return nil
		}
		s = s.aside()
		defer s.out.Flush()
	}
	roster, err := a.Roster(s.ctx)
	if err != nil {
		return err
	}
	if roster == nil {
		s.printf("%s There is no roster: nobody is known yet.\n  %s\n", s.look.odd("Note:"), s.command("roster import", "FILE"))
	}
	return s.tenantNotes(a, only)
}

// tenantNotes says why lists of tenants are not to be relied on.
func (s *session) tenantNotes(a *app.App, only string) error {
	tenants, err := a.Tenants(s.ctx)
	if err != nil {
		return err
	}
	for _, t := range tenants {
		if only != "" && only != t.ID && !strings.EqualFold(only, t.Name) {
			continue
		}
		for _, p := range append(t.Blocked, t.Doubts...) {
			s.printf("%s ", s.look.odd("Note:"))
			s.problems(t.Name, []app.Problem{p})
		}
	}
	return nil
}

// plannable says whether a plan is the likely answer to a finding.
func plannable(f app.Finding) bool {
	return !f.Protected && !f.Newer && f.Closed == nil && f.Excepted == nil && (f.Kind == reconcile.KindOrphaned || f.Kind == reconcile.KindLeaver)
}

// byKind counts the open findings of each kind, in the order they came.
func byKind(findings []app.Finding) string {
	var order []reconcile.Kind
	counts := map[reconcile.Kind]int{}
	for _, f := range findings {
		if f.Closed != nil {
			continue
		}
		if counts[f.Kind]++; counts[f.Kind] == 1 {
			order = append(order, f.Kind)
		}
	}
	parts := make([]string, len(order))
	for i, k := range order {
		parts[i] = strconv.Itoa(counts[k]) + " " + string(k)
	}
	if len(parts) == 0 {
		return "."
	}
	return ": " + strings.Join(parts, ", ") + "."
}

func (s *session) findingsSheet(findings []app.Finding) error {
	sh := s.sheet("tenant", "kind", "account_id", "user_name", "display_name", "external_id", "emails", "active",
		"groups", "person_source", "person_number", "person_name", "person_status", "person_end",
		"reason", "rule", "key", "since", "protected", "id", "excepted_until", "excepted_reason", "closed_by", "closed_at")
	for _, f := range findings {
		p, e, c := app.FindingPerson{}, app.Exception{}, app.Closed{}
		if f.Excepted != nil {
			e = *f.Excepted
		}
		if f.Closed != nil {
			c = *f.Closed
		}
		if f.Person != nil {
			p = *f.Person
		}
		sh.row(f.Tenant, string(f.Kind), f.Account.ID, f.Account.UserName, f.Account.DisplayName,
			f.Account.ExternalID, strings.Join(f.Account.Emails, " "), f.Account.Active, strconv.Itoa(f.Account.Groups),
			p.Source, p.Number, p.Name, p.Status, p.End,
			f.Reason, f.Rule, f.Key, stamp(f.Since), strconv.FormatBool(f.Protected), f.ID, e.Until, e.Reason, c.Plan, stamp(c.At))
	}
	return sh.end()
}
