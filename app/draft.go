package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/app/reconcile"
	"rollcall/db/storeq"
	"rollcall/scim"
)

// drafting collects a plan, tenant by tenant.
type drafting struct {
	a      *App
	body   planBody
	view   planView
	pepper []byte
}

func (a *App) newDrafting(ctx context.Context, ticket string) (*drafting, error) {
	logID, err := a.rec.LogID(ctx)
	if err != nil {
		return nil, fileError(err)
	}
	roster, err := a.Roster(ctx)
	if err != nil {
		return nil, err
	}
	pepper := a.rec.Pepper()
	d := &drafting{a: a, pepper: pepper[:]}
	d.body = planBody{V: 1, Log: logID, Rules: reconcile.Version, Ticket: strings.TrimSpace(ticket)}
	if roster != nil {
		d.body.Roster = planRoster{Source: roster.Source, Revision: roster.Revision}
	}
	d.view.Plan = Plan{
		Ticket: d.body.Ticket, State: "planned", NotCovered: []NotCovered{}, Warnings: []string{}, Actions: []PlanAction{},
		Ceilings: []Ceiling{}, Freshness: []Freshness{},
	}
	return d, nil
}

// draftTenant is the part of a plan that concerns one tenant.
type draftTenant struct {
	*drafting
	tenant   Tenant
	client   *scim.Client
	snapshot snapshotInfo
	hidden   bool               // the tenant shows nowhere who is in its groups
	findings map[string]Finding // by account id, of those that were looked at
}

// look finds what speaks against an account: that its person has left before
// anything else, and what is left alone last.
func (d *draftTenant) look(ctx context.Context, accountID string) error {
	if err := d.a.deriveFindings(ctx); err != nil {
		return err
	}
	return d.a.read(ctx, func(q *storeq.Queries) error {
		rows, err := q.FindingsOfAccount(ctx, storeq.FindingsOfAccountParams{TenantID: d.tenant.ID, ScimID: accountID})
		for _, r := range rows {
			f, err := shownFinding(ctx, q, r, nil)
			if err != nil {
				return err
			}
			if old, ok := d.findings[accountID]; !ok || old.Excepted != nil || old.Kind != reconcile.KindLeaver {
				d.findings[accountID] = f
			}
		}
		return err
	})
}

// in opens the plan for a tenant. It is a refusal where nothing can be planned
// there.
func (d *drafting) in(ctx context.Context, t Tenant) (*draftTenant, error) {
	if err := refusedFor("Nothing can be planned in "+t.Name+".", t.Blocked); err != nil {
		return nil, err
	}
	dt := &draftTenant{drafting: d, tenant: t, findings: map[string]Finding{}}
	var err error
	if t.Source != SourceFile {
		if dt.client, err = d.a.shapes(t); err != nil {
			return nil, err
		}
	}
	if dt.snapshot, err = d.a.snapshotOnShow(ctx, t.ID); err != nil {
		return nil, err
	}
	f := Freshness{Tenant: t.Name, SnapshotID: dt.snapshot.ID, Taken: dt.snapshot.Taken, Certificate: dt.snapshot.Sentence}
	members, err := d.a.memberSources(ctx, t)
	if err != nil {
		return nil, err
	}
	f.MembershipsAsListed, dt.hidden = !members.accounts, members == memberSources{}
	d.body.Tenants = append(d.body.Tenants, planTenant{ID: t.ID, BaseURL: t.BaseURL, Snapshot: dt.snapshot.ID, Certificate: dt.snapshot.Digest})
	d.view.Plan.Freshness = append(d.view.Plan.Freshness, f)
	return dt, nil
}

// draftRequest makes the plan that a person asked for in one tenant.
func (a *App) draftRequest(ctx context.Context, r PlanRequest) (planBody, planView, error) {
	d, err := a.newDrafting(ctx, r.Ticket)
	if err != nil {
		return planBody{}, planView{}, err
	}
	t, err := a.Tenant(ctx, r.Tenant)
	if err != nil {
		return planBody{}, planView{}, err
	}
	dt, err := d.in(ctx, t)
	if err != nil {
		return planBody{}, planView{}, err
	}
	if r.Action, err = verbIn(t, r.Action); err != nil {
		return planBody{}, planView{}, err
	}
	ids, err := dt.chosen(ctx, r)
	if err != nil {
		return planBody{}, planView{}, err
	}
	for _, id := range ids {
		if err := dt.addAccount(ctx, id, r.Action, r.Group); err != nil {
			return planBody{}, planView{}, err
		}
	}
	if err := dt.warnOfNamed(ctx); err != nil {
		return planBody{}, planView{}, err
	}
	return d.finish(ctx)
}

