package cli

import (
	"rollcall/app"
)

type undoCmd struct {
	What   string `arg:"" name:"run|entry" help:"Hash of a run, or the number of an action's intent or outcome in the record."`
	Ticket string `placeholder:"ID" help:"Ticket that asks for it (default: that of the run)."`
	DryRun bool   `help:"Show the plan; store and record nothing."`
}

// Run plans the undo and says what cannot be given back. Running that plan is
// what changes the tenant.
func (c *undoCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		p, err := a.Undo(s.ctx, c.What, c.Ticket, c.DryRun)
		if err != nil {
			return err
		}
		return s.tellPlan(a, p)
	})
}
