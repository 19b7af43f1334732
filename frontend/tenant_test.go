package frontend

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"rollcall/app"
	"rollcall/app/reconcile"
)

func TestTenantPagesOfTheDemo(t *testing.T) {
	s, h := demoSite(t)
	t.Run("list", func(t *testing.T) { testTenantList(t, s, h) })
	t.Run("accounts", func(t *testing.T) { testAccounts(t, s, h) })
	t.Run("parts", func(t *testing.T) { testAccountParts(t, s, h) })
	t.Run("groups", func(t *testing.T) { testGroups(t, s, h) })
	t.Run("syncs", func(t *testing.T) { testSyncs(t, s, h) })
	t.Run("unknown", func(t *testing.T) { testUnknownTenant(t, s, h) })
}

func scimTenant(t *testing.T, s *site) app.Tenant {
	t.Helper()
	for _, one := range overviewOf(t, s).Tenants {
		if one.Source == app.SourceSCIM && one.Accounts > pageSize {
			return one
		}
	}
	t.Fatal("the demo has no tenant with more than a page of accounts")
	return app.Tenant{}
}

func testTenantList(t *testing.T, s *site, h http.Handler) {
	doc := page200(t, h, "/tenants")
	demandSound(t, doc)
	shown := text(byID(doc, "page"))
	for _, tenant := range overviewOf(t, s).Tenants {
		for _, want := range []string{tenant.Name, " " + count(tenant.Accounts) + " ", " " + count(tenant.Active) + " "} {
			if !strings.Contains(shown, want) {
				t.Errorf("%s: the list does not show %q: %s", tenant.Name, want, shown)
			}
		}
		for _, tab := range []string{"", "groups", "syncs", "settings"} {
			part := page200(t, h, tenantURL(tenant.ID, tab))
			demandSound(t, part)
			if !strings.Contains(text(byID(part, "page")), tenant.Name) {
				t.Errorf("%s %s does not name the tenant", tenant.Name, tab)
			}
		}
	}
}

func testAccounts(t *testing.T, s *site, h http.Handler) {
	tenant := scimTenant(t, s)
	all, err := s.app.Accounts(t.Context(), app.AccountFilter{Tenant: tenant.ID, Limit: pageSize})
	if err != nil {
		t.Fatal(err)
	}
	doc := page200(t, h, tenantURL(tenant.ID, ""))
	links := rowLinks(doc)
	if len(links) != pageSize || text(links[0]) != all.Accounts[0].UserName || !hasAttr(links[0], "aria-current") {
		t.Fatalf("%d rows, the first is %s", len(links), text(links[0]))
	}
	someone := all.Accounts[3]
	detail := page200(t, h, attr(links[3], "href"), partial("section#detail")...)
	for _, want := range []string{someone.ID, tenant.Name, "Whose it is", "\"userName\""} {
		if !strings.Contains(text(detail), want) {
			t.Errorf("the detail does not show %q: %s", want, text(detail))
		}
	}
	if byID(detail, "page") != nil {
		t.Error("the detail brings the page along")
	}
	whole := page200(t, h, attr(links[3], "href"))
	demandSound(t, whole)
	if !strings.Contains(text(byID(whole, "detail")), someone.ID) {
		t.Error("the page at an account's address does not show it")
	}
	for _, query := range []string{"?q=" + url.QueryEscape(someone.UserName), "?state=inactive", "?kind=leaver-still-active", "?sort=displayName&desc=1"} {
		part := page200(t, h, tenantURL(tenant.ID, "")+query, partial("div#listing")...)
		if len(rowLinks(part)) == 0 || byID(part, "page") != nil || byID(part, "listing") == nil {
			t.Errorf("%s: %s", query, text(part))
		}
	}
	none := page200(t, h, tenantURL(tenant.ID, "")+"?q=nobody-has-this", partial("div#listing")...)
	if !strings.Contains(text(none), "No account matches") {
		t.Errorf("an empty list says: %s", text(none))
	}
	gone := page200(t, h, tenantURL(tenant.ID, "")+"?account=nobody")
	if !strings.Contains(text(byID(gone, "detail")), "Not here any more") {
		t.Errorf("an account that is gone: %s", text(byID(gone, "detail")))
	}
}