// verbIn is what an action comes to in a tenant: where there is no SCIM a
// person deactivates the account by hand, and nothing else can be asked for.
func verbIn(t Tenant, action string) (string, error) {
	switch byFile := t.Source == SourceFile; {
	case byFile && (action == actionDeactivate || action == actionClose):
		return actionClose, nil
	case byFile:
		return "", usage("%s has no SCIM; accounts there can be closed by hand only (%s).", t.Name, actionClose)
	case action == actionClose:
		return "", usage("%s is reached over SCIM; nothing is closed by hand there. Ask for %s.", t.Name, actionDeactivate)
	}
	return action, nil
}

// chosen returns the ids of the accounts that the request names, sorted by
// user name so that the same wish gives the same plan.
func (d *draftTenant) chosen(ctx context.Context, r PlanRequest) ([]string, error) {
	names := map[string]string{}
	if r.Kind != "" {
		if err := d.matchesAllowed(ctx, r.Kind); err != nil {
			return nil, err
		}
		page, err := d.a.Findings(ctx, FindingFilter{Tenant: d.tenant.ID, Kind: r.Kind, Limit: -1})
		if err != nil {
			return nil, err
		}
		spares, err := d.a.sparing(ctx, d.tenant.ID)
		if err != nil {
			return nil, err
		}
		for _, f := range page.Findings {
			if why := spares.why(f); why != "" {
				d.leave(f.Account.UserName, why)
				continue
			}
			names[f.Account.ID] = f.Account.UserName
		}
	}
	for _, given := range r.Accounts {
		acc, err := d.a.findAccount(ctx, d.tenant.ID, given)
		if err != nil {
			return nil, err
		}
		if err := d.nameable(ctx, acc, r.Action); err != nil {
			return nil, err
		}
		names[acc.ID] = acc.UserName
	}
	ids := make([]string, 0, len(names))
	for id := range names {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int { return cmp.Or(strings.Compare(names[a], names[b]), strings.Compare(a, b)) })
	if len(ids) > mostPlanned {
		return nil, refused1(fmt.Sprintf("A plan holds at most %d actions, and this one would have %d.", mostPlanned, len(ids)), "Plan in parts.")
	}
	return ids, nil
}

// matchesAllowed refuses what stands on too low a match rate.
func (d *draftTenant) matchesAllowed(ctx context.Context, k reconcile.Kind) error {
	problems, err := d.a.Unplannable(ctx, d.tenant.ID, k)
	if err != nil {
		return err
	}
	lead := "No orphaned account can be planned in "
	if len(d.tenant.matchesFew()) > 0 {
		lead = "No finding can be acted upon in "
	}
	return refusedFor(lead+d.tenant.Name+".", problems)
}

// nameable refuses an account that a person named and that must not be in a plan.
func (d *draftTenant) nameable(ctx context.Context, acc FindingAccount, action string) error {
	if err := d.look(ctx, acc.ID); err != nil {
		return err
	}
	if f, ok := d.findings[acc.ID]; ok {
		if err := d.matchesAllowed(ctx, f.Kind); err != nil {
			return err
		}
	}
	why, err := d.a.leftOut(ctx, d.tenant.ID, acc, d.snapshot.Taken, action)
	if err != nil || why == "" {
		return err
	}
	return refused1(quoted(acc.UserName)+" in "+d.tenant.Name+" cannot be planned: "+why, leftOutDo(why))
}

// leftOutDo is what to do about what leftOut says.
func leftOutDo(why string) string {
	for _, d := range [][2]string{
		{"It is protected", "Leave it alone, or lift the protection with rollcall protect remove, if that is meant."},
		{"It is inactive already", "Leave it out; there is nothing to do."},
		{"An action on it", "Sync the tenant, then plan again."},
		{"A step is open", "Do that step and mark it done, or wait for the next file."},
		{"It is not inactive", "Plan to deactivate it; it can be deleted 30 days after that."},
	} {
		if strings.HasPrefix(why, d[0]) {
			return d[1]
		}
	}
	return "Leave it as it is, or delete it in the tenant's own administration."
}

