package app

import (
	"context"
	"errors"
	"time"
)

// runJob is a run in the background of this process. It stays on show after its
// end until the next start of the same plan.
type runJob struct {
	cancel  context.CancelFunc // nil once it has ended
	stopped bool               // a person asked it to stop
	problem *Problem           // why it ended before its last action
}

// RunState is how far a plan is: what each action came to, what runs, and what
// would be in the way of running it now.
type RunState struct {
	RunResult
	Begun    bool      `json:"begun"`    // it was started once
	Running  bool      `json:"running"`  // in the background of this process
	Stopping bool      `json:"stopping"` // it ends after the call under way
	Started  time.Time `json:"started"`  // of what is running
	Problem  *Problem  `json:"problem"`  // why the last run of this process ended early
	Undoes   bool      `json:"undoes"`   // it gives back: no ceiling applies
	Ceilings []Ceiling `json:"ceilings"` // as of now, in the order of the plan's tenants
	ReadOnly []Tenant  `json:"readOnly"` // tenants of the plan in which nothing may be changed yet
	Refused  *Problem  `json:"refused"`  // why it would be refused now, apart from ceilings and ReadOnly
}

// StartRun does what Run does, in the background. What refuses the plan as a
// whole is told at once; RunState tells the rest. Closing the workspace stops
// the run between two calls.
func (a *App) StartRun(hashOrPrefix string, confirms ...Confirm) error {
	said, err := named(confirms)
	if err != nil {
		return err
	}
	ctx, ok := a.know.background()
	if !ok {
		return closing()
	}
	ctx, cancel := context.WithCancel(ctx)
	p, err := a.admitRun(ctx, hashOrPrefix, said, cancel)
	if err != nil {
		cancel()
		a.know.syncs.Done()
		return err
	}
	began := a.cfg.Now()
	go func() {
		defer a.know.syncs.Done()
		result, err := a.Run(ctx, p.Hash, confirms...)
		a.ended(endedRun(result), began)
		a.endRun(p.Hash, err)
		cancel()
	}()
	return nil
}

// admitRun checks the plan and notes the job.
func (a *App) admitRun(ctx context.Context, hashOrPrefix string, said totals, cancel context.CancelFunc) (storedPlan, error) {
	p, err := a.findPlan(ctx, hashOrPrefix)
	if err != nil {
		return p, err
	}
	if p.Row.Done != nil {
		return p, refused1("This plan was run to its end; a plan runs once.", "Plan again for what is still to be done.")
	}
	if err := notDropped(p); err != nil {
		return p, err
	}
	pending, err := a.pending(ctx, p)
	if err != nil {
		return p, err
	}
	if len(pending) > 0 {
		if _, err := a.checkRun(ctx, p, said); err != nil {
			return p, err
		}
	}
	return p, a.noteRun(p, len(pending), cancel)
}

func (a *App) noteRun(p storedPlan, pending int, cancel context.CancelFunc) error {
	a.lockMu.Lock()
	defer a.lockMu.Unlock()
	if j := a.jobs[p.Hash]; a.running[p.Hash] || j != nil && j.cancel != nil {
		return &Error{Kind: KindLocked, Text: "This plan is running.", Do: "Wait until it has ended, or stop it first."}
	}
	if a.jobs == nil {
		a.jobs = map[string]*runJob{}
	}
	a.jobs[p.Hash] = &runJob{cancel: cancel}
	a.know.begin(runKey(p.Hash), Progress{
		What: "run", Tenant: firstTenant(p), Stage: "actions", Total: pending, Started: a.cfg.Now().UTC(),
	})
	return nil
}

func firstTenant(p storedPlan) string {
	if len(p.View.Plan.Actions) == 0 {
		return ""
	}
	return p.View.Plan.Actions[0].Tenant
}

// runKey names a run among what this process is busy with.
func runKey(hash string) string { return "run/" + hash }

// runStep tells how far the run of a plan is, to whoever listens and, where it
// runs in the background, to the overview.
func (a *App) runStep(hash string, p Progress) {
	a.progress(p)
	a.lockMu.Lock()
	j := a.jobs[hash]
	background := j != nil && j.cancel != nil
	a.lockMu.Unlock()
	if background && p.Tenant != "" {
		p.Stage = "actions"
		a.know.step(runKey(hash), p)
	}
}

func (a *App) endRun(hash string, err error) {
	a.lockMu.Lock()
	j := a.jobs[hash]
	j.cancel = nil
	if err != nil {
		e := Explain(err)
		j.problem = &Problem{Code: "run-ended", Text: e.Text, Do: e.Do}
	}
	a.lockMu.Unlock()
	a.know.end(runKey(hash), nil)
}

// CancelRun stops the background run of a plan between two calls: the one under
// way still gets its outcome, the rest stays pending.
func (a *App) CancelRun(hash string) error {
	a.lockMu.Lock()
	defer a.lockMu.Unlock()
	j := a.jobs[hash]
	if j == nil || j.cancel == nil {
		return refused1("This plan does not run in this window.", "If it runs in a terminal, stop it there with Ctrl+C.")
	}
	j.stopped = true
	j.cancel()
	return nil
}

// RunState tells how far a plan is.
func (a *App) RunState(ctx context.Context, hashOrPrefix string) (RunState, error) {
	p, err := a.findPlan(ctx, hashOrPrefix)
	if err != nil {
		return RunState{}, err
	}
	var s RunState
	a.lockMu.Lock()
	if j := a.jobs[p.Hash]; j != nil {
		s.Running, s.Stopping, s.Problem = j.cancel != nil, j.cancel != nil && j.stopped, j.problem
	}
	a.lockMu.Unlock()
	// What is read from here on is at least as new: a run that has ended is
	// never shown with less than it did.
	if p, err = a.findPlan(ctx, p.Hash); err != nil {
		return s, err
	}
	s.Begun, s.Undoes = p.Row.Started != nil, p.Body.undoes()
	if s.RunResult, err = a.runResult(ctx, p); err != nil {
		return s, err
	}
	if s.Running || p.Row.Done != nil || p.Row.Dropped != nil {
		busy, _ := a.know.one(runKey(p.Hash))
		s.Started = busy.Started
		return s, nil
	}
	return s, a.foresee(ctx, p, &s)
}

// foresee fills in what would be in the way of running the plan now.
func (a *App) foresee(ctx context.Context, p storedPlan, s *RunState) error {
	said := totals{}
	for _, planned := range p.Body.Tenants {
		t, err := a.Tenant(ctx, planned.ID)
		if err != nil {
			return s.refuse(err)
		}
		if !t.Writes && t.Source != SourceFile {
			s.ReadOnly = append(s.ReadOnly, t)
		}
		c, err := a.ceiling(ctx, t, p.Body.Actions)
		if err != nil {
			return err
		}
		s.Ceilings = append(s.Ceilings, c)
		if c.Total > c.Limit {
			said[t.ID] = c.Total
		}
	}
	if len(s.ReadOnly) > 0 || s.Pending == 0 {
		return nil
	}
	_, err := a.checkRun(ctx, p, said)
	return s.refuse(err)
}

// refuse notes what a person can be told; another error is returned.
func (s *RunState) refuse(err error) error {
	var own *Error
	if !errors.As(err, &own) {
		return err
	}
	s.Refused = &Problem{Code: string(own.Kind), Text: own.Text, Do: own.Do}
	return nil
}
