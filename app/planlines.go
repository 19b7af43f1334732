package app

import (
	"context"
	"math"
	"slices"
	"time"

	"rollcall/db/storeq"
)

// PlanLine is what a list shows of a plan.
type PlanLine struct {
	Hash      string    `json:"hash"`
	Ticket    string    `json:"ticket"`
	Created   time.Time `json:"created"`
	State     string    `json:"state"`   // as that of [Plan]
	Actions   int       `json:"actions"` // how many
	Action    string    `json:"action"`  // of all of them; "" where they differ
	Tenants   int       `json:"tenants"` // in which it has actions
	Tenant    string    `json:"tenant"`  // name of the first of them
	Offboards bool      `json:"offboards,omitzero"`

	LeftTenants  int `json:"leftTenants,omitzero"`  // left out as a whole
	LeftAccounts int `json:"leftAccounts,omitzero"` // left out in others, all or in part

	Confirmed   int       `json:"confirmed,omitzero"` // this and the rest are those of [Plan]
	Failed      int       `json:"failed,omitzero"`
	Steps       int       `json:"steps,omitzero"`
	StepsMarked int       `json:"stepsMarked,omitzero"`
	UndoneBy    []Undoing `json:"undoneBy,omitempty"`
	Kept        int       `json:"kept,omitzero"`
}

// PlanLines is one page of plans, the newest first.
type PlanLines struct {
	List  []PlanLine `json:"list"`
	Total int        `json:"total"`
	Next  string     `json:"next,omitempty"`
}

// Line is the plan as a list shows it.
func (p Plan) Line() PlanLine {
	l := PlanLine{
		Hash: p.Hash, Ticket: p.Ticket, Created: p.Created, State: p.State, Actions: len(p.Actions), Offboards: p.Offboards != nil,
		Confirmed: p.Confirmed, Failed: p.Failed, Steps: p.Steps, StepsMarked: p.StepsMarked, UndoneBy: p.UndoneBy, Kept: p.Kept,
	}
	l.LeftTenants, l.LeftAccounts = leftOut(p.NotCovered)
	seen := map[string]bool{}
	for _, a := range p.Actions {
		seen[a.TenantID] = true
	}
	if l.Actions > 0 {
		l.Action, l.Tenant = p.Actions[0].Action, p.Actions[0].Tenant
	}
	if slices.ContainsFunc(p.Actions, func(a PlanAction) bool { return a.Action != l.Action }) {
		l.Action = ""
	}
	l.Tenants = len(seen)
	return l
}

// UndoneWords is that of [Plan].
func (l PlanLine) UndoneWords() string { return undoneWords(l.UndoneBy, l.Kept) }

// LeftOut says in words what is not covered; "" for nothing.
func (l PlanLine) LeftOut() string { return leftOutWords(l.LeftTenants, l.LeftAccounts) }

// PlansAfter lists plans, those under one ticket or for "" all, the newest first;
// after is Next of the page before. No plan is read whole.
func (a *App) PlansAfter(ctx context.Context, ticket, after string, limit int) (PlanLines, error) {
	out := PlanLines{List: []PlanLine{}}
	from, err := plansFrom(after)
	if err != nil {
		return out, err
	}
	most := pageLimit(limit)
	err = a.read(ctx, func(q *storeq.Queries) error {
		n, err := q.CountPlans(ctx, ticket)
		if err != nil {
			return err
		}
		out.Total = int(n)
		rows, err := q.PlanLines(ctx, storeq.PlanLinesParams{Ticket: ticket, Created: from.created, Hash: from.hash, Most: int64(most + 1)})
		if err != nil {
			return err
		}
		if len(rows) > most {
			last := rows[most-1]
			if out.Next, err = placeText(last.Created, last.Hash); err != nil {
				return err
			}
			rows = rows[:most]
		}
		for _, r := range rows {
			l, err := lineOf(ctx, q, r)
			if err != nil {
				return err
			}
			out.List = append(out.List, l)
		}
		return nil
	})
	return out, err
}

// planPlace is where a page of plans ended.
type planPlace struct {
	created int64
	hash    string
}

func plansFrom(after string) (planPlace, error) {
	values, err := placeOf(after, true, false)
	if err != nil || len(values) == 0 {
		return planPlace{created: math.MaxInt64}, err
	}
	var p planPlace
	var isNumber, isText bool
	if len(values) == 2 {
		p.created, isNumber = values[0].(int64)
		p.hash, isText = values[1].(string)
	}
	if !isNumber || !isText {
		return p, usage("The place to go on from is not one that a page of this list gave.")
	}
	return p, nil
}

func lineOf(ctx context.Context, q *storeq.Queries, r storeq.PlanLinesRow) (PlanLine, error) {
	l := PlanLine{
		Hash: r.Hash, Ticket: r.Ticket, Created: fromMillis(r.Created), State: planState(r.Started, r.Done, r.Dropped), Actions: int(r.Actions), Action: r.Verb,
		Tenants: int(r.Tenants), Tenant: r.Tenant, Offboards: r.Offboards != "", LeftTenants: int(r.LeftTenants), LeftAccounts: int(r.LeftAccounts),
	}
	if r.Started == nil {
		return l, nil
	}
	n, err := q.PlanCounts(ctx, r.Hash)
	if err != nil {
		return l, err
	}
	l.Confirmed, l.Failed, l.Steps, l.StepsMarked = int(n.Confirmed), int(n.Failed), int(n.Steps), int(n.Marked)
	if n.Undone == 0 {
		return l, nil
	}
	p := Plan{Hash: r.Hash}
	err = undoings(ctx, q, &p)
	l.UndoneBy, l.Kept = p.UndoneBy, p.Kept
	return l, err
}

// planState is the state of a plan that was stored.
func planState(started, done, dropped *int64) string {
	switch {
	case done != nil:
		return "done"
	case started != nil:
		return "running"
	case dropped != nil:
		return "dropped"
	}
	return "planned"
}
