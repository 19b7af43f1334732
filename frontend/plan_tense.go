package frontend

import (
	"slices"
	"time"

	"rollcall/app"
)

// tenseView is what a plan's page says as of now: of what will be, of what was,
// or of what never came to be.
type tenseView struct {
	Sends, Requests, ReqNote string
	Calls                    string // heads the column of the calls
	RecordedHead             string
	Recorded                 []string
	Ran                      when  // zero before the run
	RanBy                    value // empty where that is not known
}

func newTense(p app.Plan, st app.RunState, now time.Time) tenseView {
	v := tenseView{Sends: "Sends", Calls: callsHead(p, st), RecordedHead: "What will be recorded", Recorded: recorded(p), Ran: at(p.Started, now), RanBy: row(p.RanBy)}
	v.Requests, v.ReqNote = requestWords(p)
	switch {
	case p.State == "dropped":
		v.Sends, v.ReqNote, v.RecordedHead = "Would have sent", "nothing was sent", "What is recorded"
		v.Recorded = []string{"The plan with its exact calls.", "That it was dropped, by whom and why."}
	case st.Begun:
		v.Sends, v.RecordedHead = "Sent", "What is recorded"
		v.Requests, v.ReqNote = sentWords(p, st)
	}
	return v
}

// sentWords is what a run sent until now.
func sentWords(p app.Plan, st app.RunState) (string, string) {
	calls := 0
	for _, a := range st.Actions {
		calls += a.Calls
	}
	sent, steps := sentAndSteps(p)
	switch {
	case sent == 0:
		return "nothing", many(steps, "step") + " for a person"
	case calls == 0:
		return "nothing", "of " + many(sent, "planned request")
	}
	return many(calls, "request"), "each read before and after"
}

// callsHead says what the column of calls has.
func callsHead(p app.Plan, st app.RunState) string {
	sent, steps := sentAndSteps(p)
	switch {
	case sent == 0 && steps > 0:
		return "What a person does"
	case steps > 0:
		return "Exact call, or what a person does"
	case st.Begun || p.State == "dropped":
		return "Exact call"
	}
	return "Exact call, after re-reading the account"
}

// recorded says what a run leaves in the record.
func recorded(p app.Plan) []string {
	n, steps := sentAndSteps(p)
	var out []string
	if n > 0 {
		out = append(out,
			"Before each call: the account, its groups and the exact request, on disk.",
			"After each call: what the tenant shows when the account is read back.",
			"An intent and an outcome for each call; an account that changed since is skipped, and the record says so.")
	}
	if steps > 0 {
		out = append(out, many(steps, "step")+" for a person; the next exported list confirms each.")
	}
	return append(out, "A signed checkpoint at the end.")
}

// beforeRun says how a run goes.
func beforeRun(p app.Plan) string {
	switch sent, steps := sentAndSteps(p); {
	case sent == 0:
		return "Nothing is read or sent: a step is opened for each account, and a person closes it. One that the newest file shows changed is skipped."
	case steps > 0:
		return "One after another. Each account that is reached over SCIM is read first; one that changed since the plan is skipped."
	}
	return "One after another. Each account is read first; one that changed since the plan is skipped."
}

// shownResults are the results of the rows on the page.
func (v *planView) shownResults(st app.RunState) []app.ActionResult {
	var out []app.ActionResult
	for _, g := range v.Groups {
		for _, r := range g.Rows {
			out = append(out, st.Actions[r.at])
		}
	}
	return out
}

// markSent says of each call whether it was sent; sent counts the first ones that
// were, by the number of the action.
func (v *planView) markSent(sent map[int]int) {
	for _, g := range v.Groups {
		for i, r := range g.Rows {
			for k := range r.Calls {
				g.Rows[i].Calls[k].Sent = "not sent"
				if k < sent[r.at+1] {
					g.Rows[i].Calls[k].Sent = "sent"
				}
			}
		}
	}
}

// maxNamedDeeds is how many accounts of a tenant the run dialog names.
const maxNamedDeeds = 3

// deedNames names the accounts of a deed: the first few, and how many more.
func deedNames(names []string) string {
	names = slices.Clone(names)
	slices.Sort(names)
	names = slices.Compact(names)
	out := ""
	for i, n := range names[:min(len(names), maxNamedDeeds)] {
		if i > 0 {
			out += ", "
		}
		out += visible(n, 60)
	}
	if more := len(names) - maxNamedDeeds; more > 0 {
		out += " and " + count(more) + " more"
	}
	return out
}
