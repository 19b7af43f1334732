package frontend

import (
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"unicode"

	"rollcall/app"
	"rollcall/app/reconcile"
)

// paletteView is what was found for what was typed.
type paletteView struct {
	Query  string
	Groups []paletteGroup
	Count  int
	Note   string // why there may be more; "" for none
}

// paletteGroup is one kind of things that were found.
type paletteGroup struct {
	ID    string
	Label string
	Items []paletteItem
}

// paletteItem leads somewhere or does something: exactly one of Href, Post and
// Do is set.
type paletteItem struct {
	ID     string
	Icon   iconName
	Title  value
	Detail value
	Keys   []string
	Href   string
	Post   string // a form without fields; its answer is the corner
	Do     string // "theme", "times" or "keys": done by the page itself
}

// deed is a command of the palette; it is found by the beginnings of its words.
type deed struct {
	Icon  iconName
	Label string
	Also  string // other words by which it is looked for
	Keys  []string
	Href  string
	Post  string
	Do    string
}

// deeds are the commands; the pages of the navigation come before them.
var deeds = []deed{
	{iconName("refresh-cw"), "Sync all tenants", "refresh list", nil, "", "/sync", ""},
	{iconName("plus"), "Add a tenant", "connect new scim", nil, "/connect/scim", "", ""},
	{iconName("users"), "Import the roster", "connect people hr csv", nil, "/connect/roster", "", ""},
	{iconName("file-text"), "Import a list of members", "connect file csv tenant", nil, "/connect/members", "", ""},
	{iconName("shield-check"), "Verify the record", "check integrity", nil, "", "/record/verify", ""},
	{iconName("shield-check"), "Check an evidence pack", "verify auditor zip file", nil, checkPath, "", ""},
	{iconName("contrast"), "Switch between light and dark", "theme mode", []string{"t"}, "", "", "theme"},
	{iconName("clock"), "Switch between exact times and how long ago", "when date hours", []string{"w"}, "", "", "times"},
	{iconName("keyboard"), "Show the keys", "shortcuts help", []string{"?"}, "", "", "keys"},
	{iconName("scale"), "Licences", "open source about", nil, "/licences", "", ""},
}

// hitGroups are the kinds of things that a search finds, in the order of the
// palette. A kind without an address is not listed.
var hitGroups = []struct {
	Kind, Label string
	Icon        iconName
	Address     func(app.Hit) string
}{
	{app.HitTenant, "Tenants", iconName("building-2"), func(h app.Hit) string { return tenantURL(h.TenantID, "") }},
	{app.HitPerson, "People", iconName("users"), personFound},
	{app.HitAccount, "Accounts", iconName("circle-user-round"), func(h app.Hit) string {
		return withQuery(tenantURL(h.TenantID, ""), "q", h.Title, "account", h.ID)
	}},
	{app.HitFinding, "Findings", iconName("user-round-x"), func(h app.Hit) string { return "/findings/" + url.PathEscape(h.ID) }},
	{app.HitPlan, "Plans", iconName("list-ordered"), func(h app.Hit) string { return planURL(h.ID) }},
	{app.HitTicket, "Tickets", iconName("ticket"), func(h app.Hit) string { return withQuery("/record", "ticket", h.ID) }},
	{app.HitEntry, "Record", iconName("scroll-text"), func(h app.Hit) string { return "/record/" + url.PathEscape(h.ID) }},
}

// searchShow answers the palette as one types; without it, it is a page.
func (s *site) searchShow(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query().Get("q")
	if len(q) > maxQuery {
		q = strings.ToValidUTF8(q[:maxQuery], "")
	}
	name, offboards := offboardTyped(q)
	found, err := s.app.Search(r.Context(), name, 0)
	if err != nil {
		return err
	}
	v := newPalette(q, found)
	if offboards {
		v = newOffboardPalette(q, found)
	}
	if wants(r, "palette-body") {
		s.render(w, r, http.StatusOK, paletteBody(v))
		return nil
	}
	shell, _, err := s.shellOf(r.Context(), "Search", "search")
	if err != nil {
		return err
	}
	s.render(w, r, http.StatusOK, searchPage(shell, v))
	return nil
}

// maxQuery is how long what is searched for may be, in bytes.
const maxQuery = 200

// mostNamed is how long a name may be to be searched for, in bytes.
const mostNamed = 100

// offboardTyped says whether the command to offboard somebody was typed, and
// returns the name after it; without one, what was typed is a search.
func offboardTyped(q string) (name string, is bool) {
	verb, rest, _ := strings.Cut(strings.TrimSpace(q), " ")
	if len(verb) < 3 || strings.TrimSpace(rest) == "" || !strings.HasPrefix("offboard", strings.ToLower(verb)) {
		return q, false
	}
	return rest, true
}