// testAccountParts follows "Show more" to the end: every account once.
func testAccountParts(t *testing.T, s *site, h http.Handler) {
	tenant := scimTenant(t, s)
	seen := map[string]bool{}
	doc := page200(t, h, tenantURL(tenant.ID, ""))
	for {
		for _, a := range rowLinks(doc) {
			if seen[attr(a, "href")] {
				t.Fatalf("%s comes twice", attr(a, "href"))
			}
			seen[attr(a, "href")] = true
		}
		more := moreButton(doc)
		if more == "" {
			break
		}
		w := get(h, more, partial("tbody#more")...)
		doc = parse(t, "<table>"+w.Body.String()+"</table>")
	}
	if len(seen) != tenant.Accounts {
		t.Errorf("%d accounts in parts, want %d", len(seen), tenant.Accounts)
	}
}

func moreButton(doc *html.Node) string {
	if n := byID(doc, "more"); n != nil {
		return attr(all(n, "button")[0], "hx-get")
	}
	return ""
}

func testGroups(t *testing.T, s *site, h http.Handler) {
	tenant := scimTenant(t, s)
	groups, err := s.app.Groups(t.Context(), app.GroupFilter{Tenant: tenant.ID})
	if err != nil || len(groups.Groups) == 0 {
		t.Fatal(groups, err)
	}
	doc := page200(t, h, tenantURL(tenant.ID, "groups"))
	links := rowLinks(doc)
	if len(links) != len(groups.Groups) {
		t.Fatalf("%d rows, want %d", len(links), len(groups.Groups))
	}
	for i, g := range groups.Groups {
		detail := page200(t, h, attr(links[i], "href"), partial("section#detail")...)
		if got := text(detail); !strings.Contains(got, g.Name) || !strings.Contains(got, many(g.Members, "member")) {
			t.Errorf("%s with %d members is shown as %s", g.Name, g.Members, got)
		}
	}
	found := page200(t, h, groupsURL(tenant.ID, "q", groups.Groups[1].Name), partial("div#listing")...)
	if len(rowLinks(found)) == 0 || len(rowLinks(found)) == len(links) {
		t.Errorf("a search finds %d of %d groups", len(rowLinks(found)), len(links))
	}
}

func testSyncs(t *testing.T, s *site, h http.Handler) {
	tenant := scimTenant(t, s)
	got := text(byID(page200(t, h, tenantURL(tenant.ID, "syncs")), "page"))
	if !strings.Contains(got, tenant.Sync.Certificate) || !strings.Contains(got, "sealed") {
		t.Errorf("the syncs do not show the certificate: %s", got)
	}
}

