package app

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"rollcall/db/storeq"
)

// membershipsAsListed says whether the memberships in a tenant are known only from
// its list of groups: none of its accounts that were looked at names any. Reading
// one account again then does not show a group that it joined since.
func (a *App) membershipsAsListed(ctx context.Context, t Tenant) (bool, error) {
	if t.Source == SourceFile || t.Groups == 0 {
		return false, nil
	}
	asListed := true
	err := a.read(ctx, func(q *storeq.Queries) error {
		shown, err := onShow(ctx, q, t.ID)
		if err != nil || shown == nil {
			return err
		}
		var known bool
		if asListed, known = a.know.lists.of(shown.ID); known {
			return nil
		}
		bodies, err := q.SomeResources(ctx, shown.Tenant)
		if err != nil {
			return err
		}
		asListed = !slices.ContainsFunc(bodies, func(b []byte) bool { return len(groupsOf(b)) > 0 })
		a.know.lists.keep(shown.ID, asListed)
		return nil
	})
	return asListed, err
}

// listMemory keeps what membershipsAsListed found, by snapshot: what a list
// shows does not change while it is the one on show.
type listMemory struct {
	mu    sync.Mutex
	found map[string]bool
}

const mostLists = 1000 // in the memory; it begins anew with one more

func (m *listMemory) of(snapshot string) (asListed, known bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	asListed, known = m.found[snapshot]
	return asListed, known
}

func (m *listMemory) keep(snapshot string, asListed bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.found == nil || len(m.found) >= mostLists {
		m.found = map[string]bool{}
	}
	m.found[snapshot] = asListed
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
