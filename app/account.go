package app

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"rollcall/app/reconcile"
	"rollcall/db/storeq"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// findAccount finds an account on show by its SCIM id, compared exactly, or by
// its user name, whatever the case.
func (a *App) findAccount(ctx context.Context, tenantID, idOrUserName string) (FindingAccount, error) {
	var found FindingAccount
	err := a.read(ctx, func(q *storeq.Queries) error {
		row, err := lookAccount(ctx, q, tenantID, idOrUserName)
		if err != nil {
			return err
		}
		found, err = viewAccount(ctx, q, row, tenantID)
		return err
	})
	return found, err
}

func lookAccount(ctx context.Context, q *storeq.Queries, tenantID, idOrUserName string) (storeq.Account, error) {
	byID, err := maybe(q.AccountNow(ctx, storeq.AccountNowParams{TenantID: tenantID, ScimID: idOrUserName}))
	if err != nil {
		return storeq.Account{}, err
	}
	name := reconcile.Key{Rule: reconcile.RuleUserName, Value: reconcile.Normalise(idOrUserName)}
	rows, err := q.AccountsByKey(ctx, keyText(name))
	if err != nil {
		return storeq.Account{}, err
	}
	rows = slices.DeleteFunc(rows, func(r storeq.AccountsByKeyRow) bool { return r.TenantID != tenantID })
	if byID != nil {
		if slices.ContainsFunc(rows, func(r storeq.AccountsByKeyRow) bool { return r.Account.ID != byID.Account.ID }) {
			return storeq.Account{}, usage("%s is the id of one account and the user name of another; give the other name of the one that you mean.", quoted(idOrUserName))
		}
		return byID.Account, nil
	}
	switch len(rows) {
	case 0:
		return storeq.Account{}, notFound("No account "+quoted(idOrUserName)+" is on the tenant's list.", "Give its user name or id as rollcall findings shows it, or sync first.")
	case 1:
		return rows[0].Account, nil
	}
	return storeq.Account{}, usage("%d accounts have the user name %s; give the id of one.", len(rows), quoted(idOrUserName))
}

func viewAccount(ctx context.Context, q *storeq.Queries, row storeq.Account, tenantID string) (FindingAccount, error) {
	v := FindingAccount{
		ID: row.ScimID, UserName: row.UserName, DisplayName: row.DisplayName, ExternalID: row.ExternalID,
		Active: string(activeWord(row.Active)),
	}
	groups, err := q.CountMemberships(ctx, storeq.CountMembershipsParams{TenantID: tenantID, Account: row.ScimID})
	if err != nil {
		return v, err
	}
	v.Groups = int(groups)
	v.Emails, err = decodeList[string](row.Emails)
	return v, err
}

// planAccount is an account with all that a plan compares.
type planAccount struct {
	FindingAccount
	Memberships      []planMembership // sorted by id
	MembershipsKnown bool             // the latest attempt listed the groups completely, and something shows who is in them
	Hidden           bool             // nothing shows who is in them
}

// planMembership is one group of an account.
type planMembership struct {
	ID, Name   string
	FromGroups bool // seen in the list of groups; otherwise only in the account itself
}

// accountForPlan returns an account on show by its SCIM id.
func (a *App) accountForPlan(ctx context.Context, tenantID, accountID string) (planAccount, error) {
	var p planAccount
	err := a.read(ctx, func(q *storeq.Queries) error {
		row, err := q.AccountNow(ctx, storeq.AccountNowParams{TenantID: tenantID, ScimID: accountID})
		if errors.Is(err, sql.ErrNoRows) {
			return notFound("No account "+quoted(accountID)+" is on the tenant's list.", "Sync the tenant.")
		}
		if err != nil {
			return err
		}
		if p.FindingAccount, err = viewAccount(ctx, q, row.Account, tenantID); err != nil {
			return err
		}
		latest, err := latestAttempt(ctx, q, tenantID)
		if err != nil {
			return err
		}
		p.MembershipsKnown = latest != nil && latest.GroupsSealed != 0
		p.Memberships, err = memberships(ctx, q, row.Account, tenantID)
		return err
	})
	return p, err
}

// memberships joins the groups that list the account with those that the
// account itself names: servers may show either, or both.
func memberships(ctx context.Context, q *storeq.Queries, row storeq.Account, tenantID string) ([]planMembership, error) {
	rows, err := q.Memberships(ctx, storeq.MembershipsParams{TenantID: tenantID, Account: row.ScimID})
	if err != nil {
		return nil, err
	}
	found := map[string]planMembership{}
	own, err := ownGroups(ctx, q, row)
	if err != nil {
		return nil, err
	}
	for _, m := range own {
		found[m.ID] = m
	}
	for _, r := range rows {
		found[r.ScimID] = planMembership{r.ScimID, r.DisplayName, true}
	}
	out := make([]planMembership, 0, len(found))
	for _, m := range found {
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b planMembership) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

// ownGroups reads the groups attribute of the resource (RFC 7643 section 4.1.2).
func ownGroups(ctx context.Context, q *storeq.Queries, row storeq.Account) ([]planMembership, error) {
	raw, err := q.Resource(ctx, row.Resource)
	if err != nil {
		return nil, fmt.Errorf("resource of account %q: %w", row.ScimID, err)
	}
	return groupsOf(raw), nil
}

// groupsOf are the groups that a resource names; none where it has no list.
func groupsOf(raw []byte) []planMembership {
	var user struct {
		Groups []jsontext.Value `json:"groups"`
	}
	if json.Unmarshal(raw, &user, json.MatchCaseInsensitiveNames(true), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) != nil {
		return nil
	}
	var out []planMembership
	for _, g := range user.Groups {
		var m struct {
			Value   string `json:"value"`
			Display string `json:"display"`
		}
		if json.Unmarshal(g, &m, json.MatchCaseInsensitiveNames(true), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) == nil && m.Value != "" {
			out = append(out, planMembership{ID: m.Value, Name: m.Display})
		}
	}
	return out
}
