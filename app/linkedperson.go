package app

import (
	"context"

	"rollcall/app/reconcile"
	"rollcall/db/storeq"
)

// A link is about the person whom somebody saw on the roster, too. Where the number
// was given to somebody else it links nobody, as where the account's id was.

// personMarks are the person's e-mails as the store keeps them; "" where the entry
// does not tell what the roster said of them, or not any more.
func (d accountLinked) personMarks() string {
	if d.Name.Erased() || d.PersonEmails.Erased() {
		return ""
	}
	return d.PersonEmails.Value()
}

// numberGivenAgain compares the person who was linked with the one who has the
// number now.
func numberGivenAgain(l storeq.Link, now storeq.Person) (bool, error) {
	if l.PersonEmails == "" {
		return false, nil
	}
	then, err := decodeList[string](l.PersonEmails)
	if err != nil {
		return false, err
	}
	emails, err := decodeList[string](now.Emails)
	return err == nil && personMarks{name: l.Name, emails: then}.isAnother(personMarks{name: now.Name, emails: emails}), err
}

// formerRule says why a link of an account on show links nobody; "": it does.
func formerRule(ctx context.Context, q *storeq.Queries, l storeq.Link, now storeq.Account) (reconcile.Rule, error) {
	p, err := maybe(q.PersonNow(ctx, storeq.PersonNowParams{Source: l.Source, Number: l.Number}))
	if err != nil {
		return "", err
	}
	if p != nil {
		if given, err := numberGivenAgain(l, *p); given || err != nil {
			return reconcile.RuleFormerNumber, err
		}
	}
	if former, err := isFormer(l, now); former || err != nil {
		return reconcile.RuleFormerLink, err
	}
	return "", nil
}

// linksOfOthers is a JSON list of the numbers of the links whose person's number
// was given to somebody else.
func linksOfOthers(ctx context.Context, q *storeq.Queries) (string, error) {
	rows, err := q.LinksOfOtherNames(ctx)
	if err != nil {
		return "", err
	}
	others := []int64{}
	for _, r := range rows {
		given, err := numberGivenAgain(r.Link, r.Person)
		if err != nil {
			return "", err
		}
		if given {
			others = append(others, r.Link.No)
		}
	}
	return encodeList(others)
}
