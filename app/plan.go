package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/app/reconcile"
	"rollcall/audit"
	"rollcall/db/storeq"
	"rollcall/scim"

	"github.com/go-json-experiment/json"
)

const (
	actionDeactivate = "deactivate"
	mostPlanned      = 5000 // actions of one plan
	leastPrefix      = 12   // hex digits that name a plan
)

// storedPlan is a plan as the record keeps it.
type storedPlan struct {
	Hash string
	Body planBody
	View planView
	Row  storeq.Plan
}

// Plan fixes what is to be done, stores it and records plan.created. The same
// wish on the same state gives the same hash and nothing new. A dry run stores
// and records nothing. A refusal is an *Error of KindRefused with all reasons.
func (a *App) Plan(ctx context.Context, r PlanRequest) (Plan, error) {
	if err := r.check(); err != nil {
		return Plan{}, err
	}
	if r.DryRun {
		_, view, err := a.draftPlan(ctx, r)
		view.Plan.State = "dry run"
		return view.Plan, err
	}
	var hash string
	err := a.mutate(ctx, func(w *writer) error {
		body, view, err := a.draftPlan(ctx, r)
		if err != nil {
			return err
		}
		hash = view.Plan.Hash
		return w.keepPlan(ctx, body, view)
	})
	if err != nil {
		return Plan{}, err
	}
	return a.PlanByHash(ctx, hash)
}

func (r PlanRequest) check() error {
	switch {
	case r.Tenant == "":
		return usage("A plan needs a tenant.")
	case r.Action != actionDeactivate:
		return usage("The action %q is not known; use deactivate.", r.Action)
	case strings.TrimSpace(r.Ticket) == "":
		return usage("A plan needs a ticket, so that the record says why.")
	case len(r.Ticket) > 200:
		return usage("The ticket is longer than 200 characters.")
	case r.Kind == "" && len(r.Accounts) == 0:
		return usage("A plan needs a kind of finding or accounts.")
	case r.Kind != "" && r.Kind != reconcile.KindOrphaned && r.Kind != reconcile.KindLeaver:
		return usage("Findings of kind %q are never chosen as a whole; name the accounts.", r.Kind)
	}
	return nil
}

func (w *writer) keepPlan(ctx context.Context, body planBody, view planView) error {
	hash, raw, err := body.hash()
	if err != nil {
		return err
	}
	if _, err := w.a.loadPlan(ctx, hash); err == nil {
		return nil
	} else if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	shown, err := json.Marshal(view)
	if err != nil {
		return err
	}
	_, err = w.record(ctx, audit.Draft{
		Type: typePlanCreated, Tenant: body.Tenants[0].ID, Ticket: body.Ticket,
		Data: planCreated{Hash: hash, Actions: len(body.Actions), Plan: audit.Bytes(raw), View: audit.Bytes(shown)},
	})
	return err
}

// drafting collects a plan for one tenant.
type drafting struct {
	a        *App
	r        PlanRequest
	tenant   Tenant
	client   *scim.Client
	snapshot snapshotInfo
	findings map[string]Finding // by account id
	orphans  []Problem          // why orphans cannot be planned
	pepper   []byte
	body     planBody
	view     planView
}

func (a *App) draftPlan(ctx context.Context, r PlanRequest) (planBody, planView, error) {
	d, err := a.newDrafting(ctx, r)
	if err != nil {
		return planBody{}, planView{}, err
	}
	ids, err := d.chosen(ctx)
	if err != nil {
		return planBody{}, planView{}, err
	}
	for _, id := range ids {
		if err := d.add(ctx, id); err != nil {
			return planBody{}, planView{}, err
		}
	}
	return d.finish(ctx)
}

