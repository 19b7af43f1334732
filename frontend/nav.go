package frontend

import (
	"rollcall/app"
	"slices"
)

// navPage is one page of the navigation: one line in [navPages].
type navPage struct {
	ID      string // of the page: what shellOf is called with
	Address string
	Icon    iconName
	Label   string
	Key     string                   // after g, it leads here
	Tally   func(app.Frame) navTally // nil: nothing to count
}

// navTally is the number beside a page's name.
type navTally struct {
	Count  string // "" for none
	Urgent bool   // some of it cannot wait
}

// navPages is the navigation in its order. The keyboard, its map and the
// command palette follow it.
var navPages = []navPage{
	{"overview", "/", iconName("layout-dashboard"), "Overview", "o", nil},
	{"tenants", "/tenants", iconName("building-2"), "Tenants", "t", tallyTenants},
	{"people", "/people", iconName("users"), "People", "p", tallyPeople},
	{"findings", "/findings", iconName("user-round-x"), "Findings", "f", tallyFindings},
	{"offboarding", "/offboarding", iconName("door-open"), "Offboarding", "b", nil},
	{"plans", "/plans", iconName("list-ordered"), "Plans", "l", nil},
	{"record", "/record", iconName("scroll-text"), "Record", "r", nil},
	{"settings", "/settings", iconName("settings"), "Settings", "s", nil},
}

func tallyTenants(f app.Frame) navTally {
	if len(f.Lists) == 0 {
		return navTally{}
	}
	return navTally{Count: count(len(f.Lists))}
}

func tallyPeople(f app.Frame) navTally {
	if !f.Roster {
		return navTally{}
	}
	return navTally{Count: count(f.People)}
}

func tallyFindings(f app.Frame) navTally {
	if len(f.Lists) == 0 {
		return navTally{}
	}
	complete := func(l app.ListState) bool { return l.Sealed }
	if f.Findings == 0 && (!f.Roster || !slices.ContainsFunc(f.Lists, complete)) {
		return navTally{Count: "–"} // none is known, and none would be
	}
	return navTally{Count: count(f.Findings), Urgent: f.Findings > 0}
}

// navLink is one page of the navigation as it is shown.
type navLink struct {
	navPage
	navTally
	Current bool
}

// newNav is the navigation on the page with this id.
func newNav(f app.Frame, id string) []navLink {
	links := make([]navLink, len(navPages))
	for i, p := range navPages {
		links[i] = navLink{navPage: p, Current: p.ID == id || p.ID == under[id]}
		if p.Tally != nil {
			links[i].navTally = p.Tally(f)
		}
	}
	return links
}

// under are pages without a line of their own, and the one that leads to them.
var under = map[string]string{"decisions": "findings"}
