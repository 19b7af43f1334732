package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"rollcall/app/reconcile"
	"rollcall/db"
	"rollcall/db/storeq"
)

// PersonDetail is one person with all that is known of their accounts.
type PersonDetail struct {
	PersonRow
	Leaver     bool            `json:"leaver"`
	Why        string          `json:"why"`     // a clause: why they have left, or have not
	First      time.Time       `json:"first"`   // when a roster first held them
	Changed    time.Time       `json:"changed"` // when a roster last said something else of them
	Theirs     []PersonAccount `json:"theirs"`  // in every tenant, also those that are not theirs alone
	Lists      []PersonList    `json:"lists"`   // every tenant, and whether its list can be relied on
	Findings   []Finding       `json:"findings"`
	Links      []Link          `json:"links"`
	Exceptions []Exception     `json:"exceptions"`
	Done       []PersonAction  `json:"done"`       // the newest first
	Offboarded []Offboarding   `json:"offboarded"` // the newest first
}

// PersonAccount is an account that a rule or a link gives to a person.
type PersonAccount struct {
	TenantID  string           `json:"tenantId"`
	Tenant    string           `json:"tenant"`
	Account   FindingAccount   `json:"account"`
	Situation string           `json:"situation"` // linked, collision, or disputed: more than one person matches
	Rule      string           `json:"rule"`      // the strongest that named them
	Key       string           `json:"key"`
	Kinds     []reconcile.Kind `json:"kinds"` // its findings, but those that are left alone or closed
	Protected bool             `json:"protected,omitempty"`
	Closed    bool             `json:"closed,omitempty"` // we closed it after the list was read
	Open      bool             `json:"open,omitempty"`   // an offboarding would plan to close it now
	Step      string           `json:"step,omitempty"`   // by-hand or done-unconfirmed, of one that a person is to close, or says is closed
	Seen      time.Time        `json:"seen"`             // when the list that shows it was read

	MembershipsUnknown bool `json:"membershipsUnknown,omitzero"` // the tenant shows nowhere who is in which group
}

// PersonList is one tenant and whether its list can be relied on.
type PersonList struct {
	TenantID string    `json:"tenantId"`
	Tenant   string    `json:"tenant"`
	Source   string    `json:"source"` // scim or file
	Writes   bool      `json:"writesAllowed"`
	Found    int       `json:"found"`   // accounts of the person
	Blocked  []Problem `json:"blocked"` // why it is not covered; empty: it is
	Read     time.Time `json:"read"`    // when the list on show was read; zero where there is none
	Busy     bool      `json:"busy"`    // it is being synced by this process
}

// PersonAction is something that was begun for an account of a person.
type PersonAction struct {
	Plan     string    `json:"plan"` // hash
	N        int       `json:"n"`
	Ticket   string    `json:"ticket"`
	Tenant   string    `json:"tenant"`
	Account  string    `json:"account"` // user name
	Action   string    `json:"action"`  // "" where nothing was sent
	Outcome  string    `json:"outcome"`
	Why      string    `json:"why,omitempty"`
	At       time.Time `json:"at"`
	TenantID string    `json:"tenantId"`
	Seq      int64     `json:"seq"` // of the entry that says so; -1: none yet
}

// Person returns a person on show by [PersonRow.ID].
func (a *App) Person(ctx context.Context, id string) (PersonDetail, error) {
	d := &personDetail{a: a, PersonDetail: PersonDetail{
		Theirs: []PersonAccount{}, Lists: []PersonList{}, Findings: []Finding{}, Links: []Link{}, Exceptions: []Exception{},
		Done: []PersonAction{}, Offboarded: []Offboarding{},
	}}
	if err := a.deriveFindings(ctx); err != nil {
		return d.PersonDetail, err
	}
	tenants, err := a.Tenants(ctx)
	if err != nil {
		return d.PersonDetail, err
	}
	d.tenants = tenants
	var plans []string
	err = fileError(a.store.Read(ctx, func(tx *db.Tx) (err error) {
		if d.row, err = personByID(ctx, tx.Queries, id); err != nil {
			return err
		}
		rows, err := personRows(ctx, tx, []int64{d.row.ID})
		if err != nil {
			return err
		}
		d.PersonRow = rows[0]
		for _, step := range []func(context.Context, *storeq.Queries) error{d.left, d.times, d.found, d.accounts, d.lists, d.decisions} {
			if err := step(ctx, tx.Queries); err != nil {
				return err
			}
		}
		plans, err = tx.OffboardingsOf(ctx, d.ID)
		return err
	}))
	if err != nil {
		return d.PersonDetail, err
	}
	if err := d.open(ctx); err != nil {
		return d.PersonDetail, err
	}
	d.Offboarded, err = a.offboardingsOf(ctx, plans)
	return d.PersonDetail, err
}

