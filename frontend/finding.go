package frontend

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"rollcall/app"
	"rollcall/app/reconcile"
)

// Bounds of the detail's lists and of the raw resource, in characters.
const (
	maxListed = 200
	maxRaw    = 64 << 10
)

// detailView is one finding with the evidence behind it.
type detailView struct {
	Name      value // of the account, for a person
	UserName  value
	ID        value
	Tenant    value
	Badge     string
	Tone      string
	Active    string
	SinceHead string // what happened at Since
	Since     when
	Protected bool
	Closed    value  // which run closed the account since; "" where none did
	ClosedBy  string // address of that run

	Why         whyView
	Tried       []triedView
	Candidates  []candidateView
	CandHead    string
	Elsewhere   []elsewhereView
	ElseHead    string
	NotSealed   string // how many of those lists are not complete; "" for none
	Others      []value
	Memberships []value
	Groups      string
	Sync        *syncView
	Roster      *rosterView
	Raw         string
	Blocked     []problemView
	Stage       stageView
	Decide      decideView
	Excepted    string // until when the finding is left alone; "" where it is not
	ExceptedFor value
	NewFile     string   // where the file is imported that confirms that it was closed by hand; "" for none
	Plan        *command // the command that plans it; nil where none would
	PlanNote    string
	PlanHead    string
}

// whyView is the reason in sentences.
type whyView struct {
	Reason  value
	Person  *candidateView
	Rule    string
	Key     value
	HasRule bool
}

// triedView is one rule and what it found.
type triedView struct {
	Rule   string
	Values []value
	Found  string
	Any    bool
}

// candidateView is a person that an account matched, or might have.
type candidateView struct {
	Name, Number, Source value
	Formal               string // the person as a form names them
	Status               string
	End                  string
	Leaver               bool
	Rule                 string
	Key                  value
	Href                 string // of the person
}

// elsewhereView is what another tenant holds of the person.
type elsewhereView struct {
	Tenant, UserName value
	Icon             iconName
	Tone             string
	Words            string
}

// syncView is the completeness of the list that the finding stands on.
type syncView struct {
	Sealed      bool
	Groups      bool
	When        when
	Certificate value
	Problems    []problemView
}

// findingShow shows one finding: beside the list that is already there, or with it.
func (s *site) findingShow(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if !wants(r, "detail") {
		return s.findingsPage(w, r, filterOf(r.URL.Query()), id)
	}
	d, err := s.app.Finding(r.Context(), id)
	if err != nil {
		return err
	}
	s.render(w, r, http.StatusOK, detailBody(s.newDetail(d)))
	return nil
}

func (s *site) newDetail(d app.FindingDetail) detailView {
	now := s.now()
	words := wordsFor(d.Kind)
	v := detailView{
		Name:     prose(firstOf(d.Account.DisplayName, d.Account.UserName, d.Account.ID)),
		UserName: prose(d.Account.UserName), ID: prose(d.Account.ID), Tenant: prose(d.Tenant),
		Badge: words.Badge, Tone: words.Tone, Active: activeWords(d.Account.Active),
		SinceHead: sinceHead(d.Kind), Since: at(headSince(d.Kind, d.Since), now), Protected: d.Protected,
		Why:         whyOf(d),
		Others:      accountNames(d.Others),
		Memberships: rows(d.Memberships, maxListed),
		Sync:        newSyncView(d.Sync, now), Roster: newRosterView(d.Roster, now),
		Raw: rawText(d.Raw), Blocked: problems(d.Blocked),
	}
	for _, t := range d.Tried {
		v.Tried = append(v.Tried, newTried(t))
	}
	v.setCandidates(d)
	v.setElsewhere(d)
	v.Groups = groupWords(d)
	v.setPlan(s.planner, d)
	if d.Step == "done-unconfirmed" {
		v.Active += " when last listed"
	}
	if c := d.Closed; c != nil {
		v.Badge, v.Tone, v.Active = "was "+v.Badge, "quiet", closedByUs
		v.Closed, v.ClosedBy, v.Blocked = prose(c.Words(now)), planURL(c.Plan), nil
	}
	if e := d.Excepted; e != nil {
		v.Excepted, v.ExceptedFor = "Left alone until "+day(e.Until), prose(e.Reason)
	}
	if d.Step == "done-unconfirmed" {
		v.NewFile, v.Blocked = newFileURL(d.TenantID), nil
	}
	v.Decide = s.decideOf(d, v.Candidates)
	v.Stage = s.stageOf(d.Finding, blockedBy(d))
	return v
}

