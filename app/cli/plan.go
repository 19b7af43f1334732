package cli

import (
	"errors"
	"strconv"
	"strings"

	"rollcall/app"
	"rollcall/app/reconcile"
)

// shortHash is how much of a hash is shown where it has to be typed again.
const shortHash = 12

type planCmd struct {
	Make planMakeCmd `cmd:"" default:"withargs" help:"Fix exact calls under a hash. Changes nothing in any tenant. The same as plan alone."`
	List planListCmd `cmd:"" help:"List the plans of this workspace."`
	Show planShowCmd `cmd:"" help:"Show one plan with its calls."`
	Drop planDropCmd `cmd:"" help:"Decide that a plan is not run; nothing of it may have been begun. Recorded."`
}

type planMakeCmd struct {
	Tenant string `required:"" placeholder:"T" help:"Tenant."`
	kindFlag
	Account []string `sep:"none" placeholder:"A" help:"This account, by ID or user name; may be repeated."`
	Action  string   `enum:"deactivate,remove-membership,delete,close-by-hand" default:"deactivate" help:"What to do: deactivate (default; by hand where there is no SCIM), remove-membership, close-by-hand, or delete what was deactivated 30 days ago."`
	Group   string   `placeholder:"G" help:"With remove-membership: this group only, by ID or name."`
	Ticket  string   `required:"" placeholder:"ID" help:"Ticket that asks for it."`
	DryRun  bool     `help:"Show the plan; store and record nothing."`
}

// Validate wants something to plan for.
func (c *planMakeCmd) Validate() error {
	if c.Kind == "" && len(c.Account) == 0 {
		return errors.New("say what to plan for with --kind, --account or both")
	}
	return nil
}

// Run makes the plan.
func (c *planMakeCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		p, err := a.Plan(s.ctx, app.PlanRequest{
			Tenant: c.Tenant, Kind: reconcile.Kind(c.Kind), Accounts: c.Account,
			Action: c.Action, Group: c.Group, Ticket: c.Ticket, DryRun: c.DryRun,
		})
		if err != nil {
			return err
		}
		return s.tellPlan(a, p)
	})
}

type planListCmd struct{}

// Run lists the plans.
func (c *planListCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		plans, err := a.Plans(s.ctx)
		if err != nil {
			return err
		}
		if s.JSON {
			return objects(s, plans)
		}
		if len(plans) == 0 {
			s.printf("No plans.\n")
		}
		t := newTable("Hash", "Created", "State", "~Ticket", ">Actions", "~Tenants", "~Left out")
		for _, p := range plans {
			t.row(short(p.Hash), when(p.Created), stateWords(p), p.Ticket, strconv.Itoa(len(p.Actions)), planTenants(p), app.NotCoveredWords(p.NotCovered))
		}
		s.table(t)
		return nil
	})
}

// stateWords is the state of a plan for a person: one whose steps by hand are
// open, or that was undone, is not simply done.
func stateWords(p app.Plan) string {
	words := p.State
	switch open := p.Steps - p.StepsMarked; {
	case p.State == "done" && open > 0:
		words = "done but for " + count(open, "step") + " by hand"
	case p.State == "done" && p.StepsMarked > 0:
		words = "done, waiting for the next file"
	}
	if len(p.UndoneBy) == 0 {
		return words
	}
	var by []string
	for _, u := range p.UndoneBy {
		by = append(by, short(u.Plan))
	}
	return words + ", " + p.UndoneWords() + " " + strings.Join(by, ", ")
}

func planTenants(p app.Plan) string {
	var names []string
	seen := map[string]bool{}
	for _, a := range p.Actions {
		if !seen[a.Tenant] {
			seen[a.Tenant] = true
			names = append(names, a.Tenant)
		}
	}
	return strings.Join(names, ", ")
}

type planShowCmd struct {
	Hash hashPrefix `arg:"" help:"Hash of the plan, or its first 12 digits or more."`
}

// Run shows the plan.
func (c *planShowCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		p, err := a.PlanByHash(s.ctx, string(c.Hash))
		if err != nil {
			return err
		}
		return s.tellPlan(a, p)
	})
}

type planDropCmd struct {
	Hash   hashPrefix `arg:"" help:"Hash of the plan, or its first 12 digits or more."`
	Reason string     `required:"" placeholder:"R" help:"Why; it is recorded."`
}

// Run drops the plan.
func (c *planDropCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		p, err := a.DropPlan(s.ctx, string(c.Hash), c.Reason)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.object(p)
		}
		s.printf("Dropped plan %s, ticket %s: %s\n", short(p.Hash), p.Ticket, p.Dropped)
		return nil
	})
}

// tellPlan shows a plan and what comes next as things stand.
func (s *session) tellPlan(a *app.App, p app.Plan) error {
	locked, err := s.lockedOf(a, p)
	if err != nil {
		return err
	}
	return s.onePlan(p, locked)
}

// lockedOf are the tenants in which nothing may be changed before the plan runs.
func (s *session) lockedOf(a *app.App, p app.Plan) ([]app.Tenant, error) {
	if p.State != "planned" {
		return nil, nil
	}
	st, err := a.RunState(s.ctx, p.Hash)
	return st.ReadOnly, err
}

