package frontend

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// A sync that hangs is stopped from the corner of any page and from its tenant's,
// and one that failed because nothing answers is offered again under To do.
func TestSyncThatHangsIsStopped(t *testing.T) {
	d := newDesk(t)
	d.fill(t)
	s, h := d.onPages(t, time.Now)
	ended := make(chan app.Ended, 1)
	s.app.OnEnded(func(e app.Ended) { ended <- e })
	tenant := overviewOf(t, s).Tenants[0]
	stops := func(path string) (n int) {
		doc := page200(t, h, path)
		demandSound(t, doc)
		for _, f := range all(doc, "form") {
			if attr(f, "hx-post") == "/sync/stop" {
				n++
			}
		}
		return n
	}
	if w := post(h, "/sync/stop", url.Values{"tenant": {tenant.Name}}, partial("div#corner")...); w.Code != http.StatusConflict {
		t.Errorf("nothing runs: %d %s", w.Code, w.Body)
	}
	hang := scimtest.NewBarrier()
	d.server.Fail(scimtest.Fault{Method: "GET", Arrive: hang})
	post(h, "/sync", url.Values{"tenant": {tenant.ID}}, partial("div#corner")...)
	<-hang.Arrived
	if corner, both := stops("/people"), stops(tenantURL(tenant.ID, "")); corner != 1 || both != 2 {
		t.Errorf("stopped from %d places of any page, and %d of the tenant's", corner, both)
	}
	if w := post(h, "/sync/stop", url.Values{"tenant": {tenant.Name}}, partial("div#corner")...); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Stopping the sync") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if e := <-ended; e.Stopped != 1 {
		t.Errorf("ended as %+v", e)
	}
	if n := stops("/people"); n != 0 {
		t.Errorf("%d left to stop", n)
	}
}

func TestFailedSyncIsOfferedAgain(t *testing.T) {
	for code, want := range map[string]string{"network": "Acme", "timeout": "Acme", "server": "Acme", "groups-lost": "Acme", "auth": "", "shrunk": "", "match-rate": ""} {
		if got := newTodo(app.ToDo{Problem: app.Problem{Code: code}, Tenant: "Acme"}, nil).Sync; got != want {
			t.Errorf("%s: offers to sync %q", code, got)
		}
	}
}
