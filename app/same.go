package app

import (
	"context"
	"errors"

	"rollcall/db/storeq"
	"rollcall/scim"
)

// showsTheSame tells whether a tenant, as a client sees it, is the one whose list is
// on show: at one address there may be several organisations, which the credential
// alone tells apart. One user of the first page has to be on that list, under the
// same id and with the same user name or e-mails, or one of a few accounts of the
// list has to be found. Where all were renamed, most of those that are met under
// their ids have to have the same numbers: one in another organisation may by chance.
// Where the tenant was never listed, or nobody is shown at all, nothing speaks against
// it. The error is of kind refused where its list was lost with the store: then nobody
// can tell.
func (a *App) showsTheSame(ctx context.Context, c *scim.Client, tenantID string) (bool, error) {
	var known []storeq.Account
	err := a.read(ctx, func(q *storeq.Queries) error {
		shown, err := onShow(ctx, q, tenantID)
		switch {
		case err != nil:
			return err
		case shown == nil:
			return neverListed(ctx, q, tenantID)
		}
		known, err = q.SomeAccounts(ctx, shown.Tenant)
		return err
	})
	if err != nil || len(known) == 0 {
		return err == nil, err
	}
	users, err := firstPage(ctx, c)
	if err != nil || len(users) == 0 {
		return err == nil, err
	}
	var m meeting
	if err := a.meetAll(ctx, &m, tenantID, users); m.same() || err != nil {
		return m.same(), err
	}
	for _, k := range known {
		u, err := c.User(ctx, k.ScimID)
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err != nil {
			continue
		}
		if err := m.meet(k, u); m.alike || err != nil {
			return m.same(), err
		}
	}
	return m.same(), nil
}

// neverListed refuses to take a tenant for the same whose list was lost.
func neverListed(ctx context.Context, q *storeq.Queries, tenantID string) error {
	last, err := sealedBefore(ctx, q, tenantID)
	if err != nil || last == nil {
		return err
	}
	return refused1("What the list of "+stamp(fromMillis(last.Started))+" held was lost with the store, so that nobody can tell whether this is the same organisation.",
		"Sync the tenant first. If its token is not valid any more, remove the tenant and add it anew.")
}

// meeting holds the accounts of the list on show against those under their ids.
type meeting struct {
	met, numbers int
	alike        bool // one by more than its number
}

func (m *meeting) same() bool { return m.alike || 2*m.numbers > m.met }

func (m *meeting) meet(known storeq.Account, shown scim.User) error {
	emails, err := decodeList[string](known.Emails)
	was, now := accountState{UserName: known.UserName, ExternalID: known.ExternalID, Emails: emails}, stateOf(shown)
	m.met++
	if err != nil || was.mayBeAnother(now) {
		return err
	}
	if was.ExternalID = ""; was.mayBeAnother(now) {
		if marksOf(was).soundsLike(marksOf(now)) {
			m.numbers++
		}
		return nil
	}
	m.alike = true
	return nil
}

// meetAll meets those of the users that are on the list on show.
func (a *App) meetAll(ctx context.Context, m *meeting, tenantID string, users []scim.User) error {
	return a.read(ctx, func(q *storeq.Queries) error {
		for _, u := range users {
			row, err := maybe(q.AccountNow(ctx, storeq.AccountNowParams{TenantID: tenantID, ScimID: u.ID}))
			if err != nil {
				return err
			}
			if row == nil {
				continue
			}
			if err := m.meet(row.Account, u); m.alike || err != nil {
				return err
			}
		}
		return nil
	})
}

func firstPage(ctx context.Context, c *scim.Client) (users []scim.User, err error) {
	_, err = c.List(ctx, scim.Users, scim.ListOptions{}, func(p scim.Page) error {
		users = p.Users
		return errEnough
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return users, err
}

// bearOut does not take an account for gone where another organisation answers.
func (x *action) bearOut(ctx context.Context, v *verdict) {
	if v.outcome != outcomeGone {
		return
	}
	switch same, err := x.w.a.showsTheSame(ctx, x.client, x.body().Tenant); {
	case err != nil:
		v.outcome, v.why = outcomeUnknown, "The tenant answers 404 for the account, and whether it is the same tenant could not be read: "+sentence(err)
	case !same:
		v.outcome, v.why = outcomeUnknown, "The tenant answers 404 for the account, and shows none of those on its list: the credential may be another organisation's."
	}
}
