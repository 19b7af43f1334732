package cli

import (
	"bufio"
	"fmt"
	"strings"

	"rollcall/app"
)

type offboardCmd struct {
	Person string `arg:"" help:"Employee number, e-mail address, login or full name."`
	Ticket string `required:"" placeholder:"ID" help:"Ticket that asks for it."`
	DryRun bool   `xor:"go" help:"Show the plan; store and record nothing."`
	Yes    bool   `xor:"go" help:"Run it without asking."`
}

// offboardJSON is the JSON of offboard: the plan, and what running it came to.
type offboardJSON struct {
	Plan app.Plan `json:"plan"`
	Run  *runJSON `json:"run,omitempty"`
}

// Run shows what would be closed, and closes it with --yes or where a person
// at the terminal says so. What is not covered, or not confirmed, exits 3.
func (c *offboardCmd) Run(s *session) error {
	if !c.DryRun && !c.Yes && !s.env.StdinIsTerminal {
		return usage("Without a terminal to ask, say --yes or --dry-run.", `See "rollcall offboard --help".`)
	}
	return s.with(func(a *app.App) error {
		p, err := a.Offboard(s.ctx, app.OffboardRequest{Person: c.Person, Ticket: c.Ticket, DryRun: c.DryRun})
		if err != nil {
			return err
		}
		if !s.JSON {
			if err := s.showOffboard(p); err != nil {
				return err
			}
		}
		return c.carryOut(s, a, p)
	})
}

func (s *session) showOffboard(p app.Plan) error {
	if len(p.Actions) > 0 {
		return s.planWithout(p)
	}
	s.printf("No active account of this person is on a complete list.\n")
	s.printPlanContext(p)
	return nil
}

func (c *offboardCmd) carryOut(s *session, a *app.App, p app.Plan) error {
	if c.DryRun && !s.JSON && len(p.Actions) > 0 {
		s.planHint(p, nil)
	}
	if c.DryRun || len(p.Actions) == 0 {
		return s.offboarded(p, nil, nil)
	}
	if !c.Yes && !s.agrees("Send these calls? Type yes: ") {
		s.printf("Nothing was sent. The plan is kept: %s\n", s.command("run", short(p.Hash)))
		return errNotHeld
	}
	r, err := a.Run(s.ctx, p.Hash)
	s.progress.clear()
	if err != nil && tally(r.Actions).Pending == len(r.Actions) {
		return err // nothing was done
	}
	return s.offboarded(p, &r, err)
}

// offboarded prints the end of it and decides the exit code.
func (s *session) offboarded(p app.Plan, r *app.RunResult, stopped error) error {
	if err := s.printOffboarded(p, r, stopped); err != nil {
		return err
	}
	switch {
	case stopped != nil:
		return told{stopped}
	case len(p.NotCovered) > 0, r != nil && !confirmed(*r):
		return errNotHeld
	}
	return nil
}

func (s *session) printOffboarded(p app.Plan, r *app.RunResult, stopped error) error {
	if !s.JSON {
		if r == nil {
			return nil
		}
		return s.printRun(*r, stopped)
	}
	line := offboardJSON{Plan: p}
	if r != nil {
		line.Run = &runJSON{RunResult: *r, Counts: tally(r.Actions)}
		if stopped != nil {
			f := failureOf(stopped)
			line.Run.Error = &f
		}
	}
	return s.object(line)
}

// agrees asks the person at the terminal; only a whole "yes" is one.
func (s *session) agrees(question string) bool {
	if err := s.out.Flush(); err != nil {
		return false
	}
	fmt.Fprint(s.env.Stderr, question)
	answer, _ := bufio.NewReader(s.env.Stdin).ReadString('\n')
	return strings.EqualFold(strings.TrimSpace(answer), "yes")
}
