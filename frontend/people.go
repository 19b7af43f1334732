package frontend

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"rollcall/app"
)

// peopleFilter is what the address of the people chooses.
type peopleFilter struct {
	State, Has, Search string
}

func peopleFilterOf(q url.Values) peopleFilter {
	return peopleFilter{State: q.Get("state"), Has: q.Get("has"), Search: q.Get("q")}
}

// url is the address that shows the filter's people, with one of them open
// unless id is empty; more are further pairs of names and values.
func (f peopleFilter) url(id string, more ...string) string {
	path := "/people"
	if id != "" {
		path = personURL(id)
	}
	return withQuery(path, append([]string{"state", f.State, "has", f.Has, "q", f.Search}, more...)...)
}

func (f peopleFilter) withState(state string) peopleFilter { f.State = state; return f }

// personURL is the address of a person by [app.PersonID].
func personURL(id string) string { return "/people/" + url.PathEscape(id) }

// stateWord is how the pages speak of a person's state.
type personWord struct{ State, Label, Tone string }

// personStates in the order in which they are offered.
var personStates = []personWord{
	{app.StateActive, "Active", "quiet"}, {app.StateOnLeave, "On leave", "quiet"}, {app.StatePreHire, "Pre-hire", "quiet"},
	{app.StateLeft, "Left", "look"}, {app.StatePresumed, "Presumed left", "look"},
}

// hasOption is a filter by what people have.
type hasOption struct {
	Value, Label string
	Selected     bool
}

var hasOptions = []hasOption{
	{"", "any accounts", false}, {app.HasAccounts, "has accounts", false}, {app.HasActive, "has active accounts", false},
	{app.HasNone, "has no account", false}, {app.HasFindings, "has open findings", false},
}

// peopleView is the people page.
type peopleView struct {
	Filter  peopleFilter
	Summary string
	Roster  *rosterFacts // nil where none was imported
	States  []kindChip
	Has     []hasOption
	Rows    peopleRows
	Detail  *personView
	Gone    *failure
	Blank   *blankView
}

// peopleRows is a part of the list.
type peopleRows struct {
	Count, Note string // "" of a part that is not the first
	Rows        []personLine
	More        string
}

// personLine is one row.
type personLine struct {
	Name, Number, Manager value
	Status                string
	Tone                  string
	Accounts              string
	Alarm                 bool // somebody who left has active accounts
	Findings              string
	Href, Offboard        string
	Current               bool
}

// peopleShow is the people: the page, the list, a part of it or one person, as
// htmx asks.
func (s *site) peopleShow(w http.ResponseWriter, r *http.Request) error {
	f, chosen := peopleFilterOf(r.URL.Query()), r.PathValue("key")
	if wants(r, "detail") && chosen != "" {
		d, err := s.app.Person(r.Context(), chosen)
		if err != nil {
			return err
		}
		s.render(w, r, http.StatusOK, personBody(s.newPerson(d)))
		return nil
	}
	page, err := s.app.People(r.Context(), app.PeopleFilter{
		State: f.State, Has: f.Has, Search: f.Search, After: r.URL.Query().Get("after"), Limit: sizeOf(f.Search),
	})
	if err != nil {
		return err
	}
	if wants(r, "more") {
		s.render(w, r, http.StatusOK, peoplePart(newPeopleRows(page, f, "", true)))
		return nil
	}
	roster, err := s.app.Roster(r.Context())
	if err != nil {
		return err
	}
	v := s.newPeople(page, f, roster)
	if chosen == "" && len(page.People) > 0 {
		chosen = page.People[0].ID
	}
	v.Rows = newPeopleRows(page, f, chosen, false)
	if err := s.choosePerson(r.Context(), &v, chosen); err != nil {
		return err
	}
	if wants(r, "listing") {
		s.render(w, r, http.StatusOK, peopleListing(v))
		return nil
	}
	shell, _, err := s.shellOf(r.Context(), "People", "people")
	if err != nil {
		return err
	}
	s.render(w, r, http.StatusOK, peoplePage(shell, v))
	return nil
}

func (s *site) newPeople(page app.PeoplePage, f peopleFilter, roster *app.Roster) peopleView {
	v := peopleView{Filter: f, Roster: newRosterFacts(roster, s.now())}
	all := 0
	for _, n := range page.ByState {
		all += n
	}
	v.Summary = many(all, "person", "people")
	v.States = []kindChip{{Label: "All", Count: count(all), Href: f.withState("").url(""), Current: f.State == ""}}
	for _, w := range personStates {
		v.States = append(v.States, kindChip{Label: w.Label, Count: count(page.ByState[w.State]), Href: f.withState(w.State).url(""), Current: f.State == w.State})
	}
	for _, h := range hasOptions {
		h.Selected = h.Value == f.Has
		v.Has = append(v.Has, h)
	}
	if len(page.People) == 0 {
		v.Blank = s.blankPeople(f, roster)
	}
	return v
}

