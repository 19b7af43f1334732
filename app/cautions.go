package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"rollcall/app/reconcile"
	"rollcall/db/storeq"
)

// caution is what a plan warns of about accounts that a person named; each holds
// a place for their names. It is said once for all of them.
type caution struct{ one, several string }

var (
	noFinding = caution{
		"%s has no finding: it matches a person who has not left. It is in the plan because it was named.",
		"%s have no finding: they match people who have not left. They are in the plan because they were named.",
	}
	newerThanRoster = caution{
		"%s is newer than the roster, and may be of somebody who is not on it yet. It is in the plan because it was named.",
		"%s are newer than the roster, and may be of people who are not on it yet. They are in the plan because they were named.",
	}
	notSettled = caution{
		"More than one person matches %s; make sure that it is the right account.",
		"More than one person matches each of %s; make sure that they are the right accounts.",
	}
	oneOfSeveral = caution{
		"%s is one of several active accounts of a person who has not left; make sure that it is the right one.",
		"%s are each one of several active accounts of people who have not left; make sure that they are the right ones.",
	}
)

// mostCautioned are named in one warning.
const mostCautioned = 5

func (d caution) of(names []string) string {
	if len(names) == 1 {
		return fmt.Sprintf(d.one, names[0])
	}
	return fmt.Sprintf(d.several, nameList(names))
}

// nameList lists names as a sentence does, the first few of many.
func nameList(names []string) string {
	last := names[len(names)-1]
	if more := len(names) - mostCautioned; more > 0 {
		names, last = names[:mostCautioned+1], fmt.Sprintf("%d more", more)
	}
	if len(names) == 1 {
		return last
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + last
}

// warnOfNamed says what speaks against closing the accounts that are planned.
func (d *draftTenant) warnOfNamed(ctx context.Context) error {
	doubted := map[caution][]string{}
	shared := map[personRef][]string{}
	for _, act := range d.view.Plan.Actions {
		f, name := d.findings[act.Account.ID], act.Account.UserName
		add := func(what caution) {
			if !slices.Contains(doubted[what], name) {
				doubted[what] = append(doubted[what], name)
			}
		}
		switch {
		case f.Kind == "" && act.Account.Active != string(reconcile.ActiveFalse):
			add(noFinding)
		case f.Newer:
			add(newerThanRoster)
		case f.Kind == reconcile.KindDisputed:
			add(notSettled)
		case f.Kind == reconcile.KindCollision && act.Action == actionRemoveMember:
			add(oneOfSeveral)
		case f.Kind == reconcile.KindCollision:
			ref := personRef{f.Person.Source, f.Person.Number}
			shared[ref] = append(shared[ref], name)
		}
	}
	locked, err := d.lockedOut(ctx, shared)
	if err != nil {
		return err
	}
	for _, names := range shared {
		doubted[oneOfSeveral] = append(doubted[oneOfSeveral], names...)
	}
	slices.Sort(doubted[oneOfSeveral])
	for _, what := range []caution{newerThanRoster, noFinding, notSettled, oneOfSeveral} {
		if names := doubted[what]; len(names) > 0 {
			d.warn(what.of(names))
		}
	}
	if len(locked) > 0 {
		d.warn(fmt.Sprintf("This closes every active account in %s of %s, who %s not left; make sure that this is meant.",
			d.tenant.Name, nameList(locked), map[bool]string{true: "has", false: "have"}[len(locked) == 1]))
	}
	return nil
}

// lockedOut takes from shared, which has the planned accounts by person, the
// people of whose active accounts in the tenant none is left, and names them.
func (d *draftTenant) lockedOut(ctx context.Context, shared map[personRef][]string) ([]string, error) {
	var locked []string
	err := d.a.read(ctx, func(q *storeq.Queries) error {
		for ref, names := range shared {
			p, err := q.PersonNow(ctx, storeq.PersonNowParams{Source: ref.source, Number: ref.number})
			if err != nil {
				return err
			}
			rows, err := q.FindingsOfPerson(ctx, p.ID)
			if err != nil {
				return err
			}
			rows = slices.DeleteFunc(rows, func(r storeq.FindingShown) bool {
				return r.TenantID != d.tenant.ID || r.Kind != string(reconcile.KindCollision)
			})
			if len(names) == len(rows) {
				locked = append(locked, cmp.Or(p.Name, p.Number))
				delete(shared, ref)
			}
		}
		return nil
	})
	slices.Sort(locked)
	return locked, err
}

// warnOfExcepted says which of the planned accounts a person decided to leave
// alone.
func (d *draftTenant) warnOfExcepted(userName string, e Exception) {
	d.warn(fmt.Sprintf("%s is excepted until the end of %s (%s); it is in the plan all the same.", userName, e.Until, strings.TrimSuffix(e.Reason, ".")))
}

// warn adds a warning once.
func (d *drafting) warn(text string) {
	if !slices.Contains(d.view.Plan.Warnings, text) {
		d.view.Plan.Warnings = append(d.view.Plan.Warnings, text)
	}
}
