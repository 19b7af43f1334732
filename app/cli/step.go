package cli

import (
	"errors"
	"strconv"
	"strings"

	"rollcall/app"
)

type stepCmd struct {
	List stepListCmd `cmd:"" help:"List the open steps: to be done by hand, or done and not yet confirmed by a file."`
	Done stepDoneCmd `cmd:"" help:"Say that a step was done by hand. Recorded."`
}

type stepListCmd struct{}

// Run lists the open steps.
func (c *stepListCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		steps, err := a.Steps(s.ctx)
		if err != nil {
			return err
		}
		if s.JSON {
			return objects(s, steps)
		}
		if len(steps) == 0 {
			s.printf("No open steps.\n")
			return nil
		}
		t := newTable("Plan", ">#", "~Tenant", "~Account", "State", "~Ticket", "Opened", "~Note")
		for _, st := range steps {
			t.row(short(st.Plan), strconv.Itoa(st.N), st.Tenant, st.Account.UserName, app.OutcomeWords(st.Outcome), st.Ticket, when(st.Opened), st.Note)
		}
		s.table(t)
		for _, st := range steps {
			if st.Outcome == "by-hand" {
				s.printf("%s %s\n", short(st.Plan)+" "+strconv.Itoa(st.N)+":", st.What)
			}
			s.stepDoubt(st)
		}
		return nil
	})
}

// stepDoubt says why the newest file does not settle a step.
func (s *session) stepDoubt(st app.Step) {
	if st.Doubt != "" {
		s.printf("%s %s: %s\n", s.look.odd("NOT SETTLED"), short(st.Plan)+" "+strconv.Itoa(st.N), st.Doubt)
	}
}

type stepDoneCmd struct {
	Hash hashPrefix `arg:"" help:"Hash of the plan, or its first 12 digits or more."`
	N    int        `arg:"" help:"Number of the action in the plan."`
	Note string     `required:"" placeholder:"TEXT" help:"What was done, and where it can be seen; it is recorded."`
}

// Validate checks the number and the note.
func (c *stepDoneCmd) Validate() error {
	switch {
	case c.N < 1:
		return errors.New("the actions of a plan are numbered from 1")
	case strings.TrimSpace(c.Note) == "":
		return errors.New("--note must say what was done")
	}
	return nil
}

// Run marks the step done.
func (c *stepDoneCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		st, err := a.StepDone(s.ctx, string(c.Hash), c.N, c.Note)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.object(st)
		}
		s.printf("%s in %s: %s. %s\n", st.Account.UserName, st.Tenant, app.OutcomeWords(st.Outcome), st.Why)
		if st.Outcome == "done-unconfirmed" {
			s.suggest("Next", "tenant import", positional(st.Tenant, "FILE")...)
		}
		return nil
	})
}
