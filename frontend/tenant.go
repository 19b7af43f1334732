package frontend

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"rollcall/app"
	"rollcall/app/reconcile"
)

// tenantHead is what stands above every part of one tenant.
type tenantHead struct {
	ID      string
	Name    value
	Where   value
	Tab     string // "", groups, syncs or settings
	Summary string
	Badge   listState
	File    bool
	Observe bool
	Busy    bool
	Syncing bool // and a sync is what runs, which can be stopped
	Tabs    []tabView
}

// tabView leads to one part of a tenant.
type tabView struct {
	Label, Count, Href string
	Current            bool
}

// tenantShell is the shell and the head of one tenant.
func (s *site) tenantShell(r *http.Request, tab string) (shellView, tenantHead, app.Tenant, error) {
	t, err := s.app.Tenant(r.Context(), r.PathValue("id"))
	if err != nil {
		return shellView{}, tenantHead{}, t, err
	}
	shell, head, err := s.shellOfTenant(r, t, tab)
	return shell, head, t, err
}

func (s *site) shellOfTenant(r *http.Request, t app.Tenant, tab string) (shellView, tenantHead, error) {
	shell, frame, err := s.shellOf(r.Context(), visible(t.Name, rowMax), "tenants")
	return shell, newTenantHead(t, tab, frame.Busy), err
}

func newTenantHead(t app.Tenant, tab string, busy []app.Progress) tenantHead {
	line := newTenantLine(t, time.Time{})
	v := tenantHead{
		ID: t.ID, Name: row(t.Name), Where: line.Where, Tab: tab, Badge: line.List, File: isFile(t), Observe: !t.Writes && !isFile(t),
		Tabs: []tabView{
			{Label: "Accounts", Count: line.Accounts, Href: tenantURL(t.ID, ""), Current: tab == ""},
			{Label: "Groups", Count: line.Groups, Href: tenantURL(t.ID, "groups"), Current: tab == "groups"},
			{Label: "Syncs", Href: tenantURL(t.ID, "syncs"), Current: tab == "syncs"},
			{Label: "Settings", Href: tenantURL(t.ID, "settings"), Current: tab == "settings"},
		},
	}
	for _, p := range busy {
		v.Busy = v.Busy || p.Tenant == t.Name
		v.Syncing = v.Syncing || p.Tenant == t.Name && p.What == "sync" && !p.Stopping
	}
	return v
}

// accountFilter is what the address of a tenant's accounts chooses.
type accountFilter struct {
	Tenant string // id
	State  string
	Kind   reconcile.Kind
	Search string
	Sort   string
	Desc   bool
}

func accountFilterOf(r *http.Request) accountFilter {
	q := r.URL.Query()
	return accountFilter{
		Tenant: r.PathValue("id"), State: q.Get("state"), Kind: reconcile.Kind(q.Get("kind")), Search: q.Get("q"),
		Sort: q.Get("sort"), Desc: q.Get("desc") == "1",
	}
}

// url is the address that shows the filter's accounts; more are further pairs
// of names and values, of which empty ones are left out.
func (f accountFilter) url(more ...string) string {
	desc := ""
	if f.Desc {
		desc = "1"
	}
	return withQuery(tenantURL(f.Tenant, ""), append([]string{"state", f.State, "kind", string(f.Kind), "q", f.Search, "sort", f.Sort, "desc", desc}, more...)...)
}