// open marks the accounts that [App.Offboard] would plan to close.
func (d *personDetail) open(ctx context.Context) error {
	for i := range d.Theirs {
		acc := &d.Theirs[i]
		t := d.tenants[slices.IndexFunc(d.tenants, func(t Tenant) bool { return t.ID == acc.TenantID })]
		if len(t.Blocked) > 0 || acc.Closed || acc.Situation == SituationDisputed {
			continue
		}
		verb, err := verbIn(t, actionDeactivate)
		if err != nil {
			return err
		}
		why, err := d.a.leftOut(ctx, t.ID, acc.Account, acc.Seen, verb)
		if err != nil {
			return err
		}
		acc.Open = why == ""
	}
	return nil
}

// personDetail collects what is known.
type personDetail struct {
	PersonDetail
	a       *App
	row     storeq.Person
	tenants []Tenant
}

func (d *personDetail) left(ctx context.Context, q *storeq.Queries) error {
	p, err := personOf(ctx, q, d.row)
	if err != nil {
		return err
	}
	now := d.a.cfg.Now()
	if rev, err := maybe(q.RosterOnShow(ctx, d.row.Source)); err != nil {
		return err
	} else if rev != nil {
		if zone, err := time.LoadLocation(rev.Zone); err == nil {
			now = now.In(zone)
		}
	}
	d.Leaver, _, d.Why = reconcile.HasLeft(p, now)
	return nil
}

func (d *personDetail) times(ctx context.Context, q *storeq.Queries) error {
	for no, at := range map[int64]*time.Time{d.row.First: &d.First, d.row.ValidFrom: &d.Changed} {
		rev, err := q.RosterRevisionByNo(ctx, no)
		if err != nil {
			return err
		}
		*at = fromMillis(rev.Imported)
	}
	return nil
}

func (d *personDetail) found(ctx context.Context, q *storeq.Queries) error {
	closed, err := closedFindings(ctx, q, "")
	if err != nil {
		return err
	}
	rows, err := q.FindingsOfPerson(ctx, d.row.ID)
	if err != nil {
		return err
	}
	for _, r := range rows {
		f, err := shownFinding(ctx, q, r, closed)
		if err != nil {
			return err
		}
		d.Findings = append(d.Findings, f)
	}
	return nil
}

// accounts lists, tenant by tenant, what a rule or a link gives to the person.
func (d *personDetail) accounts(ctx context.Context, q *storeq.Queries) error {
	claims, err := claimsOf(ctx, q, d.row)
	if err != nil {
		return err
	}
	slices.SortStableFunc(claims, func(a, b claim) int { return strings.Compare(a.row.UserName, b.row.UserName) })
	for _, t := range d.tenants {
		shown, err := onShow(ctx, q, t.ID)
		if err != nil {
			return err
		}
		for _, c := range claims {
			if c.tenant != t.ID || shown == nil {
				continue
			}
			acc, err := d.account(ctx, q, t, c, fromMillis(shown.Started))
			if err != nil {
				return err
			}
			d.Theirs = append(d.Theirs, acc)
		}
	}
	return nil
}

func (d *personDetail) account(ctx context.Context, q *storeq.Queries, t Tenant, c claim, seen time.Time) (PersonAccount, error) {
	acc, err := viewAccount(ctx, q, c.row, t.ID)
	if err != nil {
		return PersonAccount{}, err
	}
	groups, err := memberships(ctx, q, c.row, t.ID)
	if err != nil {
		return PersonAccount{}, err
	}
	acc.Groups = len(groups)
	v := PersonAccount{
		TenantID: t.ID, Tenant: t.Name, Account: acc, Situation: SituationLinked, Rule: string(c.key.Rule), Key: c.key.Value,
		Kinds: []reconcile.Kind{}, Seen: seen,
	}
	if v.MembershipsUnknown, err = d.a.know.lists.unknownGroups(ctx, q, t.ID, len(groups)); err != nil {
		return v, err
	}
	if !c.alone {
		v.Situation = SituationDisputed
		v.Kinds = append(v.Kinds, reconcile.KindDisputed)
	}
	for _, f := range d.Findings {
		if f.TenantID != t.ID || f.Account.ID != acc.ID {
			continue
		}
		if f.Kind == reconcile.KindCollision {
			v.Situation = SituationCollision
		}
		if f.Excepted == nil && f.Closed == nil {
			v.Kinds = append(v.Kinds, f.Kind)
		}
	}
	ours, err := maybe(q.Deactivated(ctx, storeq.DeactivatedParams{TenantID: t.ID, Account: acc.ID}))
	if err != nil {
		return v, err
	}
	v.Closed = ours != nil && !fromMillis(ours.At).Before(seen)
	steps, err := q.OpenStepsOf(ctx, storeq.OpenStepsOfParams{TenantID: t.ID, Account: acc.ID})
	if err != nil {
		return v, err
	}
	for _, step := range steps {
		if v.Step = outcomeByHand; step.Done != nil {
			v.Step = outcomeDone
		}
	}
	p, err := maybe(q.ProtectedMatch(ctx, storeq.ProtectedMatchParams{
		TenantID: t.ID, Account: acc.ID, NameNorm: reconcile.Normalise(acc.UserName),
	}))
	v.Protected = p != nil
	return v, err
}

