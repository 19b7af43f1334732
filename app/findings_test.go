package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/app/reconcile"
	"rollcall/scim/scimtest"
)

func TestFindingsSayWhy(t *testing.T) {
	w, _ := ready(t)
	page := w.findings(FindingFilter{})
	var got []string
	for _, f := range page.Findings {
		got = append(got, string(f.Kind)+" "+f.Account.UserName)
		if f.Reason == "" || f.Rule == "" || f.Since.IsZero() || f.Tenant != "Acme" || f.ID == "" {
			t.Errorf("incomplete: %+v", f)
		}
	}
	want := []string{
		"orphaned ghost@corp.example", "leaver-still-active lea@corp.example", "disputed p1@corp.example",
		"collision p3-admin", "collision p3@corp.example",
	}
	if !slices.Equal(got, want) || page.Total != 5 || page.ByKind[reconcile.KindCollision] != 2 {
		t.Errorf("%v\nwant %v; total %d, %v", got, want, page.Total, page.ByKind)
	}
	leaver := page.Findings[1]
	if leaver.Person == nil || leaver.Person.Number != "2000" || !leaver.Person.Leaver || leaver.Account.Groups != 2 {
		t.Errorf("leaver %+v", leaver)
	}
	if want := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC); !leaver.Since.Equal(want) {
		t.Errorf("since %v, want %v", leaver.Since, want)
	}
}

func TestFindingEvidence(t *testing.T) {
	w, _ := ready(t)
	detail := func(kind reconcile.Kind, n int) FindingDetail {
		t.Helper()
		d, err := w.app.Finding(t.Context(), w.findings(FindingFilter{Kind: kind}).Findings[n].ID)
		if err != nil {
			t.Fatal(err)
		}
		if d.Sync == nil || d.Roster == nil || len(d.Raw) == 0 || len(d.Tried) != 3 || len(d.Blocked) != 0 {
			t.Errorf("%s: %+v", kind, d)
		}
		return d
	}
	if d := detail(reconcile.KindOrphaned, 0); d.Tried[1].Found != 0 || d.Tried[1].Values[0] != "ghost@corp.example" || !slices.Equal(d.Memberships, []string{"Admins"}) {
		t.Errorf("orphan %+v", d)
	}
	if d := detail(reconcile.KindDisputed, 0); len(d.Candidates) != 2 || d.Candidates[0].Number != "1002" || d.Candidates[1].Number != "1001" {
		t.Errorf("disputed %+v", d.Candidates)
	}
	if d := detail(reconcile.KindCollision, 0); len(d.Others) != 1 || d.Others[0].UserName != "p3@corp.example" {
		t.Errorf("collision %+v", d.Others)
	}
	if d := detail(reconcile.KindLeaver, 0); len(d.Elsewhere) != 1 || !d.Elsewhere[0].Found || !d.Elsewhere[0].Sealed || !d.Candidates[0].Leaver {
		t.Errorf("leaver %+v", d)
	}
	if _, err := w.app.Finding(t.Context(), "nothing"); kindOf(err) != KindNotFound {
		t.Errorf("unknown finding: %v", err)
	}
}

// The nearest people are shown as a hint only: the account stays an orphan.
func TestSameNameIsAHintOnly(t *testing.T) {
	w := newWorld(t)
	opt := scimtest.Options{Users: []scimtest.User{accountOfPerson(0), {ID: "x", UserName: "someone", DisplayName: "PERSON 0", Active: true}}}
	w.serve("Acme", opt)
	w.roster(strings.Replace(people(3), "Person 0", `"0, Pérson"`, 1))
	w.sync()
	orphans := w.findings(FindingFilter{Kind: reconcile.KindOrphaned}).Findings
	if len(orphans) != 1 {
		t.Fatalf("%+v", orphans)
	}
	d, err := w.app.Finding(t.Context(), orphans[0].ID)
	if err != nil || len(d.Candidates) != 1 || d.Candidates[0].Number != "1000" || d.Candidates[0].Rule != "same-name" {
		t.Errorf("%+v, %v", d.Candidates, err)
	}
	if !hasCode(d.Blocked, "match-rate") {
		t.Errorf("half of the accounts match nobody, and yet: %v", d.Blocked)
	}
}

