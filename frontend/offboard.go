package frontend

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"rollcall/app"
	"rollcall/app/reconcile"
)

// offboardView is what offboarding one person would do.
type offboardView struct {
	Name, Number value
	Person       string // address
	Path         string // of the form
	Status, Tone string
	Summary      string // what would be sent, in one sentence
	Button       string // "" where there is nothing to plan
	Tenants      []offboardTenant
	Plan         planView
	Before       []offboardingLine // plans of before
}

// offboardTenant is one tenant and what would happen there.
type offboardTenant struct {
	listView
	Icon  iconName
	Tone  string
	What  []value // one line for each account, or why there is none
	State string  // in one or two words

	Entitled []entitledView // inactive accounts that are still in groups
	ByFile   bool           // there is no SCIM, so that only a person can take them out
}

// entitledView leads to the finding that takes an inactive account out of its
// groups.
type entitledView struct {
	Name value
	Href string
}

// offboardingLine is a plan that offboards somebody.
type offboardingLine struct {
	Href, Short string
	Ticket      value
	Person      value
	PersonHref  string
	What        string
	State, Tone string
	Undone      undoneView
	NotCovered  string // "" for none
	When        when
}

// offboardingView is where the help desk begins.
type offboardingView struct {
	Search     string
	Hits       []personLine
	More       string       // how many are not listed
	Nobody     bool         // the search found nobody
	Leavers    []personLine // who left and still has active accounts, before anything is searched for
	AllLeavers string       // address of all of them
	Rows       []offboardingLine
	Next       string
	Blank      *blankView
}

func offboardURL(id string) string { return personURL(id) + "/offboard" }

// offboardShow previews the offboarding of a person; nothing is stored.
func (s *site) offboardShow(w http.ResponseWriter, r *http.Request) error {
	d, err := s.app.Person(r.Context(), r.PathValue("key"))
	if err != nil {
		return err
	}
	p, err := s.app.Offboard(r.Context(), app.OffboardRequest{Person: d.ID, DryRun: true})
	if err != nil {
		return err
	}
	shell, _, err := s.shellOf(r.Context(), "Offboard "+visible(d.Name, rowMax), "offboarding")
	if err != nil {
		return err
	}
	s.render(w, r, http.StatusOK, offboardPage(shell, newOffboard(d, p, s.now())))
	return nil
}

// offboardPlan makes the plan; it is run from its own page.
func (s *site) offboardPlan(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	d, err := s.app.Person(r.Context(), r.PathValue("key"))
	if err != nil {
		return err
	}
	p, err := s.app.Offboard(r.Context(), app.OffboardRequest{Person: d.ID, Ticket: r.PostForm.Get("ticket")})
	if err != nil {
		return err
	}
	if p.Hash == "" {
		return &app.Error{
			Kind: app.KindRefused, Text: "There is nothing to send: no active account of this person is on a complete list.",
			Do: "See which tenants are not covered, and come back once their lists are complete.",
		}
	}
	s.moved(w, r, planURL(p.Hash))
	return nil
}

func newOffboard(d app.PersonDetail, p app.Plan, now time.Time) offboardView {
	v := offboardView{
		Name: prose(firstOf(d.Name, d.Number)), Number: prose(d.Number), Person: personURL(d.ID), Path: offboardURL(d.ID),
		Plan: newPlan(p, app.RunState{}, 0, now),
	}
	v.Status, v.Tone = statusWords(d.PersonRow)
	for _, l := range d.Lists {
		v.Tenants = append(v.Tenants, newOffboardTenant(l, d, p, now))
	}
	sent, steps := sentAndSteps(p)
	v.Summary = offboardWords(sent, steps, uncovered(p), len(d.Lists))
	if len(p.Actions) > 0 {
		v.Button = "Plan " + strings.Join(offboardParts(sent, steps), " and ")
	}
	for _, o := range d.Offboarded {
		v.Before = append(v.Before, newOffboarding(o, now))
	}
	return v
}

// uncovered counts the tenants that a plan leaves out as a whole.
func uncovered(p app.Plan) int {
	n := 0
	for _, x := range p.NotCovered {
		if x.UserName == "" {
			n++
		}
	}
	return n
}

func offboardParts(sent, steps int) []string {
	var parts []string
	if sent > 0 {
		parts = append(parts, many(sent, "deactivation"))
	}
	if steps > 0 {
		parts = append(parts, many(steps, "step")+" by hand")
	}
	return parts
}

