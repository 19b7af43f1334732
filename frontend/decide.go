package frontend

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"rollcall/app"
	"rollcall/app/reconcile"
)

// decideView is what a person can decide about a finding without sending
// anything: whose the account is, and that it may stay for a while.
type decideView struct {
	ID         string // of the finding; "" where nothing can be decided
	Name       value
	Tenant     value
	Badge      string
	CanLink    bool
	Candidates []candidateView // offered as whose the account is
	Day        string          // proposed as the last of an exception
}

// exceptDays is how many days ahead an exception is proposed to end.
const exceptDays = 90

func (s *site) decideOf(d app.FindingDetail, candidates []candidateView) decideView {
	v := decideView{Name: row(firstOf(d.Account.UserName, d.Account.ID)), Tenant: row(d.Tenant), Badge: wordsFor(d.Kind).Badge}
	if d.ID == "" || strings.Trim(d.ID, "0123456789abcdef") != "" || d.Closed != nil || d.Excepted != nil {
		return v
	}
	today := s.now()
	v.ID, v.Candidates = d.ID, candidates
	v.CanLink = d.Kind == reconcile.KindOrphaned || d.Kind == reconcile.KindDisputed || d.Kind == reconcile.KindCollision || d.Kind == reconcile.KindLeaver
	v.Day = isoDay(today, exceptDays)
	return v
}

func isoDay(now time.Time, ahead int) string { return now.AddDate(0, 0, ahead).Format(time.DateOnly) }

// decided answers a form that decided something: the dialog closes, a line says
// what was done, and the page shows itself anew.
func (s *site) decided(w http.ResponseWriter, r *http.Request, back, words string) {
	if !isPartial(r) {
		http.Redirect(w, r, back, http.StatusSeeOther)
		return
	}
	w.Header().Set("HX-Trigger", saying("rollcall-decided", words))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
}

// findingExcept leaves a finding alone until a day.
func (s *site) findingExcept(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	d, err := s.app.Finding(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	e, err := s.app.ExceptFinding(r.Context(), app.ExceptRequest{
		Tenant: d.TenantID, Account: d.Account.ID, Kind: d.Kind,
		Until: strings.TrimSpace(r.PostForm.Get("until")), Reason: strings.TrimSpace(r.PostForm.Get("reason")),
		Ticket: r.PostForm.Get("ticket"),
	})
	if err != nil {
		return err
	}
	s.staged.drop(d.ID)
	s.decided(w, r, "/findings", "Left alone until "+day(e.Until))
	return nil
}

// decisionsView is every exception and link in force.
type decisionsView struct {
	Summary    string
	Exceptions []exceptionLine
	Links      []linkLine
}

// exceptionLine is one exception.
type exceptionLine struct {
	Account, Tenant, Reason, By value
	Href                        string // of the finding
	Kind, Note                  string
	Effect                      string // of ending it
	Until                       string // the day
	Since                       when
	ID                          string // of the finding
}

// linkLine is one link.
type linkLine struct {
	Account, Tenant, Person, Number, Reason, By value
	Href                                        string // of the account
	Note                                        string
	Effect                                      string // of ending it
	Since                                       when
	ID                                          string // as linkID has it
}

func (s *site) decisionsShow(w http.ResponseWriter, r *http.Request) error {
	exceptions, err := s.app.Exceptions(r.Context(), "")
	if err != nil {
		return err
	}
	links, err := s.app.Links(r.Context(), "")
	if err != nil {
		return err
	}
	shell, _, err := s.shellOf(r.Context(), "Decisions", "decisions")
	if err != nil {
		return err
	}
	s.render(w, r, http.StatusOK, decisionsDocument(shell, newDecisions(exceptions, links, s.now())))
	return nil
}

// ofBefore is said of what was decided about a tenant that was removed since.
const (
	ofBefore    = "holds no more: the tenant was added anew since"
	endOfBefore = "An account of the tenant that it may be about is planned with others again."
)

func newDecisions(exceptions []app.Exception, links []app.Link, now time.Time) decisionsView {
	v := decisionsView{Summary: many(len(exceptions), "exception") + ", " + many(len(links), "link")}
	for _, e := range exceptions {
		line := exceptionLine{
			Account: row(firstOf(e.UserName, e.ID)), Tenant: row(e.Tenant), Reason: prose(e.Reason), By: row(e.By),
			Kind: wordsFor(e.Kind).Badge, Until: day(e.Until), Since: at(e.Since, now),
			ID: e.Finding, Href: filter{}.url(e.Finding), Effect: "The finding is listed again at once.",
		}
		if e.Before {
			line.Note, line.Effect, line.Href = ofBefore, endOfBefore, accountFilter{Tenant: e.TenantID}.url("account", e.ID)
		}
		v.Exceptions = append(v.Exceptions, line)
	}
	for _, l := range links {
		line := linkLine{
			Account: row(firstOf(l.UserName, l.ID)), Tenant: row(l.Tenant), Person: row(firstOf(l.Person.Name, l.Person.Number)),
			Number: row(l.Person.Number), Reason: prose(l.Reason), By: row(l.By), Since: at(l.Since, now), ID: linkID(l),
			Href:   accountFilter{Tenant: l.TenantID}.url("account", l.ID),
			Effect: "The rules decide again whose the account is; it may become a finding.",
		}
		switch {
		case l.Before:
			line.Note, line.Effect = ofBefore, endOfBefore
		case l.Former:
			line.Note = "account or number may be another's by now"
		case l.Gone:
			line.Note = "not on the roster any more"
		}
		v.Links = append(v.Links, line)
	}
	return v
}

// decisionsUnexcept ends an exception before its day.
func (s *site) decisionsUnexcept(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	list, err := s.app.Exceptions(r.Context(), "")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(e app.Exception) bool { return e.Finding == r.PostForm.Get("which") })
	if i < 0 {
		return errEnded
	}
	e := list[i]
	if _, err := s.app.UnexceptFinding(r.Context(), e.TenantID, e.ID, e.Kind, strings.TrimSpace(r.PostForm.Get("reason"))); err != nil {
		return err
	}
	s.decided(w, r, decisionsPath, "Exception ended: "+visible(firstOf(e.UserName, e.ID), rowMax))
	return nil
}

// decisionsUnlink ends a link; the rules decide again.
func (s *site) decisionsUnlink(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	list, err := s.app.Links(r.Context(), "")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(l app.Link) bool { return linkID(l) == r.PostForm.Get("which") })
	if i < 0 {
		return errEnded
	}
	l := list[i]
	if _, err := s.app.UnlinkAccount(r.Context(), l.TenantID, l.ID, strings.TrimSpace(r.PostForm.Get("reason"))); err != nil {
		return err
	}
	s.decided(w, r, decisionsPath, "Link ended: "+visible(firstOf(l.UserName, l.ID), rowMax))
	return nil
}

// errEnded answers who ends what is not in force any more.
var errEnded = &app.Error{Kind: app.KindNotFound, Text: "This decision is not in force any more.", Do: "Open the page again."}

// linkID names a link in a page: an account's own id can be any text.
func linkID(l app.Link) string { return reconcile.FindingID(l.TenantID, l.ID, "link") }

const decisionsPath = "/decisions"

// A dialog is named after what it is about, and so are its fields: one about
// something else is another dialog, and nothing that was typed passes to it.
func exceptDialogID(finding string) string { return "except-" + finding }

func linkDialogID(finding string) string { return "link-" + finding }

func decideURL(id, verb string) string { return "/findings/" + url.PathEscape(id) + "/" + verb }
