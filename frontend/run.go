package frontend

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"rollcall/app"
)

// runView is how far a plan is.
type runView struct {
	Begun, Running, Stopping bool
	Ended                    bool
	Done, Total              int
	Words                    string // "4 of 6 done, about 3 s left"
	Counts                   []tally
	Problem                  *problemView
	Undo                     bool   // there is something to give back
	Poll                     string // how often to ask, as htmx writes it
}

// tally is how many actions came to one outcome.
type tally struct {
	N, Word, Tone string
}

func newRun(p app.Plan, st app.RunState, now time.Time) runView {
	v := runView{
		Begun: st.Begun, Running: st.Running, Stopping: st.Stopping, Total: len(st.Actions), Done: len(st.Actions) - st.Pending - sentOf(st) - (st.ByHand - st.Marked),
		Ended: st.Begun && !st.Running, Undo: st.Begun && !st.Running && p.Undoable > 0, Poll: "every 1s",
	}
	if len(st.Actions) > planRows {
		v.Poll = "every 3s"
	}
	v.Words = count(st.Confirmed+st.Marked) + " of " + count(v.Total) + " done" // what was skipped is not
	if st.Running {
		v.Words = count(v.Done) + " of " + count(v.Total) + " done"
		v.Words += remaining(app.Progress{Started: st.Started, Done: v.Done, Total: v.Total}, now)
	}
	v.Counts = tallies(st)
	if st.Problem != nil && !st.Running {
		list := problems([]app.Problem{*st.Problem})
		v.Problem = &list[0]
	}
	return v
}

func sentOf(st app.RunState) int {
	n := 0
	for _, a := range st.Actions {
		if a.Outcome == "sent" {
			n++
		}
	}
	return n
}

func tallies(st app.RunState) []tally {
	var out []tally
	add := func(n int, word, tone string) {
		if n > 0 {
			out = append(out, tally{count(n), word, tone})
		}
	}
	sent := 0
	if st.Running {
		sent = sentOf(st)
	}
	add(st.Confirmed, "confirmed", "holds")
	add(st.Skipped, "skipped", "look")
	add(st.Failed, "failed", "act")
	add(st.ByHand-st.Marked, "by hand, open", "look")
	add(st.Marked, "by hand, marked: waiting for the next file", "look")
	add(st.Unknown-sent, "unknown", "look")
	add(sent, "under way", "context")
	add(st.Pending, "not begun", "context")
	return out
}

func newOutcome(a app.ActionResult, now time.Time) outcomeView {
	v := outcomeView{Word: app.OutcomeWords(a.Outcome), Tone: "look", Why: row(moments(a.Why)), Doubt: timed(a.Doubt), When: at(a.At, now)}
	switch a.Outcome {
	case "confirmed", "confirmed-gone":
		v.Tone = "holds"
	case "failed":
		v.Tone = "act"
	case "by-hand":
		v.Why = value{} // the step itself says what
	case "sent":
		v.Tone = "context"
	case "pending":
		v.Tone, v.When = "context", when{}
	}
	return v
}

// runStart runs the plan in the background; the page tells how it goes.
func (s *site) runStart(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	confirms, err := typedTotals(r.PostForm)
	if err != nil {
		return err
	}
	hash := r.PathValue("hash")
	if err := s.needsTotals(r, hash, confirms); err != nil {
		return err
	}
	if err := s.app.StartRun(hash, confirms...); err != nil {
		return err
	}
	s.moved(w, r, planURL(hash))
	return nil
}

// confirmID is the field of the i-th total that is above a ceiling.
func confirmID(i int) string { return "run-confirm-" + strconv.Itoa(i) }

// typedTotals are the totals that were typed, each beside the tenant's name.
func typedTotals(f url.Values) (out []app.Confirm, err error) {
	for i, typed := range f["confirm"] {
		if typed == "" || i >= len(f["above"]) {
			continue
		}
		n, err := strconv.Atoi(typed)
		if err != nil || n < 0 {
			return nil, &app.Error{Kind: app.KindUsage, Text: "The total has to be a number.", Do: "Type it as the dialog shows it.", Field: confirmID(i)}
		}
		out = append(out, app.Confirm{Tenant: f["above"][i], Total: n})
	}
	return out, nil
}

