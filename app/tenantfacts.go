package app

import (
	"context"
	"slices"
	"sync"
	"time"

	"rollcall/app/reconcile"
	"rollcall/db"
	"rollcall/db/storeq"
)

// tenantFacts is what one state of the store says of every tenant. What the
// clock adds is added for each answer. It is shared: nobody may change it.
type tenantFacts struct {
	state       storeState
	tenants     []tenantFact            // by name
	imports     []storeq.RosterRevision // the latest of each source
	stale, late time.Duration           // settingStaleAfter and settingRosterStale
}

// tenantFact is what is known of one tenant and its accounts.
type tenantFact struct {
	row    storeq.Tenant
	latest *storeq.Snapshot // attempt; nil before the first
	view   Tenant           // without Blocked
}

// factsCache keeps the facts of the state that was read last.
type factsCache struct {
	mu    sync.Mutex
	facts *tenantFacts
}

// of returns the facts of a state; nil: they are not kept.
func (c *factsCache) of(state storeState) *tenantFacts {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.facts != nil && c.facts.state == state {
		return c.facts
	}
	return nil
}

func (c *factsCache) keep(f *tenantFacts) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.facts = f
}

// tenantFacts returns what the store says of every tenant now. Before findings
// were derived nothing is kept: a store that was lost and brought back stands
// where it stood, and has other lists.
func (a *App) tenantFacts(ctx context.Context) (f *tenantFacts, err error) {
	err = fileError(a.store.Read(ctx, func(tx *db.Tx) error {
		state, err := stateIn(ctx, tx)
		if err != nil {
			return err
		}
		if f = a.know.facts.of(state); f != nil {
			return nil
		}
		if f, err = readFacts(ctx, tx.Queries, a.cfg.Now()); err != nil {
			return err
		}
		if f.state = state; state.findings.Generation != "" {
			a.know.facts.keep(f)
		}
		return nil
	}))
	return f, err
}

// readFacts reads them. Of the clock it takes only which exceptions are over,
// and the state of the findings names those that are not.
func readFacts(ctx context.Context, q *storeq.Queries, now time.Time) (f *tenantFacts, err error) {
	f = &tenantFacts{}
	if f.imports, f.late, err = rosterImports(ctx, q); err != nil {
		return nil, err
	}
	if f.stale, err = settingDuration(ctx, q, settingStaleAfter, staleAfter); err != nil {
		return nil, err
	}
	closed, err := closedByTenant(ctx, q)
	if err != nil {
		return nil, err
	}
	rows, err := q.Tenants(ctx)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		t, err := readFact(ctx, q, row, closed[row.ID], now)
		if err != nil {
			return nil, err
		}
		f.tenants = append(f.tenants, t)
	}
	return f, nil
}

func readFact(ctx context.Context, q *storeq.Queries, row storeq.Tenant, closed map[reconcile.Kind]int, now time.Time) (f tenantFact, err error) {
	t := Tenant{
		ID: row.ID, Name: row.Name, Source: row.Source, BaseURL: row.BaseUrl, Preset: row.Preset, Auth: row.Auth,
		Writes: row.Writes != 0, WritesReason: row.WritesReason, Added: time.UnixMilli(row.Added).UTC(),
	}
	protected, err := q.Protected(ctx, row.ID)
	if err != nil {
		return f, err
	}
	t.Protected = len(protected)
	latest, err := latestAttempt(ctx, q, t.ID)
	if err != nil {
		return f, err
	}
	if err := addSnapshot(ctx, q, &t, latest); err != nil {
		return f, err
	}
	if err := addCounts(ctx, q, &t, closed); err != nil {
		return f, err
	}
	loose, err := unbound(ctx, q, t, protected)
	if err != nil {
		return f, err
	}
	adrift, err := adriftDoubt(ctx, q, t, now)
	t.Doubts = slices.Clip(slices.Concat(doubtsOf(t), loose, adrift))
	return tenantFact{row: row, latest: latest, view: t}, err
}

// view is a tenant as it stands now; roster is what rosterProblems says.
func (f *tenantFacts) view(t tenantFact, roster []Problem, now time.Time) (Tenant, error) {
	blocked, err := tenantProblems(t.row, t.latest, f.stale, now)
	v := t.view
	v.Blocked = append(append([]Problem{}, blocked...), roster...)
	return v, err
}