func offboardWords(sent, steps, left, tenants int) string {
	words := "Nothing would be sent"
	if sent+steps > 0 {
		words = upper(strings.Join(offboardParts(sent, steps), " and "))
	}
	if left > 0 {
		return words + "; " + count(left) + " of " + many(tenants, "tenant") + " not covered."
	}
	return words + "; all " + many(tenants, "tenant") + " covered."
}

func newOffboardTenant(l app.PersonList, d app.PersonDetail, p app.Plan, now time.Time) offboardTenant {
	v := offboardTenant{listView: newList(l, now), ByFile: l.Source == app.SourceFile, Icon: iconName("minus"), Tone: "context", State: "no account"}
	if len(l.Blocked) > 0 {
		v.Icon, v.Tone, v.State = iconName("triangle-alert"), "act", "not covered"
		v.What = append(knownThere(l, d), v.Words)
		return v
	}
	v.Words = value{}
	for _, a := range p.Actions {
		if a.TenantID != l.TenantID {
			continue
		}
		v.Icon, v.Tone, v.State = iconName("circle-dot"), "strong", "deactivate"
		if a.ByHand != "" {
			v.Icon, v.State = iconName("hand"), "by hand"
		}
		v.What = append(v.What, prose(firstOf(a.Account.UserName, a.Account.ID)+", "+plannedGroups(a)))
	}
	for _, x := range p.NotCovered {
		if x.Tenant == l.Tenant && x.UserName != "" {
			v.Icon, v.Tone, v.State = iconName("triangle-alert"), "look", "left out"
			v.What = append(v.What, prose(x.UserName+": "+x.Why))
		}
	}
	if len(v.What) == 0 {
		v.closed(l, d)
	}
	return v
}

// plannedGroups says of how many groups an account is a member that is to be
// closed.
func plannedGroups(a app.PlanAction) string {
	if a.MembershipsUnread {
		return "its groups were not read"
	}
	return inGroups(len(a.Memberships), a.MembershipsUnknown)
}

// knownThere are the person's active accounts that the list on show of a tenant
// has, though it cannot be relied on.
func knownThere(l app.PersonList, d app.PersonDetail) []value {
	var out []value
	for _, a := range d.Theirs {
		if a.TenantID == l.TenantID && !a.Closed && a.Situation != app.SituationDisputed && reconcile.Active(a.Account.Active) != reconcile.ActiveFalse {
			out = append(out, prose("has "+firstOf(a.Account.UserName, a.Account.ID)+" "+stateWord(a.Account.Active)+" in the list of "+a.Seen.UTC().Format(shortMoment)))
		}
	}
	return out
}

func stillEntitled(a app.PersonAccount) bool {
	return !a.Closed && slices.Contains(a.Kinds, reconcile.KindEntitled)
}

func newEntitled(a app.PersonAccount) entitledView {
	return entitledView{
		row(firstOf(a.Account.UserName, a.Account.ID)),
		filter{}.url(reconcile.FindingID(a.TenantID, a.Account.ID, reconcile.KindEntitled)),
	}
}

// closed says of a tenant in which nothing is to be done that there are
// accounts all the same.
func (v *offboardTenant) closed(l app.PersonList, d app.PersonDetail) {
	for _, a := range d.Theirs {
		if a.TenantID != l.TenantID {
			continue
		}
		state := stateWord(a.Account.Active)
		switch {
		case a.Closed:
			state = closedByUs
		case stillEntitled(a):
			v.Entitled = append(v.Entitled, newEntitled(a))
			state += ", still " + inGroups(a.Account.Groups, a.MembershipsUnknown)
		}
		v.What = append(v.What, prose(firstOf(a.Account.UserName, a.Account.ID)+": "+state))
	}
	switch {
	case len(v.Entitled) > 0:
		v.Icon, v.Tone, v.State = iconName("triangle-alert"), "look", "still entitled"
	case len(v.What) > 0:
		v.Icon, v.Tone, v.State = iconName("check"), "holds", "closed"
	}
}

