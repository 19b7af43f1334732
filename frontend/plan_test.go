package frontend

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
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

// waited asks for the moving part until the run has ended.
func waited(t *testing.T, h http.Handler, path string) *html.Node {
	t.Helper()
	for t.Context().Err() == nil {
		w := get(h, path+"/state", partial("div#plan")...)
		if w.Code != http.StatusOK {
			t.Fatalf("state: %d %s", w.Code, w.Body)
		}
		if w.Header().Get("HX-Trigger") == changed {
			return parse(t, w.Body.String())
		}
	}
	t.Fatal("the run did not end")
	return nil
}

// planStaged makes the one plan of what is staged and returns its address.
func planStaged(t *testing.T, h http.Handler) string {
	t.Helper()
	w := post(h, "/plans", url.Values{"ticket": {"HD-4812"}}, partial("div#plan-problem")...)
	path := w.Header().Get("HX-Redirect")
	if w.Code != http.StatusOK || !strings.HasPrefix(path, "/plans/") {
		t.Fatalf("plan: %d %v %s", w.Code, w.Header(), w.Body)
	}
	return path
}

func TestFromFindingToUndo(t *testing.T) {
	s, h := demoSite(t)
	f := leaverIn(t, s, app.SourceSCIM)
	w := stagePost(h, f.ID, true)
	if got := text(parse(t, w.Body.String())); w.Code != 200 || !strings.Contains(got, "Plan 1 staged…") || !strings.Contains(got, "take back") {
		t.Fatalf("stage: %d %s", w.Code, got)
	}
	doc := page200(t, h, "/findings/"+f.ID)
	demandSound(t, doc)
	if !hasAttr(byID(doc, "stage-"+f.ID), "checked") || byID(doc, "plan-staged") == nil {
		t.Error("the page does not show what is staged")
	}
	path := planStaged(t, h)
	doc = page200(t, h, path)
	demandSound(t, doc)
	got := text(byID(doc, "page"))
	for _, want := range []string{"HD-4812", "nothing sent yet", "Deactivate 1 account in " + f.Tenant, "PATCH /scim/v2/Users/", `"active"`, "active → false", "restores the account", "Not covered", "What will be recorded"} {
		if !strings.Contains(got, want) {
			t.Errorf("the plan does not show %q: %s", want, got)
		}
	}
	if s.staged.has(f.ID) {
		t.Error("what was planned is still staged")
	}
	if w := post(h, path+"/run", nil, partial("div#run-problem")...); w.Header().Get("HX-Redirect") != path {
		t.Fatalf("run: %d %s", w.Code, w.Body)
	}
	got = text(waited(t, h, path))
	for _, want := range []string{"1 of 1 done", "1 confirmed", "Undo…"} {
		if !strings.Contains(got, want) {
			t.Errorf("after the run there is no %q: %s", want, got)
		}
	}
	if w := post(h, path+"/run", nil, partial("div#run-problem")...); w.Code != http.StatusConflict || w.Header().Get("HX-Retarget") != "" || !strings.Contains(w.Body.String(), "runs once") {
		t.Errorf("a second run: %d %v %s", w.Code, w.Header(), w.Body)
	}
	back := post(h, path+"/undo", nil, partial("form")...).Header().Get("HX-Redirect")
	if got := text(byID(page200(t, h, back), "page")); !strings.Contains(got, "Reactivate 1 account") || !strings.Contains(got, "active → true") {
		t.Errorf("undo: %s", got)
	}
	doc = page200(t, h, "/plans")
	demandSound(t, doc)
	if got := text(byID(doc, "page")); !strings.Contains(got, "2 plans") || !strings.Contains(got, "done") || !strings.Contains(got, "nothing sent") {
		t.Errorf("plans: %s", got)
	}
}