func (s *session) onePlan(p app.Plan, locked []app.Tenant) error {
	if s.JSON {
		return s.object(p)
	}
	if err := s.planWithout(p); err != nil {
		return err
	}
	s.planHint(p, locked)
	return nil
}

// allowHint comes before the run of a plan in tenants that are read-only.
func (s *session) allowHint(p app.Plan, list []app.Tenant) {
	lead := "Next"
	for _, t := range list {
		s.suggest(lead, "tenant allow-writes", append([]string{"--reason=REASON", "--ticket=" + p.Ticket}, positional(t.Name)...)...)
		lead = "And"
	}
	s.suggest("Then", "run", s.runArgs(p)...)
}

// planWithout is the plan without the command that comes next: who offboards is
// asked, or has said yes.
func (s *session) planWithout(p app.Plan) error {
	s.printf("%s %s\n", s.look.strong("Plan"), short(p.Hash))
	s.printf("Ticket %s, %s, %s%s\n", p.Ticket, count(len(p.Actions), "action"), stateWords(p), s.leftOut(p.NotCovered))
	s.printf("Hash %s\n", p.Hash)
	for _, a := range p.Actions {
		s.printAction(a)
	}
	s.printPlanContext(p)
	return nil
}

// leftOut ends a headline with how much the plan leaves out.
func (s *session) leftOut(list []app.NotCovered) trusted {
	words := app.NotCoveredWords(list)
	if words == "" {
		return ""
	}
	return "; " + s.look.odd(words)
}

// printAction names the exact calls for one account.
func (s *session) printAction(a app.PlanAction) {
	s.printf("\n%s %s\n", s.look.strong(strconv.Itoa(a.N)+". "+a.Action+" "+a.Account.UserName),
		"in "+a.Tenant+" (id "+a.Account.ID+", "+a.Account.Active+")")
	if a.Group != "" {
		s.printf("   Group   %s\n", a.Group+" (id "+a.GroupID+")")
	}
	s.printf("   Why     %s\n", a.Reason)
	if a.ByHand != "" {
		s.printf("   By hand %s\n", a.ByHand)
	}
	for i, c := range a.Calls {
		label := "Call  "
		if i > 0 {
			label = "Else  "
		}
		s.printf("   %s  %s %s\n", trusted(label), c.Method, c.Path)
		if len(c.Body) > 0 {
			s.printf("           %s\n", string(c.Body))
		}
		if c.Words != "" {
			s.printf("           %s\n", c.Words)
		}
	}
	if len(a.Memberships) > 0 {
		s.printf("   Groups  %s\n", strings.Join(a.Memberships, ", "))
	}
	if a.Undo != "" {
		s.printf("   Undo    %s\n", a.Undo)
	}
}

// printPlanContext says what the plan stands on and what it leaves out.
func (s *session) printPlanContext(p app.Plan) {
	s.printf("\n")
	for _, c := range p.Ceilings {
		word := s.look.good("within")
		if c.Total > c.Limit {
			word = s.look.bad("ABOVE")
		}
		s.printf("Ceiling %s: %s. %s: %d of at most %d accounts in 24 hours (%d already, %d active).\n",
			c.Tenant, word, "With this plan", c.Total, c.Limit, c.Used, c.Active)
	}
	for _, f := range p.Freshness {
		stands := "snapshot " + f.SnapshotID + " of " + when(f.Taken)
		if f.SnapshotID == "" { // what only gives back needs no list
			stands = "what was read at " + when(f.Taken)
		}
		s.printf("Stands on %s: %s. %s\n", f.Tenant, stands, f.Certificate)
	}
	for _, c := range p.Clear {
		words := "no account"
		if len(c.Closed) > 0 {
			words = "closed already: " + strings.Join(c.Closed, ", ")
		}
		s.printf("Nothing to close in %s: %s.\n", c.Tenant, words)
	}
	for _, n := range p.NotCovered {
		what := n.Tenant
		if n.UserName != "" {
			what += ", " + n.UserName
		}
		s.printf("%s %s: %s\n", s.look.odd("NOT COVERED"), what, n.Why)
	}
	for _, w := range p.Warnings {
		s.printf("%s %s\n", s.look.odd("Warning:"), w)
	}
}

// planHint names the next command, with the total where a ceiling asks for it.
func (s *session) planHint(p app.Plan, locked []app.Tenant) {
	switch {
	case len(locked) > 0:
		s.allowHint(p, locked)
	case p.State == "dry run":
		s.hint("A dry run: nothing was stored. Without --dry-run this plan can be run.\n")
	case p.State == "dropped":
		s.hint("It was dropped and cannot be run: %s\n", p.Dropped)
	case p.State == "done":
		s.suggest("It has run. Its results", "run", short(p.Hash))
	default:
		s.suggest("Next", "run", s.runArgs(p)...)
	}
}

func (s *session) runArgs(p app.Plan) []string {
	args := []string{short(p.Hash)}
	for _, c := range p.Ceilings {
		if c.Total > c.Limit {
			args = append(args, "--confirm="+c.Confirm(len(p.Ceilings)))
		}
	}
	return args
}

func short(hash string) string {
	return hash[:min(len(hash), shortHash)]
}
