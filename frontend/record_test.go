package frontend

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"rollcall/app"
	"rollcall/app/reconcile"
)

// actedDemo is the demo after one orphan was deactivated under a ticket.
func actedDemo(t *testing.T) (*site, http.Handler) {
	t.Helper()
	s, h := demoSite(t)
	f := findingsOf(t, s, app.FindingFilter{Kind: reconcile.KindLeaver, Limit: 1}).Findings[0]
	p, err := s.app.Plan(t.Context(), app.PlanRequest{Tenant: f.TenantID, Accounts: []string{f.Account.ID}, Action: "deactivate", Ticket: "HD-4812"})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := s.app.Run(t.Context(), p.Hash); err != nil || r.Confirmed != 1 {
		t.Fatalf("run: %+v %v", r, err)
	}
	return s, h
}

func TestRecordPage(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()) // where packs wait for their download
	s, h := actedDemo(t)
	t.Run("list", func(t *testing.T) { testRecordList(t, s, h) })
	t.Run("detail", func(t *testing.T) { testRecordDetail(t, s, h) })
	t.Run("parts", func(t *testing.T) { testRecordParts(t, s, h) })
	t.Run("verify", func(t *testing.T) { testSeal(t, h) })
	t.Run("export", func(t *testing.T) { testExport(t, s, h) })
	t.Run("export in the window", func(t *testing.T) { testExportWindow(t, s) })
	t.Run("errors", func(t *testing.T) { testRecordErrors(t, h) })
}

