package frontend

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"rollcall/app"
	"rollcall/app/secrets"
)

func TestPeopleOfTheDemo(t *testing.T) {
	s, h := demoSite(t)
	t.Run("list", func(t *testing.T) { testPeople(t, s, h) })
	t.Run("filters", func(t *testing.T) { testPeopleFilters(t, s, h) })
	t.Run("person", func(t *testing.T) { testPerson(t, s, h) })
	t.Run("manager", func(t *testing.T) { testManager(t, s, h) })
	t.Run("revisions", func(t *testing.T) { testRevisions(t, s, h) })
	t.Run("links", func(t *testing.T) { testPersonLinks(t, s, h) })
	t.Run("unknown", func(t *testing.T) { testUnknownPerson(t, h) })
	t.Run("offboarding", func(t *testing.T) { testOffboardingSearch(t, h) })
}

func peopleOf(t *testing.T, s *site, f app.PeopleFilter) app.PeoplePage {
	t.Helper()
	p, err := s.app.People(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// testPeople follows "Show more" to the end: everybody once.
func testPeople(t *testing.T, s *site, h http.Handler) {
	all := peopleOf(t, s, app.PeopleFilter{Limit: app.MostFound})
	doc := page200(t, h, "/people")
	demandSound(t, doc)
	roster, err := s.app.Roster(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	shown := text(byID(doc, "page"))
	for _, want := range []string{roster.File, roster.SHA256[:12], "revision " + count(roster.Revision), count(roster.People) + " rows", "lists leavers too", all.People[0].Name} {
		if !strings.Contains(shown, want) {
			t.Errorf("the page does not show %q: %s", want, shown)
		}
	}
	seen := map[string]bool{}
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
		doc = parse(t, "<table>"+get(h, more, partial("tbody#more")...).Body.String()+"</table>")
	}
	if len(seen) != all.Total || all.Total <= 2*pageSize {
		t.Errorf("%d people in parts, want %d in at least three", len(seen), all.Total)
	}
}

func testPeopleFilters(t *testing.T, s *site, h http.Handler) {
	left := peopleOf(t, s, app.PeopleFilter{State: app.StateLeft, Has: app.HasActive})
	if len(left.People) == 0 {
		t.Fatal("nobody of the demo left with an active account")
	}
	doc := page200(t, h, "/people?state=left&has=active-accounts")
	demandSound(t, doc)
	if n := len(rowLinks(doc)); n != left.Total {
		t.Errorf("%d rows, want %d", n, left.Total)
	}
	for _, r := range all(doc, "tr") {
		if attr(r, "class") == "row" && attr(all(r, "td")[3], "class") != "act" {
			t.Errorf("somebody who left has active accounts, and it is not said in red: %s", text(r))
		}
	}
	someone := left.People[0]
	part := page200(t, h, "/people?q="+url.QueryEscape(someone.Number), partial("div#listing")...)
	if links := rowLinks(part); len(links) != 1 || byID(part, "page") != nil || !strings.Contains(text(byID(part, "detail")), someone.Name) {
		t.Errorf("searched for %s: %s", someone.Number, text(part))
	}
	if got := text(page200(t, h, "/people?q=nobody-has-this")); !strings.Contains(got, "Nobody matches") {
		t.Errorf("nobody: %s", got)
	}
	for _, bad := range []string{"?state=odd", "?has=odd", "?after=odd"} {
		if w := get(h, "/people"+bad); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, w.Code)
		}
	}
}

