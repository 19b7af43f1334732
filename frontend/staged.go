package frontend

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"rollcall/app"
	"rollcall/app/reconcile"
)

// maxStaged bounds what may wait for a plan; a plan itself holds no more.
const maxStaged = 5000

// staging is what people picked for the next plans. It lives as long as the
// process: nothing is decided before a plan is made.
type staging struct {
	mu   sync.Mutex
	list []app.Finding // as they were when they were picked, in that order
}

// put stages a finding; false: there is no room.
func (g *staging) put(f app.Finding) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.list) >= maxStaged {
		return false
	}
	if g.at(f.ID) < 0 {
		g.list = append(g.list, f)
	}
	return true
}

// drop takes findings back.
func (g *staging) drop(ids ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.list = slices.DeleteFunc(g.list, func(f app.Finding) bool { return slices.Contains(ids, f.ID) })
}

// settle takes back those of the asked that are not open any more, and returns
// the rest.
func (g *staging) settle(asked, open []string) []app.Finding {
	gone := map[string]bool{}
	for _, id := range asked {
		gone[id] = true
	}
	for _, id := range open {
		delete(gone, id)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.list = slices.DeleteFunc(g.list, func(f app.Finding) bool { return gone[f.ID] })
	return slices.Clone(g.list)
}

func (g *staging) clear() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.list = nil
}

func (g *staging) has(id string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.at(id) >= 0
}

func (g *staging) all() []app.Finding {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.list)
}

func (g *staging) at(id string) int {
	return slices.IndexFunc(g.list, func(f app.Finding) bool { return f.ID == id })
}

// stagingView is the staged findings, in the bar of the findings page.
type stagingView struct {
	Words     string // "2 findings staged"
	Count     string // "2"
	Any       bool
	Tenants   []stagedTenant
	Digest    string // of what is staged: a plan is made of what was on show, or not
	Decisions string // how many exceptions and links are in force; "" for none
}

// stagedTenant is what is staged of one action in one tenant: it becomes one
// plan.
type stagedTenant struct {
	Tenant value
	Verb   string
	Count  string
	Names  []value
	More   string // how many are not named; "" for none
}

// maxNamed is how many accounts of a tenant the dialog names.
const maxNamed = 8

// stageView is whether one finding can be staged, and is.
type stageView struct {
	ID     string // of the finding; "" for one that cannot be named in a page
	Name   value
	Can    bool
	Staged bool
	Verb   string // what would be done, in words
	Bar    value  // why it cannot be staged; empty where it can
	Told   bool   // the row has to say so: nothing else in it does
}

// stillStaged lets go of what a sync or a decision settled meanwhile.
func (s *site) stillStaged(ctx context.Context) ([]app.Finding, error) {
	list := s.staged.all()
	if len(list) == 0 {
		return nil, nil
	}
	ids := make([]string, len(list))
	for i, f := range list {
		ids[i] = f.ID
	}
	open, err := s.app.StillOpen(ctx, list)
	if err != nil {
		return nil, err
	}
	return s.staged.settle(ids, open), nil
}

func (s *site) newStaging(ctx context.Context) (stagingView, error) {
	list, err := s.stillStaged(ctx)
	if err != nil {
		return stagingView{}, err
	}
	exceptions, err := s.app.Exceptions(ctx, "")
	if err != nil {
		return stagingView{}, err
	}
	links, err := s.app.Links(ctx, "")
	if err != nil {
		return stagingView{}, err
	}
	v := stagingView{Words: many(len(list), "finding") + " staged", Count: count(len(list)), Any: len(list) > 0, Digest: stagedDigest(list)}
	if n := len(exceptions) + len(links); n > 0 {
		v.Decisions = count(n)
	}
	for _, group := range byPlan(list) {
		v.Tenants = append(v.Tenants, newStagedTenant(group))
	}
	return v, nil
}

// stagedDigest is the same for the same findings, in whatever order they were
// staged.
func stagedDigest(list []app.Finding) string {
	ids := make([]string, 0, len(list))
	for _, f := range list {
		ids = append(ids, f.ID)
	}
	slices.Sort(ids)
	sum := sha256.Sum256([]byte(strings.Join(ids, "\x00")))
	return hex.EncodeToString(sum[:])
}

