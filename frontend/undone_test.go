package frontend

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"rollcall/app"
	"rollcall/app/reconcile"

	"golang.org/x/net/html"
)

// One action of several is undone by a plan of its own, from its row in the plan
// and from its entry in the record; what was given back is not offered again.
func TestUndoOneAction(t *testing.T) {
	s, h := demoSite(t)
	in := leaverIn(t, s, app.SourceSCIM)
	two := findingsOf(t, s, app.FindingFilter{Tenant: in.TenantID, Kind: reconcile.KindLeaver, Limit: 2}).Findings
	for _, f := range two {
		stagePost(h, f.ID, true)
	}
	path := planStaged(t, h)
	post(h, path+"/run", nil, partial("div#run-problem")...)
	waited(t, h, path)
	ways := func(page string) (list []string) {
		doc := page200(t, h, page)
		demandSound(t, doc)
		for _, f := range all(doc, "form") {
			if attr(f, "class") == "undo-one" {
				list = append(list, attr(f, "hx-post"))
			}
		}
		return list
	}
	offered := ways(path)
	if len(two) != 2 || len(offered) != 2 {
		t.Fatalf("%d actions, undone by %v", len(two), offered)
	}
	entry := strings.TrimSuffix(offered[1], "/undo")
	if got := ways(entry); len(got) != 1 || got[0] != offered[1] {
		t.Errorf("its entry offers %v, not %s", got, offered[1])
	}
	w := post(h, offered[1], nil, partial("form")...)
	back := w.Header().Get("HX-Redirect")
	if w.Code != http.StatusOK || !strings.HasPrefix(back, "/plans/") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if got := text(byID(page200(t, h, back), "page")); !strings.Contains(got, "Reactivate 1 account") || !strings.Contains(got, "nothing sent yet") {
		t.Errorf("the plan of the undo: %s", got)
	}
	post(h, back+"/run", nil, partial("div#run-problem")...)
	waited(t, h, back)
	if got := ways(path); len(got) != 1 || got[0] != offered[0] {
		t.Errorf("after that the plan offers %v", got)
	}
	if got := ways(entry); len(got) != 0 {
		t.Errorf("after that the entry offers %v", got)
	}
	by := "undone by plan " + strings.TrimPrefix(back, "/plans/")[:12]
	for _, page := range []string{path, entry} {
		if got := text(byID(page200(t, h, page), "page")); !strings.Contains(got, by) {
			t.Errorf("%s does not say that it was %s: %s", page, by, got)
		}
	}
	rows := all(byID(page200(t, h, path), "page"), "tr")
	if n := len(slices.DeleteFunc(rows, func(r *html.Node) bool { return !strings.Contains(text(r), by) })); n != 1 {
		t.Errorf("%d rows say so", n)
	}
	if w := post(h, "/record/0/undo", nil, partial("form")...); w.Code != http.StatusNotFound {
		t.Errorf("an entry of no action: %d %s", w.Code, w.Body)
	}
}