// blockedBy is the first reason why nothing can be planned for a finding, nil:
// something can.
func blockedBy(d app.FindingDetail) *app.Problem {
	if err, ok := errors.AsType[*app.Error](stageable(d)); ok {
		return &app.Problem{Text: err.Text, Do: err.Do}
	}
	return nil
}

func whyOf(d app.FindingDetail) whyView {
	v := whyView{Reason: prose(dated(d.Reason)), Rule: ruleWords(d.Rule), Key: prose(d.Key)}
	v.HasRule = d.Rule != "" && d.Rule != "none" && d.Kind != reconcile.KindDisputed
	if d.Person != nil {
		p := newCandidate(*d.Person)
		v.Person = &p
	}
	return v
}

func activeWords(s string) string {
	switch reconcile.Active(s) {
	case reconcile.ActiveTrue:
		return "active"
	case reconcile.ActiveFalse:
		return "inactive"
	}
	return "counted as active: the tenant does not say"
}

// ruleWords says what a rule compares.
func ruleWords(rule string) string {
	switch reconcile.Rule(rule) {
	case reconcile.RuleLink:
		return "linked by a person"
	case reconcile.RuleFormerLink:
		return "linked when it was another account"
	case reconcile.RuleFormerNumber:
		return "linked when the number was another's"
	case reconcile.RuleExternalID:
		return "external id = employee number"
	case reconcile.RuleEmail:
		return "e-mail = e-mail"
	case reconcile.RuleUserName:
		return "user name = login name or e-mail"
	}
	switch rule {
	case "", "none":
		return "no rule matched"
	case "same-name":
		return "same name"
	}
	return visible(rule, rowMax)
}

func newTried(t app.Tried) triedView {
	v := triedView{Rule: ruleWords(t.Rule), Values: rows(t.Values, 20), Found: "nobody", Any: t.Found > 0}
	if t.Found > 0 {
		v.Found = many(t.Found, "person", "people")
	}
	if len(t.Values) == 0 {
		v.Found = "nothing to compare"
	}
	return v
}

func newCandidate(p app.FindingPerson) candidateView {
	v := candidateView{
		Name: row(firstOf(p.Name, p.Number)), Number: row(p.Number), Source: row(p.Source),
		Status: visible(p.Status, rowMax), Leaver: p.Leaver, Key: row(p.Key),
		Href: personURL(p.ID()),
	}
	v.Formal = shownAs(p.ID(), p.Name)
	if p.End != "" {
		v.End = day(p.End)
	}
	if p.Rule != "" {
		v.Rule = ruleWords(p.Rule)
	}
	return v
}

// setCandidates lists the people that an account without one person might
// belong to; where there is one person the reason names them already.
func (v *detailView) setCandidates(d app.FindingDetail) {
	if d.Person != nil {
		return
	}
	v.CandHead = "Nearest in the roster, not a match"
	if d.Kind == reconcile.KindDisputed {
		v.CandHead = many(len(d.Candidates), "candidate") + ", none is guessed"
	}
	for _, p := range d.Candidates[:min(len(d.Candidates), maxListed)] {
		v.Candidates = append(v.Candidates, newCandidate(p))
	}
}

func (v *detailView) setElsewhere(d app.FindingDetail) {
	// A tenant is there once for each account that it has of the person.
	searched, found, incomplete := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, e := range d.Elsewhere {
		searched[e.Tenant] = true
		if e.Found {
			found[e.Tenant] = true
		}
		if !e.Sealed {
			incomplete[e.Tenant] = true
		}
		line := newElsewhere(e)
		if e.UserName == d.Account.UserName {
			line.UserName = value{} // the one of the heading
		}
		v.Elsewhere = append(v.Elsewhere, line)
	}
	v.ElseHead = "This person's accounts: " + count(len(found)) + " of " + many(len(searched), "tenant") + " searched found one"
	if n := len(incomplete); n > 0 {
		v.NotSealed = many(n, "list is", "lists are") + " not complete: an account may exist there and not be shown."
	}
}

