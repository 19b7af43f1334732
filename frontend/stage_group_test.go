package frontend

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/app/reconcile"
	"rollcall/scim/scimtest"
)

// A group is staged as far as it can be planned; what is left out is counted
// with its reason.
func TestStageGroup(t *testing.T) {
	s, h := demoSite(t)
	page := findingsOf(t, s, app.FindingFilter{Kind: reconcile.KindOrphaned, Limit: -1})
	barred, err := s.app.Barred(t.Context(), page.Findings)
	if err != nil || len(barred) == 0 || len(barred) == len(page.Findings) {
		t.Fatalf("%d of %d cannot be planned: %v", len(barred), len(page.Findings), err)
	}
	var way string
	for _, b := range all(page200(t, h, "/findings?kind=orphaned"), "button") {
		if hasAttr(b, "data-group") {
			way = attr(b, "hx-post")
		}
	}
	w := post(h, way, nil, partial("button")...)
	said := text(parse(t, w.Body.String()))
	staged, left := len(page.Findings)-len(barred), len(barred)
	if w.Code != http.StatusOK || !strings.Contains(said, many(staged, "finding")+" of this group staged, "+count(left)+" left out: ") || w.Header().Get("HX-Retarget") != "#notice" {
		t.Errorf("%d %v: %s", w.Code, w.Header(), said)
	}
	for _, p := range barred {
		if !strings.Contains(said, p.Text) {
			t.Errorf("that some are left out because %q is not said: %s", p.Text, said)
		}
	}
	if got := text(byID(page200(t, h, "/findings"), "staging")); !strings.Contains(got, "Plan "+count(staged)+" staged") {
		t.Errorf("staged: %s", got)
	}
	one := firstOfKind(t, s, reconcile.KindOrphaned)
	w = post(h, groupStageURL(filter{Tenant: one.Tenant, Search: one.Account.UserName}, one.Kind), nil, partial("button")...)
	if got := w.Header().Get("HX-Trigger"); w.Body.Len() > 0 || !strings.Contains(got, "1 finding of this group staged, none left out") || !strings.Contains(got, changed) {
		t.Errorf("all of it: %q %s", got, w.Body)
	}
	for _, k := range []reconcile.Kind{reconcile.KindDisputed, reconcile.KindCollision} {
		for _, b := range all(page200(t, h, filter{Kind: k}.url("")), "button") {
			if hasAttr(b, "data-group") {
				t.Errorf("%s are offered as a whole", k)
			}
		}
		if w := post(h, groupStageURL(filter{}, k), nil, partial("button")...); w.Code == http.StatusOK {
			t.Errorf("%s are staged as a whole", k)
		}
	}
}

// An orphan that is newer than the roster is marked, left out of its group with
// the reason, and staged by itself.
func TestStageNewerThanTheRoster(t *testing.T) {
	d := newDesk(t)
	roster := deskRoster
	for _, name := range []string{"bo", "cy", "di", "ed"} {
		roster += name + "," + name + "," + name + "@corp.example,active\n"
		d.server.Add(scimtest.User{ID: name, UserName: name + "@corp.example", Active: true})
	}
	d.write(t, "people.csv", roster)
	d.fill(t)
	d.server.Add(scimtest.User{ID: "2", UserName: "new@corp.example", Emails: []string{"new@corp.example"}, Active: true})
	d.mustRun(t, "sync")
	s, h := d.onPages(t, time.Now)
	f := firstOfKind(t, s, reconcile.KindOrphaned)
	if got := text(byID(page200(t, h, "/findings"), "page")); !strings.Contains(got, "newer than the roster") {
		t.Errorf("the list does not mark it: %s", got)
	}
	w := post(h, groupStageURL(filter{}, f.Kind), nil, partial("button")...)
	if said := text(parse(t, w.Body.String())); !strings.Contains(said, "0 findings of this group staged, 1 left out: ") || !strings.Contains(said, "or stage it by itself") || s.staged.has(f.ID) {
		t.Errorf("with its group: %s", said)
	}
	if post(h, stageURL(f.ID), url.Values{"on": {"1"}}, partial("button")...); !s.staged.has(f.ID) {
		t.Error("it cannot be staged by itself")
	}
}

