package app

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"rollcall/app/reconcile"
	"rollcall/audit"
	"rollcall/db/storeq"
	"rollcall/scim"

	"github.com/go-json-experiment/json"
)

// Undo plans the way back from a run, named by its hash, or from one action,
// named by the sequence number of its intent or outcome. It reads what the
// tenant shows now, also where its list does not show the account any more, and
// says what cannot be given back. Nothing is sent until the plan is run. Undo
// does not count towards the ceiling and needs no complete list. Without a
// ticket it goes under that of the run.
func (a *App) Undo(ctx context.Context, runOrEntry, ticket string, dryRun bool) (Plan, error) {
	p, only, err := a.whatToUndo(ctx, runOrEntry)
	if err != nil {
		return Plan{}, err
	}
	if strings.TrimSpace(ticket) == "" {
		ticket = p.Body.Ticket
	}
	d, err := a.newDrafting(ctx, ticket)
	if err != nil {
		return Plan{}, err
	}
	if err := d.undo(ctx, p, only); err != nil {
		return Plan{}, err
	}
	return a.keep(ctx, d, dryRun)
}

// keep stores and records a finished draft; a dry run only shows it.
func (a *App) keep(ctx context.Context, d *drafting, dryRun bool) (Plan, error) {
	body, view, err := d.finish(ctx)
	if err != nil {
		return Plan{}, err
	}
	if dryRun {
		view.Plan.State = "dry run"
		return view.Plan, nil
	}
	if err := a.mutate(ctx, func(w *writer) error { return w.keepPlan(ctx, body, view) }); err != nil {
		return Plan{}, err
	}
	return a.PlanByHash(ctx, view.Plan.Hash)
}

// whatToUndo finds the plan, and with an entry the one action (its index).
func (a *App) whatToUndo(ctx context.Context, runOrEntry string) (p storedPlan, only int, err error) {
	seq, isSeq := strconv.ParseInt(runOrEntry, 10, 64)
	if isSeq != nil || len(runOrEntry) >= leastPrefix {
		p, err = a.findPlan(ctx, runOrEntry)
		return p, -1, err
	}
	row, err := a.actionBySeq(ctx, seq)
	if err != nil {
		return p, 0, err
	}
	p, err = a.findPlan(ctx, row.Plan)
	return p, int(row.N) - 1, err
}

func (a *App) actionBySeq(ctx context.Context, seq int64) (storeq.Action, error) {
	var rows []storeq.Action
	err := a.read(ctx, func(q *storeq.Queries) (err error) {
		rows, err = q.ActionsBySeq(ctx, &seq)
		return err
	})
	if err == nil && len(rows) == 0 {
		err = notFound(fmt.Sprintf("Entry %d is not the last intent or the outcome of an action.", seq), "List them with rollcall record list --type action.outcome.")
	}
	if err != nil {
		return storeq.Action{}, err
	}
	return rows[0], nil
}

// undo adds what gives back the confirmed actions of p, last one first.
func (d *drafting) undo(ctx context.Context, p storedPlan, only int) error {
	rows, err := d.a.actionRows(ctx, p.Hash)
	if err != nil {
		return err
	}
	if only >= 0 {
		rows = rows[only : only+1]
	}
	tenants := map[string]*draftTenant{}
	for _, row := range slices.Backward(rows) {
		want := p.View.Plan.Actions[row.N-1]
		if row.Outcome != outcomeConfirmed && row.Outcome != outcomeGone {
			d.view.Plan.NotCovered = append(d.view.Plan.NotCovered, NotCovered{Tenant: want.Tenant, UserName: want.Account.UserName, Why: "There is nothing to undo: it was " + row.Outcome + "."})
			continue
		}
		if want.Action == actionClose {
			d.view.Plan.NotCovered = append(d.view.Plan.NotCovered, NotCovered{Tenant: want.Tenant, UserName: want.Account.UserName, Why: "It was closed by hand and has to be opened by hand; the record has what it looked like."})
			continue
		}
		dt, ok := tenants[row.TenantID]
		if !ok {
			if dt, err = d.undoIn(ctx, row.TenantID); err != nil {
				return err
			}
			tenants[row.TenantID] = dt
		}
		if err := dt.undoAction(ctx, want, *row.IntentSeq); err != nil {
			return err
		}
	}
	return nil
}

