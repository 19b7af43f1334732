package app

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"rollcall/app/reconcile"
	"rollcall/db/storeq"
)

// A link and an exception hold for an id in a tenant. Where a vendor gives its
// accounts new ones, or the tenant is removed and added anew, they are adrift: the
// list has an account that may be the one that somebody decided about, and about
// that nobody decided anything. Whether it is the same only a person can say, and
// until one did it is not closed with others.

// adrift is a decision in force about an account that is not on the list under that
// id, or was not in that tenant.
type adrift struct {
	what           string // "link" or "exception"
	tenantID       string // may be a removed one at the same address
	account        string // SCIM id
	userName       string // as it was then
	person         string // of a link: name and number
	source, number string
	kind           reconcile.Kind // of an exception
	acted          bool           // we did something to the account
	now            []string       // ids on the list that it may be, about which nobody decided anew
	gone           bool           // nothing on the list may be it
}

// mostLike is how many accounts may share a mark that tells one from others.
const mostLike = 20

// adriftIn are those decisions about accounts of a tenant. Without a list there
// are none.
func adriftIn(ctx context.Context, q *storeq.Queries, tenantID string, now time.Time) ([]adrift, error) {
	if s, err := onShow(ctx, q, tenantID); err != nil || s == nil {
		return nil, err
	}
	before, err := removedBefore(ctx, q, tenantID)
	if err != nil {
		return nil, err
	}
	ids := []string{tenantID}
	for _, t := range before {
		ids = append(ids, t.ID)
	}
	var out []adrift
	for _, kept := range ids {
		links, err := q.LinksAdrift(ctx, storeq.LinksAdriftParams{Kept: kept, Listed: tenantID})
		if err != nil {
			return nil, err
		}
		for _, r := range links {
			l := r.Link
			d := adrift{
				what: "link", tenantID: kept, account: l.Account, userName: l.UserName, acted: r.Acted != 0,
				person: l.Name + " (" + l.Number + ")", source: l.Source, number: l.Number,
			}
			if err := d.find(ctx, q, tenantID, l.ExternalID, l.Emails, l.Since, now); err != nil {
				return nil, err
			}
			out = append(out, d)
		}
		exceptions, err := q.ExceptionsAdrift(ctx, storeq.ExceptionsAdriftParams{Kept: kept, Listed: tenantID, Now: now.UnixMilli()})
		if err != nil {
			return nil, err
		}
		for _, r := range exceptions {
			e := r.Exception
			d := adrift{what: "exception", tenantID: kept, account: e.Account, userName: e.UserName, kind: reconcile.Kind(e.Kind), acted: r.Acted != 0}
			if err := d.find(ctx, q, tenantID, e.ExternalID, e.Emails, e.Since, now); err != nil {
				return nil, err
			}
			out = append(out, d)
		}
	}
	return out, nil
}

// removedBefore are the removed tenants that this one may be again.
func removedBefore(ctx context.Context, q *storeq.Queries, tenantID string) (out []storeq.Tenant, err error) {
	same, err := sameServer(ctx, q, tenantID)
	for _, id := range same {
		t, err := q.TenantByID(ctx, id)
		if err != nil {
			return nil, err
		}
		if id != tenantID && t.Removed != nil {
			out = append(out, t)
		}
	}
	return out, err
}

func (a *App) tenantsBefore(ctx context.Context, tenantID string) (out []storeq.Tenant, err error) {
	err = a.read(ctx, func(q *storeq.Queries) (err error) {
		out, err = removedBefore(ctx, q, tenantID)
		return err
	})
	return out, err
}

// decisionOfBefore is one of a removed tenant, and the tenant that is there now.
type decisionOfBefore[D any] struct {
	decision D
	tenant   storeq.Tenant
}

