package app

import (
	"errors"
	"fmt"
	"time"

	"rollcall/scim"
)

// attempt is what one sync brought, before it is judged.
type attempt struct {
	tenant    string // name, for the words
	users     scim.Listing
	groups    scim.Listing
	usersErr  error
	groupsErr error
	sealed    bool       // there is an earlier sealed snapshot
	before    int        // and so many accounts the one had that this is measured against
	beforeAt  time.Time  // when that one was begun, or exported
	had       groupSizes // the largest complete lists of groups; zero: there is none
	listed    int        // memberships that the groups list
	named     int        // memberships that the accounts name
	staged    int        // accounts that were kept
	turnover  turnover   // against the list on show
	lost      bool       // the accounts of the list before were lost with the store
	lostAt    time.Time  // when that one was begun, or exported
	content   string     // digest of what is listed now
	lostWas   string     // and of that one
	missed    int        // accounts that are there, and were listed before and not now
	accept    *int       // the number of accounts that a person vouched for
	maxShrink int        // percent
	file      *fileTaken
	kept      bool      // what was listed stays for the next sync to go on with
	notes     []Problem // what looks odd and keeps nothing from being sealed
}

// judge says whether the users, and whether the groups, may be relied on,
// and every reason why not. Groups are judged on their own: without them
// accounts can still be matched and closed.
func (t attempt) judge() (users, groups bool, problems []Problem) {
	problems = t.listing("", "accounts", t.users, t.usersErr)
	if t.wholeWindow() {
		problems = nil
	}
	if len(problems) == 0 && t.staged != t.users.Distinct {
		text := fmt.Sprintf("%s: %d accounts were listed, and %d kept.", t.tenant, t.users.Distinct, t.staged)
		problems = []Problem{{"listing-inconsistent", text, t.again()}}
	}
	if len(problems) == 0 {
		problems = append(t.others(), t.hole()...)
	}
	users = len(problems) == 0
	if t.file != nil {
		return users, users && t.groups.Complete, problems
	}
	if t.usersErr != nil {
		return users, false, problems
	}
	of := t.listing("groups-", "groups", t.groups, t.groupsErr)
	if len(of) == 0 {
		of = t.sizeOfGroups()
	}
	return users, len(of) == 0, append(problems, of...)
}

// Codes of problems that come of a tenant's list, and end where a person names
// the number of its accounts.
const (
	codeShrunk      = "shrunk"
	codeNoAccounts  = "no-accounts"
	codeOthers      = "other-accounts"
	codeLost        = "list-lost"
	codeMissed      = "listing-missed"
	codeWindow      = "listing-" + scim.ProblemWindow
	codeGroupShrunk = "groups-shrunk"
)

// wholeWindow: a person named the number of accounts of a list that is only as long
// as windows on longer ones commonly are.
func (t attempt) wholeWindow() bool {
	p := t.users.Problems
	return t.usersErr == nil && len(p) == 1 && p[0].Code == scim.ProblemWindow && t.accept != nil && *t.accept == t.users.Distinct
}

