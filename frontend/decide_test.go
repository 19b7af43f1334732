package frontend

import (
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
	"rollcall/scim/scimtest"
)

// TestDecisions takes each decision in its dialog, sees the finding go, and ends
// the decision on the page of decisions.
func TestDecisions(t *testing.T) {
	s, h := demoSite(t)
	t.Run("except", func(t *testing.T) { testExcept(t, s, h) })
	t.Run("link", func(t *testing.T) { testLink(t, s, h) })
	t.Run("hostile", func(t *testing.T) { testDecisionsWithout(t, h) })
}

func firstOfKind(t *testing.T, s *site, k reconcile.Kind) app.Finding {
	t.Helper()
	page := findingsOf(t, s, app.FindingFilter{Kind: k, Limit: 1})
	if len(page.Findings) == 0 {
		t.Fatalf("no finding of kind %s", k)
	}
	return page.Findings[0]
}

func testExcept(t *testing.T, s *site, h http.Handler) {
	f := firstOfKind(t, s, reconcile.KindOrphaned)
	path := decideURL(f.ID, "except")
	doc := page200(t, h, "/findings/"+f.ID, partial("section#detail")...)
	if byID(doc, exceptDialogID(f.ID)) == nil {
		t.Fatal("the detail has no dialog for an exception")
	}
	for _, tt := range []struct{ until, reason, want string }{
		{"", "because", "not a date"},
		{"2001-01-01", "because", "is over"},
		{isoDay(time.Now(), 900), "because", "at most a year"},
		{isoDay(time.Now(), 30), " ", "reason"},
	} {
		w := post(h, path, url.Values{"until": {tt.until}, "reason": {tt.reason}}, partial("div#except-problem")...)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("until %q because %q: %d %s", tt.until, tt.reason, w.Code, w.Body)
		}
	}
	demandDecided(t, post(h, path, url.Values{"until": {isoDay(time.Now(), 30)}, "reason": {"=HYPERLINK(\"x\")"}}, partial("div#except-problem")...))
	doc = page200(t, h, "/findings/"+f.ID, partial("section#detail")...)
	if got := text(doc); !strings.Contains(got, "Left alone until") || byID(doc, exceptDialogID(f.ID)) != nil || strings.Contains(got, "Stage:") {
		t.Errorf("an excepted finding: %s", got)
	}
	if w := post(h, stageURL(f.ID), url.Values{"on": {"1"}}, partial("x")...); w.Code != http.StatusConflict {
		t.Errorf("an excepted finding was staged: %d", w.Code)
	}
	for _, g := range findingsOf(t, s, app.FindingFilter{Kind: f.Kind, Limit: -1}).Findings {
		if g.ID == f.ID {
			t.Error("an excepted finding is still listed")
		}
	}
	doc = page200(t, h, decisionsPath)
	demandSound(t, doc)
	if got := text(byID(doc, "page")); !strings.Contains(got, f.Account.UserName) || !strings.Contains(got, `=HYPERLINK("x")`) {
		t.Errorf("the decision is not listed: %s", got)
	}
	demandDecided(t, post(h, decisionsPath+"/unexcept", url.Values{"which": {f.ID}, "reason": {"over"}}, partial("div#x-problem")...))
	page200(t, h, "/findings/"+f.ID, partial("section#detail")...)
}

func testLink(t *testing.T, s *site, h http.Handler) {
	f := firstOfKind(t, s, reconcile.KindDisputed)
	doc := page200(t, h, "/findings/"+f.ID, partial("section#detail")...)
	choices := 0
	for _, n := range all(byID(doc, linkDialogID(f.ID)), "input") {
		if attr(n, "type") == "radio" && attr(n, "value") != "" {
			choices++
		}
	}
	if choices != 2 {
		t.Errorf("%d candidates to choose from, want the two that dispute it", choices)
	}
	d, err := s.app.Finding(t.Context(), f.ID)
	if err != nil {
		t.Fatal(err)
	}
	path := decideURL(f.ID, "link")
	if w := post(h, path, url.Values{"person": {"nobody of that name"}, "reason": {"x"}}, partial("div#link-problem")...); w.Code != http.StatusNotFound {
		t.Errorf("a person who does not exist: %d %s", w.Code, w.Body)
	}
	who := d.Candidates[0]
	demandDecided(t, post(h, path, url.Values{"person": {who.ID()}, "reason": {"the manager said so"}}, partial("div#link-problem")...))
	links, err := s.app.Links(t.Context(), f.TenantID)
	if err != nil {
		t.Fatal(err)
	}
	var made *app.Link
	for i, l := range links {
		if l.ID == f.Account.ID {
			made = &links[i]
		}
	}
	if made == nil || made.Person.Number != who.Number {
		t.Fatalf("linked %+v, want %s", made, who.Number)
	}
	if got := text(byID(page200(t, h, decisionsPath), "page")); !strings.Contains(got, who.Name) {
		t.Errorf("the link is not listed: %s", got)
	}
	demandDecided(t, post(h, decisionsPath+"/unlink", url.Values{"which": {linkID(*made)}, "reason": {"wrong"}}, partial("div#x-problem")...))
	page200(t, h, "/findings/"+f.ID, partial("section#detail")...)
}

