package frontend

import (
	"context"
	"net/http"
	"strconv"
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
	Newer   string // address of the plans before; "" at the start
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
	skip, _ := strconv.Atoi(r.URL.Query().Get("skip")) // anything else is the start
	ticket := strings.TrimSpace(r.URL.Query().Get("ticket"))
	find := s.app.PlansFrom
	if ticket != "" {
		find = func(ctx context.Context, skip, limit int) ([]app.Plan, int, error) {
			return s.app.PlansOfTicket(ctx, ticket, skip, limit)
		}
	}
	plans, total, err := find(r.Context(), skip, plansPage)
	if err != nil {
		return err
	}
	shell, _, err := s.shellOf(r.Context(), "Plans", "plans")
	if err != nil {
		return err
	}
	s.render(w, r, http.StatusOK, plansDocument(shell, newPlans(plans, ticket, total, max(skip, 0), s.now())))
	return nil
}

func newPlans(plans []app.Plan, ticket string, total, skip int, now time.Time) plansView {
	v := plansView{Summary: many(total, "plan"), Ticket: ticket}
	from := func(skip int) string { return withQuery("/plans", "ticket", ticket, "skip", strconv.Itoa(skip)) }
	if skip > 0 {
		v.Newer = from(max(0, skip-plansPage))
	}
	if skip+len(plans) < total {
		v.Older = from(skip + len(plans))
	}
	for _, p := range plans {
		v.Rows = append(v.Rows, newPlanLine(p, now))
	}
	return v
}

func newPlanLine(p app.Plan, now time.Time) planLine {
	w := verbOf(p)
	v := planLine{
		Short: shortHash(p.Hash), Href: planURL(p.Hash), Ticket: row(p.Ticket), TicketHref: ticketPlansURL(p.Ticket), Created: at(p.Created, now),
		What: w.Verb + " " + many(len(p.Actions), w.One), Left: app.NotCoveredWords(p.NotCovered), Undone: newUndone(p),
	}
	if len(p.Actions) > 0 {
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
