package app

import (
	"cmp"
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
// does not count towards the ceiling and needs no complete list, except where
// lists since the run were lost with the store. Without a ticket it goes under
// that of the run.
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
			d.view.Plan.NotCovered = append(d.view.Plan.NotCovered, NotCovered{Tenant: want.Tenant, UserName: want.Account.UserName, Why: nothingToUndo(row)})
			continue
		}
		if (change{action: want.Action}).undoes() {
			d.view.Plan.NotCovered = append(d.view.Plan.NotCovered, NotCovered{Tenant: want.Tenant, UserName: want.Account.UserName, Why: "It gave access back; to take that away again, plan it."})
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
		if err := dt.undoAction(ctx, p, row); err != nil {
			return err
		}
	}
	return nil
}

// nothingToUndo words an action without a confirmed outcome. A tenant that did
// more than it was asked to is not asked again by a program.
func nothingToUndo(row storeq.Action) string {
	switch {
	case row.Outcome == outcomeFailed && row.IntentSeq != nil:
		return fmt.Sprintf("It failed: %s What the account and its groups were before is in entry %d of the record; put back by hand what is missing.", row.Why, *row.IntentSeq)
	case row.Outcome == outcomeUnknown:
		return "Whether it was carried out is unknown; read it back with rollcall settle first."
	}
	return "There is nothing to undo: " + OutcomeWords(row.Outcome) + "."
}

// undoStands is what the plan of an undo stands on; plans of before have it in
// words that were true on the day.
const (
	undoStands    = "Each account was read when this was planned."
	undoStoodOnce = "Each account was read just now."
)

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
	// The newest list is named so that a plan that grew too old to be run is
	// another one after a sync.
	list, err := d.a.snapshotOnShow(ctx, t.ID)
	if err != nil && !isNotFound(err) {
		return nil, err
	}
	d.body.Tenants = append(d.body.Tenants, planTenant{ID: t.ID, BaseURL: t.BaseURL, Snapshot: list.ID, Certificate: list.Digest})
	d.view.Plan.Freshness = append(d.view.Plan.Freshness, Freshness{Tenant: t.Name, Taken: d.a.cfg.Now().UTC(), Certificate: undoStands})
	return &draftTenant{drafting: d, tenant: t, client: client}, nil
}

// undoAction compares the before-image with what the tenant shows now.
func (d *draftTenant) undoAction(ctx context.Context, p storedPlan, row storeq.Action) error {
	want := p.View.Plan.Actions[row.N-1]
	if want.Action == actionDelete {
		d.leave(want.Account.UserName, "A deleted account cannot be given back from here; the record has what it looked like.")
		return nil
	}
	before, err := d.a.beforeImage(ctx, *row.IntentSeq)
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
		return &Error{Kind: KindFailed, Text: quoted(want.Account.UserName) + " could not be read: " + sentence(err), Do: "Try again; nothing was changed.", Err: err}
	}
	same, err := d.a.sameAsActedOn(ctx, *row.IntentSeq, row.OutcomeSeq, now)
	if err != nil {
		return err
	}
	if !same {
		d.leave(want.Account.UserName, "Left alone. Under its id is "+quoted(now.UserName)+" now, and neither userName nor externalId nor e-mails show that it is the same account; it may be somebody else's.")
		return nil
	}
	later, err := d.a.since(ctx, row)
	if err != nil {
		return err
	}
	if later.blind {
		return refused1("What the lists of "+d.tenant.Name+" showed since the run was lost with the store, so that nobody can tell what was given back and taken again.",
			"Sync it, then plan the undo anew. If its list cannot be complete, give back in the tenant itself what is missing.")
	}
	b := giving{draftTenant: d, want: want, intent: *row.IntentSeq, before: before, now: now, later: later, snapshot: p.Body.snapshotOf(row.TenantID)}
	return b.plan(ctx)
}

// giving is the way back from one action on one account.
type giving struct {
	*draftTenant
	want        PlanAction
	intent      int64 // entry of its intent
	before, now accountState
	later       afterwards
	snapshot    string   // that the action stood on
	alone       []string // names of groups that are left alone
}

// plan adds what the action itself took and is missing now. Whatever anybody
// changed after it is left alone, and said.
func (g *giving) plan(ctx context.Context) error {
	acc := planAccount{FindingAccount: g.want.Account, MembershipsKnown: true}
	acc.Active = g.now.Active
	g.left(g.want, g.before, g.now)
	if g.want.MembershipsUnknown && len(g.before.Memberships) == 0 {
		g.leave(g.now.UserName, "In which groups it was, the tenant did not show, so none that it lost is given back.")
	}
	first := len(g.view.Plan.Actions)
	if g.want.Action == actionDeactivate {
		if why := g.later.active.why("active", "deactivated it"); why != "" && g.now.Active != string(reconcile.ActiveTrue) {
			g.leave(g.now.UserName, "Left alone. "+why)
			return nil
		}
		if g.now.Active == string(reconcile.ActiveTrue) {
			g.leave(g.now.UserName, "It is active already.")
		} else if err := g.giveBack(ctx, acc, change{action: actionReactivate, account: g.now.ID}, ""); err != nil {
			return err
		}
	}
	for _, m := range g.before.Memberships {
		if g.want.Action == actionRemoveMember && m.ID != g.want.GroupID || containsGroup(g.now.Memberships, m.ID) {
			continue
		}
		if m.Indirect && g.want.Action != actionRemoveMember {
			g.leaveGroup(m, "It was in "+quoted(cmp.Or(m.Name, m.ID))+" by way of another group, and is again once it is back in that; it is not added itself.")
			continue
		}
		if err := g.addBack(ctx, acc, m); err != nil {
			return err
		}
	}
	if len(g.alone) > 0 && len(g.view.Plan.Actions) > first {
		g.view.Plan.Actions[first].Reason += " Left alone: " + strings.Join(g.alone, ", ") + "."
	}
	return nil
}

