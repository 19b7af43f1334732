package app

import (
	"context"

	"rollcall/db/storeq"
)

// A link is about the account that a person saw. Where its id was given to
// somebody else the link is a former one: it links nobody, and the account is
// disputed between the person of the link and whom the rules name, until somebody
// decides about it anew.

// marks are the e-mails as the store keeps them; "" where the entry does not tell
// what the account was like, or not any more.
func (d accountLinked) marks() string {
	if d.UserName.Erased() || d.ExternalID.Erased() || d.Emails.Erased() {
		return ""
	}
	return d.Emails.Value()
}

// isFormer compares the account that was linked with the one that has its id now.
func isFormer(l storeq.Link, now storeq.Account) (bool, error) {
	if l.Emails == "" {
		return false, nil
	}
	then, err := decodeList[string](l.Emails)
	if err != nil {
		return false, err
	}
	emails, err := decodeList[string](now.Emails)
	was := accountState{UserName: l.UserName, ExternalID: l.ExternalID, Emails: then}
	return err == nil && was.mayBeAnother(accountState{UserName: now.UserName, ExternalID: now.ExternalID, Emails: emails}), err
}

// formerLink is isFormer of the account on show; one that is not listed is what
// it was.
func formerLink(ctx context.Context, q *storeq.Queries, l storeq.Link) (bool, error) {
	row, err := maybe(q.AccountNow(ctx, storeq.AccountNowParams{TenantID: l.TenantID, ScimID: l.Account}))
	if err != nil || row == nil {
		return false, err
	}
	rule, err := formerRule(ctx, q, l, row.Account)
	return rule != "", err
}

// formerLinks is a JSON list of the numbers of those links.
func formerLinks(ctx context.Context, q *storeq.Queries) (string, error) {
	rows, err := q.ChangedLinks(ctx)
	if err != nil {
		return "", err
	}
	former := []int64{}
	for _, r := range rows {
		is, err := isFormer(r.Link, r.Account)
		if err != nil {
			return "", err
		}
		if is {
			former = append(former, r.Link.No)
		}
	}
	return encodeList(former)
}

// rivals says whether a link names somebody other than p for an account that a
// rule gives to p: one that decides makes it not p's at all.
func rivals(ctx context.Context, q *storeq.Queries, account storeq.Account, tenantID string, p storeq.Person) (decided, disputed bool, err error) {
	l, err := maybe(q.LinkOf(ctx, storeq.LinkOfParams{TenantID: tenantID, Account: account.ScimID}))
	if err != nil || l == nil {
		return false, false, err
	}
	former, err := formerRule(ctx, q, *l, account)
	if err != nil || former == "" {
		return true, false, err
	}
	other, err := maybe(q.PersonNow(ctx, storeq.PersonNowParams{Source: l.Source, Number: l.Number}))
	return false, other != nil && other.ID != p.ID, err
}
