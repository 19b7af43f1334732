package frontend

import (
	"net/http"
	"strings"
	"time"

	"rollcall/app"
)

// plansPage is how many plans one page lists.
const plansPage = 50

// plansView is what was planned.
type plansView struct {
	Summary string
	Ticket  string // of which only the plans are shown; "" for all
	Rows    []planLine
	Newest  string // address of the first page; "" there
	Older   string // address of the plans after; "" at the end
}

// planLine is one plan in the list.
type planLine struct {
	Short, Href string
	Ticket      value
	TicketHref  string // the plans under it
	What        string
	Left        string // how much is not covered; "" for nothing
	Where       value
	State, Tone string
	Undone      undoneView
	Created     when
}

func (s *site) plansList(w http.ResponseWriter, r *http.Request) error {
	ticket, after := strings.TrimSpace(r.URL.Query().Get("ticket")), r.URL.Query().Get("after")
	page, err := s.app.PlansAfter(r.Context(), ticket, after, plansPage)
	if err != nil {
		return err
	}
	shell, _, err := s.shellOf(r.Context(), "Plans", "plans")
	if err != nil {
		return err
	}
	s.render(w, r, http.StatusOK, plansDocument(shell, newPlans(page, ticket, after, s.now())))
	return nil
}

func newPlans(page app.PlanLines, ticket, after string, now time.Time) plansView {
	v := plansView{Summary: many(page.Total, "plan"), Ticket: ticket}
	if after != "" {
		v.Newest = withQuery("/plans", "ticket", ticket)
	}
	if page.Next != "" {
		v.Older = withQuery("/plans", "ticket", ticket, "after", page.Next)
	}
	for _, p := range page.List {
		v.Rows = append(v.Rows, newPlanLine(p, now))
	}
	return v
}

func newPlanLine(p app.PlanLine, now time.Time) planLine {
	w := verbOf(p)
	v := planLine{
		Short: shortHash(p.Hash), Href: planURL(p.Hash), Ticket: row(p.Ticket), TicketHref: ticketPlansURL(p.Ticket), Created: at(p.Created, now),
		What: w.Verb + " " + many(p.Actions, w.One), Left: p.LeftOut(), Undone: newUndone(p),
	}
	if p.Actions > 0 {
		v.Where = row(planPlaces(p))
	}
	switch p.State {
	case "done":
		v.State, v.Tone = endedWords(p)
	case "dropped":
		v.State, v.Tone = "dropped", "context"
	case "running":
		v.State, v.Tone = "begun", "look"
	default:
		v.State, v.Tone = "nothing sent", "context"
	}
	return v
}
