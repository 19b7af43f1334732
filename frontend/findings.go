package frontend

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"rollcall/app"
	"rollcall/app/reconcile"
)

// pageSize is how many rows one answer lists, searchSize how many to a letter
// that is typed: more than a window shows. The rest comes when it is scrolled to.
const (
	pageSize   = 100
	searchSize = 50
)

// sizeOf is how many rows the answer to a search lists; "" searches for nothing.
func sizeOf(search string) int {
	if strings.TrimSpace(search) == "" {
		return pageSize
	}
	return searchSize
}

// filter is what the address of the findings page chooses.
type filter struct {
	Kind   reconcile.Kind
	Tenant string
	Search string
}

func filterOf(q url.Values) filter {
	return filter{Kind: reconcile.Kind(q.Get("kind")), Tenant: q.Get("tenant"), Search: q.Get("q")}
}

// url is the address that shows the filter's findings, with one of them open
// unless id is empty.
func (f filter) url(id string) string {
	q := url.Values{}
	set := func(key, text string) {
		if text != "" {
			q.Set(key, text)
		}
	}
	set("kind", string(f.Kind))
	set("tenant", f.Tenant)
	set("q", f.Search)
	path := "/findings"
	if id != "" {
		path += "/" + url.PathEscape(id)
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// withKind is the filter for another kind; "" is every kind.
func (f filter) withKind(k reconcile.Kind) filter { f.Kind = k; return f }

// kindWords is how the pages speak of a kind.
type kindWords struct {
	Kind  reconcile.Kind
	Label string // of a filter
	Badge string
	Tone  string
	Group string // heads the rows
	Means string
}

// kinds in the order in which the app lists them.
var kinds = []kindWords{
	{reconcile.KindOrphaned, "Orphaned", "orphaned", "act", "Orphaned", "no person in the roster answers for them"},
	{reconcile.KindLeaver, "Leavers", "leaver active", "act", "Left, still active", "the person's last day has passed"},
	{reconcile.KindDisputed, "Disputed", "disputed", "look", "Disputed", "more than one person matches, none is guessed"},
	{reconcile.KindCollision, "Collisions", "collision", "look", "Collisions", "one person, several active accounts in one tenant"},
	{reconcile.KindEntitled, "Entitled", "entitled", "look", "Inactive, still in groups", "whoever makes them active again gives back all of it"},
}

func allKinds() []reconcile.Kind {
	var out []reconcile.Kind
	for _, w := range kinds {
		out = append(out, w.Kind)
	}
	return out
}

// wordsFor finds the words for a kind; one that a newer app made is shown as it is.
func wordsFor(k reconcile.Kind) kindWords {
	i := slices.IndexFunc(kinds, func(w kindWords) bool { return w.Kind == k })
	if i >= 0 {
		return kinds[i]
	}
	name := visible(string(k), rowMax)
	return kindWords{Kind: k, Label: name, Badge: name, Tone: "quiet", Group: name}
}

// findingsView is the findings page.
type findingsView struct {
	Filter  filter
	Summary string
	Alone   int // that the filter would choose, were they not left alone
	Staging stagingView
	Kinds   []kindChip
	Tenants []tenantOption
	Rows    rowsView
	Detail  *detailView // nil where there is nothing to show
	Gone    *failure    // why the chosen one is not shown; nil: it is
	Blank   *blankView  // in place of the list where it is empty
	Says    string      // announced
}

// kindChip is one of the filters by kind.
type kindChip struct {
	Label, Count, Href string
	Current            bool
}

// tenantOption is one of the filters by tenant.
type tenantOption struct {
	Value    string
	Label    value
	Selected bool
}

// rowsView is a part of the list.
type rowsView struct {
	Groups []groupView
	More   string // address of the next part; "" at the end
}

// groupView is the rows of one kind; Head is missing where the kind goes on
// from the part before.
type groupView struct {
	Head *groupHead
	Rows []findingRow
}

type groupHead struct {
	Label, Count, Means string
	Stage               string // address that stages all of it
	Causes              []causeView
}

// causeView is what may explain several findings at once.
type causeView struct {
	Domain value
	Count  string
	Href   string // lists them
}

// findingRow is one finding in the list.
type findingRow struct {
	Account   value
	Name      value
	Tenant    value
	Why       value
	Open      when
	OpenFor   string
	Protected bool
	Closed    bool  // Why says by which run
	Newer     value // why its person may not be on the roster yet; empty for no
	ByHand    bool  // somebody closed it by hand, and no file confirmed it yet
	Stage     stageView
	Href      string
	Current   bool
}

// blankView says why a list is empty and what to do.
type blankView struct {
	Head, Text string
	Href, Link string // "" for none
	Wrong      string // the field of the filter that it is about; "" for none
}

// findingsList shows the list, or the next part of it.
func (s *site) findingsList(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	f := filterOf(q)
	if after := q.Get("after"); after != "" && isPartial(r) {
		return s.findingsMore(w, r, f, after, reconcile.Kind(q.Get("seen")))
	}
	return s.findingsPage(w, r, f, "")
}

// findingsMore shows the part of the list after a row.
func (s *site) findingsMore(w http.ResponseWriter, r *http.Request, f filter, after string, seen reconcile.Kind) error {
	page, err := s.app.Findings(r.Context(), app.FindingFilter{
		Tenant: f.Tenant, Kind: f.Kind, Search: f.Search, After: after, Limit: sizeOf(f.Search),
	})
	if err != nil {
		return err
	}
	rows, err := s.stagedRows(r.Context(), newRows(page, f, "", seen, s.now()), page)
	if err != nil {
		return err
	}
	s.render(w, r, http.StatusOK, findingRows(rows))
	return nil
}

// findingsPage shows the page with the finding id open, or the first one.
func (s *site) findingsPage(w http.ResponseWriter, r *http.Request, f filter, id string) error {
	page, err := s.app.Findings(r.Context(), app.FindingFilter{
		Tenant: f.Tenant, Kind: f.Kind, Search: f.Search, Limit: sizeOf(f.Search),
	})
	if err != nil {
		return err
	}
	if id == "" && len(page.Findings) > 0 {
		id = page.Findings[0].ID
	}
	v, err := s.newFindings(r.Context(), page, f, id)
	if err != nil {
		return err
	}
	shell, frame, err := s.shellOf(r.Context(), "Findings", "findings")
	if err != nil {
		return err
	}
	s.completeFindings(&v, frame)
	if wants(r, "page") {
		s.render(w, r, http.StatusOK, findingsMain(v))
		return nil
	}
	s.render(w, r, http.StatusOK, findingsDocument(shell, v))
	return nil
}

func (s *site) newFindings(ctx context.Context, page app.FindingsPage, f filter, id string) (findingsView, error) {
	now := s.now()
	staging, err := s.newStaging(ctx)
	if err != nil {
		return findingsView{}, err
	}
	v := findingsView{Filter: f, Kinds: kindChips(page, f), Staging: staging, Alone: page.Excepted, Says: many(page.Total, "finding")}
	if v.Rows, err = s.stagedRows(ctx, newRows(page, f, id, "", now), page); err != nil {
		return v, err
	}
	v.Summary = many(page.Total, "finding")
	if page.Closed > 0 {
		v.Summary += " · " + count(page.Closed) + " closed since the last sync"
	}
	if page.Excepted > 0 {
		v.Summary += " · " + count(page.Excepted) + " left alone"
	}
	if id == "" {
		return v, nil
	}
	d, err := s.app.Finding(ctx, id)
	if err != nil {
		v.Gone, err = goneOr(err) // a sync may have settled it
		return v, err
	}
	detail := s.newDetail(d)
	v.Detail = &detail
	return v, nil
}

// completeFindings adds what the frame knows: the tenants to choose from, and
// why there is nothing to list.
func (s *site) completeFindings(v *findingsView, f app.Frame) {
	for _, l := range f.Lists {
		v.Tenants = append(v.Tenants, tenantOption{Value: l.Name, Label: bounded(l.Name, 40), Selected: l.Name == v.Filter.Tenant})
	}
	incomplete := incompleteLists(f)
	if incomplete > 0 {
		v.Summary += " · " + count(incomplete) + " of " + many(len(f.Lists), "list") + " not complete"
	}
	if len(v.Rows.Groups) == 0 {
		v.Blank = blank(v.Filter, f, reserve{Alone: v.Alone, Unknown: incomplete})
	}
}

func blank(f filter, around app.Frame, r reserve) *blankView {
	switch {
	case len(around.Lists) == 0:
		return &blankView{
			Head: "Nothing is connected yet", Text: "Here will be every account that a person should look at, with the reason. Connect a tenant first.",
			Href: "/connect", Link: "Connect",
		}
	case !around.Roster:
		return &blankView{
			Head: "No roster yet", Text: "Accounts are judged against the list of people. Import it first.",
			Href: "/connect/roster", Link: "Import the roster",
		}
	case f != filter{}:
		return &blankView{Head: "No finding matches this filter", Text: "Take a part of it away, or see all findings." + aloneWords(r.Alone), Href: "/findings", Link: "All findings"}
	case r.Unknown > 0:
		return &blankView{
			Head: "Nothing found in what is known", Text: many(r.Unknown, "list is", "lists are") + " not complete; what is missing there cannot be judged." + aloneWords(r.Alone),
			Href: "/", Link: "See what to do",
		}
	case r.Alone > 0:
		return &blankView{Head: "Nothing else to look at", Text: strings.TrimSpace(aloneWords(r.Alone)) + " Each comes back after its last day.", Href: "/decisions", Link: "Decisions"}
	}
	return &blankView{Head: "Nothing to look at", Text: "Every active account of every tenant has exactly one person who is still here."}
}

// aloneWords is a sentence that follows another one; "" for none.
func aloneWords(n int) string {
	if n == 0 {
		return ""
	}
	return " " + many(n, "finding is", "findings are") + " left alone."
}

func kindChips(page app.FindingsPage, f filter) []kindChip {
	total := 0
	for _, n := range page.ByKind {
		total += n
	}
	out := []kindChip{{Label: "All", Count: count(total), Href: f.withKind("").url(""), Current: f.Kind == ""}}
	for _, w := range kinds {
		out = append(out, kindChip{
			Label: w.Label, Count: count(page.ByKind[w.Kind]),
			Href: f.withKind(w.Kind).url(""), Current: f.Kind == w.Kind,
		})
	}
	return out
}

// newRows groups a part of the list by kind. seen is the kind that the part
// before ended with.
func newRows(page app.FindingsPage, f filter, current string, seen reconcile.Kind, now time.Time) rowsView {
	var v rowsView
	last := seen
	for i, found := range page.Findings {
		if i == 0 || found.Kind != last {
			v.Groups = append(v.Groups, groupView{Head: headOf(found.Kind, page, f, found.Kind == seen)})
		}
		last = found.Kind
		g := &v.Groups[len(v.Groups)-1]
		g.Rows = append(g.Rows, newRow(found, f, found.ID == current, now))
	}
	if page.Next != "" {
		v.More = moreURL(f, page.Next, last)
	}
	return v
}

func headOf(k reconcile.Kind, page app.FindingsPage, f filter, goesOn bool) *groupHead {
	if goesOn {
		return nil
	}
	w := wordsFor(k)
	v := &groupHead{Label: w.Group, Count: accountsOf(page.ByKind[k]), Means: w.Means}
	if app.Choosable(k) {
		v.Stage = groupStageURL(f, k)
	}
	if k == reconcile.KindOrphaned {
		for _, c := range page.Causes {
			theirs := f.withKind(k)
			theirs.Search = "@" + c.Domain
			v.Causes = append(v.Causes, causeView{Domain: row(c.Domain), Count: count(c.Accounts) + " of them", Href: theirs.url("")})
		}
	}
	return v
}

func newRow(found app.Finding, f filter, current bool, now time.Time) findingRow {
	v := findingRow{
		Account: row(firstOf(found.Account.UserName, found.Account.ID)), Name: row(found.Account.DisplayName),
		Tenant: row(found.Tenant), Why: briefly(found.Brief, found.Reason), Protected: found.Protected,
		Href: f.url(found.ID), Current: current, Open: at(found.Since, now),
	}
	if found.Step == "done-unconfirmed" {
		v.ByHand, v.Why = true, row("Closed by hand, waits for the file.")
	}
	if found.Newer {
		v.Newer = prose(found.Reason)
	}
	if found.Closed != nil {
		v.Closed, v.Why = true, row(found.Closed.Words(now))
	}
	if !found.Since.IsZero() {
		v.OpenFor = openFor(now.Sub(found.Since))
	}
	return v
}

// briefly is a reason in a few words; hovering shows the sentence.
func briefly(brief, reason string) value {
	whole := dated(reason)
	return value{Text: visible(firstOf(dated(brief), whole), rowMax), Full: visible(whole, titleMax)}
}

// openFor is a span in a column of days; minutes would only be noise there.
func openFor(d time.Duration) string {
	if d < time.Hour {
		return "< 1 h"
	}
	return span(d)
}

func moreURL(f filter, after string, seen reconcile.Kind) string {
	u, err := url.Parse(f.url(""))
	if err != nil {
		return ""
	}
	q := u.Query()
	q.Set("after", after)
	q.Set("seen", string(seen))
	return u.Path + "?" + q.Encode()
}
