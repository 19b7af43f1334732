package app

import (
	"context"
	"fmt"
	"slices"

	"rollcall/db/storeq"
)

// membershipsAsListed says whether the memberships in a tenant are known only from
// its list of groups: none of its accounts that were looked at names any. Reading
// one account again then does not show a group that it joined since.
func (a *App) membershipsAsListed(ctx context.Context, t Tenant) (bool, error) {
	if t.Source == SourceFile || t.Groups == 0 {
		return false, nil
	}
	var bodies [][]byte
	err := a.read(ctx, func(q *storeq.Queries) error {
		shown, err := onShow(ctx, q, t.ID)
		if err != nil || shown == nil {
			return err
		}
		bodies, err = q.SomeResources(ctx, shown.Tenant)
		return err
	})
	return !slices.ContainsFunc(bodies, func(b []byte) bool { return len(groupsOf(b)) > 0 }), err
}

// asListed says, for each tenant in which something is to be sent, that its
// memberships are only as new as the list.
func (p Plan) asListed() []string {
	var out []string
	for _, f := range p.Freshness {
		acts := func(a PlanAction) bool { return a.Tenant == f.Tenant }
		if f.MembershipsAsListed && slices.ContainsFunc(p.Actions, acts) {
			out = append(out, fmt.Sprintf("Memberships in %s are as of its list of %s: its accounts name no groups, so one that an account joined since is not seen. The next sync shows it.", f.Tenant, stamp(f.Taken)))
		}
	}
	return out
}