func (a *App) newDrafting(ctx context.Context, r PlanRequest) (*drafting, error) {
	t, err := a.Tenant(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	if err := refusedFor("Nothing can be planned in "+t.Name+".", t.Blocked); err != nil {
		return nil, err
	}
	d := &drafting{a: a, r: r, tenant: t, findings: map[string]Finding{}}
	if d.client, err = a.shapes(t); err != nil {
		return nil, err
	}
	if d.snapshot, err = a.snapshotOnShow(ctx, t.ID); err != nil {
		return nil, err
	}
	if d.orphans, err = a.orphanProblems(ctx, t.ID); err != nil {
		return nil, err
	}
	pepper := a.rec.Pepper()
	d.pepper = pepper[:]
	page, err := a.Findings(ctx, FindingFilter{Tenant: t.ID, Limit: -1})
	if err != nil {
		return nil, err
	}
	for _, f := range page.Findings {
		if old, ok := d.findings[f.Account.ID]; !ok || old.Kind != reconcile.KindLeaver {
			d.findings[f.Account.ID] = f
		}
	}
	return d, d.head(ctx)
}

// head fills what the plan stands on.
func (d *drafting) head(ctx context.Context) error {
	logID, err := d.a.rec.LogID(ctx)
	if err != nil {
		return fileError(err)
	}
	roster, err := d.a.Roster(ctx)
	if err != nil {
		return err
	}
	d.body = planBody{
		V: 1, Log: logID, Rules: reconcile.Version, Ticket: strings.TrimSpace(d.r.Ticket),
		Tenants: []planTenant{{ID: d.tenant.ID, BaseURL: d.tenant.BaseURL, Snapshot: d.snapshot.ID, Certificate: d.snapshot.Digest}},
	}
	if roster != nil {
		d.body.Roster = planRoster{Source: roster.Source, Revision: roster.Revision}
	}
	d.view.Plan = Plan{
		Ticket: d.body.Ticket, State: "planned", NotCovered: []NotCovered{}, Warnings: []string{}, Actions: []PlanAction{},
		Freshness: []Freshness{{Tenant: d.tenant.Name, SnapshotID: d.snapshot.ID, Taken: d.snapshot.Taken, Certificate: d.snapshot.Sentence}},
	}
	return nil
}

// chosen returns the ids of the accounts that the request names, sorted by
// user name so that the same wish gives the same plan.
func (d *drafting) chosen(ctx context.Context) ([]string, error) {
	names := map[string]string{}
	if d.r.Kind != "" {
		if err := d.orphansAllowed(d.r.Kind); err != nil {
			return nil, err
		}
		page, err := d.a.Findings(ctx, FindingFilter{Tenant: d.tenant.ID, Kind: d.r.Kind, Limit: -1})
		if err != nil {
			return nil, err
		}
		for _, f := range page.Findings {
			names[f.Account.ID] = f.Account.UserName
		}
	}
	for _, given := range d.r.Accounts {
		acc, err := d.a.findAccount(ctx, d.tenant.ID, given)
		if err != nil {
			return nil, err
		}
		if err := d.nameable(ctx, acc); err != nil {
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

func (d *drafting) orphansAllowed(k reconcile.Kind) error {
	if k != reconcile.KindOrphaned {
		return nil
	}
	return refusedFor("No orphaned account can be planned in "+d.tenant.Name+".", d.orphans)
}

// nameable refuses an account that a person named and that must not be in a plan.
func (d *drafting) nameable(ctx context.Context, acc FindingAccount) error {
	if f, ok := d.findings[acc.ID]; ok {
		if err := d.orphansAllowed(f.Kind); err != nil {
			return err
		}
	}
	why, err := d.a.leftOut(ctx, d.tenant.ID, acc, d.snapshot.Taken)
	if err != nil || why == "" {
		return err
	}
	return refused1(acc.UserName+" in "+d.tenant.Name+" cannot be planned: "+why, "")
}

// leftOut says why an account cannot be in a plan, or "".
func (a *App) leftOut(ctx context.Context, tenantID string, acc FindingAccount, taken time.Time) (string, error) {
	protected, err := a.protectedBecause(ctx, tenantID, acc.ID, acc.UserName)
	switch {
	case err != nil:
		return "", err
	case protected != "":
		return "It is protected (" + protected + ").", nil
	case acc.Active == string(reconcile.ActiveFalse):
		return "It is inactive already.", nil
	}
	acted, err := a.actedSince(ctx, tenantID, acc.ID, taken)
	if acted {
		return "An action on it was recorded after the list was read; sync the tenant first.", err
	}
	return "", err
}

// add puts one account into the plan, or among what is not covered.
func (d *drafting) add(ctx context.Context, id string) error {
	acc, err := d.a.accountForPlan(ctx, d.tenant.ID, id)
	if err != nil {
		return err
	}
	why, err := d.a.leftOut(ctx, d.tenant.ID, acc.FindingAccount, d.snapshot.Taken)
	if err != nil {
		return err
	}
	if why != "" {
		d.view.Plan.NotCovered = append(d.view.Plan.NotCovered, NotCovered{Tenant: d.tenant.Name, UserName: acc.UserName, Why: why})
		return nil
	}
	state := stateOfPlanned(acc)
	before, err := state.digest(d.pepper)
	if err != nil {
		return err
	}
	requests, calls, err := d.requests(acc.ID)
	if err != nil {
		return err
	}
	f := d.findings[acc.ID]
	d.body.Actions = append(d.body.Actions, planBodyAction{
		Tenant: d.tenant.ID, Account: acc.ID, Action: actionDeactivate, Finding: string(f.Kind), Requests: requests, Before: before,
	})
	d.view.Before = append(d.view.Before, state)
	d.view.Plan.Actions = append(d.view.Plan.Actions, PlanAction{
		N: len(d.body.Actions), TenantID: d.tenant.ID, Tenant: d.tenant.Name, Account: acc.FindingAccount, Action: actionDeactivate,
		Finding: f.Kind, Reason: d.reason(f, acc), Calls: calls, Memberships: groupNames(state), Undo: undoWords(acc),
	})
	return nil
}

func (d *drafting) reason(f Finding, acc planAccount) string {
	switch f.Kind {
	case "":
		d.view.Plan.Warnings = append(d.view.Plan.Warnings, acc.UserName+" has no finding: it matches a person who has not left. It is in the plan because it was named.")
		return "Named by a person; no finding speaks against this account."
	case reconcile.KindDisputed, reconcile.KindCollision:
		d.view.Plan.Warnings = append(d.view.Plan.Warnings, acc.UserName+" is "+string(f.Kind)+"; make sure that it is the right account.")
	}
	return f.Reason
}

// requests are the forms that the plan allows for one account, in order.
func (d *drafting) requests(id string) ([]planRequest, []Call, error) {
	var requests []planRequest
	var calls []Call
	for _, form := range []scim.Form{scim.PatchPath, scim.PatchObject} {
		w, err := d.client.SetActive(id, false, form, nil)
		if err != nil {
			return nil, nil, fmt.Errorf("prepare the call for %q: %w", id, err)
		}
		words := "set active to false"
		if len(calls) > 0 {
			words = "the same without a path, only after 400, 405 or 501 and no effect"
		}
		requests = append(requests, planRequest{Form: string(form), Method: w.Method, Path: w.Path, Body: string(w.Body)})
		calls = append(calls, Call{Method: w.Method, Path: w.Path, Body: w.Body, Words: words})
	}
	return requests, calls, nil
}

func groupNames(s accountState) []string {
	names := make([]string, 0, len(s.Memberships))
	for _, m := range s.Memberships {
		names = append(names, cmp.Or(m.Name, m.ID))
	}
	return names
}

func undoWords(acc planAccount) string {
	switch n := len(acc.Memberships); {
	case !acc.MembershipsKnown:
		return "active can be set to true again where the tenant allows it; its groups are not fully known"
	case n == 0:
		return "active can be set to true again where the tenant allows it; it is in no group"
	case n == 1:
		return "active can be set to true again where the tenant allows it; its group is kept in the record"
	default:
		return fmt.Sprintf("active can be set to true again where the tenant allows it; its %d groups are kept in the record", n)
	}
}

func (d *drafting) finish(ctx context.Context) (planBody, planView, error) {
	p := &d.view.Plan
	if len(p.Actions) == 0 {
		do := "See what rollcall findings --tenant shows."
		if len(p.NotCovered) > 0 {
			do = "Left out: " + p.NotCovered[0].UserName + ". " + p.NotCovered[0].Why
		}
		return planBody{}, planView{}, refused1("There is nothing to plan in "+d.tenant.Name+".", do)
	}
	ceiling, err := d.a.ceiling(ctx, d.tenant, d.body.Actions)
	if err != nil {
		return planBody{}, planView{}, err
	}
	p.Ceilings = []Ceiling{ceiling}
	if ceiling.Total > ceiling.Limit {
		p.Warnings = append(p.Warnings, fmt.Sprintf("This would touch %d accounts of %s within 24 hours; the ceiling is %d. It runs only with --confirm %d.", ceiling.Total, ceiling.Tenant, ceiling.Limit, ceiling.Total))
	}
	if !d.tenant.Writes {
		p.Warnings = append(p.Warnings, d.tenant.Name+" is read-only. Before the plan can run: rollcall tenant allow-writes, with a reason.")
	}
	p.Hash, _, err = d.body.hash()
	return d.body, d.view, err
}

// Plans lists what was planned, newest first.
func (a *App) Plans(ctx context.Context) ([]Plan, error) {
	hashes, err := a.planHashes(ctx)
	if err != nil {
		return nil, err
	}
	plans := make([]Plan, 0, len(hashes))
	for _, h := range hashes {
		p, err := a.PlanByHash(ctx, h)
		if err != nil {
			return nil, err
		}
		plans = append(plans, p)
	}
	return plans, nil
}

// PlanByHash returns the plan with this hash, or with this unique prefix of it
// of at least 12 digits.
func (a *App) PlanByHash(ctx context.Context, hashOrPrefix string) (Plan, error) {
	s, err := a.findPlan(ctx, hashOrPrefix)
	if err != nil {
		return Plan{}, err
	}
	p := s.View.Plan
	p.Hash, p.Created, p.State = s.Hash, time.UnixMilli(s.Row.Created).UTC(), "planned"
	switch {
	case s.Row.Done != nil:
		p.State = "done"
	case s.Row.Started != nil:
		p.State = "running"
	}
	return p, nil
}

func decodePlan(rawBody, rawView []byte) (body planBody, view planView, err error) {
	if err := json.Unmarshal(rawBody, &body); err != nil {
		return body, view, fmt.Errorf("plan: %w", err)
	}
	if err := json.Unmarshal(rawView, &view); err != nil {
		return body, view, fmt.Errorf("plan for a person: %w", err)
	}
	if len(view.Before) != len(body.Actions) || len(view.Plan.Actions) != len(body.Actions) {
		return body, view, errors.New("the plan's two forms do not fit together")
	}
	return body, view, nil
}

// findPlan checks that the stored bytes still have the hash that names them.
func (a *App) findPlan(ctx context.Context, prefix string) (storedPlan, error) {
	prefix = strings.ToLower(strings.TrimSpace(prefix))
	if len(prefix) < leastPrefix || len(prefix) > 64 || strings.Trim(prefix, "0123456789abcdef") != "" {
		return storedPlan{}, usage("A plan is named by its hash, or by at least %d digits of it.", leastPrefix)
	}
	hashes, err := a.planHashesFrom(ctx, prefix)
	switch {
	case err != nil:
		return storedPlan{}, err
	case len(hashes) == 0:
		return storedPlan{}, notFound("There is no plan "+prefix+" in this workspace.", "List them with rollcall plan list.")
	case len(hashes) > 1:
		return storedPlan{}, usage("More than one plan begins with %s; give more digits.", prefix)
	}
	s, err := a.loadPlan(ctx, hashes[0])
	if err != nil {
		return storedPlan{}, fmt.Errorf("plan %s: %w", prefix, err)
	}
	if sum := sha256.Sum256(s.Row.Body); hex.EncodeToString(sum[:]) != s.Hash {
		return storedPlan{}, refused1("The plan "+prefix+" is not what was hashed.", "Delete store.db and let it be rebuilt from the record, then plan again.")
	}
	return s, nil
}
