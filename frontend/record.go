package frontend

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"rollcall/app"
)

// recordFilter is what the address of the record chooses. Days are those of
// the clock on the wall.
type recordFilter struct {
	Group, Type, Tenant, About, Target, Ticket, Actor, Outcome, Since, Until string
}

func recordFilterOf(get func(string) string) recordFilter {
	return recordFilter{
		Group: get("kind"), Type: get("type"), Tenant: get("tenant"), About: get("q"), Target: get("account"),
		Ticket: get("ticket"), Actor: get("by"), Outcome: get("outcome"), Since: get("since"), Until: get("until"),
	}
}

// pairs are the filter as it stands in an address or a form.
func (f recordFilter) pairs() []string {
	return []string{
		"kind", f.Group, "type", f.Type, "tenant", f.Tenant, "q", f.About, "account", f.Target,
		"ticket", f.Ticket, "by", f.Actor, "outcome", f.Outcome, "since", f.Since, "until", f.Until,
	}
}

// url is the address that shows the filter's entries.
func (f recordFilter) url(more ...string) string {
	return withQuery("/record", append(f.pairs(), more...)...)
}

// at is the address of one entry among those of the filter.
func (f recordFilter) at(seq int64) string {
	return withQuery("/record/"+strconv.FormatInt(seq, 10), f.pairs()...)
}

func (f recordFilter) exportURL() string { return withQuery("/record/export", f.pairs()...) }

func (f recordFilter) empty() bool { return f == recordFilter{} }

// asked is the filter as the app takes it.
func (f recordFilter) asked(zone *time.Location) (app.EntryFilter, error) {
	out := app.EntryFilter{
		Group: f.Group, Type: f.Type, Tenant: f.Tenant, About: f.About, Target: f.Target, Ticket: f.Ticket, Actor: f.Actor, Outcome: f.Outcome,
	}
	var err error
	if f.Since != "" {
		if out.From, err = dayOf("since", "from", f.Since, zone); err != nil {
			return out, err
		}
	}
	if f.Until != "" {
		if out.To, err = dayOf("until", "to", f.Until, zone); err != nil {
			return out, err
		}
		out.To = out.To.AddDate(0, 0, 1)
	}
	return out, nil
}

// dayOf reads a day of the filter; label is how the page calls its field.
func dayOf(field, label, s string, zone *time.Location) (time.Time, error) {
	t, err := time.ParseInLocation(time.DateOnly, strings.TrimSpace(s), zone)
	if err != nil {
		return t, &app.Error{Kind: app.KindUsage, Text: "“" + visible(s, 40) + "” in “" + label + "” is not a day.", Do: "Give it as year, month and day: 2026-01-31.", Field: field}
	}
	return t, nil
}

// recordGroups is how the pages speak of the groups of entries.
var recordGroups = []option{
	{Name: "", Label: "All"}, {Name: "actions", Label: "Actions"}, {Name: "plans", Label: "Plans and runs"}, {Name: "decisions", Label: "Decisions"},
	{Name: "syncs", Label: "Syncs"}, {Name: "settings", Label: "Settings"}, {Name: "exports", Label: "Exports"},
}

// recordOutcomes are the outcomes that entries are filtered by.
var recordOutcomes = func() []option {
	list := []option{{Label: "any outcome"}}
	for _, name := range app.EntryOutcomes() {
		list = append(list, option{Name: name, Label: app.OutcomeWords(name)})
	}
	return list
}()

// option is one of a few that the pages word themselves.
type option struct{ Name, Label string }

// entriesView is the record page.
type entriesView struct {
	Filter  recordFilter
	Seal    sealView
	Tenants []tenantOption
	Rows    entryRows
	Detail  *entryView
	Gone    *failure
	Blank   *blankView
	Reading *listingView // while the list is still being made
}

// listingView is how far the list of entries is made.
type listingView struct {
	Done, Total int64
	Words       string
	Href        string // what to ask for next
}

// entryRows is a part of the list.
type entryRows struct {
	Filter recordFilter
	Count  string // "" of a part that is not the first
	Rows   []entryRow
	More   string
}

// entryRow is one entry in the list.
type entryRow struct {
	Seq     string
	What    value
	Who     value
	Ticket  value
	When    when
	Outcome *badgeView
	Damaged bool
	Erased  bool
	Href    string
	Current bool
}

// recordShow is the record: the page, the list, or its next part.
func (s *site) recordShow(w http.ResponseWriter, r *http.Request) error {
	f := recordFilterOf(r.URL.Query().Get)
	before, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	if wants(r, "more") {
		page, err := s.entriesPage(r.Context(), f, before)
		if err != nil {
			return err
		}
		s.render(w, r, http.StatusOK, entryPart(newEntryRows(page, f, -1, s.now(), true)))
		return nil
	}
	return s.recordPage(w, r, f, -1)
}

// entryShow is the record with one entry open, or that entry alone.
func (s *site) entryShow(w http.ResponseWriter, r *http.Request) error {
	seq, err := strconv.ParseInt(r.PathValue("seq"), 10, 64)
	if err != nil || seq < 0 {
		return errNoPage
	}
	f := recordFilterOf(r.URL.Query().Get)
	if wants(r, "detail") {
		d, err := s.app.Entry(r.Context(), seq)
		if err != nil {
			return err
		}
		s.render(w, r, http.StatusOK, entryBody(newEntry(d, f, s.now())))
		return nil
	}
	return s.recordPage(w, r, f, seq)
}