// needsTotals words for a page what a terminal answers with a flag.
func (s *site) needsTotals(r *http.Request, hash string, confirms []app.Confirm) error {
	st, err := s.app.RunState(r.Context(), hash)
	if err != nil || st.Undoes {
		return err
	}
	above := 0
	for _, c := range st.Ceilings {
		if c.Total > c.Limit && !slices.Contains(confirms, app.Confirm{Tenant: c.Tenant, Total: c.Total}) {
			return &app.Error{
				Kind: app.KindRefused, Text: "This would touch " + accountsOf(c.Total) + " of " + c.Tenant + " within 24 hours; the ceiling is " + count(c.Limit) + ".",
				Do:    "If that is meant, type " + strconv.Itoa(c.Total) + " for it.",
				Field: confirmID(above),
			}
		}
		if c.Total > c.Limit {
			above++
		}
	}
	return nil
}

// planDrop decides that the plan is not run.
func (s *site) planDrop(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	hash := r.PathValue("hash")
	if _, err := s.app.DropPlan(r.Context(), hash, r.PostForm.Get("reason")); err != nil {
		return err
	}
	s.decided(w, r, planURL(hash), "Plan dropped")
	return nil
}

// runStop ends the run between two calls.
func (s *site) runStop(w http.ResponseWriter, r *http.Request) error {
	hash := r.PathValue("hash")
	if err := s.app.CancelRun(hash); err != nil {
		return err
	}
	s.moved(w, r, planURL(hash))
	return nil
}

// planUndo plans the way back from a run.
func (s *site) planUndo(w http.ResponseWriter, r *http.Request) error {
	p, err := s.app.Undo(r.Context(), r.PathValue("hash"), "", false)
	if err != nil {
		return err
	}
	s.moved(w, r, planURL(p.Hash))
	return nil
}

func undoURL(seq int64) string { return "/record/" + strconv.FormatInt(seq, 10) + "/undo" }

// entryUndo plans the way back from one action.
func (s *site) entryUndo(w http.ResponseWriter, r *http.Request) error {
	seq, err := strconv.ParseInt(r.PathValue("seq"), 10, 64)
	if err != nil {
		return errNoPage
	}
	p, err := s.app.Undo(r.Context(), strconv.FormatInt(seq, 10), "", false)
	if err != nil {
		return err
	}
	s.moved(w, r, planURL(p.Hash))
	return nil
}

// planAllow allows changes in a tenant of the plan, with a reason and under the
// plan's ticket.
func (s *site) planAllow(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	p, err := s.app.PlanByHash(r.Context(), r.PathValue("hash"))
	if err != nil {
		return err
	}
	tenant := r.PostForm.Get("tenant")
	if !slices.ContainsFunc(p.Actions, func(a app.PlanAction) bool { return a.TenantID == tenant }) {
		return &app.Error{Kind: app.KindUsage, Text: "The plan does nothing in that tenant.", Do: "Open the plan again; changes are allowed for a tenant in its settings."}
	}
	if _, err := s.app.AllowWritesFor(r.Context(), tenant, r.PostForm.Get("reason"), p.Ticket); err != nil {
		return err
	}
	s.moved(w, r, planURL(p.Hash))
	return nil
}

// stepDone notes that a person closed an account by hand.
func (s *site) stepDone(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil {
		return errNoPage
	}
	hash := r.PathValue("hash")
	if _, err := s.app.StepDone(r.Context(), hash, n, r.PostForm.Get("note")); err != nil {
		return err
	}
	s.moved(w, r, planURL(hash)+"?"+url.Values{"from": {strconv.Itoa(n)}}.Encode()+"#"+actionID(n))
	return nil
}