// A finding that cannot be staged says why where the key finds it: in its row
// and in its detail.
func TestWhyNotStaged(t *testing.T) {
	s, h := demoSite(t)
	for _, f := range findingsOf(t, s, app.FindingFilter{Limit: -1}).Findings {
		barred, err := s.app.Barred(t.Context(), []app.Finding{f})
		if err != nil {
			t.Fatal(err)
		}
		detail := page200(t, h, "/findings/"+f.ID, partial("section#detail")...)
		said := ""
		for _, n := range all(detail, "span") {
			said += attr(n, "data-bar")
		}
		if _, cannot := barred[f.ID]; cannot == (said == "") {
			t.Errorf("%s of %s: barred %v, and the detail says %q", f.Kind, f.Account.UserName, cannot, said)
		}
	}
}

// An account that was closed by hand, and whose file is yet to come, is said to
// be that and is nowhere to begin.
func TestClosedByHandWaits(t *testing.T) {
	d := newDesk(t)
	d.write(t, "people.csv", strings.Replace(offboardRoster, "ann@corp.example,active", "ann@corp.example,left", 1))
	d.write(t, "members.csv", "id,userName,email,active\n9,ann@corp.example,ann@corp.example,true\n")
	d.mustRun(t, "tenant", "add", "Wiki", "--file", d.file("members.csv"), "--exported-by", "will", "--exported-at", time.Now().UTC().Add(-time.Minute).Format(time.RFC3339))
	d.mustRun(t, "roster", "import", d.file("people.csv"), "--tz", "UTC")
	s, h := d.onPages(t, time.Now)
	begin := func() bool { return strings.Contains(text(byID(page200(t, h, "/"), "page")), "Begin here") }
	if !begin() {
		t.Fatal("the leaver is nowhere to begin")
	}
	path := post(h, annURL, url.Values{"ticket": {"HD-1"}}, partial("div#offboard-problem")...).Header().Get("HX-Redirect")
	post(h, path+"/run", nil, partial("div#run-problem")...)
	waited(t, h, path)
	if !begin() {
		t.Error("a step that is yet to be done is nowhere to begin")
	}
	post(h, path+"/steps/1", url.Values{"note": {"closed"}}, partial("form")...)
	if begin() {
		t.Error("what was closed by hand is where to begin")
	}
	f := firstOfKind(t, s, reconcile.KindLeaver)
	doc := page200(t, h, "/findings/"+f.ID)
	demandSound(t, doc)
	demandWords(t, "the row", all(byID(doc, "page"), "table")[0], "by hand", "Closed by hand, waits for the file.")
	demandWords(t, "the detail", byID(doc, "detail"), "active when last listed", "Closed by hand, waits for the file.", "New file…")
}

// Where somebody is to be offboarded, who left and still has active accounts is
// offered, and the only one that a search finds is opened.
func TestWhomToOffboard(t *testing.T) {
	s, h := demoSite(t)
	doc := page200(t, h, "/offboarding")
	demandSound(t, doc)
	leavers := findingsOf(t, s, app.FindingFilter{Kind: reconcile.KindLeaver, Limit: -1}).Findings
	hits := text(byID(doc, "hits"))
	if len(leavers) == 0 || !strings.Contains(hits, "Left, and still with active accounts") {
		t.Fatalf("%d leavers, offered are %s", len(leavers), hits)
	}
	for _, f := range leavers {
		if !strings.Contains(hits, f.Person.Name) {
			t.Errorf("%s is not offered: %s", f.Person.Name, hits)
		}
	}
	if !hasAttr(byID(doc, "who"), "autofocus") {
		t.Error("the search does not have the focus")
	}
	bruno := personNamed(t, s, "Bruno Ravn")
	if to := get(h, "/offboarding?open=1&q=Bruno+Ravn", partial("div#hits")...).Header().Get("HX-Redirect"); to != offboardURL(bruno.ID) {
		t.Errorf("the only hit leads to %q", to)
	}
	for _, path := range []string{"/offboarding?open=1&q=a", "/offboarding?q=Bruno+Ravn", "/offboarding?open=1&q="} {
		if w := get(h, path, partial("div#hits")...); w.Header().Get("HX-Redirect") != "" || w.Code != http.StatusOK {
			t.Errorf("%s leads on", path)
		}
	}
}