// What was decided about a tenant before it was removed and added anew is listed,
// said to hold no more, and ended from the page.
func TestDecisionsOfATenantAddedAnew(t *testing.T) {
	w := newLeaverWorld(t, 1, 20)
	h := w.handler()
	f := findingsOf(t, w.site, app.FindingFilter{Kind: reconcile.KindLeaver}).Findings[0]
	except(t, w.site, f)
	if _, err := w.app.LinkAccount(t.Context(), w.tenant, "u9", "9", "theirs"); err != nil {
		t.Fatal(err)
	}
	if err := w.app.RemoveTenant(t.Context(), w.tenant); err != nil {
		t.Fatal(err)
	}
	if _, err := w.app.AddTenant(t.Context(), app.TenantSpec{Name: "Acme", BaseURL: w.server, Token: scimtest.Token}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.app.Sync(t.Context(), app.SyncRequest{}); err != nil {
		t.Fatal(err)
	}
	if todo := byID(page200(t, h, "/"), "page"); !slices.ContainsFunc(all(todo, "a"), func(a *html.Node) bool { return attr(a, "href") == decisionsPath }) {
		t.Errorf("nothing leads to the decisions: %s", text(todo))
	}
	page := byID(page200(t, h, decisionsPath), "page")
	if n := strings.Count(text(page), ofBefore); n != 2 {
		t.Fatalf("%d decisions are of before: %s", n, text(page))
	}
	for _, form := range all(page, "form") {
		path := attr(form, "action")
		demandDecided(t, post(h, path, url.Values{"which": {attr(all(form, "input")[0], "value")}, "reason": {"of before"}}, partial("div#x-problem")...))
	}
	if got := text(byID(page200(t, h, decisionsPath), "page")); strings.Contains(got, ofBefore) {
		t.Errorf("ended, and listed: %s", got)
	}
}

// Removed and added anew twice, and at the end by two names at once: each decision of
// before is one row, and is ended.
func TestDecisionsOfATenantAddedAnewOften(t *testing.T) {
	w := newLeaverWorld(t, 1, 20)
	h := w.handler()
	add := func(name string) string {
		added, err := w.app.AddTenant(t.Context(), app.TenantSpec{Name: name, BaseURL: w.server, Token: scimtest.Token})
		if err == nil {
			_, err = w.app.Sync(t.Context(), app.SyncRequest{})
		}
		if err != nil {
			t.Fatal(err)
		}
		return added.ID
	}
	tenant := w.tenant
	for range 2 {
		except(t, w.site, findingsOf(t, w.site, app.FindingFilter{Tenant: tenant, Kind: reconcile.KindLeaver}).Findings[0])
		if err := w.app.RemoveTenant(t.Context(), tenant); err != nil {
			t.Fatal(err)
		}
		tenant = add("Acme")
	}
	add("Acme two")
	taken := post(h, "/connect/scim", url.Values{"name": {"Acme"}, "url": {w.server}, "token": {scimtest.Token}}, partial("div#scim-problem")...)
	if taken.Code != http.StatusConflict || taken.Header().Get("HX-Retarget") != "#name-problem" {
		t.Errorf("a name that is taken: %d %v", taken.Code, taken.Header())
	}
	for left := 2; left > 0; left-- {
		doc := page200(t, h, decisionsPath)
		demandSound(t, doc)
		forms := all(byID(doc, "page"), "form")
		if len(forms) != 1 {
			t.Fatalf("with %d left, %d are listed", left, len(forms))
		}
		demandDecided(t, post(h, attr(forms[0], "action"), url.Values{"which": {attr(all(forms[0], "input")[0], "value")}, "reason": {"of before"}}, partial("div#x-problem")...))
	}
	if n := len(all(byID(page200(t, h, decisionsPath), "page"), "form")); n != 0 {
		t.Errorf("%d are left", n)
	}
}

// testDecisionsWithout: what is not in force cannot be ended.
func testDecisionsWithout(t *testing.T, h http.Handler) {
	for _, path := range []string{"/unexcept", "/unlink"} {
		if w := post(h, decisionsPath+path, url.Values{"which": {"<script>"}, "reason": {"x"}}, partial("div#x-problem")...); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "<script>") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func demandDecided(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("HX-Trigger"), `{"rollcall-decided":{"text":"`) {
		t.Fatalf("not decided: %d %v %s", w.Code, w.Header(), w.Body)
	}
}

// TestStageMemberships: an inactive account that is still in groups is staged
// for them, in a plan of its own.
func TestStageMemberships(t *testing.T) {
	s, h := demoSite(t)
	f := firstOfKind(t, s, reconcile.KindEntitled)
	leaver := firstOfKind(t, s, reconcile.KindLeaver)
	for _, id := range []string{f.ID, leaver.ID} {
		if w := post(h, stageURL(id), url.Values{"on": {"1"}}, partial("x")...); w.Code != http.StatusOK {
			t.Fatalf("staging: %d %s", w.Code, w.Body)
		}
	}
	if w := makePlans(t, h, "HD-1"); w.Code != http.StatusOK {
		t.Fatalf("planning: %d %s", w.Code, w.Body)
	}
	plans, err := s.app.Plans(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	actions := map[string]string{}
	for _, p := range plans[:2] {
		for _, a := range p.Actions {
			actions[a.Action] = a.Account.ID
		}
	}
	if actions["remove-membership"] != f.Account.ID || actions["deactivate"] != leaver.Account.ID {
		t.Errorf("planned %v", actions)
	}
}
