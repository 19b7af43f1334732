package app

import (
	"context"

	"rollcall/app/reconcile"
	"rollcall/db/storeq"
)

// claim is an account that a link or a rule gives to a person.
type claim struct {
	tenant string // id
	row    storeq.Account
	key    reconcile.Key // the strongest that names the person
	alone  bool          // nobody else is named
}

// claimsOf returns the accounts on show that are linked to p, and those that
// are linked to nobody and that a rule matches to p, the strongest rule first.
func claimsOf(ctx context.Context, q *storeq.Queries, p storeq.Person) ([]claim, error) {
	keys, err := decodeKeys(p.Keys)
	if err != nil {
		return nil, err
	}
	out, former, err := linkedTo(ctx, q, p)
	if err != nil {
		return nil, err
	}
	seen := map[int64]bool{}
	for _, c := range out {
		seen[c.row.ID] = true
	}
	for _, k := range keys {
		rows, err := q.AccountsByKey(ctx, keyText(k))
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if seen[r.Account.ID] {
				continue
			}
			seen[r.Account.ID] = true
			decided, disputed, err := rivals(ctx, q, r.Account, r.TenantID, p)
			if err != nil {
				return nil, err
			}
			if decided {
				continue // somebody said that it is another person's
			}
			alone, err := matchesOnly(ctx, q, r.Account, p.ID)
			if err != nil {
				return nil, err
			}
			out = append(out, claim{r.TenantID, r.Account, k, alone && !disputed})
		}
	}
	for _, c := range former {
		if !seen[c.row.ID] {
			out = append(out, c)
		}
	}
	return out, nil
}

// linkedTo returns the accounts on show that are linked to p, and those whose
// link was about whoever had the id before.
func linkedTo(ctx context.Context, q *storeq.Queries, p storeq.Person) (linked, former []claim, err error) {
	links, err := q.LinksOfPerson(ctx, storeq.LinksOfPersonParams{Source: p.Source, Number: p.Number})
	if err != nil {
		return nil, nil, err
	}
	for _, l := range links {
		row, err := maybe(q.AccountNow(ctx, storeq.AccountNowParams{TenantID: l.TenantID, ScimID: l.Account}))
		if err != nil {
			return nil, nil, err
		}
		if row == nil {
			continue
		}
		rule, err := formerRule(ctx, q, l, row.Account)
		switch {
		case err != nil:
			return nil, nil, err
		case rule != "":
			former = append(former, claim{l.TenantID, row.Account, reconcile.Key{Rule: rule, Value: p.Number}, false})
		default:
			linked = append(linked, claim{l.TenantID, row.Account, reconcile.Key{Rule: reconcile.RuleLink, Value: p.Number}, true})
		}
	}
	return linked, former, nil
}

// accountsOf returns, by tenant, the accounts that belong to p and to nobody else.
func accountsOf(ctx context.Context, q *storeq.Queries, p storeq.Person) (map[string][]storeq.Account, error) {
	claims, err := claimsOf(ctx, q, p)
	if err != nil {
		return nil, err
	}
	out := map[string][]storeq.Account{}
	for _, c := range claims {
		if c.alone {
			out[c.tenant] = append(out[c.tenant], c.row)
		}
	}
	return out, nil
}

// matchesOnly says whether the rules name nobody but the person.
func matchesOnly(ctx context.Context, q *storeq.Queries, row storeq.Account, person int64) (bool, error) {
	keys, err := decodeKeys(row.Keys)
	if err != nil {
		return false, err
	}
	for _, k := range keys {
		others, err := q.OthersByKey(ctx, storeq.OthersByKeyParams{Key: keyText(k), Person: person})
		if err != nil || others {
			return false, err
		}
	}
	return true, nil
}
