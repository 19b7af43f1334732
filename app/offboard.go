package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"rollcall/app/reconcile"
	"rollcall/db/storeq"

	"golang.org/x/text/unicode/norm"
)

// OffboardRequest asks for every account of one person to be closed.
type OffboardRequest struct {
	Person string // [PersonRow.ID], employee number, e-mail address, login or full name
	Ticket string // may be missing from a dry run
	DryRun bool   // build and show, store and record nothing
}

// Offboard plans the deactivation of every account of a person, in all tenants.
// Whatever cannot be planned stands in Plan.NotCovered: a tenant whose list is
// not complete could hold an account that nobody sees, and an account that
// more than one person matches is nobody's to close. Where few accounts match
// anybody, that none is theirs says nothing. Nothing is sent until the plan is
// run. Plan.Hash is empty where there is nothing to send.
func (a *App) Offboard(ctx context.Context, r OffboardRequest) (Plan, error) {
	if strings.TrimSpace(r.Ticket) == "" && !r.DryRun {
		return Plan{}, usageAbout(FieldTicket, "Offboarding needs a ticket, so that the record says why.")
	}
	if _, err := ticketGiven(r.Ticket); err != nil {
		return Plan{}, err
	}
	person, accounts, err := a.personAccounts(ctx, r.Person)
	if err != nil {
		return Plan{}, err
	}
	d, err := a.newDrafting(ctx, r.Ticket)
	if err != nil {
		return Plan{}, err
	}
	d.view.Plan.Offboards = &person
	if err := a.deriveFindings(ctx); err != nil { // for the match rates
		return Plan{}, err
	}
	tenants, err := a.Tenants(ctx)
	if err != nil {
		return Plan{}, err
	}
	for _, t := range tenants {
		if err := d.offboardIn(ctx, t, accounts[t.ID]); err != nil {
			return Plan{}, err
		}
	}
	d.view.Plan.Warnings = append(d.view.Plan.Warnings, stillHere(person)...)
	if len(d.body.Actions) == 0 {
		d.view.Plan.State = "nothing to send"
		return d.view.Plan, nil
	}
	return a.keep(ctx, d, r.DryRun)
}

// offboardIn adds the person's active accounts of one tenant, or says that there
// is none.
func (d *drafting) offboardIn(ctx context.Context, t Tenant, accounts []claim) error {
	dt, err := d.in(ctx, t)
	var own *Error
	if errors.As(err, &own) && own.Kind == KindRefused {
		known, err := d.a.knownThere(ctx, t, accounts)
		d.view.Plan.NotCovered = append(d.view.Plan.NotCovered, NotCovered{Tenant: t.Name, Why: reasons(own, t.Name) + known})
		return err
	}
	if err != nil {
		return err
	}
	verb, err := verbIn(t, actionDeactivate)
	if err != nil {
		return err
	}
	adrift, err := dt.adrift(ctx)
	if err != nil {
		return err
	}
	before, none := len(d.body.Actions)+len(d.view.Plan.NotCovered), Clear{Tenant: t.Name}
	slices.SortFunc(accounts, func(a, b claim) int { return strings.Compare(a.row.ScimID, b.row.ScimID) })
	for _, c := range accounts {
		acc := c.row
		closed, err := d.a.closedSince(ctx, t.ID, acc.ScimID, dt.snapshot.Taken)
		if err != nil {
			return err
		}
		if closed || activeWord(acc.Active) == reconcile.ActiveFalse {
			none.Closed = append(none.Closed, acc.UserName)
			continue
		}
		if c.key.Rule == reconcile.RuleFormerLink {
			dt.leave(acc.UserName, "It was linked to them when it had another userName, externalId or e-mail, and nothing shows that it is the same account; it may be somebody else's now. If it is this person's, link it to them.")
			continue
		}
		if c.key.Rule == reconcile.RuleFormerNumber {
			dt.leave(acc.UserName, "It was linked to their number when the roster had another name and other addresses beside it; it may be somebody else's. If it is this person's, link it to them.")
			continue
		}
		if !c.alone {
			dt.leave(acc.UserName, "More than one person matches it, and none is guessed. If it is this person's, link it to them.")
			continue
		}
		if why := dt.linkedElsewhere(adrift, acc.ScimID); why != "" {
			dt.leave(acc.UserName, why)
			continue
		}
		if err := dt.addAccount(ctx, acc.ScimID, verb, ""); err != nil {
			return err
		}
	}
	dt.leaveAdrift(adrift, accounts)
	if len(d.body.Actions)+len(d.view.Plan.NotCovered) > before {
		return nil
	}
	if few := t.matchesFew(); len(few) > 0 {
		dt.leave("", few[0].Text+" "+few[0].Do)
		return nil
	}
	d.view.Plan.Clear = append(d.view.Plan.Clear, none)
	return nil
}

