package app

import (
	"context"
	"errors"
	"slices"
	"strings"

	"rollcall/app/reconcile"
	"rollcall/db/storeq"
)

// OffboardRequest asks for every account of one person to be closed.
type OffboardRequest struct {
	Person string // employee number, e-mail address, login or full name
	Ticket string
	DryRun bool
}

// Offboard plans the deactivation of every account of a person, in all tenants.
// Whatever cannot be planned stands in Plan.NotCovered: a tenant whose list is
// not complete could hold an account that nobody sees. Nothing is sent until
// the plan is run. Plan.Hash is empty where there is nothing to send.
func (a *App) Offboard(ctx context.Context, r OffboardRequest) (Plan, error) {
	if strings.TrimSpace(r.Ticket) == "" {
		return Plan{}, usage("Offboarding needs a ticket, so that the record says why.")
	}
	person, accounts, err := a.personAccounts(ctx, r.Person)
	if err != nil {
		return Plan{}, err
	}
	d, err := a.newDrafting(ctx, r.Ticket)
	if err != nil {
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

// offboardIn adds the person's active accounts of one tenant.
func (d *drafting) offboardIn(ctx context.Context, t Tenant, accounts []storeq.Account) error {
	dt, err := d.in(ctx, t)
	var own *Error
	if errors.As(err, &own) && own.Kind == KindRefused {
		d.view.Plan.NotCovered = append(d.view.Plan.NotCovered, NotCovered{Tenant: t.Name, Why: own.Text})
		return nil
	}
	if err != nil {
		return err
	}
	verb, err := verbIn(t, actionDeactivate)
	if err != nil {
		return err
	}
	slices.SortFunc(accounts, func(a, b storeq.Account) int { return strings.Compare(a.ScimID, b.ScimID) })
	for _, acc := range accounts {
		closed, err := d.a.closedSince(ctx, t.ID, acc.ScimID, dt.snapshot.Taken)
		if err != nil {
			return err
		}
		if closed || activeWord(acc.Active) == reconcile.ActiveFalse {
			continue
		}
		if err := dt.addAccount(ctx, acc.ScimID, verb, ""); err != nil {
			return err
		}
	}
	return nil
}

func stillHere(p FindingPerson) []string {
	if p.Leaver {
		return nil
	}
	return []string{"The roster does not say that " + p.Name + " (" + p.Number + ") has left."}
}

// personAccounts finds one person, and by tenant the accounts that belong to
// them and to nobody else.
func (a *App) personAccounts(ctx context.Context, given string) (FindingPerson, map[string][]storeq.Account, error) {
	var view FindingPerson
	var accounts map[string][]storeq.Account
	err := a.read(ctx, func(q *storeq.Queries) error {
		p, err := onePerson(ctx, q, given)
		if err != nil {
			return err
		}
		left, err := a.personLeft(ctx, q, p)
		if err != nil {
			return err
		}
		view = viewPerson(p, "", "", left)
		accounts, err = accountsOf(ctx, q, p)
		return err
	})
	return view, accounts, err
}

// onePerson finds one person of the roster by employee number, e-mail address,
// login or full name.
func onePerson(ctx context.Context, q *storeq.Queries, given string) (storeq.Person, error) {
	name := reconcile.Normalise(given)
	rows, err := q.PeopleNamed(ctx, storeq.PeopleNamedParams{
		Name:      name,
		NumberKey: keyText(reconcile.Key{Rule: reconcile.RuleExternalID, Value: name}),
		EmailKey:  keyText(reconcile.Key{Rule: reconcile.RuleEmail, Value: name}),
		LoginKey:  keyText(reconcile.Key{Rule: reconcile.RuleUserName, Value: name}),
	})
	switch {
	case err != nil:
		return storeq.Person{}, err
	case len(rows) == 0:
		return storeq.Person{}, notFound("Nobody on the roster is "+quoted(given)+".", "Give the employee number, an e-mail address, the login or the full name.")
	case len(rows) > 1:
		return storeq.Person{}, usage("%d people on the roster are %s; give the employee number.", len(rows), quoted(given))
	}
	return rows[0], nil
}
