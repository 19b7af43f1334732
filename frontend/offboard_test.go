package frontend

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"rollcall/app"
	"rollcall/app/reconcile"
	"rollcall/scim/scimtest"
)

// inputNamed is the first field with this name.
func inputNamed(doc *html.Node, name string) *html.Node {
	for _, n := range all(byID(doc, "page"), "input") {
		if attr(n, "name") == name {
			return n
		}
	}
	return &html.Node{}
}

const offboardRoster = `number,name,email,status,end
1,Ann Alder,ann@corp.example,active,
2,Bo Birk,bo@corp.example,on leave,
3,Cy Cole,cy@corp.example,active,
4,Di Dunn,di@corp.example,active,
`

// offboardDesk has Ann in a tenant that is covered, one that is read-only, one
// whose list is not complete and one that is a file; Cy, whom a newer list of
// active people lacks; and an account that both Bo and Di match.
func offboardDesk(t *testing.T) *desk {
	t.Helper()
	d := newDesk(t)
	d.write(t, "people.csv", offboardRoster)
	d.write(t, "newer.csv", strings.Replace(offboardRoster, "3,Cy Cole,cy@corp.example,active,\n", "", 1))
	d.write(t, "members.csv", "id,userName,email,active\n9,ann@corp.example,ann@corp.example,true\n")
	person := func(i int, name string) scimtest.User {
		mail := name + "@corp.example"
		return scimtest.User{ID: fmt.Sprint(i), UserName: mail, ExternalID: fmt.Sprint(i), Emails: []string{mail}, Active: true}
	}
	serve := func(name string, more []string, users ...scimtest.User) *scimtest.Server {
		srv := scimtest.New(scimtest.Options{Users: users})
		t.Cleanup(srv.Close)
		d.url = srv.URL
		d.mustRun(t, append(d.addTenant(name), more...)...)
		return srv
	}
	allow := []string{"--allow-writes", "offboarding"}
	both := scimtest.User{ID: "b", UserName: "bo@corp.example", ExternalID: "4", Active: true}
	serve("Acme", allow, person(1, "ann"), person(3, "cy"), both)
	serve("Quiet", nil, person(1, "ann"))
	broken := serve("Broken", allow, person(1, "ann"))
	broken.Set(func(q *scimtest.Quirks) { q.Reject = true })
	d.mustRun(t, "tenant", "add", "Wiki", "--file", d.file("members.csv"), "--exported-by", "will", "--exported-at", time.Now().UTC().Add(-time.Minute).Format(time.RFC3339))
	for _, file := range []string{"people.csv", "newer.csv"} {
		if exit, out, errs := d.run(t.Context(), "roster", "import", d.file(file), "--tz", "UTC", "--contents", "active-only", "--accept-shrink", "3"); exit != 0 {
			t.Fatalf("%s: %d %s%s", file, exit, out, errs)
		}
	}
	if exit, out, errs := d.run(t.Context(), "sync"); exit != 3 {
		t.Fatalf("sync: %d %s%s", exit, out, errs)
	}
	return d
}

