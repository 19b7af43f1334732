package frontend

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"rollcall/app"
	"rollcall/app/reconcile"
)

// demoApp is the demo, with its real tenants and a store of secrets in memory.
func demoApp(t *testing.T) *app.App {
	t.Helper()
	a, stop, err := app.StartDemo(t.Context(), t.TempDir()+"/demo", app.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return a
}

// demoSite is the pages over the demo.
func demoSite(t *testing.T) (*site, http.Handler) {
	t.Helper()
	a := demoApp(t)
	s := newSite(a, Options{Workspace: a.Dir()}, someAssets())
	return s, s.handler()
}

// emptyApp is a workspace to which nothing is connected.
func emptyApp(t *testing.T) *app.App {
	t.Helper()
	a := demoApp(t)
	list, err := a.Tenants(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, tenant := range list {
		if err := a.RemoveTenant(t.Context(), tenant.ID); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func page200(t *testing.T, h http.Handler, path string, header ...string) *html.Node {
	t.Helper()
	w := get(h, path, header...)
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d\n%s", path, w.Code, w.Body)
	}
	return parse(t, w.Body.String())
}

func post(h http.Handler, path string, form url.Values, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// partial are the headers with which htmx asks for one element's content.
func partial(target string) []string {
	return []string{"HX-Request", "true", "HX-Request-Type", "partial", "HX-Target", target}
}

func TestPagesOfTheDemo(t *testing.T) {
	s, h := demoSite(t)
	t.Run("overview", func(t *testing.T) { testOverview(t, s, h) })
	t.Run("navigation", func(t *testing.T) { testNav(t, h) })
	t.Run("palette", func(t *testing.T) { testPalette(t, s, h) })
	t.Run("findings", func(t *testing.T) { testFindings(t, s, h) })
	t.Run("filters", func(t *testing.T) { testFilters(t, s, h) })
	t.Run("detail", func(t *testing.T) { testDetail(t, s, h) })
	t.Run("parts of the list", func(t *testing.T) { testParts(t, s) })
	t.Run("errors", func(t *testing.T) { testErrors(t, h) })
	t.Run("record", func(t *testing.T) { testRecord(t, s, h) })
	t.Run("sync", func(t *testing.T) { testSync(t, s, h) })
}

func overviewOf(t *testing.T, s *site) app.Overview {
	t.Helper()
	o, err := s.app.Overview(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func findingsOf(t *testing.T, s *site, f app.FindingFilter) app.FindingsPage {
	t.Helper()
	p, err := s.app.Findings(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func testOverview(t *testing.T, s *site, h http.Handler) {
	doc := page200(t, h, "/")
	demandSound(t, doc)
	o := overviewOf(t, s)
	table := text(all(doc, "table")[indexOf(doc, "table", "rows last-open")])
	for _, tenant := range o.Tenants {
		if !strings.Contains(table, tenant.Name) || !strings.Contains(table, count(tenant.Accounts)) {
			t.Errorf("the table does not show %s with %d accounts: %s", tenant.Name, tenant.Accounts, table)
		}
	}
	figures := text(all(doc, "section")[indexOf(doc, "section", "figures")])
	for _, k := range []reconcile.Kind{reconcile.KindLeaver, reconcile.KindOrphaned} {
		if !strings.Contains(figures, " "+count(o.ByKind[k])+" ") {
			t.Errorf("the figures do not show %d %s: %s", o.ByKind[k], k, figures)
		}
	}
	for _, a := range all(doc, "a") {
		if strings.HasPrefix(attr(a, "href"), "/findings") {
			page200(t, h, attr(a, "href"))
		}
	}
}

func indexOf(doc *html.Node, name, class string) int {
	for i, n := range all(doc, name) {
		if attr(n, "class") == class {
			return i
		}
	}
	return 0
}

func hasAttr(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

// rowLinks are the findings of a list.
func rowLinks(doc *html.Node) []*html.Node {
	var out []*html.Node
	for _, a := range all(doc, "a") {
		if hasAttr(a, "data-row") {
			out = append(out, a)
		}
	}
	return out
}

func testFindings(t *testing.T, s *site, h http.Handler) {
	doc := page200(t, h, "/findings")
	demandSound(t, doc)
	want := findingsOf(t, s, app.FindingFilter{})
	links := rowLinks(doc)
	if len(links) != want.Total || want.Total == 0 {
		t.Fatalf("%d rows, want %d", len(links), want.Total)
	}
	current := 0
	for i, a := range links {
		if text(a) != want.Findings[i].Account.UserName {
			t.Errorf("row %d is %s, want %s", i, text(a), want.Findings[i].Account.UserName)
		}
		if hasAttr(a, "aria-current") {
			current++
		}
	}
	if current != 1 || !hasAttr(links[0], "aria-current") {
		t.Errorf("%d rows are marked; the first should be", current)
	}
	if got := text(byID(doc, "detail")); !strings.Contains(got, want.Findings[0].Reason) {
		t.Errorf("the detail does not show the first finding: %s", got)
	}
}

func testFilters(t *testing.T, s *site, h http.Handler) {
	o := overviewOf(t, s)
	name := o.Tenants[0].Name
	tests := []struct {
		path string
		want app.FindingFilter
	}{
		{"/findings?kind=orphaned", app.FindingFilter{Kind: reconcile.KindOrphaned}},
		{"/findings?tenant=" + url.QueryEscape(name), app.FindingFilter{Tenant: name}},
		{"/findings?q=svc", app.FindingFilter{Search: "svc"}},
		{"/findings?kind=disputed&q=a", app.FindingFilter{Kind: reconcile.KindDisputed, Search: "a"}},
	}
	for _, tt := range tests {
		for _, header := range [][]string{nil, partial("main#page")} {
			doc := page200(t, h, tt.path, header...)
			if got, want := len(rowLinks(doc)), findingsOf(t, s, tt.want).Total; got != want || want == 0 {
				t.Errorf("%s: %d rows, want %d", tt.path, got, want)
			}
			if side := byID(doc, "nav-overview"); (side == nil) != (header != nil) {
				t.Errorf("%s: with %v the navigation is there: %v", tt.path, header, side != nil)
			}
		}
	}
	doc := page200(t, h, "/findings?q=nobody-has-this")
	demandSound(t, doc)
	if got := text(byID(doc, "page")); !strings.Contains(got, "No finding matches this filter") {
		t.Errorf("an empty list says: %s", got)
	}
}

func testDetail(t *testing.T, s *site, h http.Handler) {
	for _, k := range kinds {
		found := findingsOf(t, s, app.FindingFilter{Kind: k.Kind, Limit: 1})
		if len(found.Findings) != 1 {
			t.Fatalf("the demo has no %s", k.Kind)
		}
		f := found.Findings[0]
		doc := page200(t, h, "/findings/"+f.ID, partial("section#detail")...)
		got := text(doc)
		for _, want := range []string{dated(f.Reason), f.Tenant, k.Badge, f.Account.ID, "sealed", "of roster", "revision 3"} {
			if want == "of roster" && f.Person == nil {
				continue
			}
			if !strings.Contains(got, want) {
				t.Errorf("%s: the detail does not show %q: %s", k.Kind, want, got)
			}
		}
		if k.Kind == reconcile.KindCollision && !strings.Contains(got, "3 of 5 tenants searched found one") {
			t.Errorf("two accounts in one tenant count as two tenants: %s", got)
		}
		if byID(doc, "page") != nil {
			t.Errorf("%s: a part brings the page along", k.Kind)
		}
		demandPlan(t, k.Kind, doc, f)
		whole := page200(t, h, "/findings/"+f.ID)
		demandSound(t, whole)
		if !strings.Contains(text(byID(whole, "detail")), dated(f.Reason)) {
			t.Errorf("%s: the page at its address does not show it", k.Kind)
		}
	}
}

// demandPlan wants the command that plans the finding, but for a dispute.
func demandPlan(t *testing.T, k reconcile.Kind, doc *html.Node, f app.Finding) {
	t.Helper()
	var line string
	for _, c := range all(doc, "code") {
		line = attr(c, "data-text")
	}
	want := k != reconcile.KindDisputed
	if has := strings.Contains(line, "--account="+f.Account.ID) && strings.Contains(line, " plan "); has != want {
		t.Errorf("%s: command %q", k, line)
	}
}

func testParts(t *testing.T, s *site) {
	all := findingsOf(t, s, app.FindingFilter{})
	var seen reconcile.Kind
	after, rows, heads := "", 0, 0
	for {
		part := findingsOf(t, s, app.FindingFilter{After: after, Limit: 4})
		v := newRows(part, filter{}, "", seen, sampleNow)
		for _, g := range v.Groups {
			rows += len(g.Rows)
			if g.Head != nil {
				heads++
			}
		}
		if (v.More == "") != (part.Next == "") {
			t.Fatalf("more %q, next %q", v.More, part.Next)
		}
		if part.Next == "" {
			break
		}
		u, err := url.Parse(v.More)
		if err != nil {
			t.Fatal(err)
		}
		after, seen = u.Query().Get("after"), reconcile.Kind(u.Query().Get("seen"))
	}
	if rows != all.Total || heads != 5 {
		t.Errorf("in parts there are %d rows under %d heads, want %d under 5", rows, heads, all.Total)
	}
	w := get(s.handler(), "/findings?after="+url.QueryEscape(after)+"&seen="+url.QueryEscape(string(seen)), partial("tbody#more")...)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "data-row") || strings.Contains(w.Body.String(), "<main") {
		t.Errorf("the last part: %d %.200s", w.Code, w.Body)
	}
}

func testErrors(t *testing.T, h http.Handler) {
	for path, want := range map[string]int{
		"/nowhere": 404, "/findings?kind=none": 400, "/findings?tenant=none": 404, "/findings?after=%25&kind=orphaned": 200,
	} {
		w := get(h, path)
		if w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
		demandSound(t, parse(t, w.Body.String()))
	}
	w := get(h, "/findings?kind=none", partial("main#page")...)
	if w.Code != 400 || w.Header().Get("HX-Retarget") != "#notice" || strings.Contains(w.Body.String(), "<main") {
		t.Errorf("a part that fails: %d %v %s", w.Code, w.Header(), w.Body)
	}
	doc := page200(t, h, "/findings/gone")
	if got := text(byID(doc, "detail")); !strings.Contains(got, "Not here any more") || len(rowLinks(doc)) == 0 {
		t.Errorf("a finding that is gone takes the list along: %s", got)
	}
}

func testRecord(t *testing.T, s *site, h http.Handler) {
	doc := page200(t, h, "/")
	if got := text(byID(doc, "corner")); !strings.Contains(got, "Being verified") {
		t.Errorf("before: %s", got)
	}
	if asks := all(byID(doc, "corner"), "div"); len(asks) == 0 || attr(asks[len(asks)-1], "hx-post") != "/record/verify?first" {
		t.Error("the page does not have it checked")
	}
	w := post(h, "/record/verify?first", nil, partial("div#corner")...)
	first := byID(parse(t, w.Body.String()), "corner")
	if got := text(first); w.Code != 200 || !strings.Contains(got, " entries verified") || hasAttr(first, "data-done") {
		t.Errorf("nobody asked for the first check: %d %s", w.Code, w.Body)
	}
	w = post(h, "/record/verify", nil, partial("div#corner")...)
	if got := text(parse(t, w.Body.String())); w.Code != 200 || !strings.Contains(got, " entries verified") {
		t.Errorf("after: %d %s", w.Code, got)
	}
	if _, err := s.app.AllowWrites(t.Context(), overviewOf(t, s).Tenants[0].Name, "a new entry"); err != nil {
		t.Fatal(err)
	}
	grown := byID(page200(t, h, "/"), "corner")
	demandWords(t, "the corner with a new entry", grown, " of ", " entries verified")
	if asks := all(grown, "div"); len(asks) == 0 || attr(asks[len(asks)-1], "hx-post") != "/record/verify?rest" {
		t.Errorf("the page does not have it checked: %s", text(grown))
	}
	w = post(h, "/record/verify?rest", nil, partial("div#corner")...)
	rest := byID(parse(t, w.Body.String()), "corner")
	if got := text(rest); w.Code != 200 || !strings.Contains(got, "All ") || hasAttr(rest, "data-done") || strings.Contains(w.Body.String(), "?rest") {
		t.Errorf("after: %d %s", w.Code, w.Body)
	}
	if w := post(h, "/record/verify", nil); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/" {
		t.Errorf("without htmx: %d to %q", w.Code, w.Header().Get("Location"))
	}
}

func testSync(t *testing.T, s *site, h http.Handler) {
	before := overviewOf(t, s).Record.Entries
	name := overviewOf(t, s).Tenants[0].Name
	w := post(h, "/sync", url.Values{"tenant": {name}}, partial("div#corner")...)
	if w.Code != 200 || w.Header().Get("HX-Trigger") != changed {
		t.Fatalf("start: %d %v", w.Code, w.Header())
	}
	for t.Context().Err() == nil {
		w := get(h, "/state", partial("div#corner")...)
		if byID(parse(t, w.Body.String()), "corner") == nil {
			t.Fatalf("state: %d %s", w.Code, w.Body)
		}
		if w.Header().Get("HX-Trigger") == changed {
			break
		}
	}
	if after := overviewOf(t, s).Record.Entries; after <= before {
		t.Errorf("the record has %d entries after the sync, %d before", after, before)
	}
	if w := post(h, "/sync", url.Values{"tenant": {"none"}}, partial("div#corner")...); w.Code != http.StatusNotFound {
		t.Errorf("a tenant that is not there: %d", w.Code)
	}
}

func TestEmptyWorkspaceSaysWhatToDo(t *testing.T) {
	s := newSite(emptyApp(t), Options{Workspace: "/srv/it's here"}, someAssets())
	h := s.handler()
	for path, want := range map[string][]string{
		"/":          {"First tenant connected", "Connect over SCIM", "Import its members", "Import a newer file"},
		"/tenants":   {"First tenant connected", "Connect over SCIM"},
		"/findings":  {"Nothing is connected yet", "Connect"},
		"/decisions": {"Nothing decided yet"},
	} {
		doc := page200(t, h, path)
		demandSound(t, doc)
		got := text(byID(doc, "page"))
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s does not say %q: %s", path, w, got)
			}
		}
	}
	if doc := page200(t, h, "/"); len(all(byID(doc, "page"), "form")) != 0 {
		t.Error("an empty workspace offers to sync")
	}
}

func TestLicences(t *testing.T) {
	s, h := demoSite(t)
	s.assets.files["licences.txt"] = []byte("htmx 0BSD <b>")
	doc := page200(t, h, "/licences")
	demandSound(t, doc)
	if got := text(all(doc, "pre")[0]); got != "htmx 0BSD <b>" || byID(doc, "nav-settings") == nil {
		t.Errorf("licences: %s", got)
	}
}

// An address that leads nowhere is told in the shell, with its ways on. Without
// an app there is none to show.
func TestMissingPageHasTheShell(t *testing.T) {
	_, h := demoSite(t)
	for _, path := range []string{"/nowhere", "/findings/0000/deep"} {
		w := get(h, path)
		doc := parse(t, w.Body.String())
		demandSound(t, doc)
		if w.Code != http.StatusNotFound || byID(doc, "nav-overview") == nil || !strings.Contains(text(byID(doc, "page")), errNoPage.Text) {
			t.Errorf("%s: %d %s", path, w.Code, text(doc))
		}
	}
	if w := get(newSite(nil, Options{}, someAssets()).handler(), "/nowhere"); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "plain-page") {
		t.Errorf("without an app: %d %s", w.Code, w.Body)
	}
}
