package app

import (
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

	"github.com/go-json-experiment/json"
)

const (
	mostPlanned = 5000 // actions of one plan
	mostTicket  = 200  // bytes of a ticket
	leastPrefix = 12   // hex digits that name a plan
)

// plannable are the actions that a person may ask for; undo plans the others.
var plannable = []string{actionDeactivate, actionRemoveMember, actionDelete, actionClose}

// choosable are the kinds of findings of which all may be planned at once.
var choosable = []reconcile.Kind{reconcile.KindOrphaned, reconcile.KindLeaver, reconcile.KindEntitled}

// Choosable says whether all findings of a kind may be planned at once. Of a
// collision one account is the right one, and of a dispute nobody knows whose.
func Choosable(k reconcile.Kind) bool { return slices.Contains(choosable, k) }

// storedPlan is a plan as the record keeps it.
type storedPlan struct {
	Hash string
	Body planBody
	View planView
	Row  storeq.Plan

	Confirmed map[string]int // of this run, see checkRun
	Ground    *int64         // of this run: the writer's moves up to which all it stands on was checked
}

// Plan fixes what is to be done, stores it and records plan.created. The same
// wish on the same state gives the same hash and nothing new. A dry run stores
// and records nothing. A refusal is an *Error of KindRefused with all reasons.
func (a *App) Plan(ctx context.Context, r PlanRequest) (Plan, error) {
	if err := r.check(); err != nil {
		return Plan{}, err
	}
	if r.DryRun {
		_, view, err := a.draftRequest(ctx, r)
		view.Plan.State = "dry run"
		return view.Plan, err
	}
	var hash string
	err := a.mutate(ctx, func(w *writer) error {
		body, view, err := a.draftRequest(ctx, r)
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
	case !slices.Contains(plannable, r.Action):
		return usage("The action %q is not known; there are: %s.", r.Action, strings.Join(plannable, ", "))
	case r.Group != "" && r.Action != actionRemoveMember:
		return usage("A group is named for %s only.", actionRemoveMember)
	case strings.TrimSpace(r.Ticket) == "":
		return usageAbout(FieldTicket, "A plan needs a ticket, so that the record says why.")
	case r.Kind == "" && len(r.Accounts) == 0:
		return usage("A plan needs a kind of finding or accounts.")
	case r.Kind != "" && !Choosable(r.Kind):
		return usage("Findings of kind %q are never chosen as a whole; name the accounts.", r.Kind)
	case r.Kind == reconcile.KindEntitled && r.Action != actionRemoveMember:
		return usage("Inactive accounts are planned as a whole only to take them out of groups; ask for %s.", actionRemoveMember)
	case r.Kind != "" && r.Action == actionDelete:
		return usage("Accounts are deleted one by one; name them.")
	}
	_, err := ticketGiven(r.Ticket)
	return err
}

func (w *writer) keepPlan(ctx context.Context, body planBody, view planView) error {
	hash, raw, err := body.hash()
	if err != nil {
		return err
	}
	if old, err := w.a.loadPlan(ctx, hash); err == nil && old.Row.Dropped == nil {
		return nil
	} else if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	view.Plan.Warnings = slices.DeleteFunc(slices.Clone(view.Plan.Warnings), passing)
	shown, err := json.Marshal(view)
	if err != nil {
		return err
	}
	tenants, accounts := leftOut(view.Plan.NotCovered)
	_, err = w.record(ctx, audit.Draft{
		Type: typePlanCreated, Tenant: body.tenant(), Ticket: body.Ticket,
		Data: planCreated{Hash: hash, Actions: len(body.Actions), Plan: audit.Bytes(raw), View: audit.Bytes(shown), NotCovered: tenants + accounts},
	})
	return err
}

// Plans lists what was planned, newest first.
func (a *App) Plans(ctx context.Context) ([]Plan, error) {
	hashes, err := a.planHashes(ctx)
	if err != nil {
		return nil, err
	}
	plans := make([]Plan, 0, len(hashes))
	for _, h := range hashes {
		p, _, err := a.planNamed(ctx, h)
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
	p, body, err := a.planNamed(ctx, hashOrPrefix)
	if err == nil && !p.Started.IsZero() {
		p.RanBy, err = a.ranBy(ctx, p.Hash)
	}
	if err == nil {
		err = a.present(ctx, &p, body)
	}
	return p, err
}

// planNamed is a plan without what holds of it only now.
func (a *App) planNamed(ctx context.Context, hashOrPrefix string) (Plan, planBody, error) {
	s, err := a.findPlan(ctx, hashOrPrefix)
	if err != nil {
		return Plan{}, planBody{}, err
	}
	p := s.View.Plan
	p.Hash, p.Created, p.State = s.Hash, time.UnixMilli(s.Row.Created).UTC(), planState(s.Row.Started, s.Row.Done, s.Row.Dropped)
	if p.State == "dropped" {
		p.Dropped = s.Row.DroppedWhy
	}
	if s.Row.Started != nil {
		p.Started = fromMillis(*s.Row.Started)
	}
	if s.Row.Done != nil {
		p.Ended = fromMillis(*s.Row.Done)
	}
	p.Warnings = slices.DeleteFunc(p.Warnings, passing)
	err = a.read(ctx, func(q *storeq.Queries) error {
		n, err := q.PlanCounts(ctx, p.Hash)
		if err != nil {
			return err
		}
		p.Failed, p.Steps, p.StepsMarked = int(n.Failed), int(n.Steps), int(n.Marked)
		return undoings(ctx, q, &p)
	})
	return p, s.Body, err
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
