package reconcile_test

import (
	"cmp"
	"iter"
	"slices"

	"rollcall/app/reconcile"
)

// join does in memory what the store does in SQL: candidates by equal keys,
// sorted as Correlate wants them.
func join(accounts []reconcile.Account, people []reconcile.Person) []reconcile.Candidate {
	by := map[reconcile.Key][]*reconcile.Person{}
	for i := range people {
		for _, k := range reconcile.PersonKeys(people[i]) {
			by[k] = append(by[k], &people[i])
		}
	}
	var all []reconcile.Candidate
	for _, a := range accounts {
		for _, k := range reconcile.Keys(a) {
			for _, p := range by[k] {
				all = append(all, reconcile.Candidate{Tenant: a.Tenant, Account: a.ID, Rule: k.Rule, Key: k.Value, Person: *p})
			}
		}
	}
	sortCandidates(all)
	return all
}

func sortAccounts(all []reconcile.Account) {
	slices.SortFunc(all, func(a, b reconcile.Account) int {
		return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.ID, b.ID))
	})
}

func sortCandidates(all []reconcile.Candidate) {
	slices.SortStableFunc(all, func(a, b reconcile.Candidate) int {
		return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Account, b.Account))
	})
}

// stream yields all and then the error, if there is one.
func stream[T any](all []T, err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range all {
			if !yield(v, nil) {
				return
			}
		}
		if err != nil {
			var none T
			yield(none, err)
		}
	}
}

func correlate(accounts []reconcile.Account, candidates []reconcile.Candidate) ([]reconcile.Correlation, error) {
	var all []reconcile.Correlation
	for c, err := range reconcile.Correlate(stream(accounts, nil), stream(candidates, nil)) {
		if err != nil {
			return all, err
		}
		all = append(all, c)
	}
	return all, nil
}