func entriesOf(t *testing.T, s *site, f app.EntryFilter) (out []app.Entry) {
	t.Helper()
	f.Limit = -1
	err := s.app.Entries(t.Context(), f, func(e app.Entry) error { out = append(out, e); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func testRecordList(t *testing.T, s *site, h http.Handler) {
	day := s.now().Format(time.DateOnly)
	start, err := time.ParseInLocation(time.DateOnly, day, s.now().Location())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		query string
		want  app.EntryFilter
		none  bool
	}{
		{query: ""},
		{query: "kind=actions", want: app.EntryFilter{Group: "actions"}},
		{query: "ticket=HD-4812", want: app.EntryFilter{Ticket: "HD-4812"}},
		{query: "outcome=confirmed", want: app.EntryFilter{Outcome: "confirmed"}},
		{query: "kind=syncs&since=" + day + "&until=" + day, want: app.EntryFilter{Group: "syncs", From: start, To: start.AddDate(0, 0, 1)}},
		{query: "until=2001-01-01", none: true},
		{query: "q=nobody-has-this", none: true},
	}
	for _, tt := range tests {
		for _, header := range [][]string{nil, partial("div#listing")} {
			doc := page200(t, h, "/record?"+tt.query, header...)
			if header == nil {
				demandSound(t, doc)
			}
			links := rowLinks(doc)
			if tt.none {
				if len(links) != 0 || !strings.Contains(text(doc), "No entry matches") {
					t.Errorf("%s lists %d entries", tt.query, len(links))
				}
				continue
			}
			want := entriesOf(t, s, tt.want)
			if len(links) != len(want) || len(want) == 0 {
				t.Fatalf("%s: %d rows, want %d", tt.query, len(links), len(want))
			}
			for i, a := range links { // newest first
				if e := want[len(want)-1-i]; !strings.HasPrefix(visible(e.What, rowMax), text(a)) || text(a) == "" || !strings.HasPrefix(attr(a, "href"), "/record/"+strconv.FormatInt(e.Seq, 10)) {
					t.Errorf("%s: row %d is %s, want %s", tt.query, i, text(a), e.What)
				}
			}
		}
	}
}

func testRecordDetail(t *testing.T, s *site, h http.Handler) {
	outcome := entriesOf(t, s, app.EntryFilter{Type: "action.outcome", Ticket: "HD-4812"})[0]
	d, err := s.app.Entry(t.Context(), outcome.Seq)
	if err != nil {
		t.Fatal(err)
	}
	doc := page200(t, h, "/record/"+strconv.FormatInt(d.Seq, 10)+"?ticket=HD-4812", partial("section#detail")...)
	got := text(doc)
	for _, want := range []string{d.What, "confirmed", "active", "true", "false", "PATCH " + d.Request.URL, "HD-4812", d.Leaf, "Intent", "canonical JSON", string(d.Raw[:40])} {
		if !strings.Contains(got, want) {
			t.Errorf("the outcome does not show %q: %s", want, got)
		}
	}
	exactly := map[string]bool{}
	for _, c := range all(doc, "code") {
		exactly[attr(c, "data-text")] = true
	}
	for _, want := range []string{d.Leaf, string(d.Raw), d.Checkpoint.Note} {
		if !exactly[want] {
			t.Errorf("there is no copy of %q", want)
		}
	}
	intent := page200(t, h, hrefTo(t, doc, d.Intent), partial("section#detail")...)
	if got := text(intent); !strings.Contains(got, "About to deactivate") || hrefTo(t, intent, d.Seq) == "" {
		t.Errorf("the intent does not lead to its outcome: %s", got)
	}
	whole := page200(t, h, "/record/"+strconv.FormatInt(d.Seq, 10))
	demandSound(t, whole)
	if !strings.Contains(text(byID(whole, "detail")), d.Leaf) || len(rowLinks(whole)) < 5 {
		t.Error("the page at its address does not show it beside the list")
	}
	if doc := page200(t, h, "/record/999999"); !strings.Contains(text(byID(doc, "detail")), "Not here any more") {
		t.Error("an entry that is not there takes the list along")
	}
}

// hrefTo is the address of an entry among the links.
func hrefTo(t *testing.T, doc *html.Node, seq int64) string {
	t.Helper()
	for _, a := range all(doc, "a") {
		if u, err := url.Parse(attr(a, "href")); err == nil && u.Path == "/record/"+strconv.FormatInt(seq, 10) {
			return u.String()
		}
	}
	t.Errorf("nothing leads to entry %d", seq)
	return ""
}

func testRecordParts(t *testing.T, s *site, h http.Handler) {
	p, err := s.app.EntriesPage(t.Context(), app.EntryFilter{}, 0, 3)
	if err != nil {
		t.Fatal(err)
	}
	v := newEntryRows(p, recordFilter{}, -1, s.now(), false)
	w := get(h, v.More, partial("tbody#more")...)
	doc := parse(t, "<table>"+w.Body.String()+"</table>")
	if links := rowLinks(doc); w.Code != 200 || int64(len(links)) != p.Next || len(v.Rows) != 3 {
		t.Errorf("after 3 rows %s gives %d: %d rows, want %d", v.More, w.Code, len(links), p.Next)
	}
	p.Listed, p.Size = 10, 40
	if r := newListing(p, recordFilter{Ticket: "x"}); r == nil || !strings.Contains(r.Words, "10 of 40 entries") || r.Href != "/record?ticket=x" {
		t.Errorf("reading: %+v", r)
	}
}

// A filter that is refused exports nothing else, and a page with one can be corrected.
func TestRefusedFilter(t *testing.T) {
	_, h := demoSite(t)
	path := "/record?ticket=NOPE&since=2026-02-31"
	part := get(h, path, partial("div#listing")...)
	if body := part.Body.String(); !strings.Contains(body, `id="export-button"`) || !strings.Contains(body, "ticket=NOPE") || !strings.Contains(body, "is not a day") {
		t.Errorf("%d %s", part.Code, body)
	}
	w := get(h, path)
	page := parse(t, w.Body.String())
	if w.Code != http.StatusBadRequest || byID(page, "filters") == nil || !strings.Contains(text(byID(page, "listing")), "is not a day") {
		t.Errorf("the whole page: %d %s", w.Code, text(page))
	}
}

func testSeal(t *testing.T, h http.Handler) {
	if got := text(byID(page200(t, h, "/record"), "seal")); !strings.Contains(got, "Being verified") {
		t.Errorf("before: %s", got)
	}
	at := append(partial("div#corner"), "HX-Current-URL", "http://127.0.0.1:1/record?ticket=x")
	if w := post(h, "/record/verify", nil, at...); !strings.Contains(w.Header().Get("HX-Trigger"), changed) {
		t.Errorf("the record's page does not show what its check found: %v", w.Header())
	}
	var seal *html.Node
	for t.Context().Err() == nil {
		if seal = byID(page200(t, h, "/record/seal"), "seal"); attr(seal, "hx-get") == "" {
			break
		}
	}
	for _, want := range []string{" entries verified", "Signed by this workspace's key", "agrees with the checkpoint kept", "under the newest checkpoint"} {
		if !strings.Contains(text(seal), want) {
			t.Errorf("after it does not say %q: %s", want, text(seal))
		}
	}
}

// made is the answer to a form that makes a pack: the address of its download.
func made(t *testing.T, h http.Handler, form url.Values) string {
	t.Helper()
	w := post(h, "/record/export", form, partial("div#made")...)
	if w.Code != 200 {
		t.Fatalf("export: %d %s", w.Code, w.Body)
	}
	for _, a := range all(parse(t, w.Body.String()), "a") {
		if hasAttr(a, "data-download") {
			return attr(a, "href")
		}
	}
	t.Fatalf("there is no download: %s", w.Body)
	return ""
}

func testExport(t *testing.T, s *site, h http.Handler) {
	before := len(entriesOf(t, s, app.EntryFilter{}))
	preview := page200(t, h, "/record/export?ticket=HD-4812")
	demandSound(t, preview)
	chosen := entriesOf(t, s, app.EntryFilter{Ticket: "HD-4812"})
	for _, want := range []string{many(len(chosen), "entry", "entries"), "ticket HD-4812", "rollcall verify record-HD-4812-", "--key="} {
		if !strings.Contains(text(preview), want) {
			t.Errorf("the preview does not say %q: %s", want, text(preview))
		}
	}
	get(h, "/record/checkpoint")
	if n := len(entriesOf(t, s, app.EntryFilter{})); n != before {
		t.Fatalf("looking appended %d entries", n-before)
	}
	href := made(t, h, url.Values{"ticket": {"HD-4812"}})
	answer := parse(t, post(h, "/record/export", url.Values{"ticket": {"HD-4812"}}, partial("div#made")...).Body.String())
	if got := text(byID(answer, "pack-contents")); !strings.Contains(got, many(len(chosen), "entry", "entries")+" with their text") || !strings.Contains(got, many(before+2, "entry", "entries")+" in the record") {
		t.Errorf("after two exports of %d entries the page says %s", before, got)
	}
	if n := len(entriesOf(t, s, app.EntryFilter{})); n != before+2 {
		t.Errorf("two exports appended %d entries", n-before)
	}
	w := get(h, href)
	if w.Code != 200 || !strings.Contains(w.Header().Get("Content-Disposition"), "attachment; filename=record-HD-4812-") || w.Header().Get("Content-Type") != "application/zip" {
		t.Fatalf("download: %d %v", w.Code, w.Header())
	}
	demandPack(t, s, w.Body.Bytes(), len(chosen)+1)
	if again := get(h, href); again.Code != http.StatusNotFound {
		t.Errorf("the address works twice: %d", again.Code)
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "rollcall-pack-*")); len(left) != 1 {
		t.Errorf("of two packs, one of them downloaded, %v wait", left)
	}
	for range maxPacks + 1 {
		made(t, h, nil)
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "rollcall-pack-*")); len(left) != maxPacks {
		t.Errorf("%d packs wait, want %d", len(left), maxPacks)
	}
	s.packs.clear()
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "rollcall-pack-*")); len(left) != 0 {
		t.Errorf("the end leaves %v behind", left)
	}
}