// addBack plans one membership, if the action took it and the group is still
// there and the same.
func (g *giving) addBack(ctx context.Context, acc planAccount, m membership) error {
	if why := g.later.notOurs(g.want.Action, m); why != "" {
		g.leaveGroup(m, "Left alone. "+why)
		return nil
	}
	group, err := surely(ctx, g.client, m.ID, g.client.Group)
	switch {
	case isGone(err):
		g.leaveGroup(m, "Its group "+quoted(m.Name)+" is gone.")
		return nil
	case err != nil:
		return &Error{Kind: KindFailed, Text: "The group " + quoted(m.Name) + " could not be read: " + sentence(err), Do: "Try again; nothing was changed.", Err: err}
	}
	was, err := g.a.groupNamed(ctx, g.snapshot, m.ID)
	if err != nil {
		return err
	}
	if was.mayBeAnother(group) {
		g.leaveGroup(m, "Left alone. Its group "+quoted(was.Name)+" is called "+quoted(group.DisplayName)+" now, or has another externalId; add it by hand if it belongs there.")
		return nil
	}
	g.now.Group = groupStateOf(group)
	if err := g.giveBack(ctx, acc, change{action: actionAddMember, account: acc.ID, group: m.ID}, cmp.Or(group.DisplayName, m.Name)); err != nil || was.Name != "" {
		return err
	}
	g.underItsID(m.Name, group.DisplayName)
	return nil
}

// underItsID says of the membership planned last that its group may have been
// renamed: the list that the action stood on is lost, and with it the group's name.
func (g *giving) underItsID(was, name string) {
	if was == name {
		return
	}
	says := "was renamed"
	if was == "" {
		says = "may have been renamed"
	}
	act := &g.view.Plan.Actions[len(g.view.Plan.Actions)-1]
	act.Reason += fmt.Sprintf(" Its group %s since the run, and is joined under its id: %s is called %s now.", says, quoted(cmp.Or(was, act.GroupID)), quoted(name))
	g.warn("Look at the reasons: a group " + says + " since the run, and is joined under its id.")
}

// giveBack adds one action and names what it takes back.
func (g *giving) giveBack(ctx context.Context, acc planAccount, c change, groupName string) error {
	if err := g.add(ctx, acc, g.now, c, groupName); err != nil {
		return err
	}
	last := len(g.body.Actions) - 1
	g.body.Actions[last].Undoes = g.intent
	if why := g.later.unsure; why != "" {
		g.view.Plan.Actions[last].Reason = "Gives back what an earlier run may have taken. " + why
		g.warn("Look at the reasons: not all that is given back is surely ours. " + why)
	}
	return nil
}

func (g *giving) leaveGroup(m membership, why string) {
	g.alone = append(g.alone, quoted(cmp.Or(m.Name, m.ID)))
	g.leave(g.now.UserName, why)
}

// groupNamed is what a group was in the list of a snapshot; empty where that is
// not known.
func (a *App) groupNamed(ctx context.Context, snapshot, group string) (groupState, error) {
	var row *storeq.GroupNamedRow
	err := a.read(ctx, func(q *storeq.Queries) (err error) {
		row, err = maybe(q.GroupNamed(ctx, storeq.GroupNamedParams{Grp: group, Snapshot: snapshot}))
		return err
	})
	if err != nil || row == nil {
		return groupState{}, err
	}
	return groupState{row.DisplayName, row.ExternalID}, nil
}

func containsGroup(list []membership, id string) bool {
	return slices.ContainsFunc(list, func(m membership) bool { return m.ID == id })
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
	var d actionIntent
	if err := a.entryAt(ctx, seq, func(s audit.Stored) error { return s.Decode(&d) }); err != nil {
		return accountState{}, err
	}
	return d.image(seq)
}

// image is the account as the intent with that number recorded it; the error is
// of KindRefused where that was erased.
func (d actionIntent) image(seq int64) (accountState, error) {
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
	s = s.sorted()
	for i, m := range s.Memberships {
		direct, _ := namesGroup(user, m.ID)
		s.Memberships[i].Indirect = !direct && slices.ContainsFunc(user.Groups, func(g scim.Membership) bool { return g.ID == m.ID })
	}
	return s, nil
}