// leftOut says why an account cannot be in a plan that stands on a list of
// that time, or "".
func (a *App) leftOut(ctx context.Context, tenantID string, acc FindingAccount, taken time.Time, action string) (string, error) {
	protected, err := a.protectedBecause(ctx, tenantID, acc.ID, []string{acc.UserName}, acc.Emails)
	switch {
	case err != nil:
		return "", err
	case protected != "":
		return "It is protected (" + protected + ").", nil
	case (action == actionDeactivate || action == actionClose) && acc.Active == string(reconcile.ActiveFalse):
		return "It is inactive already.", nil
	}
	acted, err := a.actedSince(ctx, tenantID, acc.ID, taken)
	if err != nil {
		return "", err
	}
	if acted {
		return "An action on it was recorded after the list was read; sync the tenant first.", nil
	}
	if action == actionClose {
		return a.stepOpen(ctx, tenantID, acc.ID)
	}
	if action == actionDelete {
		return a.tooEarlyToDelete(ctx, tenantID, acc)
	}
	return "", nil
}

// addAccount puts one account into the plan, or among what is not covered.
func (d *draftTenant) addAccount(ctx context.Context, id, action, group string) error {
	acc, err := d.a.accountForPlan(ctx, d.tenant.ID, id)
	if err != nil {
		return err
	}
	if d.hidden && len(acc.Memberships) == 0 {
		acc.Hidden, acc.MembershipsKnown = true, false
	}
	why, err := d.a.leftOut(ctx, d.tenant.ID, acc.FindingAccount, d.snapshot.Taken, action)
	if err != nil {
		return err
	}
	if why != "" {
		d.leave(acc.UserName, why)
		return nil
	}
	if err := d.look(ctx, acc.ID); err != nil {
		return err
	}
	state := stateOfPlanned(acc)
	state.Older = !acc.MembershipsKnown
	if action == actionRemoveMember {
		return d.addRemovals(ctx, acc, state, group)
	}
	return d.add(ctx, acc, state, change{action: action, account: acc.ID}, "")
}

func (d *draftTenant) leave(userName, why string) {
	d.view.Plan.NotCovered = append(d.view.Plan.NotCovered, NotCovered{Tenant: d.tenant.Name, UserName: userName, Why: why})
}

// addRemovals takes the account out of one group, or out of all that the list
// shows.
func (d *draftTenant) addRemovals(ctx context.Context, acc planAccount, state accountState, group string) error {
	found := false
	for _, m := range acc.Memberships {
		if group != "" && group != m.ID && reconcile.Normalise(group) != reconcile.Normalise(m.Name) {
			continue
		}
		found = true
		var err error
		if state.Group, err = d.a.groupNamed(ctx, d.snapshot.ID, m.ID); err != nil {
			return err
		}
		if err := d.add(ctx, acc, state, change{action: actionRemoveMember, account: acc.ID, group: m.ID}, m.Name); err != nil {
			return err
		}
	}
	switch {
	case acc.Hidden:
		d.leave(acc.UserName, "The tenant shows nowhere who is in its groups; memberships cannot be changed.")
	case !acc.MembershipsKnown:
		d.leave(acc.UserName, "The list of groups is not complete; memberships cannot be changed.")
	case !found:
		d.leave(acc.UserName, "It is in no such group.")
	}
	return nil
}

