package frontend

import (
	"net/http"
	"testing"

	"golang.org/x/net/html"
)

// testNav: each page of the navigation is there, and says that it is.
func testNav(t *testing.T, h http.Handler) {
	taken := map[string]bool{}
	for _, p := range navPages {
		if len(p.Key) != 1 || taken[p.Key] || taken[p.ID] {
			t.Errorf("%s: the key %q or the id %q is none, or is another page's", p.Label, p.Key, p.ID)
		}
		taken[p.Key], taken[p.ID] = true, true
		doc := page200(t, h, p.Address)
		demandSound(t, doc)
		for _, other := range navPages {
			link := byID(doc, "nav-"+other.ID)
			if link == nil || attr(link, "href") != other.Address || attr(link, "data-goto") != other.Key {
				t.Fatalf("%s: no way to %s", p.Label, other.Label)
			}
			if current := attr(link, "aria-current") == "page"; current != (other.ID == p.ID) {
				t.Errorf("on %s, %s is current: %v", p.Label, other.Label, current)
			}
		}
		demandKeyMap(t, doc, p)
	}
}

// demandKeyMap: the list of keys tells how to come to a page.
func demandKeyMap(t *testing.T, doc *html.Node, p navPage) {
	t.Helper()
	for _, n := range all(byID(doc, "keys"), "dt") {
		if text(n) == "Go to "+p.Label {
			return
		}
	}
	t.Errorf("the list of keys does not tell how to go to %s", p.Label)
}

func TestNavCounts(t *testing.T) {
	o := sampleOverview()
	tally := map[string]navTally{}
	for _, l := range newNav(o.Frame(), "findings") {
		tally[l.ID] = l.navTally
		if l.Current != (l.ID == "findings") {
			t.Errorf("%s is current: %v", l.ID, l.Current)
		}
	}
	if got := tally["tenants"]; got.Count != count(len(o.Tenants)) || got.Urgent {
		t.Errorf("tenants: %+v", got)
	}
	if got := tally["findings"]; got.Count == "" || got.Count == "0" || !got.Urgent {
		t.Errorf("findings: %+v", got)
	}
	o.Tenants, o.Roster = nil, nil
	for _, l := range newNav(o.Frame(), "overview") {
		if l.Count != "" {
			t.Errorf("%s counts %s where nothing is connected", l.ID, l.Count)
		}
	}
}