func newOffboarding(o app.Offboarding, now time.Time) offboardingLine {
	p := o.Plan
	v := offboardingLine{
		Href: planURL(p.Hash), Short: shortHash(p.Hash), Ticket: row(p.Ticket), When: at(p.Created, now),
		What: accountsOf(len(p.Actions)) + " in " + planPlaces(p.Line()),
	}
	if w := p.Offboards; w != nil {
		v.Person, v.PersonHref = row(firstOf(w.Name, w.Number)), personURL(w.ID())
	}
	v.NotCovered, v.Undone = app.NotCoveredWords(p.NotCovered), newUndone(p.Line())
	v.State, v.Tone = offboardingState(o)
	return v
}

// offboardingState says how far an offboarding is, the worst first.
func offboardingState(o app.Offboarding) (state, tone string) {
	if o.Plan.State == "dropped" {
		return "dropped", "context"
	}
	if o.Plan.State == "planned" {
		return "nothing sent", "context"
	}
	for _, k := range []struct{ outcome, tone string }{
		{"failed", "act"}, {"unknown", "act"}, {"sent", "look"}, {"pending", "look"}, {"skipped", "look"}, {"by-hand", "look"}, {"done-unconfirmed", "look"},
	} {
		if n := o.Outcomes[k.outcome]; n > 0 {
			return count(n) + " of " + count(len(o.Plan.Actions)) + " " + app.OutcomeWords(k.outcome), k.tone
		}
	}
	if left := app.NotCoveredWords(o.Plan.NotCovered); left != "" {
		return count(len(o.Plan.Actions)) + " closed, " + strings.ToLower(left), "look"
	}
	return "all closed", "holds"
}

// mostHits is how many people the search for an offboarding lists.
const mostHits = 8

// offboardingShow is the help desk's first page: a search for the person, and
// what was offboarded before.
func (s *site) offboardingShow(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	v := offboardingView{Search: q.Get("q")}
	find := s.offboardingLeavers
	if strings.TrimSpace(v.Search) != "" {
		find = s.offboardingHits
	}
	if err := find(r, &v); err != nil {
		return err
	}
	if q.Has("open") && isPartial(r) && len(v.Hits) == 1 {
		s.moved(w, r, v.Hits[0].Href)
		return nil
	}
	if wants(r, "hits") {
		s.render(w, r, http.StatusOK, offboardingHits(v))
		return nil
	}
	page, err := s.app.Offboardings(r.Context(), q.Get("after"), plansPage)
	if err != nil {
		return err
	}
	for _, o := range page.List {
		v.Rows = append(v.Rows, newOffboarding(o, s.now()))
	}
	if page.Next != "" {
		v.Next = withQuery("/offboarding", "after", page.Next)
	}
	shell, frame, err := s.shellOf(r.Context(), "Offboarding", "offboarding")
	if err != nil {
		return err
	}
	if !frame.Roster {
		v.Blank = s.blankPeople(peopleFilter{}, nil)
	}
	s.render(w, r, http.StatusOK, offboardingPage(shell, v))
	return nil
}

// offboardingLeavers offers those who left, as the roster says or as it leaves
// them out, and whose accounts nobody closed yet.
func (s *site) offboardingLeavers(r *http.Request, v *offboardingView) error {
	page, err := s.app.People(r.Context(), app.PeopleFilter{Has: app.HasToClose, Limit: mostHits})
	if err != nil {
		return err
	}
	for _, p := range page.People {
		line := newPersonLine(p, peopleFilter{}, false)
		line.Href = line.Offboard
		v.Leavers = append(v.Leavers, line)
	}
	if more := page.Total - len(page.People); more > 0 {
		v.More, v.AllLeavers = "and "+count(more)+" more", filter{Kind: reconcile.KindLeaver}.url("")
	}
	return nil
}

func (s *site) offboardingHits(r *http.Request, v *offboardingView) error {
	page, err := s.app.People(r.Context(), app.PeopleFilter{Search: v.Search, Limit: mostHits})
	if err != nil {
		return err
	}
	for _, p := range page.People {
		line := newPersonLine(p, peopleFilter{}, false)
		line.Href = line.Offboard
		v.Hits = append(v.Hits, line)
	}
	v.Nobody = len(v.Hits) == 0
	if n := page.Total - len(v.Hits); n > 0 {
		v.More = "and " + count(n) + " more; type another letter"
	}
	return nil
}

// offboarded is what the plan page says of whom it offboards.
func offboarded(p app.Plan) *offboardingLine {
	if p.Offboards == nil {
		return nil
	}
	v := newOffboarding(app.Offboarding{Plan: p}, p.Created)
	return &v
}