// Pages follow each other without gap or repeat, whatever the filter, and go
// on where they were even if a finding went away in between.
func TestFindingsPages(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"Acme", "beta"} {
		opt := scimtest.Options{}
		for i := range 15 {
			opt.Users = append(opt.Users, scimtest.User{ID: fmt.Sprint(i), UserName: fmt.Sprintf("Ghost %d%%_", i%7), DisplayName: "Ünter", Active: true})
		}
		opt.Users = append(opt.Users, scimtest.User{ID: "l", UserName: "lea@corp.example", Active: true})
		w.serve(name, opt)
	}
	w.roster(people(5, leaverLine))
	if _, err := w.app.Sync(t.Context(), SyncRequest{}); err != nil {
		t.Fatal(err)
	}
	for _, f := range []FindingFilter{{}, {Tenant: "beta"}, {Kind: reconcile.KindOrphaned}, {Search: "GHOST 3%"}, {Tenant: "acme", Search: "ünter"}} {
		all := w.findings(f)
		var got []Finding
		f.Limit = 4
		for {
			page := w.findings(f)
			if page.Total != all.Total {
				t.Errorf("%+v: total %d, was %d", f, page.Total, all.Total)
			}
			got = append(got, page.Findings...)
			if page.Next == "" {
				break
			}
			f.After = page.Next
		}
		if len(got) != all.Total || len(got) == 0 || !slices.EqualFunc(got, all.Findings, func(a, b Finding) bool { return a.ID == b.ID }) {
			t.Errorf("%+v: %d in pages, %d in one, total %d", f, len(got), len(all.Findings), all.Total)
		}
	}
	if n := w.findings(FindingFilter{Search: "ghost 3%"}).Total; n != 4 {
		t.Errorf("%d ghosts of number 3", n)
	}
	if n := w.findings(FindingFilter{Search: "ghost_"}).Total; n != 0 {
		t.Errorf("%d findings, with a wildcard", n)
	}
	if _, err := w.app.Findings(t.Context(), FindingFilter{Kind: "odd"}); kindOf(err) != KindUsage {
		t.Errorf("unknown kind: %v", err)
	}
	if _, err := w.app.Findings(t.Context(), FindingFilter{After: "???"}); kindOf(err) != KindUsage {
		t.Errorf("foreign cursor: %v", err)
	}
}

// Findings follow what they stand on: the day, the roster and the tenants.
func TestFindingsAreNeverStale(t *testing.T) {
	w, _ := ready(t)
	w.roster(people(20, leaverLine, "3000,Next One,ghost@corp.example,active,2026-03-11,x"))
	kindsNow := func() string {
		page := w.findings(FindingFilter{})
		return fmt.Sprint(page.ByKind[reconcile.KindOrphaned], page.ByKind[reconcile.KindLeaver])
	}
	if got := kindsNow(); got != "0 1" {
		t.Errorf("with the orphan on the roster: %s", got)
	}
	w.now = time.Date(2026, 3, 11, 23, 59, 0, 0, time.UTC)
	if got := kindsNow(); got != "0 1" {
		t.Errorf("on the last day: %s", got)
	}
	w.now = time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC)
	if got := kindsNow(); got != "0 2" {
		t.Errorf("the day after: %s", got)
	}
	r, err := w.app.Roster(t.Context())
	if err != nil || r.Leavers != 2 {
		t.Errorf("leavers %+v, %v", r, err)
	}
	if err := w.app.RemoveTenant(t.Context(), "Acme"); err != nil {
		t.Fatal(err)
	}
	if got := kindsNow(); got != "0 0" {
		t.Errorf("without the tenant: %s", got)
	}
}

// One mailbox for everybody disputes every account, and does not multiply
// accounts by people.
func TestOneMailboxForAll(t *testing.T) {
	const n = 300
	opt := scimtest.Options{}
	lines := []string{}
	for i := range n {
		opt.Users = append(opt.Users, scimtest.User{ID: fmt.Sprint(i), UserName: fmt.Sprintf("name%d", i), Emails: []string{"all@corp.example"}, Active: true})
		lines = append(lines, fmt.Sprintf("%d,Person %d,all@corp.example,active,,x", 5000+i, i))
	}
	w := newWorld(t)
	w.serve("Acme", opt)
	w.roster(people(0, lines...))
	w.sync()
	page := w.findings(FindingFilter{})
	if page.ByKind[reconcile.KindDisputed] != n || page.Total != n {
		t.Errorf("%v", page.ByKind)
	}
	if reason := page.Findings[0].Reason; !strings.HasPrefix(reason, "More than 20 people match, among them Person 0 (5000) by") {
		t.Errorf("joined with more people than allowed: %s", reason)
	}
}

