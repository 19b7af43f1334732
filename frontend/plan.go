package frontend

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"rollcall/app"
)

// planRows is how many actions one part of a plan's page lists.
const planRows = 200

// planView is one plan and, once it was begun, its run.
type planView struct {
	Hash      string // whole, for addresses
	Whole     string // the same, for people
	Short     string
	State     string
	Tone      string     // of State
	Siblings  []planLine // the other plans of its ticket, the newest first
	MoreSibl  string     // how many more there are; "" for none
	Next      *planLine  // of these, the one to go on with after the run; nil: none
	Does      string     // what is sent and what is done by hand
	Steps     bool       // something is done by hand
	Left      string     // how much is not covered; "" for nothing
	Undone    undoneView
	Undoes    []planRef // the plans whose way back it is
	Ticket    value
	Record    recordFilter // what was recorded under the ticket
	Created   when
	Ceilings  []ceilingView
	Fresh     []freshView
	Tenants   []planTenant // of a plan in several tenants, in place of the two above
	Tense     tenseView
	Groups    []planGroup
	Older     string // address of the rows before; "" at the start
	Newer     string // address of the rows after; "" at the end
	Range     string // which rows are shown; "" for all
	Warnings  []value
	NotCov    []value
	NotCovMor string
	Run       runView
	Go        goView
	Drop      string           // address that drops the plan; "" where it cannot be
	Dropped   value            // why it was dropped
	Offboards *offboardingLine // nil of a plan that offboards nobody
}

// saysMore says whether there is more to the plan than its calls, which the
// figures count.
func (v planView) saysMore() bool {
	return v.Steps || v.Left != "" || v.Offboards != nil || len(v.Undoes) > 0 || v.Undone.Words != ""
}

// ceilingView is how many accounts of a tenant may be touched.
type ceilingView struct {
	Tenant value
	Words  string
	Note   string
	Done   int
	Max    int
	Over   bool
}

// freshView is the list that a plan stands on.
type freshView struct {
	Tenant value
	Taken  when
	Note   value
}

// planGroup is the actions of one tenant.
type planGroup struct {
	Tenant value
	Means  string
	Tone   string
	Rows   []planRow
}

// planRow is one action.
type planRow struct {
	at      int // its place in the plan
	N       string
	Name    value
	User    value
	Call    value // method and path, or what a person does
	Effect  string
	ByHand  bool
	Calls   []callView
	Undo    value
	NoUndo  bool
	Why     value
	Outcome outcomeView
	Note    value // of whoever closed the account by hand
	Undone  undoneView
	UndoOne string // address that plans the undo of this action alone; "" where there is nothing to give back
	Step    string // address that says a step is done; "" for none
	NewFile string // where the file is imported that a step waits for; "" for none
}

// callView is one request form, in words and as HTTP.
type callView struct {
	Words value
	Line  value
	Body  string
	Sent  string // "sent" or "not sent" after a run; "" before it
}

// outcomeView is what one action came to.
type outcomeView struct {
	Word, Tone string
	Why, Doubt value
	When       when
}

// goView is the button that runs the plan, or what to do instead.
type goView struct {
	Button   string // "" where it cannot be run
	Tone     string // act, unless it only gives back
	Title    string
	Effect   string
	Deeds    []value     // what happens where, a line for each tenant
	Confirm  []totalView // the totals that a person has to type
	ReadOnly []lockedTenant
	Refused  *problemView
}

// totalView is the total of a tenant that the plan goes above the ceiling of.
type totalView struct {
	Tenant string // as the form names it
	Name   value
	Total  string
}

// lockedTenant is a tenant of the plan in which nothing may be changed yet.
type lockedTenant struct {
	ID   string
	Name value
}

func planURL(hash string) string { return "/plans/" + url.PathEscape(hash) }

// shortHash is the part of a hash by which people name a plan, as the terminal
// prints it and rollcall run takes it: 9f3a41c708be.
func shortHash(hash string) string { return visible(hash[:min(len(hash), 12)], 12) }

// planShow shows a plan, and its run where there is one.
func (s *site) planShow(w http.ResponseWriter, r *http.Request) error {
	v, err := s.loadPlan(r)
	if err != nil {
		return err
	}
	shell, _, err := s.shellOf(r.Context(), "Plan "+v.Short, "plans")
	if err != nil {
		return err
	}
	s.render(w, r, http.StatusOK, planPage(shell, v))
	return nil
}

// planState is the part of the page that moves while the plan runs.
func (s *site) planState(w http.ResponseWriter, r *http.Request) error {
	v, err := s.loadPlan(r)
	if err != nil {
		return err
	}
	if !v.Run.Running {
		w.Header().Set("HX-Trigger", changed)
	}
	s.render(w, r, http.StatusOK, planBody(v))
	return nil
}

// actionID is the row of the n-th action, counted from one.
func actionID(n int) string { return "action-" + strconv.Itoa(n) }