// listing words what the client found wrong with one list.
func (t attempt) listing(prefix, what string, l scim.Listing, err error) []Problem {
	if err != nil {
		return []Problem{t.broken(prefix, what, err)}
	}
	var out []Problem
	for _, p := range l.Problems {
		text := p.Text
		if prefix != "" { // of the accounts is every other list
			text = upperFirst(what) + ": " + lowerFirst(text)
		}
		do := t.doAbout(p.Code)
		if prefix != "" && p.Code == scim.ProblemWindow {
			do = "Ask the provider how to list more groups than that."
		}
		out = append(out, Problem{prefix + "listing-" + p.Code, t.tenant + ": " + text, do})
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
	if t.kept {
		do += " A sync within the hour goes on where this one broke off."
	}
	return Problem{prefix + string(e.Kind), fmt.Sprintf("%s: %s.", t.tenant, tenantWords(e)), do}
}

func (t attempt) doAbout(code string) string {
	switch code {
	case scim.ProblemUndecodable:
		return "Ask the tenant's administrator about the resources that cannot be read, then sync again."
	case scim.ProblemNoPaging:
		return "Ask the provider how its list is paged; until it can be read beyond the first page nothing can be planned in " + t.tenant + "."
	case scim.ProblemWindow:
		return fmt.Sprintf("Ask the provider how to list more than that. If %s has %d accounts and no more, sync with --accept-shrink %q.", t.tenant, t.users.Distinct, fmt.Sprintf("%s=%d", t.tenant, t.users.Distinct))
	case scim.ProblemUnread:
		return "Ask the provider to send totalResults as a number and nextCursor as text; until then nothing can be planned in " + t.tenant + "."
	case scim.ProblemPageCap:
		return "Check that the address is that of one tenant and not of a whole directory."
	}
	return t.again()
}

func (t attempt) again() string {
	return "Sync " + t.tenant + " again; nothing can be planned there until a sync is complete."
}

// others holds a list that may not be of the accounts of before. That it shrank
// says it all where no others came instead.
func (t attempt) others() []Problem {
	all := t.size()
	if len(all) == 0 || t.turnover.gone > t.before-t.users.Distinct {
		all = append(all, t.turnedOver()...)
	}
	return append(all, t.lostBefore()...)
}

// size holds a list that is complete by its own account but holds suspiciously
// few accounts. Only a person who names the number lets it pass.
func (t attempt) size() []Problem {
	n := t.users.Distinct
	shrunk := t.sealed && tooFew(n, t.before, t.maxShrink)
	if n > 0 && !shrunk || t.accept != nil && *t.accept == n {
		return nil
	}
	earlier := "complete sync"
	if t.file != nil {
		earlier = "export"
	}
	p := Problem{Code: codeShrunk, Text: fmt.Sprintf("%s shrank from %d to %d accounts since the %s of %s.", t.tenant, t.before, n, earlier, stamp(t.beforeAt))}
	if n == 0 {
		p = Problem{Code: codeNoAccounts, Text: t.tenant + " listed no accounts at all."}
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

// groupSizes are the largest sizes of the complete lists of groups that a new
// one is measured against, each by its own.
type groupSizes struct{ groups, listed, named listSize }

// listSize is how many of something a list had, less what our own calls took
// since, and when the list was begun.
type listSize struct {
	n  int
	at time.Time
}

func (s *listSize) raise(n, at int64) {
	if int(n) > s.n {
		*s = listSize{int(n), fromMillis(at)}
	}
}

// sizeOfGroups holds a list of groups that is complete by its own account but
// shrank suspiciously, or whose memberships did: a credential that lost its view
// of them is shown none. What accounts name counts where groups never listed
// anybody, and a tenant that showed neither lost nothing.
func (t attempt) sizeOfGroups() []Problem {
	if t.accept != nil && *t.accept == t.users.Distinct {
		return nil
	}
	shrank := func(n int, had listSize) bool { return tooFew(n, had.n, t.maxShrink) }
	n, had, what := t.groups.Distinct, t.had.groups, "the list of groups"
	switch {
	case shrank(n, had):
	case shrank(t.listed, t.had.listed):
		n, had, what = t.listed, t.had.listed, "the number of memberships that groups list"
	case t.had.listed.n == 0 && shrank(t.named, t.had.named):
		n, had, what = t.named, t.had.named, "the number of memberships that accounts name"
	default:
		return nil
	}
	return []Problem{{
		codeGroupShrunk, fmt.Sprintf("%s: %s shrank from %d to %d since the complete sync of %s.", t.tenant, what, had.n, n, stamp(had.at)),
		fmt.Sprintf("If that is right, sync with --accept-shrink %q, which names its number of accounts; otherwise check the credential's rights and sync again.", fmt.Sprintf("%s=%d", t.tenant, t.users.Distinct)),
	}}
}

// hole holds a list that leaves out accounts which the tenant still has. Only a
// person who names the number of accounts lets it pass: some tenants show a
// single account that their lists are not meant to have.
func (t attempt) hole() []Problem {
	if t.missed == 0 || t.accept != nil && *t.accept == t.users.Distinct {
		return nil
	}
	return []Problem{{
		codeMissed, fmt.Sprintf("%s: the list leaves out %s that the list before had and that the tenant still shows when asked for it alone.", t.tenant, counted(t.missed, "account")),
		fmt.Sprintf("Sync again. If the tenant means to leave them out, sync with --accept-shrink %q.", fmt.Sprintf("%s=%d", t.tenant, t.users.Distinct)),
	}}
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
