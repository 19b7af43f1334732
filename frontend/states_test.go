package frontend

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"rollcall/app"
	"rollcall/app/reconcile"
)

func demandWords(t *testing.T, where string, n *html.Node, words ...string) {
	t.Helper()
	got := text(n)
	for _, w := range words {
		if !strings.Contains(got, w) {
			t.Errorf("%s does not say %q: %s", where, w, got)
		}
	}
}

func drawOverview(t *testing.T, o app.Overview) *html.Node {
	t.Helper()
	doc := draw(t, overviewPage(newShell(o.Frame(), "Overview", "overview", sampleNow), sampleSite().newOverview(o)))
	demandSound(t, doc)
	return doc
}

func drawFindings(t *testing.T, o app.Overview, page app.FindingsPage, d app.FindingDetail) *html.Node {
	t.Helper()
	s := sampleSite()
	detail := s.newDetail(d)
	v := findingsView{Kinds: kindChips(page, filter{}), Rows: newRows(page, filter{}, d.ID, "", sampleNow), Detail: &detail}
	s.completeFindings(&v, o.Frame())
	doc := draw(t, findingsDocument(newShell(o.Frame(), "Findings", "findings", sampleNow), v))
	demandSound(t, doc)
	return doc
}

func TestOverviewSaysWhatIsNotKnown(t *testing.T) {
	doc := drawOverview(t, sampleOverview())
	demandWords(t, "the bar", all(doc, "header")[0], "2 of 7 lists not complete; of the others the oldest as of 4 d ago")
	demandWords(t, "the table", all(doc, "table")[0], "incomplete", "never", "sealed", "observe", "2,301")
	for _, td := range all(all(doc, "table")[0], "td") {
		if text(td) == "incomplete" && !strings.Contains(attr(td, "title"), "listed 1,204") {
			t.Errorf("the state of the list does not say why: %q", attr(td, "title"))
		}
	}
	demandWords(t, "to do", byID(doc, "todo-title").Parent, "Figma listed 1,204 of 1,310 accounts.", "Nothing can be planned there", "Sync Miro", "The roster is 12 days old.")
	if n := len(all(byID(doc, "todo-title").Parent, "button")); n != 2 {
		t.Errorf("%d things to do offer a sync, want the two that a sync may end", n)
	}
}

func TestOverviewWithoutRoster(t *testing.T) {
	o := sampleOverview()
	o.Roster, o.ByKind = nil, nil
	demandWords(t, "the page", byID(drawOverview(t, o), "page"), "No roster yet", "Import the roster", "Roster imported", ", to do")
	o.Roster = sampleRoster()
	o.Roster.Held = true
	o.Roster.Problems = []app.Problem{{Text: "It shrank from 2,318 to 40 people.", Do: "Import a complete file."}}
	demandWords(t, "the page", byID(drawOverview(t, o), "page"), "the revision before it is on show", "shrank from 2,318 to 40", "Import a complete file.")
}

// Before the first list, and before the first roster, no number is given for
// what nobody knows.
func TestOverviewBeforeTheFirstList(t *testing.T) {
	unlisted, rosterless := sampleOverview(), sampleOverview()
	unlisted.Tenants = []app.Tenant{{ID: "t", Name: "New", Source: app.SourceSCIM, Sync: sampleSync("New", time.Hour, false, 0)}}
	rosterless.Roster = nil
	for why, o := range map[string]app.Overview{"no list yet": unlisted, "no roster to match against yet": rosterless} {
		o.ByKind = nil
		doc := drawOverview(t, o)
		for _, f := range all(all(doc, "section")[indexOf(doc, "section", "figures")], "div") {
			if got := text(f); !strings.HasSuffix(got, " – "+why) {
				t.Errorf("%s: a figure says %q", why, got)
			}
		}
		for _, a := range all(doc, "a") {
			if attr(a, "href") == "/findings" && hasAttr(a, "data-goto") && !strings.Contains(text(a), "–") {
				t.Errorf("%s: the navigation says %q", why, text(a))
			}
		}
		if n := len(all(all(doc, "section")[indexOf(doc, "section", "figures")], "div")); n != 4 {
			t.Errorf("%s: %d figures lead nowhere", why, n)
		}
	}
}