// Two processes on one workspace derive the same findings beside each other.
func TestFindingsBesideAWriter(t *testing.T) {
	w, srv := ready(t)
	other := &world{t: t, dir: w.dir, now: w.now, secrets: w.secrets}
	other.open()
	defer other.app.Close()
	srv.Add(scimtest.User{ID: "new", UserName: "new@corp.example", Active: true})
	b := scimtest.NewBarrier()
	srv.Fail(scimtest.Fault{Path: "/Groups", Arrive: b})
	done := make(chan error)
	go func() { _, err := w.trySync(); done <- err }()
	<-b.Arrived
	other.now = other.now.Add(24 * time.Hour) // another basis, so it must derive
	if n := other.findings(FindingFilter{}).Total; n != 5 {
		t.Errorf("%d findings while the other process syncs", n)
	}
	close(b.Release)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if n := other.findings(FindingFilter{}).Total; n != 6 {
		t.Errorf("%d findings after the other process synced", n)
	}
}

func TestOverviewSaysWhatWaits(t *testing.T) {
	w := newWorld(t)
	w.serve("Acme", acme())
	todo := func() string {
		t.Helper()
		o, err := w.app.Overview(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, p := range o.ToDo {
			out = append(out, p.Tenant+":"+p.Code)
		}
		return strings.Join(out, " ")
	}
	if got := todo(); got != ":roster-missing Acme:never-synced" {
		t.Errorf("at first: %s", got)
	}
	w.sync()
	if got := todo(); got != ":roster-missing" {
		t.Errorf("synced: %s", got)
	}
	if n := w.findings(FindingFilter{}).Total; n != 0 {
		t.Errorf("%d findings without a roster", n)
	}
	w.roster(people(20, leaverLine))
	if got := todo(); got != "" {
		t.Errorf("with a roster: %s", got)
	}
	o, err := w.app.Overview(t.Context())
	if err != nil || o.LeaverPeople != 1 || o.LongestLeaver != 9 || o.ByKind[reconcile.KindOrphaned] != 1 || o.Roster.Leavers != 1 {
		t.Errorf("%+v, %v", o, err)
	}
	w.now = w.now.Add(32 * 24 * time.Hour)
	if got := todo(); got != ":roster-stale Acme:stale" {
		t.Errorf("a month later: %s", got)
	}
}

func TestFindAccount(t *testing.T) {
	w, srv := ready(t)
	srv.Add(scimtest.User{ID: "twin1", UserName: "Twin", Active: true}, scimtest.User{ID: "twin2", UserName: "twin ", Active: true})
	w.sync()
	id := w.tenant("Acme").ID
	for given, want := range map[string]string{"leaver": "leaver", "LEA@corp.example": "leaver", "twin1": "twin1"} {
		if acc, err := w.app.findAccount(t.Context(), id, given); err != nil || acc.ID != want {
			t.Errorf("%s: %+v, %v", given, acc, err)
		}
	}
	if _, err := w.app.findAccount(t.Context(), id, "twin"); kindOf(err) != KindUsage {
		t.Errorf("two of a name: %v", err)
	}
	if _, err := w.app.findAccount(t.Context(), id, "LEAVER"); kindOf(err) != KindNotFound {
		t.Errorf("ids are compared exactly: %v", err)
	}
	acc, err := w.app.accountForPlan(t.Context(), id, "leaver")
	want := []planMembership{{"g1", "Engineering", true}, {"g2", "Admins", true}}
	if err != nil || !acc.MembershipsKnown || !slices.Equal(acc.Memberships, want) {
		t.Errorf("%+v, %v", acc, err)
	}
	info, err := w.app.snapshotOnShow(t.Context(), id)
	if err != nil || info.Active != 26 || len(info.Digest) != 64 || !info.Taken.Equal(w.now) || info.Sentence == "" {
		t.Errorf("%+v, %v", info, err)
	}
}

// A few that match nobody make a low rate in a short list; the advice is not the
// one for a wrong roster.
func TestLowRateOfAShortList(t *testing.T) {
	for rate, want := range map[reconcile.MatchRate]string{
		{Active: 4, Matched: 3}:   "set " + settingMatchMin + " to 75",
		{Active: 4, Matched: 1}:   "close the others in the tenant",
		{Active: 20, Matched: 15}: "e-mail and number columns",
	} {
		if p := lowRate(rate, "Acme", 80); p.Code != "match-rate" || !strings.Contains(p.Do, want) {
			t.Errorf("%+v: %q, want %q", rate, p.Do, want)
		}
	}
}