func (s *site) blankPeople(f peopleFilter, roster *app.Roster) *blankView {
	switch {
	case roster == nil:
		return &blankView{
			Head: "No roster yet", Text: "Here will be everybody whom HR knows, with their accounts in every tenant. Import the list of people first.",
			Href: importURL, Link: "Import the list of people",
		}
	case f != peopleFilter{}:
		return &blankView{Head: "Nobody matches", Text: "A search finds the beginnings of words in name, employee number, login and e-mail address.", Href: "/people", Link: "Everybody"}
	}
	return &blankView{
		Head: "Nobody is on show", Text: "The file that was imported is not used yet. The revisions say why.", Href: revisionsURL(""), Link: "Revisions",
	}
}

func (s *site) choosePerson(ctx context.Context, v *peopleView, id string) error {
	if id == "" || v.Blank != nil {
		return nil
	}
	d, err := s.app.Person(ctx, id)
	if err != nil {
		v.Gone, err = goneOr(err)
		return err
	}
	p := s.newPerson(d)
	v.Detail = &p
	return nil
}

func newPeopleRows(page app.PeoplePage, f peopleFilter, chosen string, part bool) peopleRows {
	var v peopleRows
	if !part {
		v.Count = many(page.Total, "person", "people")
		if page.More {
			v.Count = "More than " + count(app.MostFound) + " people match"
			v.Note = "the first " + count(app.MostFound) + " that were found are listed; type another letter for fewer"
		}
	}
	for _, p := range page.People {
		v.Rows = append(v.Rows, newPersonLine(p, f, p.ID == chosen))
	}
	if page.Next != "" {
		v.More = f.url("", "after", page.Next)
	}
	return v
}

func newPersonLine(p app.PersonRow, f peopleFilter, current bool) personLine {
	v := personLine{
		Name: row(firstOf(p.Name, p.Number)), Number: row(p.Number), Manager: row(managerWords(p)), Accounts: accountCount(p),
		Alarm: p.Gone() && p.Active > p.Closed, Href: f.url(p.ID), Offboard: offboardURL(p.ID), Current: current,
	}
	v.Status, v.Tone = statusWords(p)
	if p.Findings > 0 {
		v.Findings = count(p.Findings)
	}
	return v
}

// statusWords says a person's state with the day that matters.
func statusWords(p app.PersonRow) (words, tone string) {
	tone = "context"
	switch {
	case p.State == app.StateLeft && p.End != "":
		words = "left " + day(p.End)
	case p.State == app.StateActive && p.End != "":
		words = "last day " + day(p.End)
		tone = "look"
	case p.State == app.StatePreHire && p.Start != "":
		words = "starts " + day(p.Start)
	default:
		words = visible(p.State, rowMax)
	}
	if p.Gone() && p.Active > p.Closed {
		tone = "act"
	}
	return words, tone
}

// managerWords are the manager's name with the number that stands on the
// roster, or what stands there where it is nobody's number.
func managerWords(p app.PersonRow) string {
	return firstOf(nameAndNumber(p.ManagerName, p.Manager), p.Manager)
}

func nameAndNumber(name, number string) string {
	if name == "" || name == number {
		return ""
	}
	return name + " (" + number + ")"
}

// accountCount is a person's accounts: "2 in 2 tenants", or how many of them are
// active where that is the question.
func accountCount(p app.PersonRow) string {
	if p.Accounts == 0 {
		return "none"
	}
	switch {
	case p.Active == 0:
		return "none of " + count(p.Accounts) + " active"
	case p.Active == p.Closed:
		return count(p.Closed) + " " + closedByUs
	case p.Gone():
		return count(p.Active-p.Closed) + " of " + count(p.Accounts) + " active"
	}
	return count(p.Accounts) + " in " + many(p.Tenants, "tenant")
}

// rosterFacts is the roster that people are judged by, on one line.
type rosterFacts struct {
	Source, File   value
	Revision       string
	SHA, Digest    string // the first digits, and all of them
	Imported       when
	People         string
	Contents       string
	Held, Problems []problemView
}

func newRosterFacts(r *app.Roster, now time.Time) *rosterFacts {
	if r == nil {
		return nil
	}
	v := &rosterFacts{
		Source: row(r.Source), File: row(r.File), Revision: count(r.Revision), Digest: visible(r.SHA256, 64), SHA: visible(r.SHA256, 12),
		Imported: at(r.Imported, now), People: many(r.People, "row"), Contents: contentsWords(r.Contents), Problems: problems(r.Problems),
	}
	if r.Held {
		v.Held = []problemView{{Text: prose("A newer file waits for a person's word: revision " + v.Revision + " is shown.")}}
	}
	return v
}

func contentsWords(contents string) string {
	if contents == app.ContentsActive {
		return "lists active people only"
	}
	return "lists leavers too"
}