// newOffboardPalette lists the people whom a typed command may mean.
func newOffboardPalette(query string, found app.Found) paletteView {
	v := paletteView{Query: query, Note: noteOf(found)}
	v.add("commands", "Commands", deedItems(query))
	v.add("offboard", "Offboard a person", offboardItems(found))
	return v
}

func offboardItems(found app.Found) []paletteItem {
	var items []paletteItem
	for _, h := range found.Hits {
		if h.Kind == app.HitPerson {
			items = append(items, paletteItem{
				Icon: iconName("door-open"), Title: row("Offboard " + firstOf(h.Title, h.ID) + "…"), Detail: row(hitDetail(h)),
				Href: offboardURL(app.PersonID(h.Source, h.ID)),
			})
		}
	}
	return items
}

func noteOf(found app.Found) string {
	if found.Partial {
		return "There was no time to look everywhere. Type another letter."
	}
	return ""
}

func newPalette(query string, found app.Found) paletteView {
	v := paletteView{Query: query, Note: noteOf(found)}
	v.add("commands", "Commands", deedItems(query))
	for _, g := range hitGroups {
		var items []paletteItem
		for _, h := range found.Hits {
			if h.Kind == g.Kind {
				items = append(items, paletteItem{Icon: g.Icon, Title: row(hitTitle(h)), Detail: row(hitDetail(h)), Href: g.Address(h)})
			}
		}
		v.add(g.Kind, g.Label, items)
	}
	if items := offboardItems(found); len(items) > 0 {
		v.add("offboard", "Offboard", items[:1]) // whoever is closest to what was typed
	}
	return v
}

func (v *paletteView) add(id, label string, items []paletteItem) {
	for i := range items {
		v.Count++
		items[i].ID = "hit-" + count(v.Count)
	}
	if len(items) > 0 {
		v.Groups = append(v.Groups, paletteGroup{ID: "hits-" + id, Label: label, Items: items})
	}
}

// listed counts what the page lists: what only a script does is not on it.
func (v paletteView) listed() int {
	n := 0
	for _, g := range v.Groups {
		for _, i := range g.Items {
			if i.Href != "" || i.Post != "" {
				n++
			}
		}
	}
	return n
}

func hitTitle(h app.Hit) string {
	if h.Kind == app.HitEntry {
		return "#" + h.ID + " " + h.Title
	}
	return firstOf(h.Title, h.ID)
}

// personFound is a person chosen in the list of those of that name.
func personFound(h app.Hit) string {
	search := h.Title
	if len(search) > mostNamed || !strings.ContainsFunc(search, unicode.IsLetter) {
		search = h.ID
	}
	return peopleFilter{Search: search}.url(app.PersonID(h.Source, h.ID))
}

// hitDetail tells things of one name apart.
func hitDetail(h app.Hit) string {
	parts := []string{}
	if h.Kind == app.HitFinding {
		h.Detail = wordsFor(reconcile.Kind(h.Detail)).Badge
	}
	if before, ends, ok := strings.Cut(h.Detail, ", last day "); ok && h.Kind == app.HitPerson {
		h.Detail = before + ", last day " + day(ends)
	}
	if h.Kind == app.HitTicket {
		h.Detail = "what the record says of it"
	}
	closed := ""
	if h.Closed {
		closed = "closed, to be seen by the next sync"
	}
	for _, p := range []string{h.Detail, closed, h.Tenant} {
		if p != "" && p != h.Title {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, " · ")
}

func deedItems(query string) []paletteItem {
	var items []paletteItem
	for _, p := range navPages {
		if begins(query, "Go to "+p.Label) {
			items = append(items, paletteItem{Icon: p.Icon, Title: row("Go to " + p.Label), Keys: []string{"g", p.Key}, Href: p.Address})
		}
	}
	for _, d := range deeds {
		if begins(query, d.Label+" "+d.Also) {
			items = append(items, paletteItem{Icon: d.Icon, Title: row(d.Label), Keys: d.Keys, Href: d.Href, Post: d.Post, Do: d.Do})
		}
	}
	return items
}

// begins says whether every word that was typed begins a word of text.
func begins(typed, text string) bool {
	words := strings.Fields(strings.ToLower(text))
	for t := range strings.FieldsSeq(strings.ToLower(typed)) {
		if !anyPrefix(words, t) {
			return false
		}
	}
	return true
}

func anyPrefix(words []string, prefix string) bool {
	for _, w := range words {
		if strings.HasPrefix(w, prefix) {
			return true
		}
	}
	return false
}

// paletteKey is the key that opens the palette, as this system writes it.
func paletteKey() string {
	if runtime.GOOS == "darwin" {
		return "⌘K"
	}
	return "Ctrl K"
}