// onPages opens the workspace with its pages.
func (d *desk) onPages(t *testing.T, now func() time.Time) (*site, http.Handler) {
	t.Helper()
	a, err := app.Open(t.Context(), app.Config{Dir: d.dir, LockWait: time.Second, Now: now, Passphrase: func() (string, error) { return deskPassphrase, nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	s := newSite(a, Options{Workspace: a.Dir()}, someAssets())
	return s, s.handler()
}

func TestOffboarding(t *testing.T) {
	d := offboardDesk(t)
	s, h := d.onPages(t, time.Now)
	t.Run("preview", func(t *testing.T) { testOffboardPreview(t, h) })
	t.Run("who", func(t *testing.T) { testOffboardWho(t, s, h) })
	t.Run("nothing", func(t *testing.T) { testOffboardNothing(t, h) })
	t.Run("run", func(t *testing.T) { testOffboardRun(t, d, h) })
	s.app.Close()
	t.Run("stale", func(t *testing.T) { testOffboardStale(t, d) })
}

var annURL = offboardURL(app.PersonID("hr", "1"))

// rowOf is what the preview says of one tenant.
func rowOf(t *testing.T, h http.Handler, path, tenant string) string {
	t.Helper()
	doc := page200(t, h, path)
	demandSound(t, doc)
	for _, r := range all(doc, "tr") {
		if attr(r, "class") == "tall" && text(all(r, "th")[0]) == tenant {
			return text(r)
		}
	}
	t.Fatalf("%s is not among the tenants of %s", tenant, path)
	return ""
}

// An inactive account that is still in groups leads to the finding by which it is
// taken out of them.
func TestStillEntitledLeadsToItsFinding(t *testing.T) {
	s, h := demoSite(t)
	for _, f := range findingsOf(t, s, app.FindingFilter{Kind: reconcile.KindEntitled, Limit: -1}).Findings {
		found, err := s.app.Search(t.Context(), f.Account.UserName, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, hit := range found.Hits {
			if hit.Kind != app.HitPerson {
				continue
			}
			path := offboardURL(app.PersonID(hit.Source, hit.ID))
			got := rowOf(t, h, path, f.Tenant)
			if !strings.Contains(got, "still entitled") {
				continue
			}
			if !strings.Contains(got, "takes it out of its groups.") || links(t, h, path, "the finding of "+f.Account.UserName) != "/findings/"+f.ID {
				t.Errorf("no way on: %s", got)
			}
			plan := post(h, path, url.Values{"ticket": {"HD-5"}}, partial("div#offboard-problem")...).Header().Get("HX-Redirect")
			if plan == "" {
				continue // there is nothing to close
			}
			if got := text(byID(page200(t, h, plan), "page")); !strings.Contains(got, "still entitled: "+f.Account.UserName) || links(t, h, plan, f.Account.UserName) != "/findings/"+f.ID {
				t.Errorf("the plan does not say so: %s", got)
			}
			return
		}
	}
	t.Fatal("the demo has nobody who is still entitled and to offboard")
}

func testOffboardPreview(t *testing.T, h http.Handler) {
	for tenant, words := range map[string][]string{
		"Acme":   {"deactivate", "ann@corp.example"},
		"Quiet":  {"deactivate", "ann@corp.example", "Read-only"},
		"Broken": {"not covered", "Check that the token is complete"},
		"Wiki":   {"by hand", "ann@corp.example, its groups were not read"},
	} {
		got := rowOf(t, h, annURL, tenant)
		for _, w := range words {
			if !strings.Contains(got, w) {
				t.Errorf("%s does not say %q: %s", tenant, w, got)
			}
		}
	}
	got := text(byID(page200(t, h, annURL), "page"))
	for _, want := range []string{
		"2 deactivations and 1 step by hand; 1 of 4 tenants not covered.", "Plan 2 deactivations and 1 step by hand",
		"PATCH /", "active → false", "The roster does not say that Ann Alder (1) has left.",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the preview does not say %q: %s", want, got)
		}
	}
	person := text(byID(page200(t, h, personURL(app.PersonID("hr", "1"))), "detail"))
	for _, want := range []string{"Not covered: 1 of 4 tenants", "Broken", "Offboard: close 3 accounts"} {
		if !strings.Contains(person, want) {
			t.Errorf("the person does not say %q: %s", want, person)
		}
	}
}

// testOffboardWho: on leave, presumed to have left, and an account that two
// people match.
func testOffboardWho(t *testing.T, s *site, h http.Handler) {
	bo := personURL(app.PersonID("hr", "2"))
	if got := text(byID(page200(t, h, bo), "detail")); !strings.Contains(got, "on leave") || !strings.Contains(got, "more than one person matches") {
		t.Errorf("on leave: %s", got)
	}
	if got := rowOf(t, h, bo+"/offboard", "Acme"); !strings.Contains(got, "left out") || !strings.Contains(got, "More than one person matches it") {
		t.Errorf("disputed: %s", got)
	}
	if p := peopleOf(t, s, app.PeopleFilter{State: app.StatePresumed}); len(p.People) != 1 || p.People[0].Name != "Cy Cole" || p.People[0].Active != 1 {
		t.Fatalf("presumed: %+v", p)
	}
	cy := personURL(app.PersonID("hr", "3"))
	if got := text(byID(page200(t, h, cy), "detail")); !strings.Contains(got, "presumed left") || !strings.Contains(got, "since revision 2") {
		t.Errorf("presumed: %s", got)
	}
	if got := rowOf(t, h, cy+"/offboard", "Acme"); !strings.Contains(got, "deactivate") {
		t.Errorf("presumed: %s", got)
	}
	changes := text(page200(t, h, "/roster"))
	if !strings.Contains(changes, "1 presumed left") || !strings.Contains(changes, "lists active people only") {
		t.Errorf("revisions: %s", changes)
	}
}

func testOffboardNothing(t *testing.T, h http.Handler) {
	di := offboardURL(app.PersonID("hr", "4"))
	if got := text(byID(page200(t, h, di), "page")); !strings.Contains(got, "Nothing would be sent; 1 of 4 tenants not covered.") || strings.Contains(got, "Ticket") {
		t.Errorf("nothing to send: %s", got)
	}
	if w := post(h, di, url.Values{"ticket": {"HD-1"}}, partial("div#offboard-problem")...); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "nothing to send") {
		t.Errorf("nothing to send: %d %s", w.Code, w.Body)
	}
	for _, ticket := range []string{"", "  ", strings.Repeat("x", 201)} {
		if w := post(h, annURL, url.Values{"ticket": {ticket}}, partial("div#offboard-problem")...); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "icket") {
			t.Errorf("ticket %q: %d %s", ticket, w.Code, w.Body)
		}
	}
}

// testOffboardRun: the page's plan is the terminal's, and runs.
func testOffboardRun(t *testing.T, d *desk, h http.Handler) {
	exit, out, errs := d.run(t.Context(), "offboard", "ann@corp.example", "--ticket", "HD-4812", "--dry-run", "--json")
	if exit != 3 {
		t.Fatalf("offboard: %d %s%s", exit, out, errs)
	}
	told := decodePlan(t, out)
	w := post(h, annURL, url.Values{"ticket": {"HD-4812"}}, partial("div#offboard-problem")...)
	path := w.Header().Get("HX-Redirect")
	if w.Code != http.StatusOK || len(told.Hash) != 64 || path != planURL(told.Hash) {
		t.Fatalf("the page leads to %q, the terminal's plan is %s: %d %s", path, told.Hash, w.Code, w.Body)
	}
	if got := text(byID(page200(t, h, path), "page")); !strings.Contains(got, "offboards Ann Alder") || !strings.Contains(got, "Quiet is only observed") {
		t.Errorf("plan: %s", got)
	}
	if got := text(page200(t, h, "/offboarding")); !strings.Contains(got, "HD-4812 Ann Alder 3 accounts in 3 tenants nothing sent 1 tenant NOT COVERED") {
		t.Errorf("offboardings: %s", got)
	}
	quiet := page200(t, h, path)
	form := url.Values{"tenant": {attr(inputNamed(quiet, "tenant"), "value")}, "reason": {"HD-4812"}}
	if w := post(h, path+"/allow", form, partial("div#allow-1-problem")...); w.Code != http.StatusOK {
		t.Fatalf("allow: %d %s", w.Code, w.Body)
	}
	if got := text(page200(t, h, "/record?ticket=HD-4812&type=tenant.writes-allowed")); !strings.Contains(got, "Allowed changes in Quiet") {
		t.Errorf("not under the plan's ticket: %s", got)
	}
	if w := post(h, path+"/run", nil, partial("div#run-problem")...); w.Header().Get("HX-Redirect") != path {
		t.Fatalf("run: %d %s", w.Code, w.Body)
	}
	waited(t, h, path)
	person := text(byID(page200(t, h, personURL(app.PersonID("hr", "1"))), "detail"))
	for _, want := range []string{"closed by us since the list was read", "What was done", "confirmed · deactivate · ann@corp.example in Acme", "to do by hand", "Offboardings HD-4812 1 of 3 to do by hand"} {
		if !strings.Contains(person, want) {
			t.Errorf("after the run the person does not show %q: %s", want, person)
		}
	}
	if got := rowOf(t, h, annURL, "Acme"); !strings.Contains(got, "closed by us") {
		t.Errorf("after the run: %s", got)
	}
}

// testOffboardStale: three days later no list can be relied on, and each can be
// read again from here.
func testOffboardStale(t *testing.T, d *desk) {
	_, h := d.onPages(t, func() time.Time { return time.Now().Add(72 * time.Hour) })
	for tenant, cure := range map[string]string{"Acme": "Sync now", "Quiet": "Sync now", "Wiki": "New file…"} {
		if got := rowOf(t, h, annURL, tenant); !strings.Contains(got, "not covered") || !strings.Contains(got, "3 days ago") || !strings.Contains(got, cure) {
			t.Errorf("%s: %s", tenant, got)
		}
	}
	if got := text(byID(page200(t, h, annURL), "page")); !strings.Contains(got, "4 of 4 tenants not covered") || strings.Contains(got, "Ticket") {
		t.Errorf("three days later: %s", got)
	}
}

// An account that is inactive and still in a group that entitles is not closed.
func TestEntitledIsNotClosed(t *testing.T) {
	account := func(a app.PersonAccount) app.PersonDetail {
		a.TenantID, a.Account.UserName, a.Account.Active = "t1", "ines", string(reconcile.ActiveFalse)
		return app.PersonDetail{Theirs: []app.PersonAccount{a}}
	}
	for _, tt := range []struct {
		a           app.PersonAccount
		state, what string
		icon, tone  string
	}{
		{app.PersonAccount{Account: app.FindingAccount{Groups: 1}}, "closed", "ines: inactive", "check", "holds"},
		{app.PersonAccount{Account: app.FindingAccount{Groups: 1}, Kinds: []reconcile.Kind{reconcile.KindEntitled}}, "still entitled", "ines: inactive, still in 1 group", "triangle-alert", "look"},
		{app.PersonAccount{Closed: true, Kinds: []reconcile.Kind{reconcile.KindEntitled}}, "closed", "ines: closed by us since the list was read", "check", "holds"},
	} {
		d := account(tt.a)
		v := newOffboardTenant(app.PersonList{TenantID: "t1", Found: 1}, d, app.Plan{}, sampleNow)
		if v.State != tt.state || len(v.What) != 1 || v.What[0].Text != tt.what {
			t.Errorf("%+v is shown as %q, %+v", tt.a, v.State, v.What)
		}
		if their := newTheir(d.Theirs[0], true, sampleNow); string(their.Icon) != tt.icon || their.Tone != tt.tone || string(v.Icon) != tt.icon {
			t.Errorf("%+v is shown with %s and %s, in %s", tt.a, v.Icon, their.Icon, their.Tone)
		}
	}
}
