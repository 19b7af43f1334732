package app

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/app/reconcile"
	"rollcall/db/storeq"
)

// Finding returns one finding with the evidence behind it. The error is of kind
// not-found where there is none of that id, or not any more.
func (a *App) Finding(ctx context.Context, id string) (FindingDetail, error) {
	if err := a.deriveFindings(ctx); err != nil {
		return FindingDetail{}, err
	}
	roster, err := a.Roster(ctx)
	if err != nil {
		return FindingDetail{}, err
	}
	d := &detail{a: a, FindingDetail: FindingDetail{
		Tried: []Tried{}, Candidates: []FindingPerson{}, Elsewhere: []Elsewhere{}, Others: []FindingAccount{},
		Memberships: []string{}, Blocked: []Problem{}, Roster: roster,
	}}
	if err := a.read(ctx, func(q *storeq.Queries) error { return d.fill(ctx, q, id) }); err != nil {
		return FindingDetail{}, err
	}
	rate, err := a.Unplannable(ctx, d.TenantID, d.Kind)
	if err != nil {
		return FindingDetail{}, err
	}
	d.Blocked = append(d.Blocked, rate...)
	d.Action = actionDeactivate
	if d.Kind == reconcile.KindEntitled {
		d.Action = actionRemoveMember
	}
	why, err := a.leftOut(ctx, d.TenantID, d.Account, d.taken, d.Action)
	if why != "" {
		d.Blocked = append(d.Blocked, Problem{"left-out", why, ""})
	}
	return d.FindingDetail, err
}

// detail collects the evidence.
type detail struct {
	FindingDetail
	a      *App
	row    storeq.Account
	people map[int64]storeq.Person // candidates
	taken  time.Time               // of the snapshot on show
}