func TestStepsByHand(t *testing.T) {
	s, h := demoSite(t)
	f := leaverIn(t, s, app.SourceFile)
	stagePost(h, f.ID, true)
	path := planStaged(t, h)
	if got := text(byID(page200(t, h, path), "page")); !strings.Contains(got, "Open 1 step in "+f.Tenant) || strings.Contains(got, "PATCH") {
		t.Errorf("plan: %s", got)
	}
	post(h, path+"/run", nil, partial("div#run-problem")...)
	if got := text(waited(t, h, path)); !strings.Contains(got, "It is closed") {
		t.Errorf("run: %s", got)
	}
	if w := post(h, path+"/steps/1", url.Values{"note": {"closed, see HD-4812"}}, partial("form")...); w.Code != 200 {
		t.Errorf("step: %d %s", w.Code, w.Body)
	}
	if got := text(byID(page200(t, h, path), "page")); !strings.Contains(got, "done, not confirmed yet") {
		t.Errorf("after the step: %s", got)
	}
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
	if w := post(h, "/plans", url.Values{"ticket": {"T"}}, partial("div#plan-problem")...); w.Code != http.StatusBadRequest {
		t.Errorf("a plan of nothing: %d", w.Code)
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
	if w := post(h, "/plans", url.Values{"ticket": {" "}}, partial("div#plan-problem")...); w.Code != 400 || len(s.staged.all()) != 2 {
		t.Errorf("without a ticket: %d, %d staged", w.Code, len(s.staged.all()))
	}
	if _, err := s.app.Protect(t.Context(), other.TenantID, other.Account.ID, "meanwhile"); err != nil {
		t.Fatal(err)
	}
	w := post(h, "/plans", url.Values{"ticket": {"T-1"}}, partial("div#plan-problem")...)
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

func TestReadOnlyTenantOffersTheForm(t *testing.T) {
	p := app.Plan{Hash: strings.Repeat("ab", 32), Ticket: "T", State: "planned", Actions: []app.PlanAction{{N: 1, TenantID: "t1", Tenant: "Acme", Action: "deactivate"}}}
	st := app.RunState{RunResult: app.RunResult{Actions: make([]app.ActionResult, 1), Pending: 1}, ReadOnly: []app.Tenant{{ID: "t1", Name: "Acme"}}}
	doc := draw(t, planPage(newShell(sampleOverview(), "Plan", "plans", sampleNow), newPlan(p, st, 0, sampleNow)))
	demandSound(t, doc)
	if got := text(byID(doc, "page")); byID(doc, "run-button") != nil || !strings.Contains(got, "Allow changes in") {
		t.Errorf("a tenant that is only observed: %s", got)
	}
}

func TestAboveTheCeilingTheTotalIsTyped(t *testing.T) {
	p := app.Plan{Hash: strings.Repeat("ab", 32), Ticket: "T", State: "planned", Actions: []app.PlanAction{{N: 1, TenantID: "t1", Tenant: "Acme", Action: "deactivate"}}}
	st := app.RunState{RunResult: app.RunResult{Actions: make([]app.ActionResult, 1), Pending: 1}, Ceilings: []app.Ceiling{{Tenant: "Acme", Active: 100, Limit: 5, Used: 1233, Total: 1234}}}
	v := newPlan(p, st, 0, sampleNow)
	if v.Go.Confirm != "1234" {
		t.Errorf("the total to type is %q", v.Go.Confirm)
	}
	doc := draw(t, planPage(newShell(sampleOverview(), "Plan", "plans", sampleNow), v))
	demandSound(t, doc)
	if byID(doc, "run-confirm") == nil || !hasAttr(byID(doc, "run-confirm"), "required") {
		t.Error("the total is not asked for")
	}
	st.Undoes = true
	if v := newPlan(p, st, 0, sampleNow); v.Go.Confirm != "" || v.Ceilings[0].Over {
		t.Error("giving back asks for the total")
	}
}

func TestLongPlansComeInParts(t *testing.T) {
	p := app.Plan{Hash: strings.Repeat("ab", 32), State: "planned"}
	for i := range 450 {
		p.Actions = append(p.Actions, app.PlanAction{N: i + 1, TenantID: "t", Tenant: "Acme", Action: "deactivate"})
	}
	st := app.RunState{RunResult: app.RunResult{Actions: make([]app.ActionResult, 450)}}
	for from, want := range map[int]int{-4: 200, 0: 200, 1: 200, 201: 200, 401: 50, 450: 50, 9999: 50} {
		v := newPlan(p, st, from, sampleNow)
		if got := len(v.Groups[0].Rows); got != want {
			t.Errorf("from %d: %d rows, want %d", from, got, want)
		}
	}
}

func TestHostilePlanStaysText(t *testing.T) {
	for _, flag := range []bool{false, true} {
		p, st := hostileOf[app.Plan](flag), hostileOf[app.RunState](flag)
		shell := newShell(hostileOf[app.Overview](flag), "Plan", "plans", sampleNow)
		doc := draw(t, planPage(shell, newPlan(p, st, 0, sampleNow)))
		demandSound(t, doc)
		demandHarmless(t, doc)
		doc = draw(t, plansDocument(shell, newPlans([]app.Plan{p, p}, 300, 50, sampleNow)))
		demandSound(t, doc)
		demandHarmless(t, doc)
		f := hostileOf[app.Finding](flag)
		f.ID = "ab12"
		v := stagingView{Any: true, Count: "1", Tenants: []stagedTenant{newStagedTenant([]app.Finding{f, f})}}
		demandHarmless(t, draw(t, stagingChanged(v, sampleSite().stageOf(f))))
		demandHarmless(t, draw(t, plansMade([]madePlan{{Tenant: row(hostile), Text: prose(hostile), Do: prose(hostile)}})))
	}
}

// postRoutes are the addresses of all forms, as the list of addresses has them.
func postRoutes(t *testing.T) []string {
	t.Helper()
	src, err := os.ReadFile("routes.go")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range regexp.MustCompile(`"POST (/[^"]*)"`).FindAllSubmatch(src, -1) {
		out = append(out, strings.NewReplacer("{", "", "}", "").Replace(string(m[1])))
	}
	if len(out) < 9 {
		t.Fatalf("only %d forms are found", len(out))
	}
	return out
}

func TestNoFormWithoutSessionOrFromElsewhere(t *testing.T) {
	s := serveEmpty(t)
	c := ask(t, "GET", s.open).Cookies()[0]
	in := c.Name + "=" + c.Value
	for _, path := range postRoutes(t) {
		for what, header := range map[string][]string{
			"no session":    {"HX-Request", "true"},
			"other origin":  {"Cookie", in, "Origin", "http://evil.example"},
			"other site":    {"Cookie", in, "Sec-Fetch-Site", "cross-site"},
			"another host":  {"Cookie", in, "Host", "evil.example"},
			"wrong session": {"Cookie", c.Name + "=x"},
		} {
			if r := ask(t, "POST", s.base+path, header...); r.StatusCode != 401 && r.StatusCode != 403 {
				t.Errorf("%s with %s: %d", path, what, r.StatusCode)
			}
		}
	}
}