// ofBefore lists the decisions of the removed tenants that these may be again. It
// costs next to nothing where none was removed, for every page of findings asks.
func ofBefore[D any](ctx context.Context, a *App, tenants []storeq.Tenant, list func(context.Context, []storeq.Tenant) ([]D, error)) (out []decisionOfBefore[D], err error) {
	var ever []storeq.TenantNamesRow
	err = a.read(ctx, func(q *storeq.Queries) (err error) {
		ever, err = q.TenantNames(ctx)
		return err
	})
	if err != nil || len(ever) == len(tenants) {
		return nil, err
	}
	listed := map[string]bool{} // two tenants may be at the address of one that was removed
	for _, t := range tenants {
		before, err := a.tenantsBefore(ctx, t.ID)
		if err != nil {
			return nil, err
		}
		before = slices.DeleteFunc(before, func(b storeq.Tenant) bool { return listed[b.ID] })
		for _, b := range before {
			listed[b.ID] = true
		}
		decisions, err := list(ctx, before)
		if err != nil {
			return nil, err
		}
		for _, d := range decisions {
			out = append(out, decisionOfBefore[D]{d, t})
		}
	}
	return out, nil
}

// find looks for the accounts on the list that have most in common with what was
// decided about then: user name, number, e-mails, and in a tenant that was added
// anew the id.
func (d *adrift) find(ctx context.Context, q *storeq.Queries, tenantID, externalID, emails string, then int64, now time.Time) error {
	was := reconcile.Account{UserName: d.userName, ExternalID: externalID}
	var err error
	if emails != "" {
		if was.Emails, err = decodeList[string](emails); err != nil {
			return err
		}
	}
	shared := map[string]int{}
	if d.tenantID != tenantID {
		same, err := maybe(q.AccountNow(ctx, storeq.AccountNowParams{TenantID: tenantID, ScimID: d.account}))
		if err != nil {
			return err
		}
		if same != nil {
			shared[d.account]++
		}
	}
	for _, k := range reconcile.Keys(was) {
		ids, err := q.AccountsLike(ctx, storeq.AccountsLikeParams{Key: keyText(k), TenantID: tenantID, Then: then, Most: mostLike + 1})
		if err != nil {
			return err
		}
		if len(ids) > mostLike {
			continue
		}
		for _, id := range ids {
			shared[id]++
		}
	}
	d.gone = len(shared) == 0
	for _, id := range slices.Sorted(maps.Keys(shared)) {
		if shared[id] < slices.Max(slices.Collect(maps.Values(shared))) {
			continue
		}
		anew, err := d.anew(ctx, q, tenantID, id, now)
		if err != nil {
			return err
		}
		if !anew {
			d.now = append(d.now, id)
		}
	}
	return nil
}

// anew says whether something was decided about an account of the list: a link, or
// that it is left alone as what it was, or as an orphan.
func (d *adrift) anew(ctx context.Context, q *storeq.Queries, tenantID, id string, now time.Time) (bool, error) {
	l, err := maybe(q.LinkOf(ctx, storeq.LinkOfParams{TenantID: tenantID, Account: id}))
	if l != nil || err != nil {
		return l != nil, err
	}
	for _, kind := range []reconcile.Kind{d.kind, reconcile.KindOrphaned} {
		e, err := maybe(q.Exception(ctx, reconcile.FindingID(tenantID, id, kind)))
		if err != nil || e != nil && e.Ends > now.UnixMilli() {
			return e != nil, err
		}
	}
	return false, nil
}

// under says what it was decided about, seen from a tenant.
func (d *adrift) under(tenantID string) string {
	if d.tenantID != tenantID {
		return fmt.Sprintf("under the id %s, before the tenant was removed and added anew", quoted(d.account))
	}
	return fmt.Sprintf("under the id %s, which is not listed any more", quoted(d.account))
}

// adriftDoubt tells of them under To do. One whose account is gone after we closed
// or deleted it is as it should be, and so is one of a removed tenant.
func adriftDoubt(ctx context.Context, q *storeq.Queries, t Tenant, now time.Time) ([]Problem, error) {
	list, err := adriftIn(ctx, q, t.ID, now)
	var moved, gone []string
	for _, d := range list {
		name := fmt.Sprintf("the %s of %s", d.what, quoted(cmp.Or(d.userName, d.account)))
		switch {
		case len(d.now) > 0:
			moved = append(moved, name)
		case d.gone && d.tenantID == t.ID && !d.acted:
			gone = append(gone, name)
		}
	}
	var out []Problem
	if len(moved) > 0 {
		text := fmt.Sprintf("What was decided about accounts of %s holds no more, since they seem to be there under other ids, or the tenant was added anew: %s.", t.Name, someOf(moved))
		out = append(out, Problem{"decisions-adrift", text, "Look at each account as it is now, and decide about it anew with rollcall link or rollcall except, or end the old decision with --remove and its old id."})
	}
	if len(gone) > 0 {
		text := fmt.Sprintf("What was decided about accounts that the list of %s has no more decides nothing: %s.", t.Name, someOf(gone))
		out = append(out, Problem{"decisions-gone", text, "If such an account is there under another name, decide about that one with rollcall link or rollcall except. End the old decision with --remove and its old id."})
	}
	return out, err
}