// demandPack: the bytes are a pack that verifies against the record's key,
// with so many bodies, and equal what the app writes of the same record.
func demandPack(t *testing.T, s *site, pack []byte, bodies int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "got.zip")
	if err := os.WriteFile(file, pack, 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := s.app.ExportPreview(t.Context(), app.EntryFilter{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := app.Verify(t.Context(), file, p.Key, nil)
	if err != nil || !r.OK || r.Signer != "checked" || r.Bodies != int64(bodies) {
		t.Errorf("the pack: %+v %v, want %d bodies", r, err, bodies)
	}
	z, err := zip.NewReader(bytes.NewReader(pack), int64(len(pack)))
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := z.Open("entries.csv")
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(sheet)
	if rows := bytes.Count(b, []byte("\r\n")); err != nil || rows != bodies+1 {
		t.Errorf("entries.csv has %d lines, want %d", rows, bodies+1)
	}
}

func testExportWindow(t *testing.T, s *site) {
	path := filepath.Join(t.TempDir(), "pack.zip")
	chosen := path
	window := newSite(s.app, Options{SaveFile: func(_ context.Context, d FileDialog) (string, error) {
		if !strings.HasSuffix(d.Name, ".zip") {
			t.Errorf("the dialog proposes %q", d.Name)
		}
		return chosen, nil
	}}, someAssets())
	want := len(entriesOf(t, s, app.EntryFilter{Group: "exports"})) + 1
	w := post(window.handler(), "/record/export", url.Values{"kind": {"exports"}}, partial("div#made")...)
	if w.Code != 200 || !strings.Contains(w.Body.String(), "The pack is written") || strings.Contains(w.Body.String(), "data-download") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if got := text(byID(parse(t, w.Body.String()), "pack-check")); !strings.Contains(got, "rollcall verify pack.zip --key=") || strings.Contains(got, "record-") {
		t.Errorf("the commands name another file than was saved: %s", got)
	}
	pack, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	demandPack(t, s, pack, want)
	chosen = ""
	before := len(entriesOf(t, s, app.EntryFilter{}))
	w = post(window.handler(), "/record/export", nil, partial("div#made")...)
	if got := len(entriesOf(t, s, app.EntryFilter{})); got != before || !strings.Contains(w.Body.String(), "nothing was exported") {
		t.Errorf("a dialog that was left: %d more entries, %s", got-before, w.Body)
	}
}

func testRecordErrors(t *testing.T, h http.Handler) {
	for path, want := range map[string]int{
		"/record?kind=none": 400, "/record?tenant=none": 404, "/record?since=yesterday": 400, "/record?outcome=none": 400,
		"/record/x": 404, "/record/-1": 404, "/record/packs/guessed": 404, "/record/export?until=x": 400,
	} {
		w := get(h, path)
		if w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
		demandSound(t, parse(t, w.Body.String()))
	}
	doc := page200(t, h, "/record?until=31.01.2026", partial("div#listing")...)
	if got := text(byID(doc, "listing")); !strings.Contains(got, "“31.01.2026” in “to” is not a day. Give it as year, month and day: 2026-01-31.") {
		t.Errorf("a day in another order: %s", got)
	}
	for path, fields := range map[string]int{"/record": 2, "/findings": 1} {
		n := 0
		for _, field := range all(page200(t, h, path), "input") {
			if attr(field, "type") == "date" {
				t.Errorf("%s has a date control of the system", path)
			}
			if attr(field, "placeholder") == "YYYY-MM-DD" {
				n++
			}
		}
		if n != fields {
			t.Errorf("%s has %d fields for days, want %d", path, n, fields)
		}
	}
	if w := get(h, "/record/checkpoint"); w.Code != 200 || !strings.HasPrefix(w.Body.String(), "rollcall/") || !strings.Contains(w.Header().Get("Content-Disposition"), "checkpoint-") {
		t.Errorf("checkpoint: %d %s", w.Code, w.Body)
	}
}

func TestEntryStates(t *testing.T) {
	base := app.EntryDetail{EntryLine: app.EntryLine{Entry: app.Entry{Seq: 12, Time: sampleNow, Type: "action.outcome", What: "Deactivating a@b in Acme: unknown"}, Outcome: "unknown", Intent: 11}}
	tests := []struct {
		name   string
		change func(d *app.EntryDetail)
		want   string
	}{
		{"damaged", func(d *app.EntryDetail) { d.Damage = "leaf hash" }, "This entry cannot be read"},
		{"erased", func(d *app.EntryDetail) { d.Erased = 2 }, "2 values of this entry were erased"},
		{"uncovered", func(*app.EntryDetail) {}, "No checkpoint covers it yet"},
		{"request erased", func(d *app.EntryDetail) { d.Request = &app.SentRequest{Erased: true} }, "The address of the request was erased"},
		{"nothing read back", func(d *app.EntryDetail) {
			d.Change = &app.EntryChange{Of: "account", Missing: "Nothing could be read back."}
		}, "Nothing could be read back."},
		{"nothing differs", func(d *app.EntryDetail) { d.Change = &app.EntryChange{Of: "account"} }, "Nothing differs."},
		{"group", func(d *app.EntryDetail) {
			d.Change = &app.EntryChange{Of: "group", Kept: 3, Memberships: []app.MemberChange{{ID: "u1", Name: "Mara"}}}
		}, "− Mara u1 gone 3 other members as before"},
	}
	for _, tt := range tests {
		d := base
		tt.change(&d)
		var b strings.Builder
		if err := entryBody(newEntry(d, recordFilter{}, sampleNow)).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if got := text(parse(t, b.String())); !strings.Contains(got, tt.want) {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
}

func TestSealSaysWhatDoesNotHold(t *testing.T) {
	bad := int64(17)
	f := app.Frame{Record: app.RecordState{Entries: 40, Verified: sampleNow, Reason: "an entry was changed", FirstBad: &bad}}
	v := newSeal(f, sampleNow)
	if v.Tone != "act" || v.FirstBad != "/record/17" || v.Poll {
		t.Errorf("%+v", v)
	}
	f.Busy = []app.Progress{{What: "verify", Stage: "entries", Done: 10, Total: 40}}
	if v := newSeal(f, sampleNow); v.Job == nil || !v.Poll || v.Job.Note != "entries 10 of 40" {
		t.Errorf("%+v", v.Job)
	}
	if syncing(f.Busy) {
		t.Error("a sync waits for the check")
	}
}
