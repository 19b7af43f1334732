package app

import (
	"context"
	"maps"
	"slices"
	"strings"

	"rollcall/app/reconcile"
	"rollcall/db/storeq"
)

// Overview is the first page: every tenant, the roster, what was found, what
// waits for a person and what is running.
func (a *App) Overview(ctx context.Context) (Overview, error) {
	o := Overview{Now: a.cfg.Now().UTC(), ByKind: map[reconcile.Kind]int{}, ToDo: []ToDo{}, Busy: []Progress{}, Demo: a.cfg.Demo}
	var err error
	if o.Tenants, err = a.Tenants(ctx); err != nil {
		return o, err
	}
	if o.Roster, err = a.Roster(ctx); err != nil {
		return o, err
	}
	if o.Record, err = a.RecordState(ctx); err != nil {
		return o, err
	}
	if err := a.read(ctx, func(q *storeq.Queries) error { return o.count(ctx, q) }); err != nil {
		return o, err
	}
	return o, a.collectToDo(ctx, &o)
}

func (o *Overview) count(ctx context.Context, q *storeq.Queries) error {
	var err error
	if o.ByKind, err = countKinds(ctx, q, "", ""); err != nil {
		return err
	}
	people, err := q.CountLeaverPeople(ctx)
	if err != nil {
		return err
	}
	o.LeaverPeople = int(people)
	since, err := q.LongestLeaver(ctx)
	if err == nil && since > 0 {
		o.LongestLeaver = int(o.Now.Sub(fromMillis(since)).Hours() / 24)
	}
	return err
}

// collectToDo gathers why nothing can be planned: once for the roster, then
// for each tenant, and what went wrong or goes on in this process.
func (a *App) collectToDo(ctx context.Context, o *Overview) error {
	var roster []Problem
	err := a.read(ctx, func(q *storeq.Queries) (err error) {
		roster, err = a.rosterReadiness(ctx, q)
		return err
	})
	if err != nil {
		return err
	}
	for _, p := range roster {
		o.ToDo = append(o.ToDo, ToDo{Problem: p})
	}
	busy, failed := a.know.state()
	o.Busy = busy
	for _, t := range o.Tenants {
		if p, ok := failed[t.ID]; ok {
			o.ToDo = append(o.ToDo, ToDo{Problem: p, Tenant: t.Name})
		}
		own, err := a.ownToDo(ctx, t, roster)
		if err != nil {
			return err
		}
		for _, p := range own {
			o.ToDo = append(o.ToDo, ToDo{Problem: p, Tenant: t.Name})
		}
	}
	if o.Record.Stray {
		o.ToDo = append(o.ToDo, ToDo{Problem: strayStore})
	}
	if o.Record.Unkept != "" {
		o.ToDo = append(o.ToDo, ToDo{Problem: Problem{"checkpoint-not-kept", o.Record.Unkept, "Check that the secrets can be reached and that the disk has room."}})
	}
	if n := o.Record.Unsettled; n > 0 {
		o.ToDo = append(o.ToDo, ToDo{Problem: Problem{"unsettled", "The outcome of " + counted(n, "call") + " is unknown.", "Read the accounts back with rollcall settle."}})
	}
	return nil
}

// strayStore is what readers are told where the store is not this record's.
var strayStore = Problem{
	"stray-store", "The store belongs to another state of the record; the next change rebuilds it.",
	"If record.db was put back from a backup by mistake, put the newest one back before anything else; otherwise import the roster and sync again after the next change.",
}

// ownToDo is what blocks a tenant apart from the roster, what is wrong with
// its groups, and a match rate that speaks against the roster.
func (a *App) ownToDo(ctx context.Context, t Tenant, roster []Problem) ([]Problem, error) {
	own := slices.DeleteFunc(slices.Clone(t.Blocked), func(p Problem) bool { return slices.Contains(roster, p) })
	if t.Sync != nil && t.Sync.Sealed && !t.Sync.GroupsSealed && t.Source != SourceFile {
		own = append(own, t.Sync.Problems...)
	}
	own = append(own, t.Doubts...)
	if len(roster) > 0 || t.Accounts == 0 {
		return own, nil
	}
	rate, err := a.orphanProblems(ctx, t.ID)
	return append(own, rate...), err
}

// state returns copies: what runs, by start and tenant, and what failed.
func (k *knowing) state() ([]Progress, map[string]Problem) {
	k.mu.Lock()
	defer k.mu.Unlock()
	busy := slices.SortedFunc(maps.Values(k.busy), func(a, b Progress) int {
		if c := a.Started.Compare(b.Started); c != 0 {
			return c
		}
		return strings.Compare(a.Tenant, b.Tenant)
	})
	if busy == nil {
		busy = []Progress{}
	}
	return busy, maps.Clone(k.failed)
}
