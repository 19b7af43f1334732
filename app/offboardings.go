package app

import (
	"context"
	"math"

	"rollcall/db/storeq"
)

// Offboarding is a plan that offboards a person, and what it came to so far.
type Offboarding struct {
	Plan     Plan           `json:"plan"`     // without what holds of it only now: [App.PlanByHash] has that
	Outcomes map[string]int `json:"outcomes"` // actions by outcome, as in [ActionResult]
}

// OffboardingsPage is one page of what was planned to offboard people.
type OffboardingsPage struct {
	List []Offboarding `json:"list"` // the newest first
	Next string        `json:"next,omitempty"`
}

// Offboardings lists the plans that offboard people, the newest first.
func (a *App) Offboardings(ctx context.Context, after string, limit int) (OffboardingsPage, error) {
	out := OffboardingsPage{}
	values, err := placeOf(after, true, false)
	if err != nil {
		return out, err
	}
	from := storeq.OffboardingsParams{Created: math.MaxInt64, Most: int64(pageLimit(limit) + 1)}
	if len(values) == 2 {
		created, isNumber := values[0].(int64)
		hash, isText := values[1].(string)
		if !isNumber || !isText {
			return out, usage("The place to go on from is not one that a page of this list gave.")
		}
		from.Created, from.Hash = created, hash
	}
	var hashes []string
	err = a.read(ctx, func(q *storeq.Queries) (err error) {
		hashes, err = q.Offboardings(ctx, from)
		return err
	})
	if err != nil {
		return out, err
	}
	more := len(hashes) == int(from.Most)
	if more {
		hashes = hashes[:len(hashes)-1]
	}
	if out.List, err = a.offboardingsOf(ctx, hashes); err != nil || !more {
		return out, err
	}
	last := out.List[len(out.List)-1].Plan
	out.Next, err = placeText(last.Created.UnixMilli(), last.Hash)
	return out, err
}

// offboardingsOf loads plans by their hashes, with their outcomes.
func (a *App) offboardingsOf(ctx context.Context, hashes []string) ([]Offboarding, error) {
	out := make([]Offboarding, 0, len(hashes))
	for _, h := range hashes {
		p, _, err := a.planNamed(ctx, h)
		if err != nil {
			return nil, err
		}
		rows, err := a.actionRows(ctx, h)
		if err != nil {
			return nil, err
		}
		o := Offboarding{Plan: p, Outcomes: map[string]int{}}
		for _, r := range rows {
			o.Outcomes[r.Outcome]++
		}
		out = append(out, o)
	}
	return out, nil
}