// Without a roster nobody knows whose an account is.
func TestTenantsWithoutARoster(t *testing.T) {
	o := sampleOverview()
	o.Roster = nil
	for _, r := range sampleSite().newOverview(o).Tenants {
		if r.Matched != "–" || r.Orphaned.N != "–" || r.Leavers.N != "–" || r.Orphaned.Any {
			t.Errorf("%+v", r)
		}
	}
}

// A list from a file says whose word it is, and is as old as its export.
func TestOverviewShowsFiles(t *testing.T) {
	o := sampleOverview()
	row := func() *html.Node {
		for _, tr := range all(byID(drawOverview(t, o), "page"), "tr") {
			if strings.Contains(text(tr), "Travel portal") {
				return tr
			}
		}
		t.Fatal("the file's tenant is not there")
		return nil
	}
	tr := row()
	demandWords(t, "the row", tr, "Travel portal", "members.csv, exported by you", "4 d ago", "file", "1,120")
	if words := text(tr); strings.Contains(words, "observe") || strings.Contains(words, "sealed") {
		t.Errorf("the row says %q", words)
	}
	last := &o.Tenants[len(o.Tenants)-1]
	last.Blocked = []app.Problem{{Code: "file-stale", Text: "Its file is 12 days old.", Do: "Import a newer one."}}
	o.ToDo = []app.ToDo{{Problem: last.Blocked[0], Tenant: last.Name}}
	demandWords(t, "the row", row(), "file")
	todo := byID(drawOverview(t, o), "todo-title").Parent
	demandWords(t, "to do", todo, "Its file is 12 days old.", "Import a newer one.")
	if len(all(todo, "button")) > 0 {
		t.Error("a sync is offered for a tenant without SCIM")
	}
	o.Tenants = o.Tenants[len(o.Tenants)-1:]
	for _, f := range all(byID(drawOverview(t, o), "page"), "form") {
		if attr(f, "action") == "/sync" {
			t.Error("a sync is offered where every list comes from a file")
		}
	}
	demandWords(t, "the bar", all(drawOverview(t, o), "header")[0], "Import a newer list")
	demandWords(t, "the page", byID(drawOverview(t, o), "page"), "the list comes from a file, exported 4 d ago")
}

// What the bar says of all lists is true of each, and as old as the table says.
func TestOverviewSaysHowCompleteTheListsAre(t *testing.T) {
	list := func(ago time.Duration, sealed bool) app.Tenant {
		return app.Tenant{Name: "Over SCIM", Source: app.SourceSCIM, Sync: sampleSync("Over SCIM", ago, sealed, 10)}
	}
	unread := sampleFile()
	unread.Sync = sampleSync("Travel portal", time.Hour, false, 3)
	for want, tenants := range map[string][]app.Tenant{
		"every list is complete, the oldest read 2 h ago":                       {list(time.Hour, true), list(2*time.Hour, true)},
		"the list is complete, read 2 h ago":                                    {list(2*time.Hour, true)},
		"every list is complete or comes from a file, the oldest as of 4 d ago": {list(time.Hour, true), list(2*time.Hour, true), sampleFile()},
		"the list comes from a file, exported 4 d ago":                          {sampleFile()},
		"every list comes from a file, the oldest exported 4 d ago":             {sampleFile(), sampleFile()},
		"1 of 3 lists not complete; of the others the oldest as of 4 d ago":     {list(time.Hour, false), list(2*time.Hour, true), sampleFile()},
		"2 of 3 lists not complete, the other read 2 h ago":                     {list(time.Hour, false), list(2*time.Hour, true), unread},
		"no tenant has a complete list":                                         {list(time.Hour, false), unread, {Name: "New", Source: app.SourceSCIM}},
	} {
		summary, oldest := summary(app.Overview{Tenants: tenants}, sampleNow)
		if got := strings.TrimSpace(summary + " " + oldest.Words); !strings.HasSuffix(got, ", "+want) {
			t.Errorf("%q, not %q", got, want)
		}
		for _, tenant := range tenants {
			if a, b := newTenantRow(tenant, sampleNow).Sync.Words, newTenantLine(tenant, sampleNow).Sync.Words; a != b {
				t.Errorf("%s: %q on the overview and %q among the tenants", tenant.Name, a, b)
			}
		}
	}
}