func (s *site) loadPlan(r *http.Request) (planView, error) {
	st, err := s.app.RunState(r.Context(), r.PathValue("hash"))
	if err != nil {
		return planView{}, err
	}
	p, err := s.app.PlanByHash(r.Context(), st.Hash)
	if err != nil {
		return planView{}, err
	}
	from, _ := strconv.Atoi(r.URL.Query().Get("from")) // anything else is the start
	v := newPlan(p, st, from, s.now())
	if v.Run.Ended {
		sent, err := s.app.FormsSent(r.Context(), p.Hash, v.shownResults(st))
		if err != nil {
			return v, err
		}
		v.markSent(sent)
	}
	if err := s.setEntitled(r.Context(), &v, p); err != nil {
		return v, err
	}
	return v, s.setSiblings(r.Context(), &v, p)
}

func newPlan(p app.Plan, st app.RunState, from int, now time.Time) planView {
	v := planView{
		Hash: p.Hash, Whole: visible(p.Hash, 64), Short: shortHash(p.Hash), State: stateWords(p, st), Tone: "quiet", Ticket: prose(p.Ticket), Record: recordFilter{Ticket: p.Ticket}, Created: at(p.Created, now),
		Warnings: warningsOf(p), Run: newRun(p, st, now), Tense: newTense(p, st, now),
	}
	ceilings := st.Ceilings
	if len(ceilings) == 0 {
		ceilings = p.Ceilings
	}
	for _, c := range ceilings {
		v.Ceilings = append(v.Ceilings, newCeiling(c, st))
	}
	for _, f := range p.Freshness {
		v.Fresh = append(v.Fresh, freshView{Tenant: row(f.Tenant), Taken: at(f.Taken, now), Note: timed(f.Certificate)})
	}
	v.Undone, v.Undoes = newUndone(p.Line()), planRefs(p.Undoes)
	v.Does, v.Left = doesWords(p), app.NotCoveredWords(p.NotCovered)
	_, steps := sentAndSteps(p)
	v.Steps = steps > 0
	v.Tenants = newPlanTenants(p, v.Ceilings, now)
	v.setRows(p, st, from, now)
	v.setNotCovered(p)
	v.Go, v.Dropped = newGo(p, st), prose(p.Dropped)
	if p.State == "planned" && !st.Running {
		v.Drop = planURL(p.Hash) + "/drop"
	}
	if _, tone := endedWords(p.Line()); p.State == "done" && len(p.UndoneBy) == 0 && tone == "look" {
		v.Tone = tone
	}
	v.Offboards = offboarded(p)
	return v
}

// warningsOf are the plan's own sentences, about accounts that it names.
func warningsOf(p app.Plan) []value {
	var names []string
	for _, a := range p.Actions {
		names = append(names, a.Account.UserName)
	}
	var out []value
	for _, s := range ownWarnings(p) {
		out = append(out, timed(s, names...))
	}
	return out
}

// ownWarnings leaves out what the page says in its own place: the ceiling and
// tenants that are read-only.
func ownWarnings(p app.Plan) []string {
	return slices.DeleteFunc(slices.Clone(p.Warnings), func(w string) bool {
		return strings.HasPrefix(w, "This would touch ") || strings.Contains(w, " is read-only. Before the plan can run")
	})
}

func stateWords(p app.Plan, st app.RunState) string {
	switch {
	case len(p.UndoneBy) > 0 && !st.Running:
		return strings.TrimSuffix(p.UndoneWords(), " by")
	case st.Running && st.Stopping:
		return "stopping"
	case st.Running:
		return "running"
	case p.State == "done":
		words, _ := endedWords(p.Line())
		return words
	case p.State == "dropped":
		return "dropped"
	case st.Begun:
		return "not finished"
	}
	return "nothing sent yet"
}

// endedWords is what a plan that was carried out came to, the worst first.
func endedWords(p app.PlanLine) (words, tone string) {
	left, failed := strings.ToLower(p.LeftOut()), ""
	if p.Failed > 0 {
		failed = count(p.Failed) + " failed, "
	}
	switch open := p.Steps - p.StepsMarked; {
	case open > 0:
		return failed + count(open) + " by hand open", "look"
	case p.StepsMarked > 0:
		return failed + "waiting for the next file", "look"
	case p.Confirmed < p.Actions:
		return failed + count(p.Confirmed) + " of " + count(p.Actions) + " done", "look"
	case left != "" && p.Offboards:
		return count(p.Confirmed) + " closed, " + left, "look"
	case left != "":
		return count(p.Confirmed) + " done, " + left, "look"
	}
	return "done", "holds"
}