// undoIn opens the plan for a tenant without asking for a complete list.
func (d *drafting) undoIn(ctx context.Context, tenantID string) (*draftTenant, error) {
	t, err := d.a.Tenant(ctx, tenantID)
	if err != nil {
		return nil, err
	}
	client, err := d.a.client(ctx, tenantID)
	if err != nil {
		return nil, err
	}
	d.body.Tenants = append(d.body.Tenants, planTenant{ID: t.ID, BaseURL: t.BaseURL})
	d.view.Plan.Freshness = append(d.view.Plan.Freshness, Freshness{Tenant: t.Name, Taken: d.a.cfg.Now().UTC(), Certificate: "Each account was read just now."})
	return &draftTenant{drafting: d, tenant: t, client: client}, nil
}

// undoAction compares the before-image with what the tenant shows now.
func (d *draftTenant) undoAction(ctx context.Context, want PlanAction, intent int64) error {
	if want.Action == actionDelete {
		d.leave(want.Account.UserName, "A deleted account cannot be given back from here; the record has what it looked like.")
		return nil
	}
	before, err := d.a.beforeImage(ctx, intent)
	if err != nil {
		return err
	}
	before.ID = want.Account.ID
	_, now, err := readAccount(ctx, d.client, before)
	switch {
	case isGone(err):
		d.leave(want.Account.UserName, "The tenant no longer knows the account; the record has what it looked like.")
		return nil
	case err != nil:
		return &Error{Kind: KindFailed, Text: want.Account.UserName + " could not be read: " + sentence(err), Do: "Try again; nothing was changed.", Err: err}
	}
	return d.giveBack(ctx, want, before, now)
}

func (d *draftTenant) giveBack(ctx context.Context, want PlanAction, before, now accountState) error {
	acc := planAccount{FindingAccount: want.Account, MembershipsKnown: true}
	acc.Active = now.Active
	d.left(want, before, now)
	if want.Action == actionDeactivate {
		if now.Active == string(reconcile.ActiveTrue) {
			d.leave(now.UserName, "It is active already.")
		} else if err := d.add(acc, now, change{action: actionReactivate, account: now.ID}, ""); err != nil {
			return err
		}
	}
	for _, m := range before.Memberships {
		if want.Action == actionRemoveMember && m.ID != want.GroupID || slices.ContainsFunc(now.Memberships, func(x membership) bool { return x.ID == m.ID }) {
			continue
		}
		if err := d.addBack(ctx, acc, now, m); err != nil {
			return err
		}
	}
	return nil
}

// addBack plans one membership, if the group is still there.
func (d *draftTenant) addBack(ctx context.Context, acc planAccount, now accountState, m membership) error {
	_, err := d.client.Group(ctx, m.ID)
	switch {
	case isGone(err):
		d.leave(acc.UserName, "Its group "+quoted(m.Name)+" is gone.")
		return nil
	case err != nil:
		return &Error{Kind: KindFailed, Text: "The group " + quoted(m.Name) + " could not be read: " + sentence(err), Do: "Try again; nothing was changed.", Err: err}
	}
	return d.add(acc, now, change{action: actionAddMember, account: acc.ID, group: m.ID}, m.Name)
}

// left names what differs from before and is not given back.
func (d *draftTenant) left(want PlanAction, before, now accountState) {
	var other []string
	for _, part := range before.changes(now) {
		if !strings.HasPrefix(part, "active") && part != "memberships" {
			other = append(other, part)
		}
	}
	if len(other) > 0 {
		d.leave(want.Account.UserName, "The tenant changed its "+strings.Join(other, ", ")+"; that is not put back.")
	}
}

// beforeImage is the account as the intent recorded it.
func (a *App) beforeImage(ctx context.Context, seq int64) (accountState, error) {
	log, err := a.readLog(ctx)
	if err != nil {
		return accountState{}, err
	}
	var d actionIntent
	if err := log.Entries(ctx, seq, seq+1, func(s audit.Stored) error { return s.Decode(&d) }); err != nil {
		return accountState{}, fileError(err)
	}
	if d.Before.Erased() || d.Memberships.Erased() {
		return accountState{}, refused1("The before-image of this action was erased.", "It cannot be undone from here.")
	}
	user, err := scim.DecodeUser(d.Before.Bytes())
	if err != nil {
		return accountState{}, fmt.Errorf("before-image of entry %d: %w", seq, err)
	}
	s := stateOf(user)
	s.Memberships = nil
	if err := json.Unmarshal(d.Memberships.Bytes(), &s.Memberships); err != nil {
		return accountState{}, fmt.Errorf("memberships of entry %d: %w", seq, err)
	}
	return s.sorted(), nil
}