// knownThere says which active accounts of the person the list on show of a
// tenant has that is not covered; "" for none.
func (a *App) knownThere(ctx context.Context, t Tenant, accounts []claim) (string, error) {
	var names []string
	for _, c := range accounts {
		if c.alone && activeWord(c.row.Active) != reconcile.ActiveFalse {
			names = append(names, c.row.UserName)
		}
	}
	if len(names) == 0 {
		return "", nil
	}
	slices.Sort(names)
	s, err := a.snapshotOnShow(ctx, t.ID)
	if err != nil {
		return "", err
	}
	return " The list of " + s.Taken.UTC().Format(time.RFC3339) + " has " + strings.Join(names, ", ") + " active.", nil
}

// reasons are those of a refusal in a tenant, without the sentence that leads to
// them and the tenant's name at their head.
func reasons(e *Error, tenant string) string {
	if len(e.Problems) == 0 {
		return e.Text
	}
	texts := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		texts[i] = strings.TrimPrefix(p.Text, tenant+": ")
	}
	return strings.Join(texts, " ")
}

func stillHere(p FindingPerson) []string {
	if p.Leaver {
		return nil
	}
	return []string{"The roster does not say that " + p.Name + " (" + p.Number + ") has left."}
}

// personAccounts finds one person, and by tenant the accounts that a rule or a
// link gives to them.
func (a *App) personAccounts(ctx context.Context, given string) (FindingPerson, map[string][]claim, error) {
	var view FindingPerson
	accounts := map[string][]claim{}
	err := a.read(ctx, func(q *storeq.Queries) error {
		p, err := personByID(ctx, q, given)
		if err != nil {
			p, err = onePerson(ctx, q, given)
		}
		if err != nil {
			return err
		}
		left, err := a.personLeft(ctx, q, p)
		if err != nil {
			return err
		}
		view = viewPerson(p, "", "", left)
		claims, err := claimsOf(ctx, q, p)
		for _, c := range claims {
			accounts[c.tenant] = append(accounts[c.tenant], c)
		}
		return err
	})
	return view, accounts, err
}

// onePerson finds one person of the roster by employee number, e-mail address,
// login or full name. A name that several have, in whatever order and spelling
// of its words, is nobody's.
func onePerson(ctx context.Context, q *storeq.Queries, given string) (storeq.Person, error) {
	name := reconcile.Normalise(given)
	rows, err := q.PeopleNamed(ctx, storeq.PeopleNamedParams{
		Name:      name,
		NumberKey: keyText(reconcile.Key{Rule: reconcile.RuleExternalID, Value: name}),
		EmailKey:  keyText(reconcile.Key{Rule: reconcile.RuleEmail, Value: name}),
		LoginKey:  keyText(reconcile.Key{Rule: reconcile.RuleUserName, Value: name}),
	})
	if err != nil {
		return storeq.Person{}, err
	}
	called, err := peopleCalled(ctx, q, given)
	for _, p := range called {
		if !slices.ContainsFunc(rows, func(r storeq.Person) bool { return r.ID == p.ID }) {
			rows = append(rows, p)
		}
	}
	switch {
	case err != nil:
		return storeq.Person{}, err
	case len(rows) == 0:
		return storeq.Person{}, notFound("Nobody on the roster is "+quoted(given)+".", "Give the employee number, an e-mail address, the login or the full name.")
	case len(rows) > 1:
		return storeq.Person{}, usage("%d people on the roster are %s: %s. Give the employee number.", len(rows), quoted(given), nameList(numbersOf(rows)))
	}
	return rows[0], nil
}

// numbersOf are people's employee numbers, with what tells them apart further.
func numbersOf(people []storeq.Person) []string {
	out := make([]string, 0, len(people))
	for _, p := range people {
		text := quoted(p.Number)
		if p.Status != "" {
			text += " (" + p.Status + ")"
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return out
}

// peopleCalled are the people whose names have the words of a name, whatever
// their order, case and accents.
func peopleCalled(ctx context.Context, q *storeq.Queries, name string) ([]storeq.Person, error) {
	words := reconcile.NameWords(name)
	asked := wordsOf(strings.Map(func(r rune) rune {
		if unicode.IsPunct(r) {
			return ' '
		}
		return r
	}, norm.NFC.String(name)))
	if len(words) == 0 || asked == "" {
		return nil, nil
	}
	found, err := q.PeopleByWords(ctx, strings.ReplaceAll(asked, `" *`, `"`))
	return slices.DeleteFunc(found, func(p storeq.Person) bool { return !slices.Equal(reconcile.NameWords(p.Name), words) }), err
}
