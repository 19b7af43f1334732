package app

import (
	"slices"
	"strings"

	"rollcall/app/reconcile"
)

// A number and an id alone are nobody: a roster may be written anew under the same
// numbers, and another organisation may count its ids from 1 as well. Whose they
// are is told by what stands beside them, however it is spelled.

// personMarks are what a roster says of a person beside the number.
type personMarks struct {
	name, login string
	emails      []string
}

// isAnother says that a number was given to somebody else: name, addresses and
// login can be compared, and none of them is as it was. Who marries or moves
// keeps one of them.
func (m personMarks) isAnother(now personMarks) bool {
	if m.name == now.name && !reconcile.IsBlank(reconcile.Normalise(m.name)) {
		return false // the quick way for nearly everybody
	}
	names := agree(reconcile.NameWords(m.name), reconcile.NameWords(now.name), slices.Equal)
	mails := agree(spelledOf(m.emails), spelledOf(now.emails), shares)
	logins := agree(spelledOf([]string{m.login}), spelledOf([]string{now.login}), shares)
	return contradict(names, mails, logins)
}

// accountMarks are what a list says of an account beside its id.
type accountMarks struct {
	userName, externalID string
	emails               []string
	name                 string // for people; it tells nobody by itself
}

// isAnother says that an id was given to somebody else: neither the number is as
// it was, nor an address or the user name, at least up to its @: a company that
// gets another domain, or logs in by address from now on, keeps these.
func (m accountMarks) isAnother(now accountMarks) bool {
	return contradict(
		agree(spelledOf([]string{m.externalID}), spelledOf([]string{now.externalID}), shares),
		agree(m.locals(), now.locals(), shares),
	)
}

// soundsLike says that something but the number is as it was, up to the @.
func (m accountMarks) soundsLike(now accountMarks) bool {
	return agree(m.locals(), now.locals(), shares) == agrees
}

// byNumberAlone says of what is not another by [accountMarks.isAnother] that its
// number alone is as it was, and not even the name: another organisation may count
// its people from 1 as well.
func (m accountMarks) byNumberAlone(now accountMarks) bool {
	names := agree(reconcile.NameWords(m.name), reconcile.NameWords(now.name), slices.Equal)
	return agree(m.locals(), now.locals(), shares) == differs && names != agrees
}

func marksOf(s accountState) accountMarks {
	return accountMarks{userName: s.UserName, externalID: s.ExternalID, emails: s.Emails}
}

// locals are user name and addresses up to their @.
func (m accountMarks) locals() []string {
	all := spelledOf(append([]string{m.userName}, m.emails...))
	for i, s := range all {
		all[i], _, _ = strings.Cut(s, "@")
	}
	return all
}

// agreement is what the comparison of two values, or lists of them, comes to.
type agreement int

const (
	untold agreement = iota // one of them says nothing
	agrees
	differs
)

func agree(a, b []string, same func(a, b []string) bool) agreement {
	switch {
	case len(a) == 0 || len(b) == 0:
		return untold
	case same(a, b):
		return agrees
	}
	return differs
}

// contradict tells whether something differs and nothing agrees.
func contradict(all ...agreement) bool {
	return slices.Contains(all, differs) && !slices.Contains(all, agrees)
}

func shares(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// spelledOf are the values that stand for something, as they are compared.
func spelledOf(values []string) (out []string) {
	for _, v := range values {
		if v = reconcile.Normalise(v); !reconcile.IsBlank(v) {
			out = append(out, v)
		}
	}
	return out
}
