package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"rollcall/app/reconcile"
	"rollcall/audit"
	"rollcall/db"
	"rollcall/db/storeq"
)

// In a tenant without SCIM an account is closed by a person. Running the action
// opens a step; whoever closed the account says so with a note; the next list
// that was exported after that confirms it, or shows that it is still active.
// Nothing is sent, so there is no intent and no receipt.
const (
	typeStepOpened = "action.step-opened"
	typeStepDone   = "action.step-done"

	outcomeByHand = "by-hand"          // open: to be done
	outcomeDone   = "done-unconfirmed" // open: a person says it is done
)

func init() {
	projections[typeStepOpened] = applyStepOpened
	projections[typeStepDone] = applyStepDone
}

type stepOpened struct {
	Plan    string         `json:"plan"`
	N       int            `json:"n"`
	Action  string         `json:"action"`
	Account audit.Personal `json:"account"`
	Before  audit.Blob     `json:"before"` // the account as the file had it
	What    audit.Personal `json:"what"`   // what the person is asked to do
}

type stepDone struct {
	Plan    string         `json:"plan"`
	N       int            `json:"n"`
	Opened  int64          `json:"opened"` // seq of action.step-opened
	Account audit.Personal `json:"account"`
	Note    audit.Personal `json:"note"`
}

// byHandWords tell a person what to do and where.
func byHandWords(t Tenant, acc FindingAccount) string {
	who := quoted(acc.UserName)
	if acc.DisplayName != "" && acc.DisplayName != acc.UserName {
		who += " (" + strings.Trim(quoted(acc.DisplayName), `"`) + ")"
	}
	if acc.ID != acc.UserName && acc.ID != reconcile.Normalise(acc.UserName) {
		who += ", id " + quoted(acc.ID) + ","
	}
	where := "in its administration"
	if t.File != nil && t.File.Screen != "" {
		where = "on its screen " + quoted(t.File.Screen)
	}
	return fmt.Sprintf("Deactivate %s in %s by hand, %s."+thenMark, who, t.Name, where)
}

const thenMark = " Then mark the step done with a note; the next file confirms it."

// StepWords is what a person does, or did, of an action by hand that came to that
// outcome; "" before it was begun.
func StepWords(a PlanAction, outcome string) string {
	if outcome == "" || outcome == outcomePending || outcome == outcomeByHand {
		return a.ByHand
	}
	return strings.TrimSuffix(a.ByHand, thenMark)
}

// openStep does what do does for a call: guards, compare, record.
func (x *action) openStep(ctx context.Context) error {
	raw, why, err := x.stillListed(ctx)
	if err != nil {
		return err
	}
	if why != "" {
		return x.stop(ctx, why)
	}
	why, err = x.w.recordUnless(context.WithoutCancel(ctx), audit.Draft{
		Type: typeStepOpened, Tenant: x.body().Tenant, Target: audit.Text(x.want().Account.UserName), Ticket: x.plan.Body.Ticket,
		Data: stepOpened{
			Plan: x.plan.Hash, N: x.want().N, Action: x.body().Action, Account: audit.Text(x.body().Account),
			Before: audit.Bytes(raw), What: audit.Text(x.want().ByHand),
		},
	}, func() (string, error) { return x.mayOpen(ctx) })
	if err != nil || why == "" {
		return err
	}
	return x.stop(ctx, why)
}

// mayOpen asks the guards within the append, so that two runs that share a
// ceiling cannot both take its last place.
func (x *action) mayOpen(ctx context.Context) (string, error) {
	why, err := x.forbids(ctx, accountState{})
	if err != nil || why != "" {
		return why, err
	}
	return x.w.a.stepOpen(ctx, x.body().Tenant, x.body().Account)
}

// recordUnless is record with a guard that is asked while nobody else appends.
func (w *writer) recordUnless(ctx context.Context, d audit.Draft, guard func() (string, error)) (why string, err error) {
	w.a.appendMu.Lock()
	defer w.a.appendMu.Unlock()
	if err := w.catchUp(ctx); err != nil {
		return "", err
	}
	if why, err := guard(); why != "" || err != nil {
		return why, err
	}
	d.Actor = audit.Text(w.a.cfg.Actor)
	s, err := w.log.Append(ctx, d)
	if err != nil {
		return "", fmt.Errorf("record %s: %w", d.Type, fileError(err))
	}
	return "", w.follow(ctx, s)
}

