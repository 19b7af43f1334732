package cli

import (
	"fmt"
	"strconv"
	"strings"

	"rollcall/app"
)

type runCmd struct {
	Hash    hashPrefix `arg:"" help:"Hash of the plan, or its first 12 digits or more."`
	Confirm []string   `sep:"none" placeholder:"N|TENANT=N" help:"Confirm N accounts in 24 hours, where the plan is above the ceiling of a tenant; of several tenants each by its name."`
}

// Validate checks the numbers.
func (c *runCmd) Validate() error {
	_, err := c.confirms()
	return err
}

// confirms are the totals that were named; a tenant's name may hold any sign.
func (c *runCmd) confirms() (out []app.Confirm, err error) {
	for _, word := range c.Confirm {
		tenant, number := "", word
		if i := strings.LastIndex(word, "="); i >= 0 {
			tenant, number = word[:i], word[i+1:]
		}
		n, err := strconv.Atoi(number)
		if err != nil || n < 0 || tenant == "" && number != word {
			return nil, fmt.Errorf("--confirm %s: a number of accounts is needed, or a tenant and a number", word)
		}
		out = append(out, app.Confirm{Tenant: tenant, Total: n})
	}
	return out, nil
}

// Run runs the plan; an action that is not confirmed exits 3.
func (c *runCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		confirms, err := c.confirms()
		if err != nil {
			return err
		}
		r, err := a.Run(s.ctx, string(c.Hash), confirms...)
		s.progress.clear()
		if err != nil && tally(r.Actions).Pending == len(r.Actions) {
			return err // nothing was done
		}
		if printErr := s.printRun(r, err); printErr != nil {
			return printErr
		}
		switch {
		case err != nil:
			return told{err}
		case !confirmed(r):
			return errNotHeld
		}
		return nil
	})
}

// counts says how many actions came to what; confirmed-gone counts as confirmed.
type counts struct {
	Confirmed int `json:"confirmed"`
	Skipped   int `json:"skipped"`
	Failed    int `json:"failed"`
	ByHand    int `json:"byHand,omitzero"` // open steps
	Marked    int `json:"marked,omitzero"` // of these: somebody says that they are done
	Unknown   int `json:"unknown"`
	Pending   int `json:"pending"`
}

func tally(actions []app.ActionResult) (c counts) {
	for _, a := range actions {
		switch a.Outcome {
		case "confirmed", "confirmed-gone":
			c.Confirmed++
		case "skipped":
			c.Skipped++
		case "failed":
			c.Failed++
		case "pending":
			c.Pending++
		case "by-hand":
			c.ByHand++
		case "done-unconfirmed":
			c.ByHand++
			c.Marked++
		default: // what is not understood is not known
			c.Unknown++
		}
	}
	return c
}

func (c counts) String() string {
	text := strconv.Itoa(c.Confirmed) + " confirmed"
	for _, p := range []struct {
		n    int
		word string
	}{{c.Skipped, "skipped"}, {c.Failed, "failed"}, {c.ByHand - c.Marked, "open by hand"}, {c.Marked, "marked done by hand and not confirmed"}, {c.Unknown, "unknown"}, {c.Pending, "not yet done"}} {
		if p.n > 0 {
			text += ", " + strconv.Itoa(p.n) + " " + p.word
		}
	}
	return text
}

// runJSON is the JSON of run.
type runJSON struct {
	app.RunResult
	Counts counts       `json:"counts"`
	Error  *failureBody `json:"error,omitempty"` // what ended the run early
}

// printRun prints a run and, inside the one object of its JSON, what stopped it.
func (s *session) printRun(r app.RunResult, stopped error) error {
	c := tally(r.Actions)
	if s.JSON {
		line := runJSON{RunResult: r, Counts: c}
		if stopped != nil {
			f := failureOf(stopped)
			line.Error = &f
		}
		return s.object(line)
	}
	if r.Repeat {
		s.printf("This plan had run before; nothing was sent now. Its results:\n")
	}
	s.printResults(r.Actions)
	s.printf("Plan %s, ticket %s, %s: %s%s.\n", short(r.Hash), r.Ticket, r.State, c, s.leftOut(r.NotCovered))
	for _, note := range r.Notes {
		s.printf("%s\n", note)
	}
	if open := c.ByHand - c.Marked; open > 0 {
		s.printf("%s to be done by hand; nothing was sent for them.\n", stepsAre(open))
	}
	if c.Marked > 0 {
		s.printf("%s marked done; the next file of the tenant confirms it.\n", stepsAre(c.Marked))
	}
	switch {
	case c.ByHand > c.Marked:
		s.suggest("Next", "step done", short(r.Hash), firstStep(r.Actions), "--note=TEXT")
	case c.Unknown > 0:
		s.suggest("Next", "settle")
	case c.Marked > 0:
		s.suggest("Next", "tenant import", firstMarked(r.Actions), "FILE")
	case r.State != "done":
		s.suggest("To go on", "run", short(r.Hash))
	default:
		s.suggest("Next", "record export", "FILE", "--ticket="+r.Ticket)
	}
	return nil
}

// firstStep is the number of the first step that nobody marked done.
func firstStep(actions []app.ActionResult) string {
	for _, a := range actions {
		if a.Outcome == "by-hand" {
			return strconv.Itoa(a.N)
		}
	}
	return "N"
}

// firstMarked is the tenant of the first step that waits for a newer file.
func firstMarked(actions []app.ActionResult) string {
	for _, a := range actions {
		if a.Outcome == "done-unconfirmed" {
			return a.Tenant
		}
	}
	return "TENANT"
}

func stepsAre(n int) string {
	if n == 1 {
		return "1 step is"
	}
	return strconv.Itoa(n) + " steps are"
}

func (s *session) printResults(actions []app.ActionResult) {
	t := newTable(">#", "~Tenant", "~Account", "Outcome", ">Entry", "~Why")
	for _, a := range actions {
		entry := ""
		if a.Seq >= 0 {
			entry = strconv.FormatInt(a.Seq, 10)
		}
		why := a.Why
		if a.Note != "" {
			why += " Note: " + a.Note
		}
		if a.Doubt != "" {
			why += " " + a.Doubt
		}
		t.row(strconv.Itoa(a.N), a.Tenant, a.Account.UserName, app.OutcomeWords(a.Outcome), entry, why)
	}
	s.table(t)
}

type settleCmd struct{}

// Run settles; a call that stays unknown exits 3.
func (c *settleCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		settled, err := a.Settle(s.ctx)
		s.progress.clear()
		if printErr := s.printSettled(settled); err == nil {
			err = printErr
		}
		if err == nil && tally(settled).Unknown > 0 {
			err = errNotHeld
		}
		return err
	})
}

func (s *session) printSettled(settled []app.ActionResult) error {
	if s.JSON {
		return objects(s, settled)
	}
	if len(settled) == 0 {
		s.printf("Nothing to settle: every call has its outcome.\n")
		return nil
	}
	s.printResults(settled)
	s.printf("%s: %s.\n", count(len(settled), "call"), tally(settled))
	return nil
}

// confirmed says whether every action of the plan is done and read back.
func confirmed(r app.RunResult) bool {
	return r.State == "done" && tally(r.Actions).Confirmed == len(r.Actions)
}
