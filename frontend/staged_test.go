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

// stagePost stages a finding, or takes it back.
func stagePost(h http.Handler, id string, on bool) *httptest.ResponseRecorder {
	form := url.Values{}
	if on {
		form.Set("on", "1")
	}
	return post(h, stageURL(id), form, partial("form#stage-action-"+id)...)
}

// leaverIn is a leaver of a tenant that speaks SCIM.
func leaverIn(t *testing.T, s *site, source string) app.Finding {
	t.Helper()
	for _, tenant := range overviewOf(t, s).Tenants {
		found := findingsOf(t, s, app.FindingFilter{Tenant: tenant.ID, Kind: reconcile.KindLeaver, Limit: 1})
		if tenant.Source == source && len(tenant.Blocked) == 0 && len(found.Findings) == 1 {
			return found.Findings[0]
		}
	}
	t.Fatal("the demo has no such leaver")
	return app.Finding{}
}

// makePlans sends the dialog of the findings page as it stands there now.
func makePlans(t *testing.T, h http.Handler, ticket string) *httptest.ResponseRecorder {
	t.Helper()
	return post(h, "/plans", url.Values{"ticket": {ticket}, "shown": {shownStaged(page200(t, h, "/findings"))}}, partial("div#plan-problem")...)
}

// shownStaged is what the dialog says that it shows; "" without one.
func shownStaged(n *html.Node) string {
	list := byID(n, "staged-list")
	if list == nil {
		return ""
	}
	for _, field := range all(list, "input") {
		if attr(field, "name") == "shown" {
			return attr(field, "value")
		}
	}
	return ""
}

// planStaged makes the one plan of what is staged and returns its address.
func planStaged(t *testing.T, h http.Handler) string {
	t.Helper()
	w := makePlans(t, h, "HD-4812")
	path := w.Header().Get("HX-Redirect")
	if w.Code != http.StatusOK || !strings.HasPrefix(path, "/plans/") {
		t.Fatalf("plan: %d %v %s", w.Code, w.Header(), w.Body)
	}
	return path
}

func TestStagingRefusesWithAReason(t *testing.T) {
	s, h := demoSite(t)
	disputed := findingsOf(t, s, app.FindingFilter{Kind: reconcile.KindDisputed, Limit: 1}).Findings[0]
	f := leaverIn(t, s, app.SourceSCIM)
	if _, err := s.app.Protect(t.Context(), f.TenantID, f.Account.ID, "break-glass"); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{disputed.ID: "whose account", f.ID: "protected"} {
		if w := stagePost(h, id, true); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s", want, w.Code, w.Body)
		}
		if s.staged.has(id) {
			t.Errorf("%s: it is staged", want)
		}
	}
	if w := stagePost(h, "0123456789abcdef", true); w.Code != http.StatusNotFound {
		t.Errorf("a finding that is not there: %d", w.Code)
	}
	if w := makePlans(t, h, "T"); w.Code != http.StatusBadRequest {
		t.Errorf("a plan of nothing: %d", w.Code)
	}
}

// TestBarredFindings: what staging refuses cannot be ticked, in any row, and the
// row says why; all else can.
// What was decided elsewhere is not said to be staged.
func TestStagedAndDecidedElsewhere(t *testing.T) {
	s, h := demoSite(t)
	f := leaverIn(t, s, app.SourceSCIM)
	stagePost(h, f.ID, true)
	except(t, s, f)
	staging := text(byID(page200(t, h, "/findings"), "staging"))
	demandNoWords(t, "the page", staging, "staged")
	if s.staged.has(f.ID) {
		t.Error("it is staged still")
	}
}

