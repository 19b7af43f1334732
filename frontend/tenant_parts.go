package frontend

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"rollcall/app"
)

// groupsView is a tenant's groups.
type groupsView struct {
	Head   tenantHead
	Search string
	Rows   groupRows
	Detail *oneGroup
	Gone   *failure
	Blank  *blankView
}

// groupRows is a part of the list.
type groupRows struct {
	Rows []groupLine
	More string
}

// groupLine is one row.
type groupLine struct {
	Name, ID value
	Members  string
	Href     string
	Current  bool
}

// oneGroup is one group with its members.
type oneGroup struct {
	Name, ID, External value
	Members            string
	Unsealed           bool
	List               memberRows
}

// memberRows is a part of a group's members.
type memberRows struct {
	Rows []memberLine
	More string
}

// memberLine is one member; without an address where it is no account on show.
type memberLine struct {
	Name, UserName value
	State          string
	Href           string
}

func groupsURL(tenant string, pairs ...string) string {
	return withQuery(tenantURL(tenant, "groups"), pairs...)
}

// groupsShow is a tenant's groups: the page, the list, a part of it, one group
// or a part of its members, as htmx asks.
func (s *site) groupsShow(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	chosen, search := q.Get("group"), q.Get("q")
	if chosen != "" && (wants(r, "detail") || wants(r, "more-members")) {
		return s.groupShow(w, r, chosen)
	}
	t, err := s.app.Tenant(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	page, err := s.app.Groups(r.Context(), app.GroupFilter{Tenant: t.ID, Search: search, After: q.Get("after"), Limit: sizeOf(search)})
	if err != nil {
		return err
	}
	if wants(r, "more") {
		s.render(w, r, http.StatusOK, groupPart(newGroupRows(page, t.ID, search, "")))
		return nil
	}
	if chosen == "" && len(page.Groups) > 0 {
		chosen = page.Groups[0].ID
	}
	v := groupsView{Search: search, Rows: newGroupRows(page, t.ID, search, chosen)}
	if len(v.Rows.Rows) == 0 {
		v.Blank = blankGroups(t, search)
	} else if err := s.chooseGroup(r, &v, t, chosen); err != nil {
		return err
	}
	if wants(r, "listing") {
		s.render(w, r, http.StatusOK, groupListing(v))
		return nil
	}
	var shell shellView
	if shell, v.Head, err = s.shellOfTenant(r, t, "groups"); err != nil {
		return err
	}
	s.render(w, r, http.StatusOK, groupsPage(shell, v))
	return nil
}

func (s *site) groupShow(w http.ResponseWriter, r *http.Request, id string) error {
	t, err := s.app.Tenant(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	g, err := s.app.Group(r.Context(), t.ID, id, r.URL.Query().Get("members"))
	if err != nil {
		return err
	}
	if wants(r, "more-members") {
		s.render(w, r, http.StatusOK, memberPart(newMembers(g)))
		return nil
	}
	s.render(w, r, http.StatusOK, groupBody(newOneGroup(g, t)))
	return nil
}

func (s *site) chooseGroup(r *http.Request, v *groupsView, t app.Tenant, id string) error {
	g, err := s.app.Group(r.Context(), t.ID, id, "")
	if err != nil {
		v.Gone, err = goneOr(err)
		return err
	}
	d := newOneGroup(g, t)
	v.Detail = &d
	return nil
}

func blankGroups(t app.Tenant, search string) *blankView {
	switch {
	case search != "":
		return &blankView{Head: "No group matches", Text: "A search finds any part of a group's name.", Href: groupsURL(t.ID), Link: "All groups"}
	case t.Sync == nil:
		return &blankView{Head: "Not synced yet", Text: "Here will be every group that the tenant lists, with its members. Sync it first."}
	case !groupsRead(t):
		return &blankView{Head: "Groups were not read", Text: "No column of the last file was chosen for groups or roles. Import it once more, and choose the one that has them.", Href: newFileURL(t.ID), Link: "New file…"}
	case !t.Sync.GroupsSealed:
		return &blankView{Head: "The list of groups is not complete", Text: "Nothing about memberships can be relied on until it is.", Href: tenantURL(t.ID, "syncs"), Link: "Syncs"}
	}
	return &blankView{Head: "No groups", Text: "The tenant lists none."}
}

// notShown stands for a number that a tenant keeps to itself.
const notShown = "hidden"

func newGroupRows(page app.GroupsPage, tenant, search, chosen string) groupRows {
	var v groupRows
	for _, g := range page.Groups {
		l := groupLine{
			Name: row(firstOf(g.Name, g.ID)), ID: row(g.ID), Members: count(g.Members),
			Href: groupsURL(tenant, "q", search, "group", g.ID), Current: g.ID == chosen,
		}
		if page.MembershipsUnknown && g.Members == 0 {
			l.Members = notShown
		}
		v.Rows = append(v.Rows, l)
	}
	if page.Next != "" {
		v.More = groupsURL(tenant, "q", search, "after", page.Next)
	}
	return v
}

func memberName(m app.Member) string { return firstOf(m.DisplayName, m.UserName, m.ID) }

func newOneGroup(g app.GroupDetail, t app.Tenant) oneGroup {
	v := oneGroup{
		Name: prose(firstOf(g.Name, g.ID)), ID: prose(g.ID), External: prose(g.ExternalID), Members: many(g.Members, "member"),
		Unsealed: t.Sync == nil || !t.Sync.GroupsSealed, List: newMembers(g),
	}
	if g.MembershipsUnknown {
		v.Members = "the tenant does not show who is in it"
	}
	return v
}

// newMembers lists members by name where all of them are here, and otherwise by
// id, as the parts follow each other.
func newMembers(g app.GroupDetail) memberRows {
	var v memberRows
	if g.Next == "" && len(g.List) == g.Members {
		slices.SortStableFunc(g.List, func(a, b app.Member) int {
			return strings.Compare(strings.ToLower(memberName(a)), strings.ToLower(memberName(b)))
		})
	}
	for _, m := range g.List {
		l := memberLine{Name: row(memberName(m)), UserName: row(m.UserName), State: "not on the list of accounts"}
		if m.Active != "" {
			l.State, l.Href = stateWord(m.Active), accountFilter{Tenant: g.TenantID}.url("account", m.ID)
		}
		if m.Closed {
			l.State = closedByUs
		}
		v.Rows = append(v.Rows, l)
	}
	if g.Next != "" {
		v.More = groupsURL(g.TenantID, "group", g.ID, "members", g.Next)
	}
	return v
}

// syncsView is a tenant's attempts.
type syncsView struct {
	Head  tenantHead
	Plot  *plotView // nil where there are too few
	Rows  syncRows
	Blank *blankView
}

// syncRows is a part of the attempts.
type syncRows struct {
	Rows []syncLine
	More string
}

// syncLine is one attempt.
type syncLine struct {
	When             when
	Took             string
	Sealed, Groups   bool
	File             bool // it was imported, not synced
	Unread           bool // no groups were read from the file
	Accounts, Listed string
	Certificate      value
	Problems         []problemView
}

// plotView is accounts over attempts, as coordinates in a box of 600 by 96.
type plotView struct {
	Line        string
	Dots        []plotDot
	Low, High   string
	Range       string
	Flat        bool // every attempt listed as many: the words say it all
	First, Last when
	Says        string
}

// plotDot is one attempt.
type plotDot struct {
	X, Y   string
	Sealed bool
}

// syncPage is how many attempts one answer lists.
const syncPage = 50

func (s *site) syncsShow(w http.ResponseWriter, r *http.Request) error {
	shell, head, t, err := s.tenantShell(r, "syncs")
	if err != nil {
		return err
	}
	page, err := s.app.Syncs(r.Context(), t.ID, r.URL.Query().Get("after"), syncPage)
	if err != nil {
		return err
	}
	rows := newSyncRows(page, t, s.now())
	if wants(r, "more") {
		s.render(w, r, http.StatusOK, syncPart(rows))
		return nil
	}
	v := syncsView{Head: head, Rows: rows, Plot: newPlot(page.Syncs, s.now())}
	if len(rows.Rows) == 0 {
		v.Blank = &blankView{Head: "Not synced yet", Text: "Here will be every attempt to list this tenant, and what says that it was complete."}
	}
	s.render(w, r, http.StatusOK, syncsPage(shell, v))
	return nil
}

func newSyncRows(page app.SyncsPage, t app.Tenant, now time.Time) syncRows {
	var v syncRows
	for _, y := range page.Syncs {
		v.Rows = append(v.Rows, newSyncLine(y, isFile(t), now))
	}
	if page.Next != "" {
		v.More = withQuery(tenantURL(t.ID, "syncs"), "after", page.Next)
	}
	return v
}

func newSyncLine(y app.Sync, file bool, now time.Time) syncLine {
	v := syncLine{
		When: at(y.Finished, now), Took: span(max(0, y.Finished.Sub(y.Started))), Sealed: y.Sealed, Groups: y.GroupsSealed, File: file,
		Accounts: count(y.Accounts), Listed: count(y.Groups), Certificate: timed(y.Certificate), Problems: problems(y.Problems),
	}
	if v.Unread = file && !y.GroupsSealed; v.Unread {
		v.Listed = "–"
	}
	return v
}

// zeroLine and zeroHigh are the axis and how far up from it the scale goes;
// there is room for a dot on either end.
const zeroLine, zeroHigh = 91.5, 84

// newPlot draws the attempts of a page where they are in time, on a scale that
// begins at zero; nil for fewer than two.
func newPlot(newest []app.Sync, now time.Time) *plotView {
	if len(newest) < 2 {
		return nil
	}
	list := slices.Clone(newest)
	slices.Reverse(list)
	low, high := list[0].Accounts, list[0].Accounts
	for _, y := range list {
		low, high = min(low, y.Accounts), max(high, y.Accounts)
	}
	v := &plotView{Low: count(low), High: count(high), First: at(list[0].Finished, now), Last: at(list[len(list)-1].Finished, now)}
	if low == high {
		v.Flat, v.Range = true, "always "+v.Low
		return v
	}
	top := roundUp(max(1, high))
	v.Range = v.Low + " to " + v.High + ", drawn from 0 to " + count(top)
	var points []string
	sealed := 0
	since := func(y app.Sync) int { return int(y.Finished.Sub(list[0].Finished) / time.Second) }
	for _, y := range list {
		d := plotDot{X: coordinate(8, 584, since(y), since(list[len(list)-1])), Y: coordinate(zeroLine, -zeroHigh, y.Accounts, top), Sealed: y.Sealed}
		if y.Sealed {
			sealed++
		}
		points = append(points, d.X+","+d.Y)
		v.Dots = append(v.Dots, d)
	}
	v.Line = strings.Join(points, " ")
	v.Says = "Accounts listed in the last " + many(len(list), "attempt") + ": between " + v.Low + " and " + v.High + "; " + count(sealed) + " sealed, " + count(len(list)-sealed) + " incomplete."
	return v
}

// coordinate is from plus the share of length, in tenths of a unit.
func coordinate(from, length float64, part, whole int) string {
	share := 0.5
	if whole > 0 {
		share = float64(part) / float64(whole)
	}
	return strconv.FormatFloat(from+length*share, 'f', 1, 64)
}

// tenantSettings is what a person decides about one tenant.
type tenantSettings struct {
	Head      tenantHead
	Facts     []factView
	Writes    bool
	Reason    value // why writes are allowed
	Blocked   []problemView
	Vouch     []problemView // with the newest list, which a person's word ends
	Protected []protectedLine
}

// factView is a name with its value.
type factView struct {
	Name  string
	Value value
}

// protectedLine is a protected account.
type protectedLine struct {
	UserName, Reason, By value
	Since                when
}

func (s *site) tenantSettingsShow(w http.ResponseWriter, r *http.Request) error {
	shell, head, t, err := s.tenantShell(r, "settings")
	if err != nil {
		return err
	}
	list, err := s.app.ProtectedAccounts(r.Context(), t.ID)
	if err != nil {
		return err
	}
	s.render(w, r, http.StatusOK, tenantSettingsPage(shell, s.newTenantSettings(head, t, list)))
	return nil
}

func (s *site) newTenantSettings(head tenantHead, t app.Tenant, list []app.Protected) tenantSettings {
	now := s.now()
	v := tenantSettings{
		Head: head, Writes: t.Writes, Reason: prose(t.WritesReason), Blocked: problems(t.Blocked),
		Facts: []factView{{"Name", prose(t.Name)}, {"Added", prose(at(t.Added, now).Exact)}},
	}
	if !isFile(t) {
		v.Vouch = problems(wantWord(t))
	}
	if isFile(t) {
		v.Facts = append(v.Facts, fileFacts(t.File, now)...)
	} else {
		v.Facts = append(v.Facts, factView{"Address", prose(t.BaseURL)}, factView{"Authentication", prose(t.Auth)}, factView{"Preset", prose(t.Preset)})
	}
	for _, p := range list {
		v.Protected = append(v.Protected, protectedLine{prose(firstOf(p.UserName, p.ID)), prose(p.Reason), row(p.By), at(p.Since, now)})
	}
	return v
}

// wantWord are the problems with a tenant's newest list that wait for a person's
// word. A file's gets it with its import.
func wantWord(t app.Tenant) []app.Problem {
	if t.Sync == nil || t.Source == app.SourceFile {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(t.Sync.Problems), func(p app.Problem) bool { return !p.WantsWord() })
}

func fileFacts(f *app.ListFile, now time.Time) []factView {
	if f == nil {
		return nil
	}
	return []factView{
		{"File", prose(f.Name)}, {"Rows", prose(count(f.Members))}, {"Exported by", prose(f.ExportedBy)},
		{"Exported", prose(at(f.ExportedAt, now).Exact)}, {"Screen", prose(firstOf(f.Screen, "not named"))}, {"Filter", prose(firstOf(f.Filter, "not named"))},
	}
}

// writesAllow ends a tenant's read-only state for the reason that the form gives.
func (s *site) writesAllow(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	t, err := s.app.AllowWrites(r.Context(), r.PathValue("id"), r.PostForm.Get("reason"))
	if err != nil {
		return err
	}
	return s.done(w, r, "Saved: changes are allowed in "+visible(t.Name, rowMax), changed)
}

// writesEnd makes a tenant read-only again for the reason that the form gives.
func (s *site) writesEnd(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	id := r.PathValue("id")
	t, err := s.app.Observe(r.Context(), id, r.PostForm.Get("reason"))
	if err != nil {
		return err
	}
	s.decided(w, r, tenantURL(id, "settings"), "Saved: "+visible(t.Name, rowMax)+" is read-only")
	return nil
}