func newStagedTenant(group []app.Finding) stagedTenant {
	t := stagedTenant{Tenant: row(group[0].Tenant), Count: accountsOf(len(group)), Verb: stageVerb(group[0])}
	if len(group) > 1 {
		t.Verb = strings.Replace(t.Verb, "its groups", "their groups", 1)
	}
	for _, p := range group[:min(len(group), maxNamed)] {
		t.Names = append(t.Names, row(firstOf(p.Account.UserName, p.Account.ID)))
	}
	if n := len(group) - maxNamed; n > 0 {
		t.More = "and " + count(n) + " more"
	}
	return t
}

// actionOf is what answers a finding: an account that is inactive already is
// taken out of its groups.
func actionOf(f app.Finding) string {
	if f.Kind == reconcile.KindEntitled {
		return "remove-membership"
	}
	return "deactivate"
}

// stageVerb says the same to a person.
func stageVerb(f app.Finding) string {
	if f.Kind == reconcile.KindEntitled {
		return "take out of its groups"
	}
	return "deactivate"
}

// byPlan groups what is staged into plans, tenants by name.
func byPlan(list []app.Finding) [][]app.Finding {
	groups := map[string][]app.Finding{}
	for _, p := range list {
		key := p.TenantID + "\x00" + actionOf(p)
		groups[key] = append(groups[key], p)
	}
	out := make([][]app.Finding, 0, len(groups))
	for _, g := range groups {
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b []app.Finding) int {
		return strings.Compare(a[0].Tenant+"\x00"+a[0].TenantID+actionOf(a[0]), b[0].Tenant+"\x00"+b[0].TenantID+actionOf(b[0]))
	})
	return out
}

// stageOf is the box and the button of one finding. barred says why no plan can
// be made for it, nil: one can. What is staged can be taken back in any case.
func (s *site) stageOf(f app.Finding, barred *app.Problem) stageView {
	v := stageView{Name: row(firstOf(f.Account.UserName, f.Account.ID)), Staged: s.staged.has(f.ID), Verb: stageVerb(f)}
	if barred != nil {
		v.Bar = told(barred.Text+" "+barred.Do, f.Tenant)
		v.Told = !f.Protected && f.Closed == nil && f.Kind != reconcile.KindDisputed
	}
	switch {
	case f.Closed != nil:
		v.Bar = prose("A run closed this account already; the next sync takes it off the list.")
	case f.Excepted != nil:
		v.Bar = prose("This finding is left alone until " + day(f.Excepted.Until) + ".")
	case f.Step == "done-unconfirmed":
		v.Bar, v.Told = prose("It was closed by hand; the next file of "+f.Tenant+" confirms that."), false
	}
	if f.ID != "" && strings.Trim(f.ID, "0123456789abcdef") == "" {
		v.ID, v.Can = f.ID, barred == nil && f.Closed == nil && f.Excepted == nil
	}
	return v
}

func stageURL(id string) string { return "/findings/" + url.PathEscape(id) + "/stage" }

// findingStage stages a finding, or takes it back.
func (s *site) findingStage(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	id, on := r.PathValue("id"), r.PostForm.Get("on") != ""
	d, err := s.app.Finding(r.Context(), id)
	if err != nil {
		s.staged.drop(id)
		return err
	}
	if !on {
		s.staged.drop(id)
		return s.staging(w, r, d.Finding)
	}
	if err := stageable(d); err != nil {
		return err
	}
	if !s.staged.put(d.Finding) {
		return &app.Error{Kind: app.KindRefused, Text: "There are " + count(maxStaged) + " accounts staged; a plan holds no more.", Do: "Plan these first."}
	}
	return s.staging(w, r, d.Finding)
}

// staging answers with what changed: the bar, the row and the detail's button.
func (s *site) staging(w http.ResponseWriter, r *http.Request, f app.Finding) error {
	if !isPartial(r) {
		http.Redirect(w, r, filter{}.url(f.ID), http.StatusSeeOther)
		return nil
	}
	v, err := s.newStaging(r.Context())
	if err != nil {
		return err
	}
	barred, err := s.app.Barred(r.Context(), []app.Finding{f})
	if err != nil {
		return err
	}
	says(w, v.Words)
	s.render(w, r, http.StatusOK, stagingChanged(v, s.stageOf(f, barOf(barred, f))))
	return nil
}