// someOf lists the first few of names.
func someOf(names []string) string {
	const most = 5
	if more := len(names) - most; more > 0 {
		names = append(slices.Clone(names[:most]), fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

// adrift are the decisions in the tenant that hold for no account of its list.
func (d *draftTenant) adrift(ctx context.Context) (list []adrift, err error) {
	err = d.a.read(ctx, func(q *storeq.Queries) (err error) {
		list, err = adriftIn(ctx, q, d.tenant.ID, d.a.cfg.Now())
		return err
	})
	return list, err
}

// sparing tells of a finding of one tenant why it is not planned with others of
// its kind, or "": only whoever names such an account may plan it.
type sparing struct {
	tenantID string
	adrift   []adrift
	rosters  []storeq.RosterDatesRow
}

func (a *App) sparing(ctx context.Context, tenantID string) (sparing, error) {
	s := sparing{tenantID: tenantID}
	err := a.read(ctx, func(q *storeq.Queries) (err error) {
		if s.adrift, err = adriftIn(ctx, q, tenantID, a.cfg.Now()); err != nil {
			return err
		}
		s.rosters, err = q.RosterDates(ctx)
		return err
	})
	return s, err
}

func (s sparing) why(f Finding) string {
	for _, r := range s.adrift {
		if slices.Contains(r.now, f.Account.ID) {
			return fmt.Sprintf("A person decided about what seems to be this account %s (%s). Decide about it anew, or plan the account by its name.", r.under(s.tenantID), r.what)
		}
	}
	if f.Newer {
		return newerWhy(f, s.rosters)
	}
	return ""
}

// Spared says of each of these findings why it is not planned with others of its
// kind, by its id. Whoever names the account may plan it, as far as [App.Barred]
// lets them.
func (a *App) Spared(ctx context.Context, list []Finding) (map[string]string, error) {
	tenants, out := map[string]sparing{}, map[string]string{}
	for _, f := range list {
		s, seen := tenants[f.TenantID]
		if !seen {
			var err error
			if s, err = a.sparing(ctx, f.TenantID); err != nil {
				return nil, err
			}
			tenants[f.TenantID] = s
		}
		if why := s.why(f); why != "" {
			out[f.ID] = why
		}
	}
	return out, nil
}

// linkedElsewhere says of an account of the person who is offboarded that it may be
// one that somebody linked to another person, or "".
func (d *draftTenant) linkedElsewhere(list []adrift, accountID string) string {
	who := d.view.Plan.Offboards
	for _, r := range list {
		if r.what == "link" && slices.Contains(r.now, accountID) && (r.source != who.Source || r.number != who.Number) {
			return fmt.Sprintf("What seems to be this account was linked to %s %s. If it is this person's, link it to them.", r.person, r.under(d.tenant.ID))
		}
	}
	return ""
}

// leaveAdrift names accounts that only a link of before gives to the person who is
// offboarded; theirs are the others.
func (d *draftTenant) leaveAdrift(list []adrift, theirs []claim) {
	who := d.view.Plan.Offboards
	for _, r := range list {
		if r.what != "link" || r.source != who.Source || r.number != who.Number {
			continue
		}
		for _, id := range r.now {
			if !slices.ContainsFunc(theirs, func(c claim) bool { return c.row.ScimID == id }) {
				d.leave(r.userName, fmt.Sprintf("It was linked to them %s; the list has what seems to be the same account under %s. If that is theirs too, link it to them.", r.under(d.tenant.ID), quoted(id)))
			}
		}
	}
}