func newCeiling(c app.Ceiling, st app.RunState) ceilingView {
	v := ceilingView{
		Tenant: row(c.Tenant), Words: count(c.Total) + " of " + count(c.Limit),
		Note: "in 24 h, of " + count(c.Active) + " active", Done: min(c.Total, c.Limit), Max: max(c.Limit, 1),
		Over: c.Total > c.Limit && !st.Undoes,
	}
	switch {
	case st.Undoes:
		v.Note = "what is given back does not count"
	case v.Over:
		v.Note = "above the ceiling by " + count(c.Total-c.Limit)
	case c.Used > 0:
		v.Note = count(c.Used) + " used in 24 h, of " + count(c.Active) + " active"
	}
	return v
}

func requestWords(p app.Plan) (string, string) {
	sent, _ := sentAndSteps(p)
	rungs := 0
	for _, a := range p.Actions {
		rungs += max(0, len(a.Calls)-1)
	}
	switch {
	case sent == 0:
		return "nothing", "a person does it; steps are opened"
	case rungs == 0:
		return many(sent, "request"), "each read before and after"
	}
	return many(sent, "request"), "another form only where one is not supported"
}

// setRows lists the part of the actions that begins with the one numbered from.
func (v *planView) setRows(p app.Plan, st app.RunState, from int, now time.Time) {
	n := len(p.Actions)
	low := max(0, min(from-1, n-1))
	low -= low % planRows
	high := min(low+planRows, n)
	if low > 0 {
		v.Older = planURL(p.Hash) + "?from=" + strconv.Itoa(low-planRows+1)
	}
	if high < n {
		v.Newer = planURL(p.Hash) + "?from=" + strconv.Itoa(high+1)
	}
	if n > planRows {
		v.Range = count(low+1) + "–" + count(high) + " of " + count(n)
	}
	last := ""
	for i := low; i < high; i++ {
		a := p.Actions[i]
		if len(v.Groups) == 0 || a.TenantID != last {
			v.Groups = append(v.Groups, newPlanGroup(a))
		}
		last = a.TenantID
		g := &v.Groups[len(v.Groups)-1]
		g.Rows = append(g.Rows, newPlanRow(p.Hash, a, st, i, now))
	}
}

func newPlanGroup(a app.PlanAction) planGroup {
	words := actionWords(a.Action)
	return planGroup{Tenant: row(a.Tenant), Means: words.Means, Tone: words.Tone}
}

func newPlanRow(hash string, a app.PlanAction, st app.RunState, i int, now time.Time) planRow {
	v := planRow{
		at: i, N: count(a.N), Name: row(firstOf(a.Account.DisplayName, a.Account.UserName, a.Account.ID)), User: row(a.Account.UserName),
		Effect: effectOf(a), Undo: row(undoShort(a)), NoUndo: strings.HasPrefix(a.Undo, "none"), Why: briefly(a.Brief, a.Reason),
	}
	if v.User.Text == v.Name.Text {
		v.User = value{}
	}
	if a.ByHand != "" {
		v.ByHand, v.Call = true, prose(app.StepWords(a, outcomeAt(st, i)))
	}
	for _, c := range a.Calls {
		v.Calls = append(v.Calls, callView{Words: prose(c.Words), Line: prose(c.Method + " " + c.Path), Body: rawText(c.Body)})
	}
	if len(v.Calls) > 0 {
		v.Call = row(a.Calls[0].Method + " " + shortPath(a.Calls[0].Path))
	}
	if st.Begun && i < len(st.Actions) {
		v.Undone = undoneOne(a.UndoneBy, a.Undoable)
		if a.Undoable && !st.Running {
			v.UndoOne = undoURL(st.Actions[i].Seq)
		}
		v.Outcome, v.Note = newOutcome(st.Actions[i], now), prose(st.Actions[i].Note)
		if st.Actions[i].Outcome == "by-hand" {
			v.Step = planURL(hash) + "/steps/" + strconv.Itoa(a.N)
		}
		if st.Actions[i].Outcome == "done-unconfirmed" {
			v.NewFile = newFileURL(a.TenantID)
		}
	}
	return v
}

// outcomeAt is what an action came to; "" where nothing was begun.
func outcomeAt(st app.RunState, i int) string {
	if st.Begun && i < len(st.Actions) {
		return st.Actions[i].Outcome
	}
	return ""
}

// shortPath is the end of a path, without the middle of a long identifier; the
// whole path is in the disclosure.
func shortPath(path string) string {
	before, id, found := cutLast(path, "/")
	if _, kind, ok := cutLast(before, "/"); ok {
		path, before = "/"+kind+"/"+id, "/"+kind
	}
	r := []rune(id)
	if !found || len(r) <= 14 {
		return path
	}
	return before + "/" + string(r[:5]) + "…" + string(r[len(r)-4:])
}

func (v *planView) setNotCovered(p app.Plan) {
	for _, n := range p.NotCovered[:min(len(p.NotCovered), maxListed)] {
		v.NotCov = append(v.NotCov, notCovered(n))
	}
	if more := len(p.NotCovered) - maxListed; more > 0 {
		v.NotCovMor = "and " + count(more) + " more; rollcall plan show in a terminal lists all"
	}
}