// stageable refuses what could never be planned, with the reason.
func stageable(d app.FindingDetail) error {
	refuse := func(text, do string) error { return &app.Error{Kind: app.KindRefused, Text: text, Do: do} }
	switch {
	case d.Closed != nil:
		return refuse("A run closed this account already.", "Sync the tenant; that takes it off the list.")
	case d.Excepted != nil:
		return refuse("This finding is left alone until "+day(d.Excepted.Until)+".", "End the exception first, under Decisions.")
	case d.Protected:
		return refuse("This account is protected: nothing is ever written to it.", "If that is no longer meant, remove the protection first.")
	case d.Kind == reconcile.KindDisputed:
		return refuse("It is not settled whose account this is.", "Link it to a person first.")
	case len(d.Blocked) > 0:
		return refuse(d.Blocked[0].Text, d.Blocked[0].Do)
	}
	return nil
}

// stagedClear takes back everything that is staged.
func (s *site) stagedClear(w http.ResponseWriter, r *http.Request) error {
	s.staged.clear()
	s.moved(w, r, "/findings")
	return nil
}

// madePlan is what became of one tenant's part of what was staged.
type madePlan struct {
	Tenant value
	Href   string // of the plan; "" where it was refused
	Short  string
	Count  string
	Text   value
	Do     value
}

// plansMake makes one plan per tenant of what is staged, if that is what the
// form showed. What was refused stays staged.
func (s *site) plansMake(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	list, err := s.stillStaged(r.Context())
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return &app.Error{Kind: app.KindUsage, Text: "Nothing is staged any more.", Do: "Stage findings first."}
	}
	ticket := strings.TrimSpace(r.PostForm.Get("ticket"))
	if ticket == "" {
		return &app.Error{Kind: app.KindUsage, Text: "A plan needs a ticket, so that the record says why.", Do: "Enter the ticket and make the plan again.", Field: app.FieldTicket}
	}
	if r.PostForm.Get("shown") != stagedDigest(list) {
		return s.stagedAnew(w, r)
	}
	var made []madePlan
	refused := false
	for _, group := range byPlan(list) {
		m, err := s.planTenant(r.Context(), group, ticket)
		if err != nil {
			return err
		}
		refused = refused || m.Href == ""
		made = append(made, m)
	}
	switch {
	case refused:
		v, err := s.newStaging(r.Context())
		if err != nil {
			return err
		}
		s.render(w, r, http.StatusOK, plansMade(made, v))
	case len(made) == 1:
		s.moved(w, r, made[0].Href)
	default:
		s.moved(w, r, ticketPlansURL(ticket))
	}
	return nil
}

// stagedAnew answers a form that showed something else than is staged now: it
// makes no plan, and shows that.
func (s *site) stagedAnew(w http.ResponseWriter, r *http.Request) error {
	refused := &app.Error{Kind: app.KindRefused, Text: "What is staged changed since this was opened; no plan was made.", Do: "Look at what is staged now, and make the plan again."}
	if !isPartial(r) {
		return refused
	}
	v, err := s.newStaging(r.Context())
	if err != nil {
		return err
	}
	f := s.failureFor(r, refused)
	s.render(w, r, f.Status, stagedShown(f, v))
	return nil
}

// planTenant plans one group. A ticket that cannot be one is the only error: it
// is that of all of them.
func (s *site) planTenant(ctx context.Context, group []app.Finding, ticket string) (madePlan, error) {
	m := madePlan{Tenant: row(group[0].Tenant)}
	request := app.PlanRequest{Tenant: group[0].TenantID, Action: actionOf(group[0]), Ticket: ticket}
	for _, p := range group {
		request.Accounts = append(request.Accounts, p.Account.ID)
	}
	plan, err := s.app.Plan(ctx, request)
	if err != nil {
		f := failureOf(err)
		if f.Wrong == app.FieldTicket {
			return m, err
		}
		m.Text, m.Do = f.Text, f.Do
		return m, nil
	}
	for _, p := range group {
		s.staged.drop(p.ID)
	}
	m.Href, m.Short, m.Count = planURL(plan.Hash), shortHash(plan.Hash), many(len(plan.Actions), "action")
	return m, nil
}

func barOf(barred map[string]app.Problem, f app.Finding) *app.Problem {
	if p, ok := barred[f.ID]; ok {
		return &p
	}
	return nil
}

// stagedRows marks the rows of a list that are staged, and those that cannot be.
func (s *site) stagedRows(ctx context.Context, v rowsView, page app.FindingsPage) (rowsView, error) {
	barred, err := s.app.Barred(ctx, page.Findings)
	if err != nil {
		return v, err
	}
	i := 0
	for _, g := range v.Groups {
		for k := range g.Rows {
			f := page.Findings[i]
			g.Rows[k].Stage = s.stageOf(f, barOf(barred, f))
			i++
		}
	}
	return v, nil
}