func (s *site) entriesPage(ctx context.Context, f recordFilter, before int64) (app.EntriesPage, error) {
	asked, err := f.asked(s.now().Location())
	if err != nil {
		return app.EntriesPage{}, err
	}
	return s.app.EntriesPage(ctx, asked, before, pageSize)
}

// recordPage shows the page with an entry open; below 0 the first of the list.
func (s *site) recordPage(w http.ResponseWriter, r *http.Request, f recordFilter, seq int64) error {
	v, status := entriesView{Filter: f}, http.StatusOK
	page, err := s.entriesPage(r.Context(), f, 0)
	wrong, own := errors.AsType[*app.Error](err)
	switch {
	case own && wrong.Kind == app.KindUsage: // said where the list would be, as long as the filter stays so
		v.Blank, status = &blankView{Head: wrong.Text, Text: wrong.Do, Wrong: wrong.Field}, http.StatusBadRequest
	case err != nil:
		return err
	default:
		if err := s.fillEntries(r.Context(), &v, page, seq); err != nil {
			return err
		}
	}
	if wants(r, "listing") {
		s.render(w, r, http.StatusOK, templ.Join(entryListing(v), clearLink(f, true), exportLink(f, true)))
		return nil
	}
	shell, frame, err := s.shellOf(r.Context(), "Record", "record")
	if err != nil {
		return err
	}
	v.Seal, v.Tenants = newSeal(frame, s.now()), tenantOptions(frame.Lists, f.Tenant)
	s.render(w, r, status, recordDocument(shell, v))
	return nil
}

// fillEntries shows a page of entries with one of them open.
func (s *site) fillEntries(ctx context.Context, v *entriesView, page app.EntriesPage, seq int64) error {
	if seq < 0 && len(page.Entries) > 0 {
		seq = page.Entries[0].Seq
	}
	v.Rows, v.Reading = newEntryRows(page, v.Filter, seq, s.now(), false), newListing(page, v.Filter)
	if len(page.Entries) == 0 && seq < 0 {
		v.Blank = blankRecord(v.Filter)
		return nil
	}
	return s.chooseEntry(ctx, v, seq)
}

func (s *site) chooseEntry(ctx context.Context, v *entriesView, seq int64) error {
	d, err := s.app.Entry(ctx, seq)
	if err != nil {
		v.Gone, err = goneOr(err)
		return err
	}
	e := newEntry(d, v.Filter, s.now())
	v.Detail = &e
	return nil
}

// tenantOptions are the tenants by id, and the chosen one where it is gone.
func tenantOptions(lists []app.ListState, chosen string) []tenantOption {
	out, found := []tenantOption{}, chosen == ""
	for _, t := range lists {
		is := chosen != "" && (t.ID == chosen || t.Name == chosen)
		found = found || is
		out = append(out, tenantOption{Value: t.ID, Label: row(t.Name), Selected: is})
	}
	if !found {
		out = append(out, tenantOption{Value: chosen, Label: row(chosen), Selected: true})
	}
	return out
}

func newEntryRows(page app.EntriesPage, f recordFilter, chosen int64, now time.Time, part bool) entryRows {
	v := entryRows{Filter: f}
	if !part {
		v.Count = many(page.Total, "entry", "entries")
		if page.Capped {
			v.Count = "More than " + v.Count
		}
		if !f.empty() {
			v.Count += " of " + count(page.Size)
		}
	}
	for _, e := range page.Entries {
		v.Rows = append(v.Rows, newEntryRow(e, f, e.Seq == chosen, now))
	}
	if page.Next > 0 {
		v.More = f.url("before", strconv.FormatInt(page.Next, 10))
	}
	return v
}

func newEntryRow(e app.EntryLine, f recordFilter, current bool, now time.Time) entryRow {
	v := entryRow{
		Seq: count(e.Seq), What: row(shortWords(e)), Who: row(e.Actor), Ticket: row(e.Ticket), When: at(e.Time, now),
		Outcome: outcomeBadge(e.Outcome), Erased: e.Erased > 0, Href: f.at(e.Seq), Current: current,
	}
	if e.Damage != "" {
		v.Damaged, v.What = true, row("This entry cannot be read")
	}
	return v
}

// shortWords are an entry's words without the outcome, which stands beside them.
func shortWords(e app.EntryLine) string {
	if e.Outcome == "" {
		return e.What
	}
	return strings.TrimSuffix(e.What, ": "+e.Outcome)
}

// outcomeBadge is an outcome as newOutcome words it; nil for none.
func outcomeBadge(outcome string) *badgeView {
	if outcome == "" {
		return nil
	}
	o := newOutcome(app.ActionResult{Outcome: outcome}, time.Time{})
	return &badgeView{o.Word, o.Tone}
}

func newListing(page app.EntriesPage, f recordFilter) *listingView {
	if page.Listed >= page.Size {
		return nil
	}
	return &listingView{
		Done: page.Listed, Total: page.Size, Href: f.url(),
		Words: "The record is being read: " + count(page.Listed) + " of " + many(page.Size, "entry", "entries"),
	}
}

func blankRecord(f recordFilter) *blankView {
	if f.empty() {
		return &blankView{Head: "The record is empty", Text: "Here will be every decision, every sync and every call to a tenant, from the first change on."}
	}
	return &blankView{Head: "No entry matches", Text: "An entry has to fit every part of the filter: words in the account, person or file that it is about, days as this machine counts them.", Href: "/record", Link: "All entries"}
}
