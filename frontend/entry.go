package frontend

import (
	"slices"
	"strings"
	"time"

	"rollcall/app"
)

// entryView is one entry in detail.
type entryView struct {
	Seq, Type string
	What      value
	Who       value
	Tenant    value
	Ticket    value
	TicketURL string
	Plan      string // address; "" for none
	PlanShort string
	When      when
	Outcome   *badgeView
	Settled   bool
	Undo      string // address that plans its undo; "" where there is nothing to give back
	Undone    undoneView
	Damage    value // why it cannot be read
	Erased    string
	Why       value
	Status    string
	Links     []entryLink
	Change    *changeView
	Request   *requestView
	Data      string // the entry's own data, opened
	Raw       exact
	Leaf      exact
	Cover     *coverView
	Uncovered bool
}

// entryLink leads from an intent to its outcome and back.
type entryLink struct {
	Label, Href, Seq string
	What             value
	When             when
	Outcome          *badgeView
}

// changeView is what a call changed.
type changeView struct {
	Of, Missing string
	Rows        []attrRow
	Groups      []memberRow
	GroupsHead  string
	Notes       []string
	None        bool
}

type attrRow struct {
	Path          value
	Before, After value
	Had, Has      bool
}

type memberRow struct {
	Sign, Word, Tone string
	Name, ID         value
}

// requestView is a request as it was sent.
type requestView struct {
	Line   value
	Form   value
	Body   string
	Erased bool
}

// coverView is the checkpoint over an entry.
type coverView struct {
	Words string
	Note  exact
}

// exact is text to read and to copy as it is, on one line or more.
type exact struct {
	Shown string
	Copy  string // "" where it holds what does not show: that is not for pasting
}

func verbatim(s string) exact {
	lines, plain := strings.Split(s, "\n"), true
	for i, l := range lines {
		plain = plain && clean(l)
		lines[i] = visible(l, maxRaw)
	}
	e := exact{Shown: strings.Join(lines, "\n")}
	if plain {
		e.Copy = s
	}
	return e
}

// aloud groups the digits of a fingerprint, so that two people can read it to
// each other; what is copied has none of the gaps.
func aloud(hex string) exact {
	e := verbatim(hex)
	var groups []string
	for rest := range slices.Chunk([]byte(hex), 4) {
		groups = append(groups, string(rest))
	}
	if e.Copy != "" {
		e.Shown = strings.Join(groups, " ")
	}
	return e
}

func newEntry(d app.EntryDetail, f recordFilter, now time.Time) entryView {
	v := entryView{Seq: count(d.Seq), Outcome: outcomeBadge(d.Outcome), Damage: prose(d.Damage), Uncovered: d.Checkpoint == nil}
	if d.Damage != "" {
		v.What = prose("This entry cannot be read")
		return v
	}
	v.Type, v.What, v.Who, v.When = visible(d.Type, rowMax), prose(d.What), prose(d.Actor), at(d.Time, now)
	v.Tenant, v.Ticket, v.Why, v.Settled = prose(firstOf(d.Tenant, d.TenantID)), prose(d.Ticket), prose(d.Why), d.Settled
	if d.Ticket != "" {
		v.TicketURL = recordFilter{Ticket: d.Ticket}.url()
	}
	if len(d.Plan) == 64 {
		v.Plan, v.PlanShort = planURL(d.Plan), visible(d.Plan[:12], rowMax)
	}
	if d.Erased > 0 {
		v.Erased = many(d.Erased, "value") + " of this entry " + wereErased(d.Erased) + "; the proof over the entry still holds"
	}
	v.Undone = undoneOne(d.UndoneBy, d.Undoable)
	if d.Undoable {
		v.Undo = undoURL(d.Seq)
	}
	if d.Status > 0 {
		v.Status = "HTTP " + count(d.Status)
	}
	v.Links, v.Change, v.Request = entryLinks(d, f, now), newChange(d.Change), newRequest(d.Request)
	v.Data, v.Raw, v.Leaf = rawText(d.Data), verbatim(string(d.Raw)), verbatim(d.Leaf)
	if d.Checkpoint != nil {
		v.Cover = &coverView{"The checkpoint over " + many(d.Checkpoint.Size, "entry", "entries"), verbatim(d.Checkpoint.Note)}
	}
	return v
}

func wereErased(n int) string {
	if n == 1 {
		return "was erased"
	}
	return "were erased"
}

func entryLinks(d app.EntryDetail, f recordFilter, now time.Time) []entryLink {
	var out []entryLink
	link := func(label string, e app.EntryLine) {
		out = append(out, entryLink{label, f.at(e.Seq), count(e.Seq), row(e.What), at(e.Time, now), outcomeBadge(e.Outcome)})
	}
	if d.Started != nil {
		link("Intent", *d.Started)
	}
	for _, e := range d.Ended {
		link("Outcome", e)
	}
	return out
}

func newRequest(r *app.SentRequest) *requestView {
	if r == nil {
		return nil
	}
	v := &requestView{Line: prose(strings.TrimSpace(r.Method + " " + r.URL)), Form: prose(r.Form), Erased: r.Erased, Body: bodyText(r.Body)}
	if r.Method == "" {
		v.Line = prose("The address of the request was erased")
	}
	return v
}

// bodyText is a request's body for people: JSON on several lines.
func bodyText(body string) string { return rawText([]byte(body)) }

func newChange(c *app.EntryChange) *changeView {
	if c == nil {
		return nil
	}
	v := &changeView{Of: c.Of, Missing: c.Missing, GroupsHead: "Groups"}
	if c.Of == "group" {
		v.GroupsHead = "Members of the group"
	}
	for _, a := range c.Attributes {
		v.Rows = append(v.Rows, attrRow{prose(a.Path), prose(a.Before), prose(a.After), a.Had, a.Has})
	}
	for _, m := range c.Memberships {
		r := memberRow{Sign: "−", Word: "gone", Tone: "act", Name: prose(m.Name), ID: prose(m.ID)}
		if m.Added {
			r.Sign, r.Word, r.Tone = "+", "new", "holds"
		}
		v.Groups = append(v.Groups, r)
	}
	v.Notes = changeNotes(*c)
	v.None = c.Missing == "" && len(v.Rows) == 0 && len(v.Groups) == 0
	return v
}

func changeNotes(c app.EntryChange) []string {
	var out []string
	if c.Kept > 0 {
		noun := many(c.Kept, "group")
		if c.Of == "group" {
			noun = many(c.Kept, "other member")
		}
		out = append(out, noun+" as before")
	}
	if c.Unseen {
		out = append(out, "What was read back does not name the account's groups, so nothing is known of them")
	}
	if c.More > 0 {
		out = append(out, many(c.More, "further change")+" not listed here; the entries have them")
	}
	return out
}
