package frontend

import (
	"slices"
	"strings"
	"time"

	"rollcall/app"
	"rollcall/app/reconcile"
)

// importURL is where the list of people is imported.
const importURL = "/connect/roster"

// personView is one person with their accounts everywhere.
type personView struct {
	Name, Number, Source value
	Status, Tone, Why    string
	Manager              candidateView // no name where the roster has none
	Facts                []factView
	Head                 string // how many accounts, where
	Theirs               []theirView
	Lists                []listView // tenants without an account of the person, and what is not covered
	NotCovered           []listView
	NotHead              string
	Findings             []findingLink
	Links                []decisionView
	Exceptions           []decisionView
	Done                 []doneView
	Offboarded           []offboardingLine
	Offboard             string // address
	Button               string
}

// theirView is one account of the person.
type theirView struct {
	Tenant, UserName value
	Href             string
	Icon             iconName
	Tone             string
	State            string
	Words            value // situation, rule and memberships
	Seen             when
	Badges           []badgeView
}

// listView is one tenant's list.
type listView struct {
	Tenant   value
	ID       string
	Words    value
	Do       value
	Read     when
	Sync     bool   // it can be synced from here
	Busy     bool   // it is being synced
	Import   string // where a newer file is told of; "" of a tenant that speaks SCIM
	Vouch    string // where a person's word is given for the list; "" where none is asked for
	ReadOnly bool
}

// decisionView is a recorded decision.
type decisionView struct {
	What, Why value
	When      when
}

// doneView is something that was begun for an account.
type doneView struct {
	What     value
	Outcome  outcomeView
	Href     string
	Ticket   value
	Entry    string // "" where there is none
	EntryURL string
}

func (s *site) newPerson(d app.PersonDetail) personView {
	now := s.now()
	v := personView{
		Name: prose(firstOf(d.Name, d.Number)), Number: prose(d.Number), Source: prose(d.Source), Why: visible(dated(d.Why), detailMax),
		Facts: personFacts(d, now), Offboard: offboardURL(d.ID),
	}
	v.Status, v.Tone = statusWords(d.PersonRow)
	v.Manager.Name = prose(managerWords(d.PersonRow))
	if d.ManagerName != "" {
		v.Manager.Href = personURL(app.PersonID(d.Source, d.Manager))
	}
	for _, a := range d.Theirs {
		v.Theirs = append(v.Theirs, newTheir(a, d.Leaver, now))
	}
	for _, l := range d.Lists {
		line := newList(l, now)
		if len(l.Blocked) > 0 {
			v.NotCovered = append(v.NotCovered, line)
		} else if l.Found == 0 {
			v.Lists = append(v.Lists, line)
		}
	}
	v.Head = "Accounts: " + accountsIn(d.PersonRow, len(d.Lists))
	if n := len(v.NotCovered); n > 0 {
		v.NotHead = "Not covered: " + count(n) + " of " + many(len(d.Lists), "tenant")
	}
	for _, f := range d.Findings {
		v.Findings = append(v.Findings, newFindingLink(f))
	}
	v.setDecisions(d, now)
	v.Button = offboardButton(d)
	return v
}

// accountsIn is how many accounts there are in how many of the tenants.
func accountsIn(p app.PersonRow, tenants int) string {
	if p.Accounts == 0 {
		return "none in " + many(tenants, "tenant")
	}
	return count(p.Accounts) + " in " + count(p.Tenants) + " of " + many(tenants, "tenant")
}

// offboardButton says what the way to the offboarding is about, with the number
// that its preview plans.
func offboardButton(d app.PersonDetail) string {
	open := 0
	for _, a := range d.Theirs {
		if a.Open {
			open++
		}
	}
	if open == 0 {
		return "Offboard: check every tenant…"
	}
	return "Offboard: close " + accountsOf(open) + "…"
}

func personFacts(d app.PersonDetail, now time.Time) []factView {
	facts := []factView{{"Number", prose(d.Number)}, {"Roster", prose(d.Source)}}
	add := func(name, text string) {
		if text != "" {
			facts = append(facts, factView{name, prose(text)})
		}
	}
	for _, mail := range d.Emails {
		add("E-mail", mail)
	}
	add("Login", d.UserName)
	add("Type", d.Type)
	add("Status", d.Status)
	if d.Start != "" {
		add("First day", day(d.Start))
	}
	if d.End != "" {
		add("Last day", day(d.End))
	}
	add("Since", at(d.First, now).Exact)
	add("Changed", at(d.Changed, now).Exact)
	return facts
}

