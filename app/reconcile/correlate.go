package reconcile

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
)

// ErrUnsorted says that a stream was not sorted by tenant and account id, or
// named an account twice. What was yielded before it must not be used.
var ErrUnsorted = errors.New("not sorted by tenant and account id")

// ErrNoAccount says that a candidate names an account that is not in the
// accounts. It is an error because the opposite, silently matching nobody,
// would make every account look orphaned.
var ErrNoAccount = errors.New("candidate for an account that is not listed")

// Correlation is one account and whose it is.
type Correlation struct {
	Account   Account
	Situation Situation // linked, unmatched or disputed; a collision is seen by ActiveLinks
	Person    *Person   // linked only
	Rule      Rule      // the strongest rule that matched; linked only
	Key       string    // the value it matched on; linked only
	// Candidates are all distinct people whom a rule named, each with the
	// strongest rule that did, strongest first.
	Candidates []Candidate
	// Lost is the link that decides where its person is not on the roster any
	// more. The account is then unmatched, whoever the rules would name.
	Lost *Candidate
}

// Correlate merges accounts with the candidates that rules found for them.
// Both streams are sorted by tenant and account id in byte order, accounts
// without repeats; candidates of one account may come in any order and more
// than once. The first error of either stream, [ErrUnsorted] or
// [ErrNoAccount] ends the result as its last element.
func Correlate(accounts iter.Seq2[Account, error], candidates iter.Seq2[Candidate, error]) iter.Seq2[Correlation, error] {
	return func(yield func(Correlation, error) bool) {
		next, stop := iter.Pull2(candidates)
		defer stop()
		m := merge{next: next}
		for a, err := range accounts {
			var c Correlation
			if err == nil {
				c, err = m.account(a)
			}
			if err != nil {
				yield(Correlation{}, err)
				return
			}
			if !yield(c, nil) {
				return
			}
		}
		if err := m.end(); err != nil {
			yield(Correlation{}, err)
		}
	}
}

// merge walks the candidates beside the accounts.
type merge struct {
	next   func() (Candidate, error, bool)
	head   Candidate // read ahead
	have   bool
	done   bool
	last   Account // the account before
	second bool    // there is an account before
}

func (m *merge) account(a Account) (Correlation, error) {
	if m.second && compare(m.last.Tenant, m.last.ID, a.Tenant, a.ID) >= 0 {
		return Correlation{}, fmt.Errorf("account %q of tenant %q after %q of %q: %w", a.ID, a.Tenant, m.last.ID, m.last.Tenant, ErrUnsorted)
	}
	m.last, m.second = a, true
	var found []Candidate
	for {
		if err := m.fill(); err != nil {
			return Correlation{}, err
		}
		order := 1
		if m.have {
			order = compare(m.head.Tenant, m.head.Account, a.Tenant, a.ID)
		}
		switch {
		case order > 0:
			return decide(a, found), nil
		case order < 0:
			return Correlation{}, m.stray()
		}
		found = append(found, m.head)
		m.have = false
	}
}

// fill reads one candidate ahead.
func (m *merge) fill() error {
	if m.have || m.done {
		return nil
	}
	c, err, ok := m.next()
	switch {
	case !ok:
		m.done = true
		return nil
	case err != nil:
		return err
	case compare(c.Tenant, c.Account, m.head.Tenant, m.head.Account) < 0:
		return fmt.Errorf("candidate for account %q of tenant %q after %q of %q: %w", c.Account, c.Tenant, m.head.Account, m.head.Tenant, ErrUnsorted)
	}
	m.head, m.have = c, true
	return nil
}

func (m *merge) stray() error {
	return fmt.Errorf("account %q of tenant %q: %w", m.head.Account, m.head.Tenant, ErrNoAccount)
}

// end checks that no candidate is left over.
func (m *merge) end() error {
	if err := m.fill(); err != nil {
		return err
	}
	if m.have {
		return m.stray()
	}
	return nil
}

func compare(tenant1, id1, tenant2, id2 string) int {
	return cmp.Or(cmp.Compare(tenant1, tenant2), cmp.Compare(id1, id2))
}

// decide weighs what was found for one account. All rules that matched must
// name the same person; a person's recorded decision outweighs them. One about
// whoever had the account's id before names a person and links nobody.
func decide(a Account, found []Candidate) Correlation {
	c := Correlation{Account: a, Situation: Unmatched}
	slices.SortFunc(found, stronger)
	if n := slices.IndexFunc(found, func(f Candidate) bool { return f.Rule != RuleLink }); n > 0 {
		found = found[:n]
	}
	if len(found) > 0 && found[0].Gone {
		c.Lost = &found[0]
		return c
	}
	c.Candidates = people(found)
	switch {
	case len(c.Candidates) == 0:
	case len(c.Candidates) == 1 && !c.Candidates[0].Rule.Former():
		best := &c.Candidates[0]
		c.Situation, c.Person, c.Rule, c.Key = Linked, &best.Person, best.Rule, best.Key
	default:
		c.Situation = Disputed
	}
	return c
}

// stronger orders candidates by rank and then by everything that tells two
// apart, so that the order they came in does not matter.
func stronger(a, b Candidate) int {
	return cmp.Or(
		cmp.Compare(rank(a.Rule), rank(b.Rule)),
		cmp.Compare(a.Key, b.Key),
		cmp.Compare(a.Person.Source, b.Person.Source),
		cmp.Compare(a.Person.Number, b.Person.Number),
	)
}

// people keeps the first, strongest candidate of each person. A map is used
// past a handful, so that one value shared by everybody costs linear time.
func people(sorted []Candidate) []Candidate {
	type id struct{ source, number string }
	if len(sorted) < 2 {
		return sorted
	}
	seen := make(map[id]bool, len(sorted))
	return slices.DeleteFunc(sorted, func(c Candidate) bool {
		who := id{c.Person.Source, c.Person.Number}
		again := seen[who]
		seen[who] = true
		return again
	})
}
