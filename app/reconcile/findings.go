package reconcile

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// RuleNone is the rule of a finding that no rule's match led to.
const RuleNone Rule = "none"

// Finding is something about one account that a person should look at.
type Finding struct {
	Kind   Kind
	Reason string // one sentence; hostile characters in values are escaped
	Brief  string // the same in a few words, for a row
	Rule   Rule   // that matched; RuleNone where none did
	Key    string // the value that matched, or those that were tried, joined by ", "
	// Since is the first day after the last day of a leaver; otherwise zero:
	// only the history of snapshots can tell.
	Since time.Time
}

// Findings says what is wrong with one account. active is how many active
// accounts its person has in its tenant, as [ActiveLinks] counted. now is in
// the roster's time zone, in which its dates are meant. An inactive account
// has no findings but one: that it is still in groups.
func Findings(c Correlation, active int, now time.Time) []Finding {
	if c.Account.Active == ActiveFalse {
		return inactive(c)
	}
	switch {
	case c.Person != nil:
		return linked(c, active, now)
	case len(c.Candidates) == 1:
		return []Finding{formerlyLinked(c.Candidates[0])}
	case len(c.Candidates) > 1:
		return []Finding{disputed(c)}
	case c.Lost != nil:
		return []Finding{unlinked(*c.Lost)}
	}
	return []Finding{orphaned(c.Account)}
}

// inactive says whether a closed account kept its entitlements: whoever opens
// it again, by mistake or not, has them at once.
func inactive(c Correlation) []Finding {
	n := c.Account.Groups
	if n == 0 {
		return nil
	}
	f := Finding{Kind: KindEntitled, Reason: "The account is inactive and still a member of a group.", Brief: "in 1 group", Rule: RuleNone}
	if n > 1 {
		f.Reason = fmt.Sprintf("The account is inactive and still a member of %d groups.", n)
		f.Brief = fmt.Sprintf("in %d groups", n)
	}
	if c.Person != nil {
		f.Rule, f.Key = c.Rule, c.Key
	}
	return []Finding{f}
}

func linked(c Correlation, active int, now time.Time) []Finding {
	var found []Finding
	if left, since, why := HasLeft(*c.Person, now); left {
		lead := " has left: "
		if strings.HasPrefix(why, missing) {
			lead = " is presumed to have left: "
		}
		found = append(found, Finding{
			Kind: KindLeaver, Reason: who(*c.Person) + lead + why + ".", Brief: briefLeft(*c.Person, since), Rule: c.Rule, Key: c.Key, Since: since,
		})
	}
	if active > 1 {
		reason := fmt.Sprintf("%s has %d active accounts in this tenant; this is one of them.", who(*c.Person), active)
		found = append(found, Finding{Kind: KindCollision, Reason: reason, Brief: fmt.Sprintf("1 of %d active accounts", active), Rule: c.Rule, Key: c.Key})
	}
	return found
}

// HasLeft says whether a person has left by now, since when (the start of the
// day after the last day, in now's time zone; zero: not known) and why, as a
// clause. The last day counts until it is over. Somebody on leave or not yet
// started has not left, somebody who is missing from a list of active people is
// presumed to have, and a last day before the first day belongs to an
// earlier employment.
func HasLeft(p Person, now time.Time) (left bool, since time.Time, why string) {
	if p.MissingRevision > 0 {
		return presumed(p, now)
	}
	if p.Status == StatusOnLeave || p.Status == StatusPreHire {
		return false, time.Time{}, "the roster says " + string(p.Status)
	}
	end := p.End
	over := !end.IsZero() && !now.Before(dayAfter(end, now.Location()))
	if !end.IsZero() && !over {
		return false, time.Time{}, "the last day is " + date(end)
	}
	if !end.IsZero() && !p.Start.IsZero() && dayAfter(end, time.UTC).Before(dayAfter(p.Start, time.UTC)) {
		end, over = time.Time{}, false
	}
	switch {
	case over:
		return true, dayAfter(end, now.Location()), "the last day was " + date(end)
	case p.Status == StatusLeft:
		return true, time.Time{}, "the roster says left and gives no last day for it"
	}
	return false, time.Time{}, "the roster gives no last day"
}

// missing begins the clause on somebody who is presumed to have left.
const missing = "missing"

// presumed words a person who is missing from a list of active people. A last
// day that is over says more.
func presumed(p Person, now time.Time) (left bool, since time.Time, why string) {
	if !p.End.IsZero() && !now.Before(dayAfter(p.End, now.Location())) {
		return true, dayAfter(p.End, now.Location()), "the last day was " + date(p.End)
	}
	since = p.MissingSince.In(now.Location())
	return true, since, fmt.Sprintf(missing+" from the list of active people since revision %d of %s", p.MissingRevision, date(since))
}