func (d *detail) fill(ctx context.Context, q *storeq.Queries, id string) error {
	r, err := q.FindingByID(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return notFound("There is no finding "+quoted(id)+" any more.", "It was settled, or the lists have changed; look at the findings again.")
	}
	if err != nil {
		return err
	}
	closed, err := closedFindings(ctx, q, r.TenantID)
	if err != nil {
		return err
	}
	if d.Finding, err = shownFinding(ctx, q, r, closed); err != nil {
		return err
	}
	one := []Finding{d.Finding}
	if err := markSteps(ctx, q, one); err != nil {
		return err
	}
	d.Finding = one[0]
	version, err := q.AccountVersion(ctx, r.Account)
	if err != nil {
		return err
	}
	d.row = version.Account
	for _, step := range []func(context.Context, *storeq.Queries) error{d.tried, d.candidates, d.elsewhere, d.account, d.state} {
		if err := step(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// tried looks every rule up anew, in rank order.
func (d *detail) tried(ctx context.Context, q *storeq.Queries) error {
	keys, err := decodeKeys(d.row.Keys)
	if err != nil {
		return err
	}
	d.people = map[int64]storeq.Person{}
	decided, former, rule, err := d.linked(ctx, q)
	if err != nil {
		return err
	}
	for _, rule := range []reconcile.Rule{reconcile.RuleExternalID, reconcile.RuleEmail, reconcile.RuleUserName} {
		t := Tried{Rule: string(rule), Values: []string{}}
		found := map[int64]bool{}
		for _, k := range keys {
			if k.Rule != rule {
				continue
			}
			t.Values = append(t.Values, k.Value)
			people, err := q.PeopleByKey(ctx, keyText(k))
			if err != nil {
				return err
			}
			for _, p := range people {
				found[p.ID] = true
				if !decided {
					d.candidate(p, rule, k.Value)
				}
			}
		}
		t.Found = len(found)
		d.Tried = append(d.Tried, t)
	}
	if former != nil {
		d.Tried = append(d.Tried, Tried{Rule: string(rule), Values: []string{former.Number}, Found: 1})
		d.candidate(*former, rule, former.Number)
	}
	return nil
}

// linked looks for a recorded link. One to a person of the roster decides, and
// leaves no other candidate; one of whoever had the id, or the number, before names
// a former one.
func (d *detail) linked(ctx context.Context, q *storeq.Queries) (decided bool, former *storeq.Person, rule reconcile.Rule, err error) {
	l, err := maybe(q.LinkOf(ctx, storeq.LinkOfParams{TenantID: d.TenantID, Account: d.Account.ID}))
	if err != nil || l == nil {
		return false, nil, "", err
	}
	if rule, err = formerRule(ctx, q, *l, d.row); err != nil {
		return false, nil, "", err
	}
	p, err := maybe(q.PersonNow(ctx, storeq.PersonNowParams{Source: l.Source, Number: l.Number}))
	if err != nil || rule != "" {
		return false, p, rule, err
	}
	t := Tried{Rule: string(reconcile.RuleLink), Values: []string{l.Number}}
	if p != nil {
		t.Found = 1
		d.candidate(*p, reconcile.RuleLink, l.Number)
	}
	d.Tried = append(d.Tried, t)
	return p != nil, nil, "", nil
}

// candidate notes a person once, with the strongest rule that named them.
func (d *detail) candidate(p storeq.Person, rule reconcile.Rule, key string) {
	if _, known := d.people[p.ID]; known {
		return
	}
	d.people[p.ID] = p
	d.Candidates = append(d.Candidates, viewPerson(p, string(rule), key, false))
}

const mostSameName = 5

// candidates adds, where no rule named anybody, the people of the same name:
// a hint for the reader, on which nothing is ever based.
func (d *detail) candidates(ctx context.Context, q *storeq.Queries) error {
	if name := reconcile.Normalise(d.row.DisplayName); len(d.people) == 0 && name != "" {
		same, err := peopleCalled(ctx, q, d.row.DisplayName)
		if err != nil {
			return err
		}
		for _, p := range same[:min(len(same), mostSameName)] {
			d.Candidates = append(d.Candidates, viewPerson(p, "same-name", name, false))
		}
	}
	for i := range d.Candidates {
		c := &d.Candidates[i]
		p, err := q.PersonNow(ctx, storeq.PersonNowParams{Source: c.Source, Number: c.Number})
		if err != nil {
			return err
		}
		if c.Leaver, err = d.a.personLeft(ctx, q, p); err != nil {
			return err
		}
	}
	return nil
}

// personLeft says whether a person has left by now, where their roster is kept.
func (a *App) personLeft(ctx context.Context, q *storeq.Queries, p storeq.Person) (bool, error) {
	rev, err := maybe(q.RosterOnShow(ctx, p.Source))
	if err != nil || rev == nil {
		return false, err
	}
	zone, err := time.LoadLocation(rev.Zone)
	if err != nil {
		return false, fmt.Errorf("time zone of roster %s: %w", p.Source, err)
	}
	person, err := personOf(ctx, q, p)
	left, _, _ := reconcile.HasLeft(person, a.cfg.Now().In(zone))
	return left, err
}

// elsewhere looks for the person's accounts in every tenant. With more than
// one candidate nobody can say whose accounts they would be.
func (d *detail) elsewhere(ctx context.Context, q *storeq.Queries) error {
	if d.Person == nil {
		return nil
	}
	p, err := q.PersonNow(ctx, storeq.PersonNowParams{Source: d.Person.Source, Number: d.Person.Number})
	if err != nil {
		return err
	}
	accounts, err := accountsOf(ctx, q, p)
	if err != nil {
		return err
	}
	tenants, err := q.Tenants(ctx)
	if err != nil {
		return err
	}
	for _, t := range tenants {
		latest, err := latestAttempt(ctx, q, t.ID)
		if err != nil {
			return err
		}
		e := Elsewhere{Tenant: t.Name, Sealed: latest != nil && latest.Sealed != 0 && latest.Merged != 0}
		if err := d.inTenant(ctx, q, t.ID, e, accounts[t.ID]); err != nil {
			return err
		}
	}
	return nil
}

func (d *detail) inTenant(ctx context.Context, q *storeq.Queries, tenantID string, e Elsewhere, rows []storeq.Account) error {
	if len(rows) == 0 {
		d.Elsewhere = append(d.Elsewhere, e)
	}
	for _, row := range rows {
		found := e
		found.Found, found.UserName, found.Active = true, row.UserName, string(activeWord(row.Active))
		closed, err := closedInStore(ctx, q, tenantID, row.ScimID)
		if err != nil {
			return err
		}
		found.Closed = closed != nil && row.Active != 0
		d.Elsewhere = append(d.Elsewhere, found)
		if tenantID != d.TenantID || row.ID == d.row.ID || d.Kind != reconcile.KindCollision || row.Active == 0 {
			continue
		}
		other, err := viewAccount(ctx, q, row, tenantID)
		if err != nil {
			return err
		}
		d.Others = append(d.Others, other)
	}
	return nil
}

// account adds the account's groups and the resource as it was sent.
func (d *detail) account(ctx context.Context, q *storeq.Queries) error {
	groups, err := memberships(ctx, q, d.row, d.TenantID)
	if err != nil {
		return err
	}
	for _, g := range groups {
		name := g.Name
		if name == "" {
			name = g.ID
		}
		d.Memberships = append(d.Memberships, name)
	}
	slices.SortFunc(d.Memberships, strings.Compare)
	if d.MembershipsUnknown, err = d.a.know.lists.unknownGroups(ctx, q, d.TenantID, len(groups)); err != nil {
		return err
	}
	raw, err := q.Resource(ctx, d.row.Resource)
	d.Raw = raw
	return err
}

// state adds the sync behind the finding and why no plan can be made.
func (d *detail) state(ctx context.Context, q *storeq.Queries) error {
	latest, err := latestAttempt(ctx, q, d.TenantID)
	if err != nil || latest == nil {
		return err
	}
	s, err := syncOf(*latest, d.TenantID, d.Tenant)
	if err != nil {
		return err
	}
	d.Sync = &s
	shown, err := onShow(ctx, q, d.TenantID)
	if err != nil {
		return err
	}
	if shown != nil {
		d.taken = fromMillis(shown.Started)
	}
	blocked, err := d.a.readiness(ctx, q, d.TenantID, d.Tenant)
	d.Blocked = append(d.Blocked, blocked...)
	return err
}