// lists says of every tenant whether what it lists can be relied on.
func (d *personDetail) lists(ctx context.Context, q *storeq.Queries) error {
	busy, _ := d.a.know.state()
	for _, t := range d.tenants {
		l := PersonList{TenantID: t.ID, Tenant: t.Name, Source: t.Source, Writes: t.Writes, Blocked: t.Blocked}
		shown, err := onShow(ctx, q, t.ID)
		if err != nil {
			return err
		}
		if shown != nil {
			l.Read = fromMillis(shown.Started)
		}
		for _, acc := range d.Theirs {
			if acc.TenantID == t.ID {
				l.Found++
			}
		}
		if l.Found == 0 && len(l.Blocked) == 0 {
			l.Blocked = t.matchesFew()
		}
		l.Busy = slices.ContainsFunc(busy, func(p Progress) bool { return p.Tenant == t.Name })
		d.Lists = append(d.Lists, l)
	}
	return nil
}

// decisions adds the links to the person, and what was decided and done about
// their accounts and about those that are linked to them.
func (d *personDetail) decisions(ctx context.Context, q *storeq.Queries) error {
	links, err := q.LinksOfPerson(ctx, storeq.LinksOfPersonParams{Source: d.row.Source, Number: d.row.Number})
	if err != nil {
		return err
	}
	names := map[accountRef]string{}
	for _, acc := range d.Theirs {
		if acc.Situation != SituationDisputed {
			names[accountRef{acc.TenantID, acc.Account.ID}] = acc.Account.UserName
		}
	}
	for _, l := range links {
		t, err := q.TenantByID(ctx, l.TenantID)
		if err != nil {
			return err
		}
		view, err := d.a.viewLink(ctx, q, t, l)
		if err != nil {
			return err
		}
		d.Links = append(d.Links, view)
		names[accountRef{l.TenantID, l.Account}] = l.UserName
	}
	tenants, err := q.TenantNames(ctx)
	if err != nil {
		return err
	}
	for _, t := range tenants {
		for ref, name := range names {
			if ref.tenant != t.ID {
				continue
			}
			if err := d.about(ctx, q, ref, t.Name, name); err != nil {
				return err
			}
		}
	}
	slices.SortFunc(d.Done, func(a, b PersonAction) int {
		if c := b.At.Compare(a.At); c != 0 {
			return c
		}
		return strings.Compare(a.Plan+a.Account, b.Plan+b.Account)
	})
	slices.SortFunc(d.Exceptions, func(a, b Exception) int { return strings.Compare(a.Until+a.Finding, b.Until+b.Finding) })
	return nil
}

// accountRef is one account of one tenant.
type accountRef struct{ tenant, id string }

func (d *personDetail) about(ctx context.Context, q *storeq.Queries, ref accountRef, tenant, name string) error {
	exceptions, err := q.ExceptionsOfAccount(ctx, storeq.ExceptionsOfAccountParams{
		TenantID: ref.tenant, Account: ref.id, Ends: d.a.cfg.Now().UnixMilli(),
	})
	if err != nil {
		return err
	}
	for _, e := range exceptions {
		d.Exceptions = append(d.Exceptions, viewException(e, tenant))
	}
	actions, err := q.ActionsOfAccount(ctx, storeq.ActionsOfAccountParams{TenantID: ref.tenant, Account: ref.id})
	if err != nil {
		return err
	}
	for _, r := range actions {
		v := PersonAction{
			Plan: r.Plan, N: int(r.N), Ticket: r.Ticket, Tenant: tenant, TenantID: ref.tenant, Account: firstOf(name, ref.id),
			Action: r.Verb, Outcome: r.Outcome, Why: r.Why, Seq: -1,
		}
		if r.ByHand {
			v.Action = actionClose
		}
		if r.At != nil {
			v.At = fromMillis(*r.At)
		}
		for _, seq := range []*int64{r.OutcomeSeq, r.IntentSeq} {
			if seq != nil && v.Seq < 0 {
				v.Seq = *seq
			}
		}
		d.Done = append(d.Done, v)
	}
	return nil
}
