package app

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"rollcall/app/reconcile"
	"rollcall/audit"
	"rollcall/db/storeq"

	"github.com/go-json-experiment/json"
)

// afterwards is what is known of an account since one of our actions on it: an
// undo gives back what the action took, and nothing that somebody took later.
type afterwards struct {
	kept   []membership        // the groups that it was still in right after a deactivation
	known  bool                // whether kept is known
	active sighting            // of the account active again
	in     map[string]sighting // by group id: of the account in it again
	listed bool                // a list showed the account at all
	blind  bool                // lists since then were lost with the store, and none is known again
	unsure string              // why it may not be ours to give back, in a sentence; "": nothing says so
}

// sighting is where an account was last seen to have back what our action took.
// If it lacks that now, somebody else took it; the zero value says nothing.
type sighting struct {
	by   string // a list or an entry, as the beginning of a sentence
	plan string // hash of the later plan of ours that took it again
}

// why says in a sentence that what was seen again is not ours to give back;
// back is how it was seen and taken what was done then, as in "active" and
// "deactivated it". "" where nothing was seen.
func (s sighting) why(back, taken string) string {
	switch {
	case s.plan != "":
		return fmt.Sprintf("Plan %s %s again; undo that one.", s.plan[:leastPrefix], taken)
	case s.by != "":
		return fmt.Sprintf("%s shows it %s after that, so somebody else %s since.", s.by, back, taken)
	}
	return ""
}

// since collects what was seen of an account after the action of row. A list
// that was begun while the call could still take effect does not count.
func (a *App) since(ctx context.Context, row storeq.Action) (afterwards, error) {
	w := afterwards{in: map[string]sighting{}}
	var first storeq.Intent
	var later []storeq.Intent
	err := a.read(ctx, func(q *storeq.Queries) (err error) {
		if first, err = q.IntentBySeq(ctx, *row.IntentSeq); err != nil {
			return err
		}
		if err = w.lists(ctx, q, first.TenantID, first.Account, first.At+doubt.Milliseconds()); err != nil {
			return err
		}
		lost, known, err := lostSince(ctx, q, first.TenantID, first.At+doubt.Milliseconds())
		if err != nil {
			return err
		}
		w.blind = lost > 0 && known.IsZero()
		if lost > 0 {
			w.unsure = "What lists showed since then was lost with the store; somebody else may have given it back and taken it again."
		}
		later, err = q.IntentsAfter(ctx, storeq.IntentsAfterParams{TenantID: first.TenantID, Account: first.Account, Seq: first.Seq})
		return err
	})
	if err != nil {
		return w, err
	}
	log, err := a.readLog(ctx)
	if err != nil {
		return w, err
	}
	if err := w.rightAfter(ctx, log, row, fromMillis(first.At)); err != nil {
		return w, err
	}
	for _, in := range later {
		if err := w.entry(ctx, log, in, row.Plan); err != nil {
			return w, err
		}
	}
	return w, nil
}

// lists adds what the lists begun since then (unix milliseconds) showed.
func (w *afterwards) lists(ctx context.Context, q *storeq.Queries, tenantID, account string, since int64) error {
	versions, err := q.AccountSeenSince(ctx, storeq.AccountSeenSinceParams{TenantID: tenantID, Account: account, Since: since})
	if err != nil {
		return err
	}
	w.listed = len(versions) > 0
	for _, v := range versions {
		if activeWord(v.Active) == reconcile.ActiveTrue {
			w.active = onList(v.Seen)
		}
		for _, m := range groupsOf(v.Body) {
			w.in[m.ID] = onList(v.Seen)
		}
	}
	groups, err := q.MembershipsSeenSince(ctx, storeq.MembershipsSeenSinceParams{TenantID: tenantID, Account: account, Since: since})
	for _, g := range groups {
		w.in[g.Grp] = onList(g.Seen)
	}
	return err
}

func onList(at int64) sighting { return sighting{by: "The list of " + stamp(fromMillis(at))} }

