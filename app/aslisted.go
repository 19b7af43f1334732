package app

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"rollcall/db/storeq"
)

// memberSources says what of a tenant's list tells who is in which group.
type memberSources struct {
	groups   bool // a group on the list has a member
	accounts bool // an account that was looked at names a group
}

// listMemory keeps the sources that were read, by snapshot: what a list shows
// does not change while it is the one on show.
type listMemory struct {
	mu    sync.Mutex
	found map[string]memberSources
}

const mostLists = 1000 // in the memory; it begins anew with one more

// of reads the sources of the list on show; none where there is no list.
func (m *listMemory) of(ctx context.Context, q *storeq.Queries, tenantID string) (memberSources, error) {
	shown, err := onShow(ctx, q, tenantID)
	if err != nil || shown == nil {
		return memberSources{}, err
	}
	m.mu.Lock()
	found, known := m.found[shown.ID]
	m.mu.Unlock()
	if known {
		return found, nil
	}
	if found, err = readSources(ctx, q, shown.Tenant); err == nil {
		m.keep(shown.ID, found)
	}
	return found, err
}

func (m *listMemory) keep(snapshot string, found memberSources) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.found == nil || len(m.found) >= mostLists {
		m.found = map[string]memberSources{}
	}
	m.found[snapshot] = found
}

func readSources(ctx context.Context, q *storeq.Queries, tenant int64) (memberSources, error) {
	members, err := q.AnyMembership(ctx, tenant)
	if err != nil {
		return memberSources{}, err
	}
	bodies, err := q.SomeResources(ctx, tenant)
	return memberSources{members, slices.ContainsFunc(bodies, func(b []byte) bool { return len(groupsOf(b)) > 0 })}, err
}

// memberSources reads them for a plan. Where there are no groups there is nothing
// to tell.
func (a *App) memberSources(ctx context.Context, t Tenant) (m memberSources, err error) {
	if t.Source == SourceFile || t.Groups == 0 {
		return memberSources{groups: true, accounts: true}, nil
	}
	err = a.read(ctx, func(q *storeq.Queries) (err error) {
		m, err = a.know.lists.of(ctx, q, t.ID)
		return err
	})
	return m, err
}

// unknownGroups says of an account with so many known memberships whether there
// may be others: nothing is known about those of a tenant although it has groups,
// or no groups were read from its file.
func (m *listMemory) unknownGroups(ctx context.Context, q *storeq.Queries, tenantID string, known int) (bool, error) {
	n, err := q.CountGroups(ctx, tenantID)
	if err != nil || known > 0 {
		return false, err
	}
	if n == 0 {
		return fileWithoutGroups(ctx, q, tenantID)
	}
	found, err := m.of(ctx, q, tenantID)
	return found == memberSources{}, err
}

func fileWithoutGroups(ctx context.Context, q *storeq.Queries, tenantID string) (bool, error) {
	t, err := q.TenantByID(ctx, tenantID)
	if err != nil || t.Source != SourceFile {
		return false, err
	}
	shown, err := onShow(ctx, q, tenantID)
	return shown != nil && shown.GroupsSealed == 0, err
}

// asListed says, for each tenant in which something is to be sent, that its
// memberships are only as new as the list, or not known at all.
func (p Plan) asListed() []string {
	var out []string
	for _, f := range p.Freshness {
		acts := func(a PlanAction) bool { return a.Tenant == f.Tenant }
		hidden := func(a PlanAction) bool { return acts(a) && a.MembershipsUnknown }
		switch {
		case slices.ContainsFunc(p.Actions, hidden):
			out = append(out, f.Tenant+" shows neither at its groups nor at its accounts who is in which group. What an account loses of them is not known and cannot be given back.")
		case f.MembershipsAsListed && slices.ContainsFunc(p.Actions, acts):
			out = append(out, fmt.Sprintf("Memberships in %s are as of its list of %s: its accounts name no groups, so one that an account joined since is not seen. The next sync shows it.", f.Tenant, stamp(f.Taken)))
		}
	}
	return out
}