func TestCornerTellsWhatRuns(t *testing.T) {
	o := sampleOverview()
	o.Busy = []app.Progress{
		{What: "sync", Tenant: "Slack", Stage: "users", Done: 1200, Total: 2400, Started: sampleNow.Add(-10 * time.Second)},
		{What: "sync", Tenant: "Figma", Stage: "groups", Done: 40, Total: 90, Resumed: 40}, {What: "run", Tenant: "Sentry", Stage: "action"}, {What: "sync"}, {},
	}
	doc := drawOverview(t, o)
	corner := byID(doc, "corner")
	demandWords(t, "the corner", corner, "Syncing Slack", "accounts 1,200 of 2,400, about 10 s left", "groups resumed at 40 of 90", "Running in Sentry", "and 2 more")
	if attr(corner, "hx-trigger") != "every 1s" || attr(corner, "hx-get") != "/state" {
		t.Error("the corner does not ask again while work runs")
	}
	if bar := all(corner, "progress")[0]; attr(bar, "value") != "1200" || attr(bar, "max") != "2400" {
		t.Errorf("progress %v", bar.Attr)
	}
	for _, b := range all(byID(doc, "page"), "button") {
		if text(b) == "Sync all" {
			t.Error("a sync can be started twice")
		}
	}
	o.Busy = nil
	if hasAttr(byID(drawOverview(t, o), "corner"), "hx-get") {
		t.Error("the corner asks though nothing runs")
	}
}

func TestRecordState(t *testing.T) {
	seen := sampleNow.Add(-2 * time.Minute)
	tests := []struct {
		name  string
		state app.RecordState
		want  string
	}{
		{"empty", app.RecordState{OK: true}, "Record is empty"},
		{"unseen", app.RecordState{Entries: 1200, OK: true}, "Record, 1,200 entries"},
		{"verified", app.RecordState{Entries: 18205, Verified: seen, VerifiedTo: 18205, OK: true}, "All 18,205 entries verified 2 min ago"},
		{"verified and grown", app.RecordState{Entries: 14, Verified: seen, VerifiedTo: 11, OK: true}, "11 of 14 entries verified 2 min ago"},
		{"bad", app.RecordState{Entries: 9, Verified: seen, Reason: "entry 4 is not the one of the tree"}, "Record does not verify 2 min ago entry 4"},
		{"read-only", app.RecordState{Entries: 9, ReadOnly: "The record is damaged.", Reason: "leaf 3"}, "Record is read-only The record is damaged. leaf 3"},
		{"signer not checked", app.RecordState{Entries: 9, Verified: seen, VerifiedTo: 9, OK: true, Signer: "not checked"}, "All 9 entries verified 2 min ago Signer not checked"},
		{"signature not kept", app.RecordState{Entries: 9, OK: true, Unkept: "It could not be kept."}, "It could not be kept."},
		{"stray store", app.RecordState{Entries: 9, OK: true, Stray: true}, "another state of the record"},
		{"unsettled", app.RecordState{Entries: 9, OK: true, Unsettled: 2}, "2 calls with unknown outcome"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := newCorner(app.Frame{Record: tt.state}, sampleNow)
			if whole := strings.HasPrefix(tt.want, "All "); whole != (v.Record.Tone == "holds") {
				t.Errorf("%s is %q", tt.want, v.Record.Tone)
			}
			demandWords(t, "the corner", draw(t, corner(v)), tt.want)
		})
	}
}

func TestDetailSaysWhy(t *testing.T) {
	doc := drawFindings(t, sampleOverview(), sampleFindings(), sampleDetail())
	detail := byID(doc, "detail")
	demandWords(t, "the detail", detail,
		"Jane Okafor leaver active", "left 22 d ago", "number 100871 of roster hr · left · last day 31 Oct 2026",
		"external id = employee number · key 100871", "3 of 5 tenants searched found one",
		"Figma not known, the list is not complete", "1 list is not complete: an account may exist there",
		"Atlassian no account", "e-mail = e-mail", "jane@corp.example", "nobody", "nothing to compare",
		"Memberships: 3 groups", "enterprise owners", "460 of 460 listed, twice alike", "hr revision 17",
	)
	if raw := text(all(detail, "pre")[0]); !strings.Contains(raw, `"userName": "j.okafor@corp.example"`) {
		t.Errorf("the raw resource: %s", raw)
	}
	if line := attr(all(detail, "code")[0], "data-text"); !strings.HasSuffix(line, "--action=deactivate --ticket=TICKET") {
		t.Errorf("command %q", line)
	}
	demandWords(t, "the bar", all(doc, "header")[0], "2 of 7 lists not complete")
}