// rightAfter reads what the outcome saw. One that was settled long after the
// call cannot tell what the call took from what somebody took since.
func (w *afterwards) rightAfter(ctx context.Context, log *audit.Log, row storeq.Action, intent time.Time) error {
	var at time.Time
	var d actionOutcome
	err := log.Entries(ctx, *row.OutcomeSeq, *row.OutcomeSeq+1, func(s audit.Stored) error {
		at = s.Entry.Time
		return s.Decode(&d)
	})
	if err != nil {
		return fileError(err)
	}
	if d.Settled && d.Status != 0 { // see followed
		w.unsure = fmt.Sprintf("The tenant answered %d, and the effect showed only after the action had ended; it may be somebody else's.", d.Status)
	}
	if took := at.Sub(intent); d.Memberships.IsZero() || d.Memberships.Erased() || took < 0 || took > longestCall {
		return nil
	}
	if err := json.Unmarshal(d.Memberships.Bytes(), &w.kept); err != nil {
		return fmt.Errorf("memberships of entry %d: %w", *row.OutcomeSeq, err)
	}
	w.known = true
	return nil
}

// entry adds what a later intent saw before its call, and what that call did.
func (w *afterwards) entry(ctx context.Context, log *audit.Log, in storeq.Intent, plan string) error {
	var d actionIntent
	if err := log.Entries(ctx, in.Seq, in.Seq+1, func(s audit.Stored) error { return s.Decode(&d) }); err != nil {
		return fileError(err)
	}
	if d.Before.Erased() || d.Memberships.Erased() {
		return nil // it tells nothing any more
	}
	seen, err := d.image(in.Seq)
	if err != nil {
		return err
	}
	here := sighting{by: fmt.Sprintf("Entry %d of the record", in.Seq)}
	if seen.Active == string(reconcile.ActiveTrue) {
		w.active = here
	}
	for _, m := range seen.Memberships {
		w.in[m.ID] = here
	}
	if in.Outcome == nil || *in.Outcome != outcomeConfirmed {
		return nil
	}
	group, took := d.Group.Value(), sighting{plan: in.Plan}
	if in.Plan == plan {
		took = here
	}
	switch in.Action {
	case actionReactivate:
		w.active = here
	case actionDeactivate:
		w.active = took
	case actionAddMember:
		w.in[group] = here
	case actionRemoveMember:
		w.in[group] = took
	}
	return nil
}

// notOurs says why a membership that is missing now is not given back, or "":
// then the action took it.
func (w *afterwards) notOurs(action string, m membership) string {
	name := quoted(cmp.Or(m.Name, m.ID))
	if why := w.in[m.ID].why("in "+name, "took it out of "+name); why != "" {
		return why
	}
	switch {
	case action == actionRemoveMember:
		return ""
	case !w.known:
		return "It is not in " + name + " any more, and whether the deactivation took it out is not known; add it by hand if it belongs there."
	case containsGroup(w.kept, m.ID):
		return "It was still in " + name + " after the deactivation, so somebody else took it out since."
	}
	return ""
}

// returned says that a list showed, or may have shown, the account to have back,
// after the plan was made, what the plan is to give back, or "": if it lacks that
// now, somebody took it meanwhile.
func (a *App) returned(ctx context.Context, p storedPlan, act planBodyAction) (string, error) {
	w := afterwards{in: map[string]sighting{}}
	var lost int64
	err := a.read(ctx, func(q *storeq.Queries) (err error) {
		if lost, _, err = lostSince(ctx, q, act.Tenant, p.Row.Created); err != nil {
			return err
		}
		return w.lists(ctx, q, act.Tenant, act.Account, p.Row.Created)
	})
	seen := w.active
	if act.Action == actionAddMember {
		seen = w.in[act.Group]
	}
	switch {
	case err != nil:
		return "", err
	case seen.by == "" && lost > 0:
		return "What a list showed after the plan was made was lost with the store. Plan the undo again.", nil
	case seen.by == "":
		return "", nil
	}
	return seen.by + " showed that it was given back already, after the plan was made. Plan the undo again.", nil
}
