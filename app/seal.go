package app

import (
	"errors"
	"fmt"

	"rollcall/scim"
)

// attempt is what one sync brought, before it is judged.
type attempt struct {
	tenant    string // name, for the words
	users     scim.Listing
	groups    scim.Listing
	usersErr  error
	groupsErr error
	sealed    bool // there is an earlier sealed snapshot
	before    int  // and so many accounts it had
	staged    int  // accounts that were kept
	accept    *int // the number of accounts that a person vouched for
	maxShrink int  // percent
	file      *fileTaken
	notes     []Problem // what looks odd and keeps nothing from being sealed
}

// judge says whether the users, and whether the groups, may be relied on,
// and every reason why not. Groups are judged on their own: without them
// accounts can still be matched and closed.
func (t attempt) judge() (users, groups bool, problems []Problem) {
	problems = t.listing("", "accounts", t.users, t.usersErr)
	if len(problems) == 0 && t.staged != t.users.Distinct {
		text := fmt.Sprintf("%s: %d accounts were listed, and %d kept.", t.tenant, t.users.Distinct, t.staged)
		problems = []Problem{{"listing-inconsistent", text, t.again()}}
	}
	if len(problems) == 0 {
		problems = t.size()
	}
	users = len(problems) == 0
	if t.file != nil {
		return users, users && t.groups.Complete, problems
	}
	if t.usersErr != nil {
		return users, false, problems
	}
	of := t.listing("groups-", "groups", t.groups, t.groupsErr)
	return users, len(of) == 0, append(problems, of...)
}

// listing words what the client found wrong with one list.
func (t attempt) listing(prefix, what string, l scim.Listing, err error) []Problem {
	if err != nil {
		return []Problem{t.broken(prefix, what, err)}
	}
	var out []Problem
	for _, p := range l.Problems {
		out = append(out, Problem{prefix + "listing-" + p.Code, t.tenant + ": " + p.Text, t.doAbout(p.Code)})
	}
	if !l.Complete && len(out) == 0 {
		text := fmt.Sprintf("%s: the list of %s is not known to be complete.", t.tenant, what)
		out = append(out, Problem{prefix + "listing-incomplete", text, t.again()})
	}
	return out
}

func (t attempt) broken(prefix, what string, err error) Problem {
	var e *scim.Error
	if !errors.As(err, &e) {
		return Problem{prefix + "failed", fmt.Sprintf("%s: the %s could not be listed. %s", t.tenant, what, Explain(err).Text), t.again()}
	}
	do := e.Hint
	if do == "" {
		do = t.again()
	}
	return Problem{prefix + string(e.Kind), fmt.Sprintf("%s: %s.", t.tenant, e.Error()), do}
}

func (t attempt) doAbout(code string) string {
	switch code {
	case scim.ProblemUndecodable:
		return "Ask the tenant's administrator about the resources that cannot be read, then sync again."
	case scim.ProblemNoPaging:
		return "Ask the provider how its list is paged; until it can be read beyond the first page nothing can be planned in " + t.tenant + "."
	case scim.ProblemPageCap:
		return "Check that the address is that of one tenant and not of a whole directory."
	}
	return t.again()
}

func (t attempt) again() string {
	return "Sync " + t.tenant + " again; nothing can be planned there until a sync is complete."
}

// size holds a list that is complete by its own account but holds suspiciously
// few accounts. Only a person who names the number lets it pass.
func (t attempt) size() []Problem {
	n := t.users.Distinct
	shrunk := t.sealed && n*100 < t.before*(100-t.maxShrink)
	if n > 0 && !shrunk || t.accept != nil && *t.accept == n {
		return nil
	}
	p := Problem{Code: "shrunk", Text: fmt.Sprintf("%s shrank from %d to %d accounts since the last complete sync.", t.tenant, t.before, n)}
	if n == 0 {
		p = Problem{Code: "no-accounts", Text: t.tenant + " listed no accounts at all."}
	}
	if t.accept != nil {
		p.Text += fmt.Sprintf(" %d were accepted, which is another number.", *t.accept)
	}
	p.Do = fmt.Sprintf("If that is right, sync with --accept-shrink %q; otherwise check the credential's rights and sync again.", fmt.Sprintf("%s=%d", t.tenant, n))
	if t.file != nil {
		p.Do = fmt.Sprintf("If that is right, import the file with --accept-shrink %d; otherwise check the filter of the export and import a complete file.", n)
	}
	return []Problem{p}
}

// words is the certificate as a sentence or two, without a word from the server.
func (t attempt) words() string {
	if t.file != nil {
		return fmt.Sprintf("A file of %s. %s", counted(t.file.Members, "row"), cannotProve)
	}
	s := listWords("Accounts", t.users, t.usersErr)
	if t.usersErr != nil {
		return s
	}
	return s + " " + listWords("Groups", t.groups, t.groupsErr)
}

func listWords(what string, l scim.Listing, err error) string {
	switch {
	case err != nil:
		return fmt.Sprintf("%s: the list broke off after %d.", what, l.Distinct)
	case !l.Complete:
		return fmt.Sprintf("%s: %d listed, not known to be complete.", what, l.Distinct)
	}
	return what + ": " + l.Sentence() + "."
}

func factsOf(l scim.Listing) *listingFacts {
	if len(l.Passes) == 0 {
		return nil
	}
	f := &listingFacts{
		Complete: l.Complete, TotalTrusted: l.TotalTrusted, Distinct: l.Distinct, Claimed: l.Claimed,
		Passes: l.Passes, Problems: []string{},
	}
	for _, p := range l.Problems {
		f.Problems = append(f.Problems, p.Code)
	}
	return f
}

func pagesOf(listings ...scim.Listing) int {
	n := 0
	for _, l := range listings {
		for _, p := range l.Passes {
			n += p.Pages
		}
	}
	return n
}
