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

// overviewView is the first page.
type overviewView struct {
	Summary  string // one line beside the title
	Synced   when   // ends the summary, if known
	Sync     syncAllView
	Begin    *connectView // in place of everything below, while nothing is connected
	Steps    []stepView   // what is left of the way to the first findings
	Figures  []figureView
	Counts   countPlot
	Lists    listsPlot
	Tenants  []tenantRow
	Roster   *rosterView
	ToDo     []todoView
	Locked   bool          // the secrets wait for their passphrase
	First    []firstRow    // the findings to begin with
	Imported *importedView // a roster was just imported
}

// figureView is one of the numbers at the top, with the step that follows.
type figureView struct {
	Label, Value, Tone, Note string
	Next, Href               string // "" for none
}

// tenantRow is a tenant in the table.
type tenantRow struct {
	Name     value
	Host     value
	Writes   bool // false: a badge says that it is only observed
	Accounts string
	Matched  string
	Orphaned linkedCount
	Leavers  linkedCount
	Findings string // address of all its findings
	Sync     when
	List     listState
}

// linkedCount is a number that leads to what it counts.
type linkedCount struct {
	N    string
	Any  bool
	Href string
}

// listState says what is known of a tenant's list.
type listState struct {
	Word string // sealed, incomplete, never, blocked or file
	Tone string
	Why  value
}

// rosterView is the list of people in one line.
type rosterView struct {
	Source   value
	Revision string
	File     value
	People   string
	Leavers  string
	Imported when
	Held     bool
	Problems []problemView
}

// problemView is what is wrong and what to do.
type problemView struct {
	Text, Do value
}

// todoView is one thing that waits for a person.
type todoView struct {
	problemView
	Icon   iconName
	Tenant value
	Sync   string // tenant to sync from here; "" where that does not help
	Href   string // page to go to; "" for none
	Link   string // what is done there
}

func (s *site) overviewShow(w http.ResponseWriter, r *http.Request) error {
	shell, o, err := s.shellOver(r.Context(), "Overview", "overview")
	if err != nil {
		return err
	}
	v := s.newOverview(o)
	if r.URL.Query().Has("imported") {
		v.Imported = newImported(o)
	}
	if v.First, err = s.firstFindings(r.Context(), o); err != nil {
		return err
	}
	v.Locked = s.app.NeedsPassphrase() && !s.app.NewPassphrase()
	s.render(w, r, http.StatusOK, overviewPage(shell, v))
	return nil
}

// firstRow is a finding on the overview.
type firstRow struct {
	findingRow
	Badge, Tone string
}

// maxFirst is how many findings the overview shows.
const maxFirst = 8

// firstFindings are leavers, who cannot wait, then orphans.
func (s *site) firstFindings(ctx context.Context, o app.Overview) ([]firstRow, error) {
	var out []firstRow
	for _, k := range []reconcile.Kind{reconcile.KindLeaver, reconcile.KindOrphaned} {
		if len(out) == maxFirst || o.ByKind[k] == 0 {
			continue
		}
		open, err := s.app.OpenFindings(ctx, k, maxFirst-len(out))
		if err != nil {
			return nil, err
		}
		for _, f := range open {
			w := wordsFor(f.Kind)
			out = append(out, firstRow{newRow(f, filter{Kind: k}, false, s.now()), w.Badge, w.Tone})
		}
	}
	return out, nil
}

func (s *site) newOverview(o app.Overview) overviewView {
	now := s.now()
	v := overviewView{Summary: now.Format("Monday 2 January"), Sync: newSyncAll(o)}
	if len(o.Tenants) == 0 {
		begin := s.newConnect(o)
		v.Begin = &begin
		return v
	}
	v.Summary, v.Synced = summary(o, now)
	v.Figures, v.Counts = figures(o), newCountPlot(o.History)
	v.Lists = newListsPlot(o.Lists, now)
	for _, t := range o.Tenants {
		row := newTenantRow(t, now)
		if o.Roster == nil { // nobody knows
			row.Matched, row.Orphaned, row.Leavers = "–", linkedCount{N: "–"}, linkedCount{N: "–"}
		}
		v.Tenants = append(v.Tenants, row)
	}
	v.Roster = newRosterView(o.Roster, now)
	v.Steps = checklist(o)
	for _, t := range o.ToDo {
		v.ToDo = append(v.ToDo, newTodo(t, o.Tenants))
	}
	return v
}