func testPerson(t *testing.T, s *site, h http.Handler) {
	p := peopleOf(t, s, app.PeopleFilter{State: app.StateLeft, Has: app.HasActive}).People[0]
	d, err := s.app.Person(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	detail := page200(t, h, personURL(p.ID), partial("section#detail")...)
	if byID(detail, "page") != nil {
		t.Error("the detail brings the page along")
	}
	want := []string{p.Name, p.Number, dated(d.Why), "Offboard: close " + accountsOf(p.Active), "What the roster says", p.Emails[0]}
	for _, a := range d.Theirs {
		want = append(want, a.Tenant, a.Account.UserName, ruleWords(a.Rule), inGroups(a.Account.Groups, a.MembershipsUnknown))
	}
	for _, l := range d.Lists {
		want = append(want, l.Tenant)
	}
	for _, f := range d.Findings {
		want = append(want, dated(f.Reason))
	}
	for _, w := range want {
		if !strings.Contains(text(detail), w) {
			t.Errorf("the person does not show %q: %s", w, text(detail))
		}
	}
	whole := page200(t, h, personURL(p.ID))
	demandSound(t, whole)
	for _, a := range all(byID(whole, "detail"), "a") {
		page200(t, h, attr(a, "href"))
	}
}

func testRevisions(t *testing.T, s *site, h http.Handler) {
	doc := page200(t, h, "/roster")
	demandSound(t, doc)
	page, err := s.app.RosterRevisions(t.Context(), "", 10)
	if err != nil || len(page.Revisions) == 0 {
		t.Fatal(page, err)
	}
	r := page.Revisions[len(page.Revisions)-1] // it added everybody
	if got := text(byID(doc, "page")); r.By == "" || !strings.Contains(got, r.By) || !strings.Contains(got, r.File) || r.Added <= pageSize || !strings.Contains(got, count(r.Added)+" added") {
		t.Errorf("%+v is shown as %s", r, got)
	}
	doc = page200(t, h, revisionsURL(r.ID, "change", app.ChangeAdded))
	demandSound(t, doc)
	if n := len(all(byID(doc, "page"), "tbody")); n != 2 {
		t.Errorf("%d parts of who was added, want the first and the way to the next", n)
	}
	for _, path := range []string{revisionsURL("r_none"), revisionsURL(r.ID, "change", "odd"), revisionsURL("", "after", "odd")} {
		if w := get(h, path); w.Code != http.StatusNotFound && w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// testPersonLinks: findings and accounts lead to their person.
func testPersonLinks(t *testing.T, s *site, h http.Handler) {
	f := leaverIn(t, s, app.SourceSCIM)
	want := personURL(f.Person.ID())
	for _, path := range []string{"/findings/" + f.ID, accountFilter{Tenant: f.TenantID}.url("account", f.Account.ID)} {
		found := false
		for _, a := range all(byID(page200(t, h, path), "detail"), "a") {
			found = found || attr(a, "href") == want
		}
		if !found {
			t.Errorf("%s does not lead to %s", path, want)
		}
	}
}

func testUnknownPerson(t *testing.T, h http.Handler) {
	for _, id := range []string{"nobody", app.PersonID("hr", "no such number"), "WzEsMl0", "%00"} {
		if got := text(byID(page200(t, h, "/people/"+id), "detail")); !strings.Contains(got, "Not here any more") {
			t.Errorf("%s: %s", id, got)
		}
		for _, r := range []int{get(h, "/people/"+id, partial("section#detail")...).Code, get(h, "/people/"+id+"/offboard").Code, post(h, "/people/"+id+"/offboard", url.Values{"ticket": {"HD-1"}}).Code} {
			if r != http.StatusNotFound {
				t.Errorf("%s: %d", id, r)
			}
		}
	}
}

func testOffboardingSearch(t *testing.T, h http.Handler) {
	doc := page200(t, h, "/offboarding?q=a")
	demandSound(t, doc)
	hits := page200(t, h, "/offboarding?q=a", partial("div#hits")...)
	links := all(byID(hits, "hits"), "a")
	if len(links) != mostHits || byID(hits, "page") != nil || !strings.Contains(text(hits), "more; type another letter") {
		t.Fatalf("%s", text(hits))
	}
	page200(t, h, attr(links[0], "href"))
	if got := text(page200(t, h, "/offboarding?q=nobody-has-this")); !strings.Contains(got, "Nobody on the roster matches") {
		t.Errorf("nobody: %s", got)
	}
}

func TestPeopleBeforeARoster(t *testing.T) {
	for _, path := range []string{"/people", "/roster", "/offboarding"} {
		a, err := app.Open(t.Context(), app.Config{Dir: t.TempDir(), Secrets: secrets.Memory()})
		if err != nil {
			t.Fatal(err)
		}
		doc := page200(t, newSite(a, Options{}, someAssets()).handler(), path)
		demandSound(t, doc)
		if got := text(byID(doc, "page")); !strings.Contains(got, "No roster yet") || !strings.Contains(got, "Import the list of people") {
			t.Errorf("%s: %s", path, got)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestHostilePeopleStayText(t *testing.T) {
	for _, flag := range []bool{false, true} {
		shell := newShell(hostileOf[app.Frame](flag), "People", "people", sampleNow)
		s := sampleSite()
		f := peopleFilter{State: hostile, Has: hostile, Search: hostile}
		v := s.newPeople(hostileOf[app.PeoplePage](flag), f, hostileOf[*app.Roster](flag))
		v.Rows = newPeopleRows(hostileOf[app.PeoplePage](flag), f, "", false)
		d := hostileOf[app.PersonDetail](flag)
		p := s.newPerson(d)
		v.Detail = &p
		docs := []*html.Node{
			draw(t, peoplePage(shell, v)),
			draw(t, offboardPage(shell, newOffboard(d, hostileOf[app.Plan](flag), sampleNow))),
			draw(t, revisionsPage(shell, revisionsView{Rows: revisionRows{Rows: []revisionLine{newRevision(hostileOf[app.RosterRevision](flag), hostile, sampleNow)}}})),
		}
		for _, doc := range docs {
			demandSound(t, doc)
			demandHarmless(t, doc)
		}
	}
}

// planJSON is what the terminal's offboarding prints.
type planJSON struct {
	Plan app.Plan `json:"plan"`
}

func decodePlan(t *testing.T, line string) app.Plan {
	t.Helper()
	var p planJSON
	if err := json.Unmarshal([]byte(line), &p); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	return p.Plan
}

func TestPersonWords(t *testing.T) {
	left := app.PersonRow{State: app.StateLeft, End: "2026-11-27", Accounts: 3, Tenants: 3, Active: 2}
	for _, tt := range []struct {
		p                app.PersonRow
		status, accounts string
	}{
		{left, "left 27 Nov 2026", "2 of 3 active"},
		{app.PersonRow{State: app.StatePresumed, Accounts: 1, Tenants: 1}, "presumed left", "none of 1 active"},
		{app.PersonRow{State: app.StateActive, End: "2027-02-16", Accounts: 2, Tenants: 1, Active: 2}, "last day 16 Feb 2027", "2 in 1 tenant"},
		{app.PersonRow{State: app.StateActive}, "active", "none"},
	} {
		if status, _ := statusWords(tt.p); status != tt.status || accountCount(tt.p) != tt.accounts {
			t.Errorf("%+v: %q and %q", tt.p, status, accountCount(tt.p))
		}
	}
	for want, p := range map[string]app.PersonRow{
		"Ilse Tamm (1009)": {Manager: "1009", ManagerName: "Ilse Tamm"}, "1009": {Manager: "1009"}, "": {}, "ilse@corp.example": {Manager: "ilse@corp.example"},
	} {
		if got := managerWords(p); got != want {
			t.Errorf("%+v: %q, want %q", p, got, want)
		}
	}
}

// A manager is somebody, and leads to them.
func testManager(t *testing.T, s *site, h http.Handler) {
	for _, p := range peopleOf(t, s, app.PeopleFilter{Limit: app.MostFound}).People {
		if p.Manager == "" {
			continue
		}
		doc := page200(t, h, personURL(p.ID))
		demandWords(t, "the list", byID(page200(t, h, withQuery("/people", "q", p.Number)), "listing"), p.ManagerName+" ("+p.Manager+")")
		for _, a := range all(byID(doc, "detail"), "a") {
			if attr(a, "href") == personURL(app.PersonID(p.Source, p.Manager)) && strings.Contains(text(a), p.ManagerName) && p.ManagerName != "" {
				return
			}
		}
		t.Fatalf("%s does not lead to the manager %s", p.Name, p.Manager)
	}
	t.Fatal("nobody of the demo has a manager")
}
