package frontend

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"rollcall/app"
	"rollcall/app/reconcile"
)

// options are what the palette lists, by their words and where they lead.
func options(doc *html.Node) map[string]*html.Node {
	out := map[string]*html.Node{}
	for _, n := range all(doc, "a", "button") {
		if attr(n, "role") == "option" {
			out[text(n)] = n
		}
	}
	return out
}

func typed(t *testing.T, h http.Handler, q string) *html.Node {
	t.Helper()
	return page200(t, h, "/search?q="+url.QueryEscape(q), partial("div#palette-body")...)
}

// testPalette: what is found leads to where it is, and a command does it.
func testPalette(t *testing.T, s *site, h http.Handler) {
	demandSound(t, page200(t, h, "/search?q=a"))
	f := findingsOf(t, s, app.FindingFilter{Kind: reconcile.KindLeaver}).Findings[0]
	doc := typed(t, h, f.Account.UserName)
	if list := byID(doc, "palette-list"); list == nil || attr(list, "data-q") != f.Account.UserName {
		t.Fatalf("nothing is found for %q", f.Account.UserName)
	}
	kinds := []string{}
	for words, n := range options(doc) {
		address := attr(n, "href")
		to := page200(t, h, address)
		if strings.HasPrefix(address, "/people/") {
			kinds = append(kinds, "people")
			continue
		}
		if !strings.Contains(words, f.Account.UserName) || !strings.Contains(text(byID(to, "detail")), f.Account.UserName) {
			t.Errorf("%q leads to %s, which does not show it", words, address)
		}
		kinds = append(kinds, strings.Split(address, "/")[1])
	}
	if !slices.Contains(kinds, "findings") || !slices.Contains(kinds, "tenants") || !slices.Contains(kinds, "people") {
		t.Errorf("the account, its person and its finding lead to %v", kinds)
	}
	for _, d := range deeds {
		if d.Href != "" {
			demandSound(t, page200(t, h, d.Href))
		}
	}
	for q, want := range map[string]string{"sync": "/sync", "verify rec": "/record/verify", "go plans": "/plans", "ten": "/tenants", "add ten": "/connect/scim", "imp ros": "/connect/roster"} {
		found := false
		for _, n := range options(typed(t, h, q)) {
			found = found || attr(n, "hx-post") == want || attr(n, "href") == want
		}
		if !found {
			t.Errorf("%q does not find %s", q, want)
		}
	}
	if n := len(options(typed(t, h, ""))); n != len(navPages)+len(deeds) {
		t.Errorf("before anything is typed there are %d commands", n)
	}
	if got := typed(t, h, "zzzz"); byID(got, "palette-list") != nil || !strings.Contains(text(got), "Nothing found") {
		t.Errorf("nothing is found: %s", text(got))
	}
	page200(t, h, "/search?q="+strings.Repeat("%C3%A4", 300))
	testPalettePeople(t, h, f)
	testPaletteRecord(t, s, h)
}

// testPalettePeople: a person leads to their page, and to their offboarding
// beside it or as a command.
func testPalettePeople(t *testing.T, h http.Handler, f app.Finding) {
	t.Helper()
	leads := func(q string) (person, offboard string) {
		for words, n := range options(typed(t, h, q)) {
			switch to := attr(n, "href"); {
			case strings.HasPrefix(words, "Offboard "+f.Person.Name+"…"):
				offboard = to
			case strings.HasPrefix(words, f.Person.Name) && strings.HasPrefix(to, "/people/"):
				person = to
			}
		}
		return person, offboard
	}
	person, offboard := leads(f.Person.Name)
	if id := personURL(f.Person.ID()); person != withQuery(id, "q", f.Person.Name) || offboard != id+"/offboard" {
		t.Fatalf("%s leads to %q and %q", f.Person.Name, person, offboard)
	}
	marked := 0
	for _, a := range rowLinks(page200(t, h, person)) {
		if attr(a, "aria-current") == "true" && strings.Contains(text(a), f.Person.Name) {
			marked++
		}
	}
	if marked != 1 {
		t.Errorf("%s marks %d rows of the list", person, marked)
	}
	for _, to := range []string{person, offboard} {
		if got := text(byID(page200(t, h, to), "page")); !strings.Contains(got, f.Person.Name) {
			t.Errorf("%s does not show %s", to, f.Person.Name)
		}
	}
	if person, again := leads("offb " + f.Person.Number); person != "" || again != offboard {
		t.Errorf("the command leads to %q and %q, want only %q", person, again, offboard)
	}
	if _, got := leads("off"); got != "" {
		t.Errorf("without a name the command leads to %q", got)
	}
}

// testPaletteRecord: entries by their number, tickets by what they say.
func testPaletteRecord(t *testing.T, s *site, h http.Handler) {
	t.Helper()
	found := false
	for words, n := range options(typed(t, h, "#0")) {
		found = strings.HasPrefix(words, "#0 record.created") && attr(n, "href") == "/record/0"
		demandSound(t, page200(t, h, attr(n, "href")))
	}
	if !found {
		t.Error("#0 does not find the first entry")
	}
	plans, err := s.app.Plans(t.Context())
	if err != nil || len(plans) == 0 {
		t.Fatalf("%d plans, %v", len(plans), err)
	}
	found = false
	for _, n := range options(typed(t, h, plans[0].Ticket)) {
		if to := attr(n, "href"); strings.HasPrefix(to, "/record?") {
			found = strings.Contains(text(byID(page200(t, h, to), "page")), plans[0].Ticket)
		}
	}
	if !found {
		t.Errorf("the ticket %s leads nowhere that shows it", plans[0].Ticket)
	}
}

// TestHostileHits: a hit is text, and says so where there was no time.
func TestHostileHits(t *testing.T) {
	found := app.Found{Partial: true}
	for _, kind := range []string{app.HitTenant, app.HitPerson, app.HitAccount, app.HitFinding, app.HitPlan, app.HitTicket, app.HitEntry} {
		h := hostileOf[app.Hit](true)
		h.Kind = kind
		found.Hits = append(found.Hits, h)
	}
	v := newPalette("<b>", found)
	doc := draw(t, paletteBody(v))
	demandHarmless(t, doc)
	if n := len(options(doc)); n == 0 || !strings.Contains(text(doc), "no time to look everywhere") {
		t.Errorf("%d hits: %s", n, text(doc))
	}
	for _, n := range options(doc) {
		if to := attr(n, "href"); !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") {
			t.Errorf("a hit leads to %q", to)
		}
	}
}

// A name that no search takes is looked for by the number instead.
func TestPersonFound(t *testing.T) {
	for _, tt := range []struct{ name, want string }{
		{"Zoë O'Brien", "Zoë O'Brien"}, {"", "7"}, {"—", "7"}, {strings.Repeat("long ", 30), "7"},
	} {
		u, err := url.Parse(personFound(app.Hit{Source: "hr", ID: "7", Title: tt.name}))
		if err != nil || u.Query().Get("q") != tt.want {
			t.Errorf("%q leads to %v, %v", tt.name, u, err)
		}
	}
	if got := hitDetail(app.Hit{Kind: app.HitPerson, Detail: "7 · active, last day 2026-03-01"}); got != "7 · active, last day 1 Mar 2026" {
		t.Errorf("the last day is shown as %q", got)
	}
}