func newElsewhere(e app.Elsewhere) elsewhereView {
	v := elsewhereView{Tenant: row(e.Tenant), UserName: row(e.UserName), Icon: iconName("minus"), Tone: "context"}
	switch {
	case !e.Found && !e.Sealed:
		v.Icon, v.Tone, v.Words = iconName("circle-help"), "look", "not known, the list is not complete"
	case !e.Found:
		v.Words = "no account"
	case e.Closed:
		v.Icon, v.Tone, v.Words = iconName("check"), "holds", closedByUs
	case reconcile.Active(e.Active) == reconcile.ActiveFalse:
		v.Icon, v.Tone, v.Words = iconName("check"), "holds", "inactive"
	case reconcile.Active(e.Active) == reconcile.ActiveTrue:
		v.Icon, v.Tone, v.Words = iconName("circle-dot"), "act", "active"
	default:
		v.Icon, v.Tone, v.Words = iconName("circle-dot"), "act", "counted as active"
	}
	if e.Found && !e.Sealed {
		v.Words += ", the list is not complete"
	}
	return v
}

func accountNames(list []app.FindingAccount) []value {
	names := make([]string, 0, len(list))
	for _, a := range list {
		names = append(names, firstOf(a.UserName, a.ID))
	}
	return rows(names, maxListed)
}

func groupWords(d app.FindingDetail) string {
	words := many(len(d.Memberships), "group")
	switch {
	case d.MembershipsUnknown && d.Sync != nil && !d.Sync.GroupsSealed:
		return "not read"
	case d.Sync != nil && !d.Sync.GroupsSealed:
		return words + ", the list of groups is not complete"
	case d.MembershipsUnknown:
		return "the tenant does not show them"
	case len(d.Memberships) == 0:
		return "in no group"
	case len(d.Memberships) > maxListed:
		return words + ", the first " + count(maxListed) + " are shown"
	}
	return words
}

func newSyncView(y *app.Sync, now time.Time) *syncView {
	if y == nil {
		return nil
	}
	return &syncView{
		Sealed: y.Sealed, Groups: y.GroupsSealed, When: at(y.Finished, now),
		Certificate: timed(y.Certificate), Problems: problems(y.Problems),
	}
}

// sinceHead says what a finding's moment is.
func sinceHead(k reconcile.Kind) string {
	if k == reconcile.KindLeaver {
		return "left"
	}
	return "first seen"
}

// headSince is the moment that sinceHead is about. A leaver's finding opens when the
// last day is over, at midnight: the person left on that day, not on the next.
func headSince(k reconcile.Kind, since time.Time) time.Time {
	if k == reconcile.KindLeaver && !since.IsZero() {
		return since.Add(-time.Second)
	}
	return since
}

// planner is where the commands that pages show would run.
type planner struct {
	workspace string // named in them; "" for the default one
	demo      bool   // keys are in this process only: others can but preview
}

// planHeads say what the command plans, by its action.
var planHeads = map[string]string{
	"deactivate":        "Plan its deactivation in a terminal",
	"remove-membership": "Plan to take it out of its groups in a terminal",
}

// setPlan gives the command that plans this finding, or says why there is none.
func (v *detailView) setPlan(p planner, d app.FindingDetail) {
	switch {
	case d.Closed != nil:
	case d.Protected:
		v.PlanNote = "This account is protected: nothing is ever written to it."
	case d.Kind == reconcile.KindDisputed:
		v.PlanNote = "Nothing can be planned until it is settled whose account this is."
	case len(d.Blocked) > 0:
	default:
		words := []string{"plan", "--tenant=" + d.Tenant, "--account=" + d.Account.ID, "--action=" + d.Action, "--ticket=TICKET"}
		v.PlanNote = "Put your ticket in place of TICKET. It shows the exact calls and their hash; nothing is sent before that hash is run."
		if p.demo {
			words = append(words, "--dry-run")
			v.PlanNote = "It shows the exact calls. The demo keeps its keys in memory, so another terminal can preview but not run them."
		}
		c := rollcall(p.workspace, words...)
		v.Plan, v.PlanHead = &c, planHeads[d.Action]
	}
}

// rawText indents the resource as the tenant sent it; its line breaks stay, all
// else that hides or steers is spelled out.
func rawText(raw json.RawMessage) string {
	if len(raw) == 0 {
		return ""
	}
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		return visible(string(raw), maxRaw)
	}
	lines := strings.Split(b.String(), "\n")
	left := maxRaw
	for i, l := range lines {
		if left <= 0 {
			lines = append(lines[:i], "…")
			break
		}
		lines[i] = visible(l, left)
		left -= len(l)
	}
	return strings.Join(lines, "\n")
}