func TestDetailWithoutAPlan(t *testing.T) {
	blocked, protected, disputed := sampleDetail(), sampleDetail(), sampleDetail()
	blocked.Blocked = []app.Problem{{Text: "The list is stale.", Do: "Sync it."}}
	blocked.Sync = sampleSync("Figma", time.Hour, false, 1204)
	protected.Protected = true
	disputed.Kind, disputed.Person = reconcile.KindDisputed, nil
	disputed.Candidates = []app.FindingPerson{{Number: "1", Name: "A", Rule: "email", Key: "a@x"}, {Number: "2", Name: "B", Rule: "same-name", Key: "b"}}
	hidden := sampleDetail()
	hidden.Account.ID = "a\u202eb"
	for _, tt := range []struct {
		name  string
		d     app.FindingDetail
		words []string
	}{
		{"blocked", blocked, []string{"Nothing can be planned here", "The list is stale. Sync it.", "incomplete 1 h ago", "ask the vendor", "the list of groups is not complete"}},
		{"protected", protected, []string{"This account is protected"}},
		{"disputed", disputed, []string{"2 candidates, none is guessed", "e-mail = e-mail: a@x", "same name: b", "settled whose account this is"}},
		{"id that hides", hidden, []string{"cannot be pasted safely", "a⟨U+202E⟩b"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			detail := byID(drawFindings(t, sampleOverview(), sampleFindings(), tt.d), "detail")
			demandWords(t, "the detail", detail, tt.words...)
			if len(all(detail, "code")) != 0 {
				t.Errorf("a command is offered: %s", text(all(detail, "code")[0]))
			}
		})
	}
}

func TestBlankListSaysWhy(t *testing.T) {
	incomplete, complete, roster := sampleOverview(), sampleOverview(), sampleOverview()
	complete.Tenants, roster.Roster = complete.Tenants[:1], nil
	for _, tt := range []struct {
		name   string
		filter filter
		o      app.Overview
		alone  int
		want   string
	}{
		{"nothing connected", filter{}, app.Overview{}, 0, "Nothing is connected yet"},
		{"no roster", filter{}, roster, 0, "Accounts are judged against the list of people"},
		{"filtered", filter{Search: "x"}, complete, 0, "No finding matches this filter"},
		{"filtered, some left alone", filter{Search: "x"}, complete, 1, "1 finding is left alone."},
		{"not known", filter{}, incomplete, 0, "2 lists are not complete"},
		{"not known, some left alone", filter{}, incomplete, 2, "2 findings are left alone."},
		{"all left alone", filter{}, complete, 3, "Nothing else to look at 3 findings are left alone."},
		{"clean", filter{}, complete, 0, "Every active account of every tenant has exactly one person"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := findingsView{Filter: tt.filter, Alone: tt.alone}
			sampleSite().completeFindings(&v, tt.o.Frame())
			if v.Blank == nil {
				t.Fatal("an empty list says nothing")
			}
			demandWords(t, "the list", draw(t, blankList(v.Blank)), tt.want)
		})
	}
}

// While a run goes on, the call under way is not one with unknown outcome.
func TestCallUnderWayIsNotUnsettled(t *testing.T) {
	f := app.Frame{Record: app.RecordState{Entries: 9, OK: true, Unsettled: 1}}
	for busy, want := range map[string]bool{"sync": true, "run": false} {
		f.Busy = []app.Progress{{What: busy, Tenant: "Acme"}}
		if got := strings.Contains(text(draw(t, corner(newCorner(f, sampleNow)))), "unknown outcome"); got != want {
			t.Errorf("during a %s: %t, want %t", busy, got, want)
		}
	}
}