// summary says how far the lists are known to be complete, which a file cannot
// prove, and how old the oldest of those is that can be relied on.
func summary(o app.Overview, now time.Time) (string, when) {
	var oldest time.Time
	missing, files := 0, 0
	for _, t := range o.Tenants {
		switch {
		case t.Sync == nil || !t.Sync.Sealed:
			missing++
			continue
		case isFile(t):
			files++
		}
		if read := listedAt(t); oldest.IsZero() || read.Before(oldest) {
			oldest = read
		}
	}
	date := now.Format("Monday 2 January") + ", "
	if missing == len(o.Tenants) {
		return date + "no tenant has a complete list", when{}
	}
	return date + listsWords(len(o.Tenants), missing, files), at(oldest, now)
}

// listsWords are about all lists, those not complete and those from files. A
// time follows them: how old the oldest of the rest is.
func listsWords(all, missing, files int) string {
	known, dated := all-missing, " read"
	switch {
	case files == known:
		dated = " exported"
	case files > 0:
		dated = " as of"
	}
	switch {
	case missing > 0 && known == 1:
		return count(missing) + " of " + many(all, "list") + " not complete, the other" + dated
	case missing > 0:
		return count(missing) + " of " + many(all, "list") + " not complete; of the others the oldest" + dated
	case all == 1 && files == 1:
		return "the list comes from a file," + dated
	case all == 1:
		return "the list is complete," + dated
	case files == all:
		return "every list comes from a file, the oldest" + dated
	case files > 0:
		return "every list is complete or comes from a file, the oldest" + dated
	}
	return "every list is complete, the oldest" + dated
}

// listedAt is when the latest list of a tenant was read. One from a file is as
// old as its export.
func listedAt(t app.Tenant) time.Time {
	if t.File != nil {
		return t.File.ExportedAt
	}
	return t.Sync.Finished
}

func newTenantRow(t app.Tenant, now time.Time) tenantRow {
	v := tenantRow{
		Name: row(t.Name), Host: row(host(t.BaseURL)), Writes: t.Writes || t.Source == app.SourceFile,
		Accounts: count(t.Accounts), Matched: percent(t.MatchedNow()),
		Orphaned: linked(t.Orphaned, t.Name, reconcile.KindOrphaned),
		Leavers:  linked(t.Leavers, t.Name, reconcile.KindLeaver),
		Findings: filter{Tenant: t.Name}.url(""),
		List:     listOf(t),
	}
	if t.Sync == nil {
		v.Accounts, v.Matched = "–", "–"
		return v
	}
	v.Sync = at(listedAt(t), now)
	if t.File != nil {
		v.Host = row(t.File.Name + ", exported by " + t.File.ExportedBy)
	}
	return v
}

func linked(n int, tenant string, kind reconcile.Kind) linkedCount {
	return linkedCount{N: count(n), Any: n > 0, Href: filter{Tenant: tenant, Kind: kind}.url("")}
}