func testUnknownTenant(t *testing.T, s *site, h http.Handler) {
	for _, path := range []string{"/tenants/t_none", "/tenants/t_none/groups", "/tenants/t_none/syncs", "/tenants/t_none/settings"} {
		if w := get(h, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	bad := tenantURL(scimTenant(t, s).ID, "")
	for _, query := range []string{"?state=odd", "?kind=odd", "?sort=odd", "?after=odd"} {
		if w := get(h, bad+query); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", query, w.Code)
		}
	}
}

func TestWritesAreAllowedWithAReason(t *testing.T) {
	a := demoApp(t)
	added, err := a.AddTenant(t.Context(), app.TenantSpec{Name: "Quiet", BaseURL: "http://127.0.0.1:1/scim", Token: "a token that is never shown"})
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(a, Options{}, someAssets())
	h, path := s.handler(), tenantURL(added.ID, "writes")
	if w := post(h, path, url.Values{"reason": {" "}}, partial("div#corner")...); w.Code != http.StatusBadRequest {
		t.Errorf("without a reason: %d", w.Code)
	}
	before := page200(t, h, tenantURL(added.ID, "settings"))
	demandSound(t, before)
	if got := text(before); !strings.Contains(got, "Allow changes") || strings.Contains(got, "never shown") {
		t.Errorf("settings: %s", got)
	}
	door := newDoor("1")
	outside := s.atDoor(door, "1", h)
	for name, header := range map[string][]string{
		"no session": {"Origin", "http://127.0.0.1:1"}, "another site": {"Origin", "http://evil.example", "Cookie", door.cookie + "=" + door.session},
	} {
		r := postTo(outside, "http://127.0.0.1:1"+path, url.Values{"reason": {"because"}}, header...)
		if r.Code != http.StatusUnauthorized && r.Code != http.StatusForbidden {
			t.Errorf("%s: %d", name, r.Code)
		}
	}
	if now, err := a.Tenant(t.Context(), added.ID); err != nil || now.Writes {
		t.Fatalf("changes were allowed by somebody else: %+v, %v", now, err)
	}
	if w := post(h, path, url.Values{"reason": {"quarter-end review"}}, partial("div#corner")...); w.Code != http.StatusOK || w.Header().Get("HX-Trigger") != changed {
		t.Errorf("with a reason: %d, %s", w.Code, w.Body)
	}
	if got := text(page200(t, h, tenantURL(added.ID, "settings"))); !strings.Contains(got, "quarter-end review") {
		t.Errorf("the reason is not shown: %s", got)
	}
	end := tenantURL(added.ID, "observe")
	if w := post(h, end, url.Values{"reason": {" "}}, partial("div#observe-problem")...); w.Code != http.StatusBadRequest {
		t.Errorf("taken back without a reason: %d", w.Code)
	}
	if w := post(h, end, url.Values{"reason": {"the review is over"}}, partial("div#observe-problem")...); w.Code != http.StatusOK {
		t.Errorf("taken back: %d %s", w.Code, w.Body)
	}
	if got := text(page200(t, h, tenantURL(added.ID, "settings"))); !strings.Contains(got, "read-only") || strings.Contains(got, "Stop allowing") {
		t.Errorf("after that: %s", got)
	}
}

func TestPlotOfSyncs(t *testing.T) {
	if newPlot([]app.Sync{{Accounts: 3}}, sampleNow) != nil {
		t.Error("one attempt makes a plot")
	}
	list := []app.Sync{
		{Accounts: 30, Sealed: true, Finished: sampleNow}, {Accounts: 10, Finished: sampleNow.Add(-time.Hour)},
		{Accounts: 20, Sealed: true, Finished: sampleNow.Add(-4 * time.Hour)},
	}
	p := newPlot(list, sampleNow)
	if p.Line != "8.0,35.5 446.0,63.5 592.0,7.5" || p.Low != "10" || p.High != "30" || p.Dots[1].Sealed || !p.Dots[2].Sealed {
		t.Errorf("%+v", p)
	}
	if flat := newPlot([]app.Sync{{Accounts: 5}, {Accounts: 5}}, sampleNow); !flat.Flat || flat.Line != "" || flat.Range != "always 5" {
		t.Errorf("a level line: %s", flat.Line)
	}
}

func TestHostileTenantsStayText(t *testing.T) {
	for _, flag := range []bool{false, true} {
		t.Run(fmt.Sprint(flag), func(t *testing.T) {
			s := sampleSite()
			o, tenant := hostileOf[app.Overview](flag), hostileOf[app.Tenant](flag)
			shell := newShell(o.Frame(), "Tenants", "tenants", sampleNow)
			head := newTenantHead(tenant, "", o.Busy)
			f := accountFilter{Tenant: hostile, State: hostile, Kind: hostile, Search: hostile, Sort: hostile, Desc: flag}
			account := s.newAccount(hostileOf[app.AccountDetail](flag))
			group := newOneGroup(hostileOf[app.GroupDetail](flag), tenant)
			syncs := hostileOf[app.SyncsPage](flag)
			for _, doc := range []*html.Node{
				draw(t, tenantsPage(shell, s.newTenants(o))),
				draw(t, accountsPage(shell, accountsView{Head: head, Filter: f, Kinds: kinds, Detail: &account, Rows: newAccountRows(app.Tenant{}, hostileOf[app.AccountsPage](flag), f, "", false)})),
				draw(t, groupsPage(shell, groupsView{Head: head, Search: hostile, Detail: &group, Rows: newGroupRows(hostileOf[app.GroupsPage](flag), hostile, hostile, "")})),
				draw(t, syncsPage(shell, syncsView{Head: head, Plot: newPlot(syncs.Syncs, sampleNow), Rows: newSyncRows(syncs, app.Tenant{ID: hostile}, sampleNow)})),
				draw(t, tenantSettingsPage(shell, s.newTenantSettings(head, tenant, hostileOf[[]app.Protected](flag)))),
			} {
				demandSound(t, doc)
				demandHarmless(t, doc)
			}
		})
	}
}

// postTo posts to a served address, with its host.
func postTo(h http.Handler, address string, form url.Values, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// All members of a group come by name; parts of them come as they follow.
func TestMembersByName(t *testing.T) {
	list := []app.Member{{ID: "1", DisplayName: "Zoe"}, {ID: "2", UserName: "bo"}, {ID: "3", DisplayName: "Ann"}}
	for _, tt := range []struct {
		members int
		next    string
		want    string
	}{{3, "", "Ann bo Zoe"}, {9, "", "Zoe bo Ann"}, {9, "3", "Zoe bo Ann"}} {
		var got []string
		for _, r := range newMembers(app.GroupDetail{Group: app.Group{Members: tt.members}, List: slices.Clone(list), Next: tt.next}).Rows {
			got = append(got, r.Name.Text)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%d members, then %q: %v, want %s", tt.members, tt.next, got, tt.want)
		}
	}
}

// After a run the tenant's pages say what the findings say: its accounts are
// closed, and count no more.
func TestTenantShowsWhatARunClosed(t *testing.T) {
	s, h := demoSite(t)
	f := leaverIn(t, s, app.SourceSCIM)
	stagePost(h, f.ID, true)
	path := planStaged(t, h)
	post(h, path+"/run", nil, partial("div#run-problem")...)
	waited(t, h, path)
	open := findingsOf(t, s, app.FindingFilter{Tenant: f.TenantID, Kind: reconcile.KindLeaver, Limit: -1}).Total
	for _, search := range []string{"", "e"} {
		page, err := s.app.Accounts(t.Context(), app.AccountFilter{Tenant: f.TenantID, Kind: reconcile.KindLeaver, Search: search})
		if err != nil || len(page.Accounts) != page.Total || search == "" && page.Total != open {
			t.Errorf("%d open leavers, %d listed and %d counted by %q, %v", open, len(page.Accounts), page.Total, search, err)
		}
	}
	for _, tr := range all(page200(t, h, accountFilter{Tenant: f.TenantID, Search: f.Account.UserName}.url()), "tr") {
		if words := text(tr); strings.Contains(words, f.Account.UserName) && !strings.Contains(words, "closed by us since the list was read") {
			t.Errorf("its row says %q", words)
		}
	}
	detail := byID(page200(t, h, accountFilter{Tenant: f.TenantID}.url("account", f.Account.ID)), "detail")
	demandWords(t, "its detail", detail, "closed by us since the list was read", "closed by a run since")
}

// A tenant in which too few accounts match is not said to have nothing in the way.
func TestTenantsSayWhereFewMatch(t *testing.T) {
	o := sampleOverview()
	o.ToDo = []app.ToDo{{Problem: app.Problem{Code: "match-rate", Text: "Only 1 of 300 active accounts match."}, Tenant: o.Tenants[0].Name}}
	o.Tenants[0].Blocked = nil
	if got := sampleSite().newTenants(o).Tenants[0].Blocked.Text; !strings.Contains(got, "1 of 300") {
		t.Errorf("in the way of a plan: %q", got)
	}
}
