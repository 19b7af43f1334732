package frontend

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// A list over SCIM that shrank is let through from the pages as from a terminal:
// by the number of its accounts, and by no other.
func TestVouchForAShrunkList(t *testing.T) {
	d := newDesk(t)
	d.fill(t)
	var users []scimtest.User
	for i := range 20 {
		users = append(users, scimtest.User{ID: fmt.Sprint("n", i), UserName: fmt.Sprintf("u%d@corp.example", i), Active: true})
	}
	ids := d.server.Add(users...)
	d.mustRun(t, "sync")
	for _, id := range ids[5:] {
		d.server.Remove(id)
	}
	if exit, out, errs := d.run(t.Context(), "sync"); exit != 3 {
		t.Fatalf("the list shrank: %d %s%s", exit, out, errs)
	}
	s, h := d.onPages(t, time.Now)
	tenant := overviewOf(t, s).Tenants[0]
	settings := tenantURL(tenant.ID, "settings")
	doc := page200(t, h, settings)
	demandSound(t, doc)
	held := byID(doc, "vouch")
	demandWords(t, "the settings", held, "shrank from 21 to 6", "vouch for 6 accounts")
	if got := page200(t, h, "/"); !slices.ContainsFunc(all(got, "a"), func(a *html.Node) bool { return attr(a, "href") == settings+"#vouch" }) {
		t.Errorf("the overview does not lead there: %s", text(got))
	}
	if w := post(h, "/sync", url.Values{"tenant": {tenant.ID}, "accept": {"six"}}, partial("div#corner")...); w.Code != http.StatusBadRequest {
		t.Errorf("words in place of a number: %d", w.Code)
	}
	for _, x := range []struct {
		n      string
		sealed bool
	}{{"7", false}, {"6", true}} {
		if w := post(h, "/sync", url.Values{"tenant": {tenant.ID}, "accept": {x.n}}, partial("div#corner")...); w.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", x.n, w.Code, w.Body)
		}
		got := synced(t, s)
		if got.Sync.Sealed != x.sealed {
			t.Errorf("with the word for %s: sealed %v, %v", x.n, got.Sync.Sealed, got.Sync.Problems)
		}
	}
	if got := text(page200(t, h, settings)); strings.Contains(got, "vouch") {
		t.Errorf("it is still asked for: %s", got)
	}
}

// synced waits until nothing is under way.
func synced(t *testing.T, s *site) app.Tenant {
	t.Helper()
	for t.Context().Err() == nil {
		if o := overviewOf(t, s); len(o.Busy) == 0 {
			return o.Tenants[0]
		}
	}
	t.Fatal("never")
	return app.Tenant{}
}

// A number may be written in groups of three; another sign in it is no group.
func TestNumberOfAccounts(t *testing.T) {
	for typed, want := range map[string]int{"6": 6, " 1,205 ": 1205, "1.205.300": 1205300, "12 000": 12000, "60.5": -1, "6,05": -1, "-6": -1, "six": -1} {
		switch got, err := acceptOf(url.Values{"accept": {typed}}, "accounts"); {
		case want < 0 && err == nil:
			t.Errorf("%q is taken for %d", typed, *got)
		case want >= 0 && (err != nil || *got != want):
			t.Errorf("%q: %v, want %d", typed, err, want)
		}
	}
}