// add appends one action with its exact calls.
func (d *draftTenant) add(ctx context.Context, acc planAccount, state accountState, c change, groupName string) error {
	if c.membership() && !acc.MembershipsKnown && !c.undoes() {
		return nil
	}
	before, err := state.digest(d.pepper)
	if err != nil {
		return err
	}
	requests, calls, byHand := []planRequest{}, []Call{}, ""
	if c.action == actionClose {
		byHand = byHandWords(d.tenant, acc.FindingAccount)
	} else if requests, calls, err = c.requests(d.client); err != nil {
		return err
	}
	after, err := d.a.lastAbout(ctx, d.tenant.ID, acc.ID)
	if err != nil {
		return err
	}
	f := d.findings[acc.ID]
	standsOn := string(f.Kind)
	if f.Excepted != nil {
		standsOn = "" // on the account's name: whoever excepts a finding takes away no plan made after that
	}
	d.body.Actions = append(d.body.Actions, planBodyAction{
		Tenant: d.tenant.ID, Account: acc.ID, Action: c.action, Group: c.group, Finding: standsOn, Requests: requests, Before: before,
		After: after,
	})
	d.view.Before = append(d.view.Before, state)
	d.view.Plan.Actions = append(d.view.Plan.Actions, PlanAction{
		N: len(d.body.Actions), TenantID: d.tenant.ID, Tenant: d.tenant.Name, Account: acc.FindingAccount, Action: c.action,
		GroupID: c.group, Group: groupName, Finding: f.Kind, Reason: d.reason(f, acc, c), Brief: briefly(f, c), Calls: calls, ByHand: byHand, Memberships: groupNames(state), Undo: undoWords(acc, c),
		MembershipsUnknown: acc.Hidden, MembershipsUnread: !acc.Hidden && !acc.MembershipsKnown && len(acc.Memberships) == 0,
	})
	return nil
}

// lastAbout is the entry of the last call, outcome, skip or step that was recorded
// about the account; 0 for none.
func (a *App) lastAbout(ctx context.Context, tenantID, account string) (seq int64, err error) {
	err = a.read(ctx, func(q *storeq.Queries) (err error) {
		seq, err = q.LastAbout(ctx, storeq.LastAboutParams{TenantID: tenantID, Account: account})
		return err
	})
	return seq, err
}

func (d *draftTenant) reason(f Finding, acc planAccount, c change) string {
	if c.undoes() {
		return "Gives back what an earlier run took."
	}
	if f.Excepted != nil {
		d.warnOfExcepted(acc.UserName, *f.Excepted)
	}
	if f.Kind == "" {
		return "Named by a person; no finding speaks against this account."
	}
	return f.Reason
}

// briefly is the reason in a few words; "" where the sentence is short itself.
func briefly(f Finding, c change) string {
	switch {
	case c.undoes():
		return ""
	case f.Kind == "":
		return "named by a person"
	}
	return f.Brief
}

func groupNames(s accountState) []string {
	names := make([]string, 0, len(s.Memberships))
	for _, m := range s.Memberships {
		names = append(names, cmp.Or(m.Name, m.ID))
	}
	return names
}

// undoWords says beforehand what an undo can give back.
func undoWords(acc planAccount, c change) string {
	switch c.action {
	case actionClose:
		return "none from here: what is closed by hand is opened by hand"
	case actionDelete:
		return "none from here: what was deleted has to be made anew"
	case actionRemoveMember:
		return "rollcall undo adds the member again"
	case actionReactivate, actionAddMember:
		return "plan the opposite"
	}
	const base = "rollcall undo sets active to true where the tenant allows it"
	switch n := len(acc.Memberships); {
	case acc.Hidden:
		return base + "; in which groups it is, the tenant does not show"
	case !acc.MembershipsKnown:
		return base + "; not all of its groups are known"
	case n == 0:
		return base + "; it is in no group"
	case n == 1:
		return base + ", and restores its group if that is lost"
	default:
		return fmt.Sprintf("%s, and restores its %d groups if they are lost", base, n)
	}
}

// finish names the plan and says what is in its way now.
func (d *drafting) finish(ctx context.Context) (planBody, planView, error) {
	p := &d.view.Plan
	if len(p.Actions) == 0 {
		do := "See what rollcall findings shows."
		if len(p.NotCovered) > 0 {
			do = strings.TrimSpace("Left out: " + p.NotCovered[0].Tenant + " " + p.NotCovered[0].UserName + ". " + p.NotCovered[0].Why)
		}
		return planBody{}, planView{}, refused1("There is nothing to plan.", do)
	}
	p.Warnings = append(p.Warnings, p.asListed()...)
	var err error
	if p.Hash, _, err = d.body.hash(); err != nil {
		return planBody{}, planView{}, err
	}
	return d.body, d.view, d.a.present(ctx, p, d.body)
}

// graceBeforeDelete lies between our own confirmed deactivation of an account
// and its deletion.
const graceBeforeDelete = 30 * 24 * time.Hour