func listOf(t app.Tenant) listState {
	switch {
	case t.Sync == nil:
		return listState{Word: "never", Tone: "quiet", Why: prose("Not synced yet.")}
	case !t.Sync.Sealed && isFile(t):
		return listState{Word: "held", Tone: "act", Why: prose(problemWords(t.Sync.Problems))}
	case !t.Sync.Sealed:
		return listState{Word: "incomplete", Tone: "act", Why: prose(problemWords(t.Sync.Problems))}
	case t.Source == app.SourceFile && len(t.Blocked) > 0:
		return listState{Word: "file", Tone: "look", Why: prose(problemWords(t.Blocked))}
	case t.Source == app.SourceFile:
		return listState{Word: "file", Tone: "quiet", Why: timed(t.Sync.Certificate)}
	case len(t.Blocked) > 0:
		return listState{Word: "blocked", Tone: "look", Why: prose(problemWords(t.Blocked))}
	}
	return listState{Word: "sealed", Tone: "holds", Why: timed(t.Sync.Certificate)}
}

// problemWords joins problems for hovering.
func problemWords(list []app.Problem) string {
	out := ""
	for _, p := range list {
		if out != "" {
			out += " "
		}
		out += p.Text
	}
	return firstOf(out, "The list is not known to be complete.")
}

// host is the part of a base URL that tells tenants apart.
func host(base string) string {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return base
	}
	return u.Host
}

func newRosterView(r *app.Roster, now time.Time) *rosterView {
	if r == nil {
		return nil
	}
	return &rosterView{
		Source: row(r.Source), Revision: count(r.Revision), File: row(r.File),
		People: many(r.People, "person", "people"), Leavers: count(r.Leavers) + " left",
		Imported: at(r.Imported, now), Held: r.Held, Problems: problems(r.Problems),
	}
}

func problems(list []app.Problem) []problemView {
	out := make([]problemView, 0, len(list))
	for _, p := range list {
		out = append(out, problemView{Text: told(p.Text), Do: told(p.Do)})
	}
	for i := range len(out) - 1 {
		if out[i].Do == out[i+1].Do {
			out[i].Do = value{} // it follows the last of those that it answers
		}
	}
	return out
}

// curedBySync says whether another sync may end a problem with this code.
func curedBySync(code string) bool {
	return slices.Contains([]string{"never-synced", "stale", "snapshot-lost"}, code) ||
		slices.Contains(tenantsOwn, strings.TrimPrefix(code, "groups-")) ||
		strings.Contains(code, "listing-") || strings.HasSuffix(code, "failed")
}

// tenantsOwn are what a tenant, or the way to it, failed by. Some of it passes,
// and the rest is put right elsewhere.
var tenantsOwn = []string{
	"no-host", "network", "certificate", "timeout", "lost", "redirect", "not-found", "conflict", "media-type", "throttled",
	"unsupported", "refused", "server", "not-scim", "malformed", "too-large",
}

// tokenRefused says of a problem with this code that the tenant did not take its
// credential, or takes it for less than reading.
func tokenRefused(code string) bool { return slices.Contains([]string{"auth", "forbidden"}, code) }

func newTodo(t app.ToDo, tenants []app.Tenant) todoView {
	v := todoView{
		problemView: problemView{Text: told(t.Text, t.Tenant), Do: told(t.Do, t.Tenant)},
		Icon:        iconName("triangle-alert"), Tenant: row(t.Tenant),
	}
	if t.Plan != "" {
		v.Icon, v.Href, v.Link = iconName("list-ordered"), planURL(t.Plan), "Open"
	}
	if t.Tenant != "" && curedBySync(t.Code) {
		v.Icon, v.Sync = iconName("refresh-cw"), t.Tenant
	}
	if strings.HasPrefix(t.Code, "decisions-") {
		v.Href, v.Link = decisionsPath, "Decisions"
	}
	i := slices.IndexFunc(tenants, func(x app.Tenant) bool { return x.Name == t.Tenant })
	if i >= 0 && t.WantsWord() && tenants[i].Source != app.SourceFile {
		v.Href, v.Link = vouchURL(tenants[i].ID), "Vouch for it"
	}
	if i >= 0 && tokenRefused(t.Code) {
		v.Href, v.Link = tenantURL(tenants[i].ID, "settings")+"#token", "Give a new token"
	}
	return v
}
