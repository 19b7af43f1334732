package frontend

import (
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"rollcall/app"
)

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
	for _, want := range []string{"HD-4812", "nothing sent yet", "Deactivate 1 account in " + f.Tenant, "PATCH /scim/v2/Users/", `"active"`, "active → false", "restores it", "Not covered", "What will be recorded"} {
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
	for _, want := range []string{"1 of 1 done", "1 confirmed", "Plan the undo"} {
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
	if got := text(byID(doc, "page")); !strings.Contains(got, "5 plans") || !strings.Contains(got, "done") || !strings.Contains(got, "nothing sent") {
		t.Errorf("plans: %s", got)
	}
	demandUndone(t, h, path, back)
}

// demandUndone runs the undo of a plan: its page and the list say who undid it,
// with the way there, and it is not offered once more.
func demandUndone(t *testing.T, h http.Handler, path, back string) {
	t.Helper()
	by := "undone by plan " + shortHash(strings.TrimPrefix(back, "/plans/"))
	if got := text(page200(t, h, "/plans")); strings.Contains(got, by) {
		t.Errorf("an undo that was only planned: %s", got)
	}
	post(h, back+"/run", nil, partial("div#run-problem")...)
	if got := text(waited(t, h, back)); !strings.Contains(got, "1 call gives back what plan "+shortHash(strings.TrimPrefix(path, "/plans/"))+" took") {
		t.Errorf("the undo: %s", got)
	}
	doc := page200(t, h, path)
	if got := text(byID(doc, "page")); !strings.Contains(got, by) || strings.Contains(got, "not given back") || byID(doc, "undo-button") != nil {
		t.Errorf("the plan that was undone: %s", got)
	}
	list := page200(t, h, "/plans")
	if got := text(byID(list, "page")); !strings.Contains(got, by) {
		t.Errorf("plans: %s", got)
	}
}

// A plan of which a part was given back says how much was not.
func TestUndoneInPart(t *testing.T) {
	p := app.Plan{Actions: make([]app.PlanAction, 3), UndoneBy: []app.Undoing{{Plan: strings.Repeat("a", 64), Actions: 1}, {Plan: strings.Repeat("b", 64), Actions: 1}}, Kept: 1, State: "done"}
	v := newUndone(p.Line())
	if v.Words != "undone in part by" || v.Kept != "1 of 3 actions was not given back." || len(v.By) != 2 || v.By[1] != (planRef{"bbbbbbbbbbbb", "/plans/" + strings.Repeat("b", 64)}) {
		t.Errorf("%+v", v)
	}
	if st := (app.RunState{Begun: true}); newRun(p, st, sampleNow).Undo || stateWords(p, st) != "undone in part" {
		t.Errorf("nothing is left to undo, and the page offers %v, %q", newRun(p, st, sampleNow).Undo, stateWords(p, st))
	}
	if p.Undoable = 1; !newRun(p, app.RunState{Begun: true}, sampleNow).Undo {
		t.Error("what is left is not offered to an undo")
	}
}

// A plan that nobody wants is dropped on its page with a reason, and can then
// neither be run nor dropped again.
func TestPlanIsDropped(t *testing.T) {
	s, h := demoSite(t)
	stagePost(h, leaverIn(t, s, app.SourceSCIM).ID, true)
	path := planStaged(t, h)
	if byID(page200(t, h, path), "drop-plan") == nil {
		t.Fatal("the page of a plan that was not run does not offer to drop it")
	}
	if w := post(h, path+"/drop", url.Values{"reason": {" "}}, partial("div#drop-plan-problem")...); w.Code != http.StatusBadRequest {
		t.Errorf("without a reason: %d %s", w.Code, w.Body)
	}
	demandDecided(t, post(h, path+"/drop", url.Values{"reason": {"HD-4812 <b>was withdrawn</b>"}}, partial("div#drop-plan-problem")...))
	doc := page200(t, h, path)
	demandSound(t, doc)
	if got := text(byID(doc, "page")); !strings.Contains(got, "cannot be run: HD-4812 <b>was withdrawn</b>") || byID(doc, "drop-plan") != nil || byID(doc, "run-button") != nil {
		t.Errorf("a dropped plan: %s", got)
	}
	if got := text(byID(page200(t, h, "/plans"), "page")); !strings.Contains(got, "dropped") {
		t.Errorf("the list does not say that it was dropped: %s", got)
	}
	if w := post(h, path+"/run", nil, partial("div#run-problem")...); w.Code != http.StatusConflict {
		t.Errorf("a dropped plan runs: %d %s", w.Code, w.Body)
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
	if got := text(waited(t, h, path)); !strings.Contains(got, "It is closed") || !strings.Contains(got, "0 of 1 done") || !strings.Contains(got, "1 by hand, open") {
		t.Errorf("run: %s", got)
	}
	if got := text(page200(t, h, "/plans")); !strings.Contains(got, "1 by hand open") {
		t.Errorf("plans with an open step: %s", got)
	}
	if got := text(byID(page200(t, h, "/"), "page")); !strings.Contains(got, "1 account waits to be closed by hand in "+f.Tenant) {
		t.Errorf("overview with an open step: %s", got)
	}
	if w := post(h, path+"/steps/1", url.Values{"note": {"closed, see HD-4812"}}, partial("form")...); w.Code != 200 {
		t.Errorf("step: %d %s", w.Code, w.Body)
	}
	if got := text(byID(page200(t, h, path), "page")); !strings.Contains(got, "not confirmed yet") || !strings.Contains(got, "Note: closed, see HD-4812") || !strings.Contains(got, "1 of 1 done 1 by hand, marked: waiting for the next file") {
		t.Errorf("after the step: %s", got)
	}
	if got := text(byID(page200(t, h, "/"), "page")); !strings.Contains(got, "1 step done by hand waits for the next file of "+f.Tenant) {
		t.Errorf("overview with a marked step: %s", got)
	}
	if got := text(byID(page200(t, h, personURL(f.Person.ID())), "detail")); !strings.Contains(got, "closed by hand, waits for the next file of "+f.Tenant) {
		t.Errorf("person with a marked step: %s", got)
	}
	if got := text(page200(t, h, "/plans")); strings.Contains(got, "by hand open") || !strings.Contains(got, "waiting for the next file") {
		t.Errorf("plans with a marked step: %s", got)
	}
}

func TestReadOnlyTenantOffersTheForm(t *testing.T) {
	p := app.Plan{Hash: strings.Repeat("ab", 32), Ticket: "T", State: "planned", Actions: []app.PlanAction{{N: 1, TenantID: "t1", Tenant: "Acme", Action: "deactivate"}}}
	st := app.RunState{RunResult: app.RunResult{Actions: make([]app.ActionResult, 1), Pending: 1}, ReadOnly: []app.Tenant{{ID: "t1", Name: "Acme"}}}
	doc := draw(t, planPage(newShell(sampleOverview().Frame(), "Plan", "plans", sampleNow), newPlan(p, st, 0, sampleNow)))
	demandSound(t, doc)
	if got := text(byID(doc, "page")); byID(doc, "run-dialog") != nil || !strings.Contains(got, "Allow changes in") {
		t.Errorf("a tenant that is only observed: %s", got)
	}
	if r := byID(doc, "run-button"); attr(r, "aria-keyshortcuts") != "r" || byID(doc, strings.TrimPrefix(attr(r, "href"), "#")) == nil {
		t.Error("its key does not lead to the form that allows changes")
	}
}

func TestAboveTheCeilingTheTotalIsTyped(t *testing.T) {
	p := app.Plan{Hash: strings.Repeat("ab", 32), Ticket: "T", State: "planned", Actions: []app.PlanAction{{N: 1, TenantID: "t1", Tenant: "Acme", Action: "deactivate"}}}
	st := app.RunState{RunResult: app.RunResult{Actions: make([]app.ActionResult, 1), Pending: 1}, Ceilings: []app.Ceiling{{Tenant: "Acme", Active: 100, Limit: 5, Used: 1233, Total: 1234}}}
	v := newPlan(p, st, 0, sampleNow)
	if len(v.Go.Confirm) != 1 || v.Go.Confirm[0].Total != "1234" {
		t.Errorf("the total to type is %q", v.Go.Confirm)
	}
	doc := draw(t, planPage(newShell(sampleOverview().Frame(), "Plan", "plans", sampleNow), v))
	demandSound(t, doc)
	if byID(doc, "run-confirm-0") == nil || !hasAttr(byID(doc, "run-confirm-0"), "required") {
		t.Error("the total is not asked for")
	}
	st.Undoes = true
	if v := newPlan(p, st, 0, sampleNow); v.Go.Confirm != nil || v.Ceilings[0].Over {
		t.Error("giving back asks for the total")
	}
}

func TestRunThatDidNotBeginSaysWhy(t *testing.T) {
	p := app.Plan{Hash: strings.Repeat("ab", 32), Ticket: "T", State: "planned", Actions: []app.PlanAction{{N: 1, TenantID: "t1", Tenant: "Acme", Action: "deactivate"}}}
	st := app.RunState{RunResult: app.RunResult{Actions: make([]app.ActionResult, 1), Pending: 1}, Problem: &app.Problem{Text: "Another Rollcall writes here.", Do: "Wait until it has ended."}}
	doc := draw(t, planPage(newShell(sampleOverview().Frame(), "Plan", "plans", sampleNow), newPlan(p, st, 0, sampleNow)))
	if got := text(byID(doc, "page")); !strings.Contains(got, "Another Rollcall writes here.") || byID(doc, "run-button") == nil {
		t.Errorf("the plan's page: %s", got)
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
		for i := range st.ReadOnly {
			st.ReadOnly[i].ID += count(i) // as many tenants, as many ids
		}
		shell := newShell(hostileOf[app.Frame](flag), "Plan", "plans", sampleNow)
		doc := draw(t, planPage(shell, newPlan(p, st, 0, sampleNow)))
		demandSound(t, doc)
		demandHarmless(t, doc)
		doc = draw(t, plansDocument(shell, newPlans(app.PlanLines{List: []app.PlanLine{p.Line(), p.Line()}, Total: 300, Next: "x"}, hostile, "y", sampleNow)))
		demandSound(t, doc)
		demandHarmless(t, doc)
		f := hostileOf[app.Finding](flag)
		f.ID = "ab12"
		v := stagingView{Any: true, Words: "1 finding staged", Count: "1", Tenants: []stagedTenant{newStagedTenant([]app.Finding{f, f})}}
		demandHarmless(t, draw(t, stagingChanged(v, sampleSite().stageOf(f, &app.Problem{Text: f.Account.UserName}))))
		demandHarmless(t, draw(t, plansMade([]madePlan{{Tenant: row(hostile), Text: prose(hostile), Do: prose(hostile)}}, stagingView{})))
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

// A plan in several tenants has one row for each, also for those that it leaves
// out; what it leaves out names each tenant once.
func TestPlanOfSeveralTenants(t *testing.T) {
	p := app.Plan{
		Actions: []app.PlanAction{
			{N: 1, TenantID: "a", Tenant: "Acme", Action: "deactivate", Account: app.FindingAccount{UserName: "ann"}},
			{N: 2, TenantID: "b", Tenant: "Beta", Action: "close-by-hand", ByHand: "Close it.", Account: app.FindingAccount{UserName: "bo"}},
		},
		Ceilings:   []app.Ceiling{{Tenant: "Acme", Limit: 5, Total: 1}, {Tenant: "Beta", Limit: 7, Total: 1}},
		Freshness:  []app.Freshness{{Tenant: "Acme"}, {Tenant: "Beta"}, {Tenant: "Gamma"}},
		NotCovered: []app.NotCovered{{Tenant: "Desk", Why: "Desk was never synced."}, {Tenant: "Acme", UserName: "u", Why: "It is protected."}, {Tenant: "Acme", UserName: "u", Why: "So is its group."}},
	}
	v := newPlan(p, app.RunState{RunResult: app.RunResult{Pending: 2}}, 0, sampleNow)
	got := ""
	for _, r := range v.Tenants {
		got += strings.TrimSuffix(r.Tenant.Text+" "+r.Does+" "+r.Left, " ")
		if r.Ceiling != nil {
			got += " " + r.Ceiling.Words
		}
		got += "; "
	}
	if want := "Acme 1 action 1 account left out 1 of 5; Beta 1 action 1 of 7; Gamma nothing to do; Desk not covered; "; got != want {
		t.Errorf("rows %q, want %q", got, want)
	}
	if v.Does != "1 call and 1 step by hand" || v.Left != "1 tenant and 1 account NOT COVERED" {
		t.Errorf("headline: %q, %q", v.Does, v.Left)
	}
	if line := newPlanLine(p.Line(), sampleNow); line.Left != v.Left {
		t.Errorf("the list says %q, the page %q", line.Left, v.Left)
	}
	if v.NotCov[0].Text != "Desk was never synced." || v.NotCov[1].Text != "u in Acme: It is protected." {
		t.Errorf("not covered: %v", v.NotCov)
	}
	want := []string{"Acme: 1 account will be deactivated: ann", "Beta: 1 step will be opened for a person, nothing is sent: bo"}
	for i, d := range v.Go.Deeds {
		if d.Text != want[i] {
			t.Errorf("the dialog says %q, want %q", d.Text, want[i])
		}
	}
	p.Freshness, p.NotCovered = p.Freshness[:1], nil
	if v := newPlan(p, app.RunState{}, 0, sampleNow); len(v.Tenants) != 0 {
		t.Errorf("a plan in one tenant has rows for tenants: %+v", v.Tenants)
	}
}

// Memberships that a tenant does not show are never told as none.
func TestUnknownMembershipsInWords(t *testing.T) {
	var got []string
	for _, unknown := range []bool{false, true} {
		got = append(got, inGroups(0, unknown), undoShort(app.PlanAction{Action: "deactivate", MembershipsUnknown: unknown}), groupWords(app.FindingDetail{MembershipsUnknown: unknown}))
	}
	want := []string{
		"in no group", "restores it, in no group", "in no group",
		"in which groups is not shown", "restores it; its groups are not shown", "the tenant does not show them",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
