package frontend

import (
	"net/http"
	"net/url"
	"time"

	"rollcall/app"
)

// revisionPage is how many revisions one answer lists.
const revisionPage = 50

// revisionsView is every import of a roster.
type revisionsView struct {
	Rows  revisionRows
	Blank *blankView
}

// revisionRows is a part of the list.
type revisionRows struct {
	Rows []revisionLine
	More string
}

// revisionLine is one import.
type revisionLine struct {
	ID          string
	Number      string // "–" where it was not used
	Href        string // who was changed by it; "" where nobody knows
	Source      value
	File        value
	When        when
	By          value
	People      string
	Contents    string
	SHA, Digest string
	State, Tone string
	Changes     []kindChip // with the way to who they are
	Problems    []problemView
}

// changesView is what one revision did.
type changesView struct {
	Line  revisionLine
	Rows  changeRows
	Blank bool
}

// changeRows is a part of the people of one kind of change.
type changeRows struct {
	Rows []changeLine
	More string
}

// changeLine is what a revision did to one person.
type changeLine struct {
	Name, Number value
	Href         string
	What         []value
}

// changeKinds in the order in which they are told.
var changeKinds = []struct{ Kind, Label string }{
	{app.ChangeAdded, "added"}, {app.ChangeChanged, "changed"}, {app.ChangeMissing, "presumed left"}, {app.ChangeRemoved, "removed"},
}

// revisionsURL is the list of revisions, or one of them.
func revisionsURL(id string, pairs ...string) string {
	path := "/roster"
	if id != "" {
		path += "/" + url.PathEscape(id)
	}
	return withQuery(path, pairs...)
}

func (s *site) revisionsShow(w http.ResponseWriter, r *http.Request) error {
	page, err := s.app.RosterRevisions(r.Context(), r.URL.Query().Get("after"), revisionPage)
	if err != nil {
		return err
	}
	v := revisionsView{}
	for _, one := range page.Revisions {
		v.Rows.Rows = append(v.Rows.Rows, newRevision(one, "", s.now()))
	}
	if page.Next != "" {
		v.Rows.More = revisionsURL("", "after", page.Next)
	}
	if wants(r, "more") {
		s.render(w, r, http.StatusOK, revisionPart(v.Rows))
		return nil
	}
	if len(v.Rows.Rows) == 0 {
		v.Blank = s.blankPeople(peopleFilter{}, nil)
	}
	shell, _, err := s.shellOf(r.Context(), "Revisions", "people")
	if err != nil {
		return err
	}
	s.render(w, r, http.StatusOK, revisionsPage(shell, v))
	return nil
}

func newRevision(r app.RosterRevision, kind string, now time.Time) revisionLine {
	v := revisionLine{
		ID: r.ID, Number: count(r.Revision), Source: row(r.Source), File: row(r.File), When: at(r.Imported, now), By: row(firstOf(r.By, "not kept")),
		People: count(r.People), Contents: contentsWords(r.Contents), Digest: visible(r.SHA256, 64), SHA: visible(r.SHA256, 12),
		State: "taken", Tone: "holds", Problems: problems(r.Problems),
	}
	switch {
	case r.Held:
		v.Number, v.State, v.Tone = "–", "held", "look"
		return v
	case r.Lost:
		v.State, v.Tone = "its people are lost", "act"
		return v
	}
	v.Href = revisionsURL(r.ID)
	counts := map[string]int{app.ChangeAdded: r.Added, app.ChangeChanged: r.Changed, app.ChangeMissing: r.Missing, app.ChangeRemoved: r.Removed}
	for _, c := range changeKinds {
		if n := counts[c.Kind]; n > 0 {
			v.Changes = append(v.Changes, kindChip{Label: c.Label, Count: count(n), Href: revisionsURL(r.ID, "change", c.Kind), Current: kind == c.Kind})
		}
	}
	return v
}

// revisionShow is who was added, changed or missing in one revision.
func (s *site) revisionShow(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	id := r.PathValue("id")
	page, err := s.app.RosterChanges(r.Context(), id, q.Get("change"), q.Get("after"), pageSize)
	if err != nil {
		return err
	}
	kind := page.Kind
	v := changesView{Line: newRevision(page.Revision, kind, s.now()), Blank: len(page.Changes) == 0}
	for _, c := range page.Changes {
		line := changeLine{Name: row(firstOf(c.Name, c.Number)), Number: row(c.Number), Href: personURL(c.ID)}
		if kind == app.ChangeRemoved {
			line.Href = ""
		}
		for _, what := range c.What {
			line.What = append(line.What, prose(changedWords(what)))
		}
		v.Rows.Rows = append(v.Rows.Rows, line)
	}
	if page.Next != "" {
		v.Rows.More = revisionsURL(id, "change", kind, "after", page.Next)
	}
	if wants(r, "more") {
		s.render(w, r, http.StatusOK, changePart(v.Rows))
		return nil
	}
	shell, _, err := s.shellOf(r.Context(), "Revision "+v.Line.Number, "people")
	if err != nil {
		return err
	}
	s.render(w, r, http.StatusOK, changesPage(shell, v))
	return nil
}