// stillListed compares the account with the plan, since a newer file may have
// come, and returns it as the file had it.
func (x *action) stillListed(ctx context.Context) (raw []byte, why string, err error) {
	now, err := x.w.a.accountForPlan(ctx, x.body().Tenant, x.body().Account)
	if isNotFound(err) {
		return nil, "It is not in the newest file any more.", nil
	}
	if err != nil {
		return nil, "", err
	}
	if changed := x.plan.View.Before[x.i].changes(stateOfPlanned(now)); len(changed) > 0 {
		return nil, "It changed since the plan (" + strings.Join(changed, ", ") + ").", nil
	}
	raw, err = x.w.a.rawAccount(ctx, x.body().Tenant, x.body().Account)
	return raw, "", err
}

func (a *App) rawAccount(ctx context.Context, tenantID, account string) (raw []byte, err error) {
	err = a.read(ctx, func(q *storeq.Queries) error {
		row, err := q.AccountNow(ctx, storeq.AccountNowParams{TenantID: tenantID, ScimID: account})
		if err != nil {
			return err
		}
		raw, err = q.Resource(ctx, row.Account.Resource)
		return err
	})
	return raw, err
}

func (a *App) openStepsOf(ctx context.Context, tenantID, account string) (rows []storeq.Step, err error) {
	err = a.read(ctx, func(q *storeq.Queries) (err error) {
		rows, err = q.OpenStepsOf(ctx, storeq.OpenStepsOfParams{TenantID: tenantID, Account: account})
		return err
	})
	return rows, err
}

// stepOpen says that the account is somebody's open step already, or "".
func (a *App) stepOpen(ctx context.Context, tenantID, account string) (string, error) {
	open, err := a.openStepsOf(ctx, tenantID, account)
	if err != nil || len(open) == 0 {
		return "", err
	}
	return "A step is open for it already, under plan " + open[0].Plan[:leastPrefix] + "; see rollcall step list.", nil
}

// StepDone records that a person closed the account by hand. n is the action of
// the plan. It is settled by the next file that was exported after that.
func (a *App) StepDone(ctx context.Context, hashOrPrefix string, n int, note string) (Step, error) {
	note = strings.TrimSpace(note)
	switch {
	case note == "":
		return Step{}, usageAbout(FieldNote, "A step is marked done with a note: what was done, and where it can be seen.")
	case len([]rune(note)) > 4*mostProvenance || strings.ContainsFunc(strings.ReplaceAll(note, "\n", ""), unprintable):
		return Step{}, usageAbout(FieldNote, "The note has at most %d printable characters.", 4*mostProvenance)
	}
	var done Step
	err := a.mutate(ctx, func(w *writer) error {
		p, err := a.findPlan(ctx, hashOrPrefix)
		if err != nil {
			return err
		}
		if err := w.stepDone(ctx, p, n, note); err != nil {
			return err
		}
		if err := w.confirmSteps(ctx, p.Body.Actions[n-1].Tenant); err != nil {
			return err
		}
		done, err = a.planStep(ctx, p, n)
		return err
	})
	return done, err
}

func (w *writer) stepDone(ctx context.Context, p storedPlan, n int, note string) error {
	if n < 1 || n > len(p.Body.Actions) {
		return usage("The plan has actions 1 to %d.", len(p.Body.Actions))
	}
	s, err := w.a.planStep(ctx, p, n)
	switch {
	case errors.Is(err, errNoStep):
		return refused1(fmt.Sprintf("Action %d of plan %s is no open step.", n, p.Hash[:leastPrefix]), "List the open ones with rollcall step list.")
	case err != nil:
		return err
	case s.Outcome == outcomeDone:
		return refused1(fmt.Sprintf("The step was marked done already, by %s.", s.DoneBy), "Import a newer file of "+s.Tenant+" to confirm it.")
	case s.Outcome != outcomeByHand:
		return refused1("The step is closed already: "+OutcomeWords(s.Outcome)+".", s.Why)
	}
	row, err := w.a.stepRow(ctx, p.Hash, n)
	if err != nil {
		return err
	}
	_, err = w.record(ctx, audit.Draft{
		Type: typeStepDone, Tenant: s.TenantID, Target: audit.Text(s.Account.UserName), Ticket: s.Ticket,
		Data: stepDone{Plan: p.Hash, N: n, Opened: row.OpenedSeq, Account: audit.Text(s.Account.ID), Note: audit.Text(note)},
	})
	return err
}