func newTheir(a app.PersonAccount, leaver bool, now time.Time) theirView {
	v := theirView{
		Tenant: row(a.Tenant), UserName: row(firstOf(a.Account.UserName, a.Account.ID)), Href: accountFilter{Tenant: a.TenantID}.url("account", a.Account.ID),
		Icon: iconName("circle-dot"), Tone: "context", State: stateWord(a.Account.Active), Seen: at(a.Seen, now),
	}
	words := ruleWords(a.Rule) + ", " + inGroups(a.Account.Groups, a.MembershipsUnknown)
	switch {
	case a.Closed:
		v.Icon, v.Tone, v.State = iconName("check"), "holds", closedByUs
	case a.Step == "by-hand":
		v.Icon, v.Tone, v.State = iconName("hand"), "look", "to be closed by hand"
	case a.Step != "":
		v.Icon, v.Tone, v.State = iconName("hand"), "look", "closed by hand, waits for the next file of "+visible(a.Tenant, rowMax)
	case slices.Contains(a.Kinds, reconcile.KindEntitled):
		v.Icon, v.Tone = iconName("triangle-alert"), "look"
	case reconcile.Active(a.Account.Active) == reconcile.ActiveFalse:
		v.Icon, v.Tone = iconName("check"), "holds"
	case leaver:
		v.Tone = "act"
	}
	switch a.Situation {
	case app.SituationDisputed:
		v.Icon, v.Tone = iconName("circle-help"), "look"
		words += "; more than one person matches, so it is nobody's"
	case app.SituationCollision:
		words += "; one of several active accounts here"
	}
	v.Words = prose(words)
	for _, k := range a.Kinds {
		w := wordsFor(k)
		v.Badges = append(v.Badges, badgeView{w.Badge, w.Tone})
	}
	if a.Protected {
		v.Badges = append(v.Badges, badgeView{"protected", "quiet"})
	}
	return v
}

func newList(l app.PersonList, now time.Time) listView {
	v := listView{
		Tenant: row(l.Tenant), ID: l.TenantID, Read: at(l.Read, now), Words: prose("no account"), Busy: l.Busy,
		ReadOnly: !l.Writes && l.Source != app.SourceFile,
	}
	if len(l.Blocked) == 0 {
		return v
	}
	first := l.Blocked[0]
	v.Words, v.Do = told(strings.TrimPrefix(first.Text, l.Tenant+": "), l.Tenant), told(first.Do, l.Tenant)
	switch {
	case strings.HasPrefix(first.Code, "roster-"), first.Code == "match-rate":
		v.Import = importURL
	case l.Source == app.SourceFile:
		v.Import = newFileURL(l.TenantID)
	default:
		v.Sync = curedBySync(first.Code)
		if first.WantsWord() {
			v.Vouch = vouchURL(l.TenantID)
		}
	}
	return v
}

func (v *personView) setDecisions(d app.PersonDetail, now time.Time) {
	for _, l := range d.Links {
		v.Links = append(v.Links, decisionView{
			What: prose(firstOf(l.UserName, l.ID) + " in " + l.Tenant), Why: prose(l.Reason + " · by " + l.By), When: at(l.Since, now),
		})
	}
	for _, e := range d.Exceptions {
		v.Exceptions = append(v.Exceptions, decisionView{
			What: prose(firstOf(e.UserName, e.ID) + " in " + e.Tenant + ": " + wordsFor(e.Kind).Badge + ", until the end of " + day(e.Until)),
			Why:  prose(e.Reason + " · by " + e.By), When: at(e.Since, now),
		})
	}
	for _, a := range d.Done[:min(len(d.Done), maxListed)] {
		v.Done = append(v.Done, newDone(a, now))
	}
	for _, o := range d.Offboarded {
		v.Offboarded = append(v.Offboarded, newOffboarding(o, now))
	}
}

func newDone(a app.PersonAction, now time.Time) doneView {
	v := doneView{
		What:    prose(firstOf(a.Action, "planned") + " · " + a.Account + " in " + a.Tenant),
		Outcome: newOutcome(app.ActionResult{Outcome: a.Outcome, Why: a.Why, At: a.At}, now), Href: planURL(a.Plan), Ticket: row(a.Ticket),
	}
	if a.Seq >= 0 {
		v.Entry, v.EntryURL = "#"+count(a.Seq), recordFilter{}.at(int64(a.Seq))
	}
	return v
}

// inGroups says of how many groups an account is a member.
func inGroups(n int, unknown bool) string {
	if unknown {
		return "in which groups is not shown"
	}
	if n == 0 {
		return "in no group"
	}
	return "in " + many(n, "group")
}

// badgeTone is the tone of a badge; context has none of its own.
func badgeTone(tone string) string {
	if tone == "context" {
		return "quiet"
	}
	return tone
}
