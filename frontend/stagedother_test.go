package frontend

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"rollcall/app/reconcile"
	"rollcall/scim/scimtest"
)

// An account whose id was given to somebody else after it was staged is not planned.
func TestStagedAccountThatBecameAnother(t *testing.T) {
	d := newDesk(t)
	roster := deskRoster
	for _, name := range []string{"bo", "cy", "di", "ed"} {
		roster += name + "," + name + "," + name + "@corp.example,active\n"
		d.server.Add(scimtest.User{ID: name, UserName: name + "@corp.example", Active: true})
	}
	d.write(t, "people.csv", roster)
	d.server.Add(scimtest.User{ID: "2", UserName: "ghost@corp.example", Emails: []string{"ghost@corp.example"}, Active: true})
	d.fill(t)
	s, h := d.onPages(t, time.Now)
	f := firstOfKind(t, s, reconcile.KindOrphaned)
	post(h, stageURL(f.ID), url.Values{"on": {"1"}}, partial("button")...)
	shown := shownStaged(page200(t, h, "/findings"))
	d.server.Remove("2")
	d.server.Add(scimtest.User{ID: "2", UserName: "newhire@corp.example", Emails: []string{"newhire@corp.example"}, Active: true})
	d.mustRun(t, "sync")
	if got := text(byID(page200(t, h, "/findings"), "staged-list")); strings.Contains(got, "ghost") {
		t.Errorf("still staged: %s", got)
	}
	w := post(h, "/plans", url.Values{"ticket": {"T"}, "shown": {shown}}, partial("div#plan-problem")...)
	if w.Code == http.StatusOK || w.Header().Get("HX-Redirect") != "" {
		t.Errorf("%d, to %s", w.Code, w.Header().Get("HX-Redirect"))
	}
}

// Under a plan's ticket changes are allowed in its tenants alone.
func TestPlanAllowsChangesInItsTenants(t *testing.T) {
	w := newLeaverWorld(t, 2, 20)
	p := w.plan(t, "HD-7", "u1")
	if r := post(w.handler(), planURL(p.Hash)+"/allow", url.Values{"tenant": {"t_another"}, "reason": {"x"}}, partial("div#notice")...); r.Code != http.StatusBadRequest {
		t.Errorf("another tenant: %d %s", r.Code, r.Body)
	}
}
