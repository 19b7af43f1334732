package frontend

import (
	"context"

	"rollcall/app"
)

// maxSiblings is how many other plans of its ticket a plan's page names.
const maxSiblings = 8

func ticketPlansURL(ticket string) string { return withQuery("/plans", "ticket", ticket) }

// setSiblings names the other plans of the same ticket, with how far each is.
func (s *site) setSiblings(ctx context.Context, v *planView, p app.Plan) error {
	page, err := s.app.PlansAfter(ctx, p.Ticket, "", maxSiblings+1)
	if err != nil {
		return err
	}
	for _, other := range page.List {
		if other.Hash == p.Hash || len(v.Siblings) == maxSiblings {
			continue
		}
		line := newPlanLine(other, s.now())
		if v.Run.Ended && other.State == "planned" && !givesBack(other) {
			v.Next = &line
		}
		v.Siblings = append(v.Siblings, line)
	}
	if more := page.Total - 1 - len(v.Siblings); more > 0 {
		v.MoreSibl = "and " + count(more) + " more"
	}
	return nil
}

// givesBack says of a plan that it is the way back from another.
func givesBack(p app.PlanLine) bool { return p.Action == "reactivate" || p.Action == "add-membership" }