// dayAfter takes the calendar date of t, whatever its zone, and returns the
// start of the next day in loc.
func dayAfter(t time.Time, loc *time.Location) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, loc)
}

func date(t time.Time) string { return t.Format(time.DateOnly) }

func orphaned(a Account) Finding {
	f := Finding{Kind: KindOrphaned, Rule: RuleNone, Reason: "The account has no external id, e-mail address or user name to match anybody by.", Brief: "nothing to match by"}
	var tried, clauses []string
	for _, k := range Keys(a) {
		tried = append(tried, k.Value)
		clauses = append(clauses, "the "+words(k.Rule)+" "+quote(k.Value))
	}
	if len(tried) > 0 {
		f.Key = strings.Join(unique(tried), ", ")
		f.Reason = "Nobody on the roster has " + list(clauses, "or") + "."
		f.Brief = briefTried(Keys(a))
	}
	return f
}

func unlinked(lost Candidate) Finding {
	reason := "The account was linked to " + who(lost.Person) + ", who is not on the roster any more."
	return Finding{Kind: KindOrphaned, Reason: reason, Brief: "its person is off the roster", Rule: RuleLink, Key: lost.Key}
}

// formerlyLinked words an account that only a link of whoever had its id, or the
// person's number, before gives to somebody.
func formerlyLinked(c Candidate) Finding {
	reason := who(c.Person) + " was linked to this id when it had another user name, external id or e-mail address, and nothing shows that it is the same account; it may be somebody else's now."
	if c.Rule == RuleFormerNumber {
		reason = "It was linked to the number of " + who(c.Person) + " when the roster had another name and other addresses beside it; it may be somebody else's."
		return Finding{Kind: KindDisputed, Reason: reason, Brief: "its link is about another person", Rule: c.Rule, Key: c.Key}
	}
	return Finding{Kind: KindDisputed, Reason: reason, Brief: "its link is about another account", Rule: c.Rule, Key: c.Key}
}

// MostCounted is how many candidates of one account are counted. Whoever feeds
// more may leave the rest out: it is then said to be more than so many.
const MostCounted = 20

func disputed(c Correlation) Finding {
	var names []string
	for _, p := range c.Candidates {
		names = append(names, who(p.Person)+" by "+evidence(p))
	}
	const most = 4
	more, lead := len(names)-most, fmt.Sprintf("%d people match: ", len(names))
	switch {
	case len(names) > MostCounted:
		names, lead = names[:most], fmt.Sprintf("More than %d people match, among them ", MostCounted)
	case more > 0:
		names = append(names[:most], fmt.Sprintf("%d more", more))
	}
	reason := lead + list(names, "and") + "."
	best := c.Candidates[0]
	return Finding{Kind: KindDisputed, Reason: reason, Brief: briefCandidates(c.Candidates), Rule: best.Rule, Key: best.Key}
}

// evidence is the rule and the value that led to a candidate.
func evidence(c Candidate) string {
	switch c.Rule {
	case RuleLink:
		return "a recorded link"
	case RuleFormerLink:
		return "a link of whoever had this id before"
	case RuleFormerNumber:
		return "a link of whoever had this number before"
	}
	return words(c.Rule) + " " + quote(c.Key)
}

// words names what a rule compares.
func words(r Rule) string {
	switch r {
	case RuleExternalID:
		return "external id"
	case RuleEmail:
		return "e-mail address"
	case RuleUserName:
		return "user name"
	}
	return string(r)
}

// who names a person: the name and, to tell two of one name apart, the number.
func who(p Person) string {
	if strings.TrimSpace(p.Name) == "" {
		return show(p.Number)
	}
	return show(p.Name) + " (" + show(p.Number) + ")"
}

// list joins clauses as a sentence does, and says how many it leaves out.
func list(clauses []string, last string) string {
	const most = 8
	if more := len(clauses) - most; more > 0 {
		clauses = append(clauses[:most:most], fmt.Sprintf("%d more values", more))
	}
	n := len(clauses) - 1
	if n < 1 {
		return strings.Join(clauses, "")
	}
	return strings.Join(clauses[:n], ", ") + " " + last + " " + clauses[n]
}

func unique(values []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, v := range values {
		if !seen[v] {
			out = append(out, v)
		}
		seen[v] = true
	}
	return out
}

func quote(s string) string { return `"` + show(s) + `"` }

// show makes a value from a server or file fit for a sentence: characters that
// do not print, among them those that turn the writing direction, are escaped,
// and a long value is cut.
func show(s string) string {
	const most = 100
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most]) + "…"
	}
	for _, r := range s {
		if !unicode.IsPrint(r) || r == utf8.RuneError || r == '"' {
			quoted := strconv.Quote(s)
			return quoted[1 : len(quoted)-1]
		}
	}
	return s
}