var errNoStep = errors.New("no step")

func (a *App) stepRow(ctx context.Context, plan string, n int) (storeq.Step, error) {
	var row *storeq.Step
	err := a.read(ctx, func(q *storeq.Queries) (err error) {
		row, err = maybe(q.Step(ctx, storeq.StepParams{Plan: plan, N: int64(n)}))
		return err
	})
	if err == nil && row == nil {
		return storeq.Step{}, errNoStep
	}
	if err != nil {
		return storeq.Step{}, err
	}
	return *row, nil
}

func (a *App) planStep(ctx context.Context, p storedPlan, n int) (Step, error) {
	row, err := a.stepRow(ctx, p.Hash, n)
	if err != nil {
		return Step{}, err
	}
	return a.stepView(ctx, p, row, map[string]*listed{})
}

// stepsOf are the steps of a plan that were opened, by the number of the action.
func (a *App) stepsOf(ctx context.Context, plan string) (map[int64]storeq.Step, error) {
	steps := map[int64]storeq.Step{}
	err := a.read(ctx, func(q *storeq.Queries) error {
		rows, err := q.StepsOfPlan(ctx, plan)
		for _, r := range rows {
			steps[r.N] = r
		}
		return err
	})
	return steps, err
}

func (a *App) stepView(ctx context.Context, p storedPlan, row storeq.Step, lists map[string]*listed) (Step, error) {
	actions, err := a.actionRows(ctx, row.Plan)
	if err != nil {
		return Step{}, err
	}
	want, now := p.View.Plan.Actions[row.N-1], actions[row.N-1]
	s := Step{
		Plan: row.Plan, N: int(row.N), Tenant: want.Tenant, TenantID: row.TenantID, Account: want.Account, Ticket: p.Body.Ticket,
		What: StepWords(want, now.Outcome), Outcome: now.Outcome, Why: now.Why, Opened: fromMillis(row.Opened), DoneBy: row.DoneBy, Note: row.Note,
	}
	if row.Done != nil {
		s.Done = fromMillis(*row.Done)
	}
	s.Doubt, err = a.doubt(ctx, p, row, lists)
	return s, err
}

// Steps lists the open steps, oldest first: what is still to be done by hand,
// and what was done and no file has confirmed yet.
func (a *App) Steps(ctx context.Context) ([]Step, error) {
	rows, err := a.openSteps(ctx)
	if err != nil {
		return nil, err
	}
	out, lists := make([]Step, 0, len(rows)), map[string]*listed{}
	for _, row := range rows {
		p, err := a.loadPlan(ctx, row.Plan)
		if err != nil {
			return nil, err
		}
		s, err := a.stepView(ctx, p, row, lists)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func (a *App) openSteps(ctx context.Context) (rows []storeq.Step, err error) {
	err = a.read(ctx, func(q *storeq.Queries) (err error) {
		rows, err = q.OpenSteps(ctx)
		return err
	})
	return rows, err
}

func applyStepOpened(ctx context.Context, tx *db.Tx, s audit.Stored) error {
	var d stepOpened
	if err := s.Decode(&d); err != nil {
		return err
	}
	list := ""
	newest, err := sealedBefore(ctx, tx.Queries, s.Entry.Tenant)
	if err != nil {
		return err
	}
	if newest != nil {
		list = newest.ID
	}
	err = tx.OpenStep(ctx, storeq.OpenStepParams{
		Plan: d.Plan, N: int64(d.N), TenantID: s.Entry.Tenant, Account: d.Account.Value(), Opened: s.Entry.Time.UnixMilli(), OpenedSeq: s.Seq,
		List: list,
	})
	if err != nil {
		return err
	}
	return noteOutcome(ctx, tx, s, d.Plan, d.N, outcomeByHand, d.What.Value())
}

func applyStepDone(ctx context.Context, tx *db.Tx, s audit.Stored) error {
	var d stepDone
	if err := s.Decode(&d); err != nil {
		return err
	}
	err := tx.StepDone(ctx, storeq.StepDoneParams{
		Done: millis(s.Entry.Time), DoneBy: s.Entry.Actor.Value(), Note: d.Note.Value(), Plan: d.Plan, N: int64(d.N),
	})
	if err != nil {
		return err
	}
	return noteOutcome(ctx, tx, s, d.Plan, d.N, outcomeDone, "Done by hand, says "+s.Entry.Actor.Value()+"; the next file confirms it.")
}