// withQuery adds pairs of names and values to a path; empty values are left out.
func withQuery(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// by is the filter sorted by a column, the other way round if it is already.
func (f accountFilter) by(column string) accountFilter {
	f.Desc = firstOf(f.Sort, "userName") == column && !f.Desc
	f.Sort = column
	return f
}

func (f accountFilter) order(column string) string {
	switch {
	case firstOf(f.Sort, "userName") != column:
		return ""
	case f.Desc:
		return "descending"
	}
	return "ascending"
}

// accountsView is a tenant's accounts.
type accountsView struct {
	Head   tenantHead
	Filter accountFilter
	Kinds  []kindWords
	Rows   accountRows
	Detail *accountView
	Gone   *failure
	Blank  *blankView
}

// accountRows is a part of the list.
type accountRows struct {
	Filter accountFilter
	Count  string // "" of a part that is not the first
	Note   string
	Rows   []accountLine
	More   string
}

// accountLine is one row.
type accountLine struct {
	Account, Name value
	State         string
	Off           bool
	Closed        string // by whom, where it was since the list was read
	Badges        []badgeView
	Protected     bool
	Groups        string
	Href          string
	Current       bool
}

// badgeView is a word with its tone.
type badgeView struct{ Word, Tone string }

// accountsShow is a tenant's accounts: the page, the list, the next part of the
// list, or the detail of one of them, as htmx asks.
func (s *site) accountsShow(w http.ResponseWriter, r *http.Request) error {
	f, chosen := accountFilterOf(r), r.URL.Query().Get("account")
	if wants(r, "detail") && chosen != "" {
		d, err := s.app.Account(r.Context(), f.Tenant, chosen)
		if err != nil {
			return err
		}
		s.render(w, r, http.StatusOK, accountBody(s.newAccount(d)))
		return nil
	}
	t, err := s.app.Tenant(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	f.Tenant = t.ID
	page, err := s.app.Accounts(r.Context(), app.AccountFilter{
		Tenant: t.ID, State: f.State, Kind: f.Kind, Search: f.Search, Sort: f.Sort, Desc: f.Desc,
		After: r.URL.Query().Get("after"), Limit: sizeOf(f.Search),
	})
	if err != nil {
		return err
	}
	if wants(r, "more") {
		s.render(w, r, http.StatusOK, accountPart(newAccountRows(t, page, f, "", true)))
		return nil
	}
	v := accountsView{Filter: f, Kinds: kinds}
	if chosen == "" && len(page.Accounts) > 0 {
		chosen = page.Accounts[0].ID
	}
	v.Rows = newAccountRows(t, page, f, chosen, false)
	if len(v.Rows.Rows) == 0 {
		v.Blank = blankAccounts(t, f)
	} else if err := s.chooseAccount(r.Context(), &v, chosen); err != nil {
		return err
	}
	if wants(r, "listing") {
		s.render(w, r, http.StatusOK, accountListing(v))
		return nil
	}
	var shell shellView
	if shell, v.Head, err = s.shellOfTenant(r, t, ""); err != nil {
		return err
	}
	s.render(w, r, http.StatusOK, accountsPage(shell, v))
	return nil
}

func (s *site) chooseAccount(ctx context.Context, v *accountsView, id string) error {
	d, err := s.app.Account(ctx, v.Filter.Tenant, id)
	if err != nil {
		v.Gone, err = goneOr(err)
		return err
	}
	a := s.newAccount(d)
	v.Detail = &a
	return nil
}

func blankAccounts(t app.Tenant, f accountFilter) *blankView {
	f.Sort, f.Desc = "", false
	switch {
	case f != accountFilter{Tenant: t.ID}:
		return &blankView{Head: "No account matches", Text: "A search finds the beginnings of words in user name, display name, e-mail address and externalId.", Href: tenantURL(t.ID, ""), Link: "All accounts"}
	case t.Sync == nil:
		return &blankView{Head: "Not synced yet", Text: "Here will be every account that the tenant lists, with the person it belongs to. Sync it first."}
	}
	return &blankView{Head: "No accounts", Text: "No complete list of this tenant shows an account. The syncs say what was listed.", Href: tenantURL(t.ID, "syncs"), Link: "Syncs"}
}

func newAccountRows(t app.Tenant, page app.AccountsPage, f accountFilter, chosen string, part bool) accountRows {
	v := accountRows{Filter: f}
	if !part {
		v.Count = accountsOf(page.Total)
		if page.More {
			v.Count = "More than " + count(app.MostFound) + " accounts match"
			v.Note = "the first " + count(app.MostFound) + " that were found are listed; type another letter for fewer"
		}
	}
	for _, a := range page.Accounts {
		l := accountLine{
			Account: row(firstOf(a.UserName, a.ID)), Name: row(a.DisplayName), State: stateWord(a.Active),
			Off: reconcile.Active(a.Active) == reconcile.ActiveFalse, Protected: a.Protected, Groups: count(a.Groups),
			Href: f.url("account", a.ID), Current: a.ID == chosen,
		}
		switch {
		case !groupsRead(t):
			l.Groups = "not read"
		case page.MembershipsUnknown && a.Groups == 0:
			l.Groups = notShown
		}
		if a.Closed {
			l.State, l.Off, l.Closed = "closed", true, "by us since the list was read"
		}
		for _, k := range a.Kinds {
			w := wordsFor(k)
			l.Badges = append(l.Badges, badgeView{w.Badge, w.Tone})
		}
		v.Rows = append(v.Rows, l)
	}
	if page.Next != "" {
		v.More = f.url("after", page.Next)
	}
	return v
}

// closedByUs is the state of an account that a run closed since the list on show
// was read.
const closedByUs = "closed by us since the list was read"

// stateWord is activeWords in one word.
func stateWord(active string) string {
	switch reconcile.Active(active) {
	case reconcile.ActiveTrue:
		return "active"
	case reconcile.ActiveFalse:
		return "inactive"
	}
	return "not said"
}

// accountView is one account: a finding's detail without a finding.
type accountView struct {
	detailView
	Situation string
	History   string // address of what was recorded about it
	Says      string // what the situation means here
	Findings  []findingLink
}

// findingLink leads to a finding of the account.
type findingLink struct {
	badgeView
	Href  string
	Why   value
	Until string // of one that is left alone or closed
}

func (s *site) newAccount(d app.AccountDetail) accountView {
	if d.Situation == app.SituationDisputed {
		d.Kind = reconcile.KindDisputed // for the words over the candidates
	}
	v := accountView{detailView: s.newDetail(d.FindingDetail), Situation: visible(d.Situation, rowMax), History: recordFilter{Tenant: d.TenantID, Target: d.Account.UserName}.url()}
	v.Plan, v.PlanNote, v.Blocked, v.Since = nil, "", nil, when{}
	if d.Closed != nil {
		v.Active = closedByUs
	}
	v.Badge = v.Situation
	v.Tone, v.Says = situationWords(d)
	if d.Person != nil && !d.Person.Leaver {
		v.calm() // nobody has to act because somebody who is here has accounts
	}
	for _, f := range d.Findings {
		v.Findings = append(v.Findings, newFindingLink(f))
	}
	return v
}

func newFindingLink(f app.Finding) findingLink {
	w := wordsFor(f.Kind)
	l := findingLink{badgeView: badgeView{w.Badge, w.Tone}, Href: filter{}.url(f.ID), Why: prose(dated(f.Reason))}
	if f.Excepted != nil {
		l.Until = "left alone"
	}
	if f.Closed != nil {
		l.Until = "closed by a run since"
	}
	return l
}

// calm takes the alarm from the active accounts of somebody who is still here.
func (v *accountView) calm() {
	for i := range v.Elsewhere {
		if v.Elsewhere[i].Tone == "act" {
			v.Elsewhere[i].Tone = "context"
		}
	}
}

func situationWords(d app.AccountDetail) (tone, says string) {
	switch d.Situation {
	case app.SituationLinked:
		return "quiet", "One person answers for this account."
	case app.SituationUnmatched:
		return "act", "No person on the roster matches this account."
	case app.SituationDisputed:
		return "look", "More than one person matches; none is guessed."
	case app.SituationCollision:
		return "look", "The person has more than one active account here."
	}
	return "quiet", "There is no roster yet, so nobody knows whose it is."
}
