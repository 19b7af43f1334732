package frontend

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"rollcall/app"
)

// personNamed is somebody of the demo's roster.
func personNamed(t *testing.T, s *site, name string) app.PersonRow {
	t.Helper()
	p := peopleOf(t, s, app.PeopleFilter{Search: name})
	if len(p.People) != 1 {
		t.Fatalf("%d people are called %s", len(p.People), name)
	}
	return p.People[0]
}

// An offboarding that ended without one of the tenants is nowhere said to have
// closed all, and what is known there is said.
func TestOffboardingBesideAnIncompleteList(t *testing.T) {
	s, h := demoSite(t)
	ada := personNamed(t, s, "Ada Castell")
	preview := rowOf(t, h, offboardURL(ada.ID), "Beacon Desk")
	person := text(byID(page200(t, h, personURL(ada.ID)), "detail"))
	for _, want := range []string{"not covered", "has ada.castell@halden.example active in the list of ", "The server claims 58"} {
		if !strings.Contains(preview, want) {
			t.Errorf("the preview does not say %q: %s", want, preview)
		}
	}
	button := attr(byID(page200(t, h, offboardURL(ada.ID)), "offboard-words"), "id")
	words := text(byID(page200(t, h, offboardURL(ada.ID)), button))
	n, _, _ := strings.Cut(words, " ")
	if !strings.Contains(person, "Offboard: close "+n+" account") {
		t.Errorf("the preview says %q, the person %s", words, person)
	}
	age := text(all(cellsOf(t, h, offboardURL(ada.ID), "Beacon Desk")[2], "time")[0])
	if _, after, _ := strings.Cut(person, "Beacon Desk ada.castell@halden.example"); !strings.Contains(after, "list read "+age) {
		t.Errorf("the list was read %s in the preview; the person says %s", age, after)
	}

	bruno := personNamed(t, s, "Bruno Ravn")
	w := post(h, offboardURL(bruno.ID), url.Values{"ticket": {"HD-1"}}, partial("div#offboard-problem")...)
	path := w.Header().Get("HX-Redirect")
	if w.Code != http.StatusOK || path == "" {
		t.Fatalf("plan: %d %s", w.Code, w.Body)
	}
	allowAll(t, h, path)
	if w := post(h, path+"/run", nil, partial("div#run-problem")...); w.Header().Get("HX-Redirect") != path {
		t.Fatalf("run: %d %s", w.Code, w.Body)
	}
	waited(t, h, path)
	const want = "2 closed, 1 tenant not covered"
	for _, at := range []string{"/offboarding", "/plans", path} {
		page := byID(page200(t, h, at), "page")
		if got := text(page); !strings.Contains(got, want) || strings.Contains(got, "all closed") {
			t.Errorf("%s: %s", at, got)
		}
		if tone := toneOf(page, want); tone != "look" {
			t.Errorf("%s shows it with the tone %q", at, tone)
		}
	}
	list := text(byID(page200(t, h, "/people?q=Bruno+Ravn"), "page"))
	if !strings.Contains(list, "closed by us since the list was read") || strings.Contains(list, "2 in 2 tenants") {
		t.Errorf("after the run the list of people says %s", list)
	}
}

// cellsOf are the cells of one tenant in the preview.
func cellsOf(t *testing.T, h http.Handler, path, tenant string) []*html.Node {
	t.Helper()
	for _, r := range all(page200(t, h, path), "tr") {
		if attr(r, "class") == "tall" && text(all(r, "th")[0]) == tenant {
			return all(r, "td")
		}
	}
	t.Fatalf("%s is not among the tenants of %s", tenant, path)
	return nil
}

// toneOf is the tone of the innermost element that says just this.
func toneOf(n *html.Node, says string) string {
	tone := ""
	for _, e := range all(n, "*") {
		if text(e) == says {
			tone = firstOf(attr(e, "data-tone"), attr(e, "class"))
		}
	}
	return tone
}

// allowAll allows changes in every tenant of a plan that is read-only.
func allowAll(t *testing.T, h http.Handler, path string) {
	t.Helper()
	for _, n := range all(byID(page200(t, h, path), "page"), "input") {
		if attr(n, "name") != "tenant" {
			continue
		}
		form := url.Values{"tenant": {attr(n, "value")}, "reason": {"test"}}
		if w := post(h, path+"/allow", form, partial("div#allow-1-problem")...); w.Code != http.StatusOK {
			t.Fatalf("allow: %d %s", w.Code, w.Body)
		}
	}
}
