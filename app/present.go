package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"rollcall/db/storeq"
)

// present says of a plan what holds now and may not later: how it stands to the
// ceilings, and what is in the way of running it. What was stored of that when
// the plan was made is put aside; a plan that has run has nothing in its way.
func (a *App) present(ctx context.Context, p *Plan, body planBody) error {
	p.Warnings = slices.DeleteFunc(slices.Clone(p.Warnings), passing)
	p.Freshness = slices.Clone(p.Freshness)
	for i := range p.Freshness {
		if p.Freshness[i].Certificate == undoStoodOnce {
			p.Freshness[i].Certificate = undoStands
		}
	}
	if p.State == "done" {
		return nil
	}
	var ceilings []Ceiling
	for _, planned := range body.Tenants {
		t, err := a.Tenant(ctx, planned.ID)
		if isNotFound(err) {
			p.Warnings = append(p.Warnings, "A tenant of this plan was removed, so it cannot be run any more.")
			return nil
		}
		if err != nil {
			return err
		}
		c, err := a.ceiling(ctx, t, body.Actions)
		if err != nil {
			return err
		}
		ceilings = append(ceilings, c)
		p.Warnings = append(p.Warnings, inTheWay(t, c, body)...)
	}
	p.Ceilings = ceilings
	return a.warnOfOthers(ctx, p)
}

var changedByOthers = caution{
	"Another plan changed %s after this one was made. The run reads it first, and skips it where it is not as planned.",
	"Other plans changed %s after this one was made. The run reads each first, and skips those that are not as planned.",
}

// warnOfOthers tells which of the accounts other plans changed meanwhile.
func (a *App) warnOfOthers(ctx context.Context, p *Plan) error {
	var names []string
	err := a.read(ctx, func(q *storeq.Queries) error {
		rows, err := q.ChangedByOthers(ctx, storeq.ChangedByOthersParams{Plan: p.Hash, After: p.Created.UnixMilli()})
		for _, r := range rows {
			acc := p.Actions[r.N-1].Account
			names = append(names, fmt.Sprintf("%s (plan %s)", firstOf(acc.UserName, acc.ID), r.Plan[:min(len(r.Plan), leastPrefix)]))
		}
		return err
	})
	if len(names) > 0 {
		p.Warnings = append(p.Warnings, changedByOthers.of(names))
	}
	return err
}

const (
	aboveCeiling = "This would touch "
	readOnlyNow  = " is read-only. Before the plan can run"
)

// passing tells a warning that depends on how things stand. Plans that were
// stored by earlier versions hold them.
func passing(w string) bool {
	return strings.HasPrefix(w, aboveCeiling) || strings.Contains(w, readOnlyNow)
}

func inTheWay(t Tenant, c Ceiling, body planBody) []string {
	var out []string
	if c.Total > c.Limit && !body.undoes() { // giving back does not count
		out = append(out, fmt.Sprintf(aboveCeiling+"%d accounts of %s within 24 hours; the ceiling is %d. If that is meant, %s.", c.Total, c.Tenant, c.Limit, c.runWith(len(body.Tenants))))
	}
	if !t.Writes && t.Source != SourceFile && body.writesTo(t.ID) {
		out = append(out, t.Name+readOnlyNow+": rollcall tenant allow-writes, with a reason.")
	}
	return out
}