func TestBarredFindings(t *testing.T) {
	s, h := demoSite(t)
	blocked := map[string]bool{}
	for _, tenant := range overviewOf(t, s).Tenants {
		blocked[tenant.ID] = len(tenant.Blocked) > 0
	}
	doc := page200(t, h, "/findings")
	barred := 0
	for _, f := range findingsOf(t, s, app.FindingFilter{Limit: pageSize}).Findings {
		box := byID(doc, "stage-"+f.ID)
		if box == nil {
			t.Fatalf("%s in %s has no box", f.Account.UserName, f.Tenant)
		}
		w := stagePost(h, f.ID, true)
		if off := hasAttr(box, "disabled"); off != (w.Code == http.StatusConflict) || off && f.Closed == nil && attr(box, "title") == "" {
			t.Errorf("%s in %s: disabled %t (%q), and staging it gives %d", f.Account.UserName, f.Tenant, off, attr(box, "title"), w.Code)
		}
		if blocked[f.TenantID] {
			barred++
			if got := text(box.Parent.Parent); !strings.Contains(got, "not plannable") {
				t.Errorf("%s in %s: the row does not say that it cannot be planned: %s", f.Account.UserName, f.Tenant, got)
			}
		}
	}
	if barred == 0 {
		t.Error("the demo has no finding in a tenant whose list is not complete")
	}
}

// What one tenant refuses stays staged; the other tenant's plan is made.
func TestPlansPerTenantLoseNothing(t *testing.T) {
	s, h := demoSite(t)
	page := findingsOf(t, s, app.FindingFilter{Kind: reconcile.KindLeaver})
	first := page.Findings[0]
	other := page.Findings[0]
	for _, f := range page.Findings {
		if f.TenantID != first.TenantID {
			other = f
		}
	}
	stagePost(h, first.ID, true)
	stagePost(h, other.ID, true)
	if w := makePlans(t, h, " "); w.Code != 400 || len(s.staged.all()) != 2 {
		t.Errorf("without a ticket: %d, %d staged", w.Code, len(s.staged.all()))
	}
	if _, err := s.app.Protect(t.Context(), other.TenantID, other.Account.ID, "meanwhile"); err != nil {
		t.Fatal(err)
	}
	w := makePlans(t, h, "T-1")
	if got := text(parse(t, w.Body.String())); w.Code != 200 || !strings.Contains(got, "plan ") || !strings.Contains(got, "protected") {
		t.Errorf("plans: %d %s", w.Code, got)
	}
	if s.staged.has(first.ID) || !s.staged.has(other.ID) {
		t.Error("the wrong one stays staged")
	}
	if w := post(h, "/staged/clear", nil, partial("form")...); w.Code != 200 || len(s.staged.all()) != 0 {
		t.Errorf("clear: %d", w.Code)
	}
}

// What was not on show when the dialog was opened is not planned by it.
func TestPlansOnlyWhatTheDialogShowed(t *testing.T) {
	s, h := demoSite(t)
	f := leaverIn(t, s, app.SourceSCIM)
	stagePost(h, f.ID, true)
	shown := shownStaged(page200(t, h, "/findings"))
	orphan := firstOfKind(t, s, reconcile.KindOrphaned)
	if w := stagePost(h, orphan.ID, true); w.Code != http.StatusOK { // in another window
		t.Fatalf("staging: %d %s", w.Code, w.Body)
	}
	w := post(h, "/plans", url.Values{"ticket": {"T"}, "shown": {shown}}, partial("div#plan-problem")...)
	got := parse(t, w.Body.String())
	if w.Code != http.StatusConflict || !strings.Contains(text(got), "What is staged changed") || !strings.Contains(text(byID(got, "staged-list")), "Plan 2 staged") {
		t.Errorf("another staged finding: %d %s", w.Code, text(got))
	}
	if len(s.staged.all()) != 2 {
		t.Errorf("%d are staged still", len(s.staged.all()))
	}
	w = post(h, "/plans", url.Values{"ticket": {"T"}, "shown": {shownStaged(got)}}, partial("div#plan-problem")...)
	if w.Code != http.StatusOK || w.Header().Get("HX-Redirect") == "" {
		t.Errorf("once it was shown: %d %s", w.Code, w.Body)
	}
}
