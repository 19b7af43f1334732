package app

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/app/reconcile"
	"rollcall/audit"
	"rollcall/scim/scimtest"
)

// line is the told finding of one account, without its id; "" where it has none.
func (w *world) line(userName string) string {
	w.t.Helper()
	for _, l := range w.told() {
		if _, rest, _ := strings.Cut(l, " "); strings.Contains(rest, " "+userName+" |") {
			return rest
		}
	}
	return ""
}

func (w *world) link(account, person string) Link {
	w.t.Helper()
	l, err := w.app.LinkAccount(w.t.Context(), "Acme", account, person, "asked the team")
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

// A link outweighs the rules, whether they name nobody, somebody else or too
// many, and its end gives the account back to them.
func TestLinkOutweighsTheRules(t *testing.T) {
	w, _ := ready(t)
	before := w.told()
	l := w.link("ghost@corp.example", "1005")
	if l.Person.Name != "Person 5" || l.ID != "orphan" || l.Gone || l.By != "tester" || l.Reason != "asked the team" || !l.Since.Equal(w.now) {
		t.Errorf("link %+v", l)
	}
	if got := w.line("ghost@corp.example"); !strings.HasPrefix(got, "collision ") || !strings.Contains(got, "| link | 1005 |") {
		t.Errorf("linked to somebody who has an account here: %q", got)
	}
	w.link("disputed", "p9@corp.example") // by SCIM id, to a third person
	w.link("lea@corp.example", "Person 0")
	if got := w.line("lea@corp.example"); !strings.HasPrefix(got, "collision") {
		t.Errorf("a leaver's account that was given to another: %q", got)
	}
	if n := w.tenant("Acme"); n.Orphaned != 0 || n.Leavers != 0 || n.Disputed != 0 || n.Matched != 24 {
		t.Errorf("%+v", n)
	}
	all, err := w.app.Links(t.Context(), "")
	if err != nil || len(all) != 3 || all[0].UserName != "ghost@corp.example" {
		t.Errorf("%+v, %v", all, err)
	}
	for _, name := range []string{"GHOST@corp.example", "disputed", "leaver"} {
		if _, err := w.app.UnlinkAccount(t.Context(), "Acme", name, "wrong"); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.told(); !slices.Equal(got, before) {
		t.Errorf("after all links ended: %v", got)
	}
	if _, err := w.app.UnlinkAccount(t.Context(), "Acme", "ghost@corp.example", "again"); kindOf(err) != KindNotFound {
		t.Errorf("no such link: %v", err)
	}
}

// A person is found by name whatever its order, case and accents; a name that
// two have, in any spelling, is nobody's.
func TestPeopleAreFoundByTheWordsOfTheirNames(t *testing.T) {
	w, _ := ready(t)
	two := []string{`3003,"Fischer, Ann",a1@corp.example,active,,`, "3004,ANN FISCHER,a2@corp.example,active,,"}
	w.roster(people(20, append(two, leaverLine, `3001,"Müller, Jürgen",jm@corp.example,active,,`, "3002,Jürgen Maria Müller,jmm@corp.example,active,,")...))
	for _, name := range []string{"Jürgen Müller", "jurgen muller", "MÜLLER,JÜRGEN", "Ju\u0308rgen Mu\u0308ller"} {
		if l := w.link("orphan", name); l.Person.Number != "3001" {
			t.Errorf("%q is %+v", name, l.Person)
		}
	}
	for name, kind := range map[string]ErrorKind{"Ann Fischer": KindUsage, "Jürgen": KindNotFound, "Jürgen Möller": KindNotFound, ", '\"*": KindNotFound} {
		if _, err := w.app.LinkAccount(t.Context(), "Acme", "orphan", name, "x"); kindOf(err) != kind {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestLinkRefusals(t *testing.T) {
	w, _ := ready(t)
	for name, c := range map[string]struct {
		tenant, account, person, reason string
		kind                            ErrorKind
	}{
		"no reason":      {"Acme", "orphan", "1005", " ", KindUsage},
		"no person":      {"Acme", "orphan", "", "x", KindUsage},
		"no tenant":      {"Nowhere", "orphan", "1005", "x", KindNotFound},
		"no account":     {"Acme", "nobody@corp.example", "1005", "x", KindNotFound},
		"unknown person": {"Acme", "orphan", "4711", "x", KindNotFound},
	} {
		if _, err := w.app.LinkAccount(t.Context(), c.tenant, c.account, c.person, c.reason); kindOf(err) != c.kind {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := w.count(`SELECT count(*) FROM link`); n != 0 {
		t.Errorf("%d links", n)
	}
}

// Where the person of a link leaves the roster, the account is an orphan, also
// where a rule would name somebody else; and theirs again when they come back.
func TestLinkToSomebodyWhoIsGone(t *testing.T) {
	w, _ := ready(t)
	extra := "3000,Gone Soon,gone@corp.example,active,,x"
	w.roster(people(20, leaverLine, extra))
	w.link("orphan", "3000")
	w.link("u00004", "gone@corp.example")
	if got := w.line("ghost@corp.example") + w.line("p4@corp.example"); !strings.HasPrefix(got, "collision") {
		t.Errorf("while on the roster: %q", got)
	}
	w.roster(people(20, leaverLine))
	for _, name := range []string{"ghost@corp.example", "p4@corp.example"} {
		want := "orphaned Acme " + name + " | link | 3000 | The account was linked to Gone Soon (3000), who is not on the roster any more."
		if got := w.line(name); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
	d, err := w.app.Finding(t.Context(), reconcile.FindingID(w.tenant("Acme").ID, "u00004", reconcile.KindOrphaned))
	if err != nil || d.Tried[0].Rule != "link" || d.Tried[0].Found != 0 || d.Tried[1].Found != 1 || len(d.Candidates) != 1 {
		t.Errorf("%+v, %v", d, err)
	}
	all, err := w.app.Links(t.Context(), "Acme")
	if err != nil || len(all) != 2 || !all[0].Gone || all[0].Person.Name != "Gone Soon" {
		t.Errorf("%+v, %v", all, err)
	}
	w.roster(people(20, leaverLine, "3000,Gone Soon,gone@corp.example,left,2026-03-01,x"))
	if got := w.line("ghost@corp.example"); !strings.HasPrefix(got, "leaver-still-active") || !strings.Contains(got, "| link |") {
		t.Errorf("back, as a leaver: %q", got)
	}
}

// Offboarding closes what is linked to a person, and nothing that was given to
// somebody else.
func TestOffboardFollowsLinks(t *testing.T) {
	w, _ := ready(t)
	offboard := func(person string) string {
		t.Helper()
		p, err := w.app.Offboard(t.Context(), OffboardRequest{Person: person, Ticket: "T-1", DryRun: true})
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, act := range p.Actions {
			ids = append(ids, act.Account.ID)
		}
		return strings.Join(ids, " ")
	}
	if got := offboard("1005"); got != "u00005" {
		t.Errorf("without links: %s", got)
	}
	w.link("orphan", "1005")
	w.link("u00005", "1006")
	if got := offboard("1005"); got != "orphan" {
		t.Errorf("of whom one was linked and one taken: %s", got)
	}
	if got := offboard("1006"); got != "u00005 u00006" {
		t.Errorf("of whom one was given: %s", got)
	}
}

// Decisions about accounts come back from the record alone.
func TestDecisionsOutliveTheStore(t *testing.T) {
	w, _ := ready(t)
	roster := w.file(people(20, leaverLine))
	w.link("ghost@corp.example", "1005")
	w.link("disputed", "1001")
	if _, err := w.app.UnlinkAccount(t.Context(), "Acme", "disputed", "wrong"); err != nil {
		t.Fatal(err)
	}
	w.except("leaver", reconcile.KindLeaver, "2026-04-30")
	w.except("second", reconcile.KindCollision, "2026-04-30")
	if _, err := w.app.UnexceptFinding(t.Context(), "Acme", "second", "", "wrong"); err != nil {
		t.Fatal(err)
	}
	before, links, exceptions := w.told(), must(w.app.Links(t.Context(), ""))(t), must(w.app.Exceptions(t.Context(), ""))(t)
	if len(links) != 1 || len(exceptions) != 1 {
		t.Fatalf("%+v %+v", links, exceptions)
	}
	w.sync()
	w.roster(people(20, leaverLine))
	if got := w.told(); !slices.Equal(got, before) {
		t.Errorf("after another sync and import: %v", got)
	}
	w.close()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(filepath.Join(w.dir, "store.db"+suffix)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	w.open()
	if _, err := w.app.ImportRoster(t.Context(), RosterImport{File: roster}); err != nil {
		t.Fatal(err)
	}
	w.sync()
	if got := w.told(); !slices.Equal(got, before) {
		t.Errorf("after the store was lost:\n%s\nwas\n%s", strings.Join(got, "\n"), strings.Join(before, "\n"))
	}
	if got := must(w.app.Links(t.Context(), ""))(t); !slices.Equal(got, links) {
		t.Errorf("links %+v, were %+v", got, links)
	}
	if got := must(w.app.Exceptions(t.Context(), ""))(t); !slices.Equal(got, exceptions) {
		t.Errorf("exceptions %+v, were %+v", got, exceptions)
	}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// set records a setting.
func (w *world) set(key, value string) {
	w.t.Helper()
	err := w.app.mutate(w.t.Context(), func(wr *writer) error {
		_, err := wr.record(w.t.Context(), audit.Draft{Type: typeSettingChanged, Data: settingChanged{Key: key, Value: value}})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) except(account string, kind reconcile.Kind, until string) Exception {
	w.t.Helper()
	e, err := w.app.ExceptFinding(w.t.Context(), ExceptRequest{Tenant: "Acme", Account: account, Kind: kind, Until: until, Reason: "agreed"})
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

// A finding that is left alone is counted apart, and neither listed nor planned
// with its kind, until the end of its day in the workspace's time zone.
func TestExceptedUntilTheEndOfTheDay(t *testing.T) {
	w, _ := ready(t)
	w.set(settingTimeZone, "America/New_York")
	e := w.except("GHOST@corp.example", reconcile.KindOrphaned, "2026-03-12")
	if want := time.Date(2026, 3, 13, 4, 0, 0, 0, time.UTC); !e.Ends.Equal(want) || e.ID != "orphan" || e.By != "tester" {
		t.Errorf("%+v, ends %v", e, want)
	}
	page := w.findings(FindingFilter{})
	if page.Total != 4 || page.Excepted != 1 || page.ByKind[reconcile.KindOrphaned] != 0 || w.tenant("Acme").Orphaned != 0 {
		t.Errorf("total %d, excepted %d, %v", page.Total, page.Excepted, page.ByKind)
	}
	if p := w.findings(FindingFilter{Kind: reconcile.KindLeaver}); p.Excepted != 0 || p.Total != 1 {
		t.Errorf("of another kind: %d excepted, total %d", p.Excepted, p.Total)
	}
	if p := w.findings(FindingFilter{Search: "ghost"}); p.Excepted != 1 || p.Total != 0 || p.ByKind[reconcile.KindOrphaned] != 0 {
		t.Errorf("searched: %d excepted, total %d, %v", p.Excepted, p.Total, p.ByKind)
	}
	left := w.findings(FindingFilter{Excepted: true})
	if left.Total != 1 || left.Excepted != 1 || left.ByKind[reconcile.KindOrphaned] != 1 || len(left.Findings) != 1 {
		t.Fatalf("%+v", left)
	}
	if f := left.Findings[0]; f.Excepted == nil || f.Excepted.Until != "2026-03-12" || f.Excepted.Reason != "agreed" || f.ID != e.Finding {
		t.Errorf("%+v", f)
	}
	if d, err := w.app.Finding(t.Context(), e.Finding); err != nil || d.Excepted == nil {
		t.Errorf("its own page: %+v, %v", d.Excepted, err)
	}
	o, err := w.app.Overview(t.Context())
	if err != nil || o.ByKind[reconcile.KindOrphaned] != 0 {
		t.Errorf("%v, %v", o.ByKind, err)
	}
	if err := w.plan(reconcile.KindOrphaned); kindOf(err) != KindRefused || !strings.Contains(err.Error(), "nothing to plan") {
		t.Errorf("planned by kind: %v", err)
	}
	p, err := w.app.Plan(t.Context(), PlanRequest{Tenant: "Acme", Accounts: []string{"orphan"}, Action: "deactivate", Ticket: "T-1", DryRun: true})
	if err != nil || len(p.Actions) != 1 || !strings.Contains(strings.Join(p.Warnings, "\n"), "ghost@corp.example is excepted until the end of 2026-03-12 (agreed)") {
		t.Errorf("named: %+v, %v", p.Warnings, err)
	}
	w.now = time.Date(2026, 3, 13, 3, 59, 59, 0, time.UTC)
	if n := w.findings(FindingFilter{}).Total; n != 4 {
		t.Errorf("%d findings in the last second of the day", n)
	}
	w.now = time.Date(2026, 3, 13, 4, 0, 0, 0, time.UTC)
	if p := w.findings(FindingFilter{}); p.Total != 5 || p.Excepted != 0 || p.ByKind[reconcile.KindOrphaned] != 1 {
		t.Errorf("a moment later: %d, %d", p.Total, p.Excepted)
	}
	if all := must(w.app.Exceptions(t.Context(), ""))(t); len(all) != 0 {
		t.Errorf("in force: %+v", all)
	}
}

// Pages of what is left alone follow each other as those of the rest do.
func TestExceptedPages(t *testing.T) {
	w, _ := ready(t)
	w.except("orphan", reconcile.KindOrphaned, "2026-03-12")
	w.except("second", reconcile.KindCollision, "2026-03-12")
	w.except("u00003", reconcile.KindCollision, "2026-03-12")
	var got []string
	f := FindingFilter{Excepted: true, Limit: 1}
	for {
		page := w.findings(f)
		got = append(got, page.Findings[0].Account.ID)
		if f.After = page.Next; f.After == "" {
			break
		}
	}
	if !slices.Equal(got, []string{"orphan", "second", "u00003"}) {
		t.Errorf("%v", got)
	}
	if n := w.findings(FindingFilter{Tenant: "acme", Excepted: true, Kind: reconcile.KindCollision}).Total; n != 2 {
		t.Errorf("%d collisions", n)
	}
}

func TestExceptRefusals(t *testing.T) {
	w, _ := ready(t)
	for name, c := range map[string]struct {
		r    ExceptRequest
		kind ErrorKind
	}{
		"no reason":      {ExceptRequest{"Acme", "orphan", reconcile.KindOrphaned, "2026-03-12", "", ""}, KindUsage},
		"no kind":        {ExceptRequest{"Acme", "orphan", "", "2026-03-12", "x", ""}, KindUsage},
		"not a date":     {ExceptRequest{"Acme", "orphan", reconcile.KindOrphaned, "tomorrow", "x", ""}, KindUsage},
		"yesterday":      {ExceptRequest{"Acme", "orphan", reconcile.KindOrphaned, "2026-03-09", "x", ""}, KindUsage},
		"over a year":    {ExceptRequest{"Acme", "orphan", reconcile.KindOrphaned, "2027-03-11", "x", ""}, KindUsage},
		"no such kind":   {ExceptRequest{"Acme", "orphan", reconcile.KindLeaver, "2026-03-12", "x", ""}, KindNotFound},
		"no finding":     {ExceptRequest{"Acme", "u00007", reconcile.KindOrphaned, "2026-03-12", "x", ""}, KindNotFound},
		"no account":     {ExceptRequest{"Acme", "nobody", reconcile.KindOrphaned, "2026-03-12", "x", ""}, KindNotFound},
		"not in force":   {ExceptRequest{"Nowhere", "orphan", reconcile.KindOrphaned, "2026-03-12", "x", ""}, KindNotFound},
		"today is usual": {ExceptRequest{"Acme", "orphan", reconcile.KindOrphaned, "2026-03-10", "x", ""}, ""},
		"a year ahead":   {ExceptRequest{"Acme", "leaver", reconcile.KindLeaver, "2027-03-10", "x", ""}, ""},
	} {
		if _, err := w.app.ExceptFinding(t.Context(), c.r); kindOf(err) != c.kind {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.app.UnexceptFinding(t.Context(), "Acme", "u00007", "", "x"); kindOf(err) != KindNotFound {
		t.Errorf("ending what is not in force: %v", err)
	}
}

// An exception belongs to one finding: another account of the name, or another
// finding of the account, is listed.
func TestExceptionIsOfOneFinding(t *testing.T) {
	w, srv := ready(t)
	e := w.except("orphan", reconcile.KindOrphaned, "2026-03-12")
	w.except("orphan", reconcile.KindOrphaned, "2026-03-20")
	if all := must(w.app.Exceptions(t.Context(), "Acme"))(t); len(all) != 1 || all[0].Until != "2026-03-20" {
		t.Errorf("extended: %+v", all)
	}
	srv.Add(scimtest.User{ID: "other", UserName: "ghost@corp.example ", Active: true})
	w.sync()
	orphans := w.findings(FindingFilter{Kind: reconcile.KindOrphaned})
	if orphans.Total != 1 || orphans.Findings[0].Account.ID != "other" || orphans.Findings[0].ID == e.Finding {
		t.Errorf("%+v", orphans)
	}
	w.link("orphan", "1005")
	if got := w.findings(FindingFilter{Kind: reconcile.KindCollision, Search: "ghost"}); got.Total != 1 || got.Excepted != 0 {
		t.Errorf("of another kind: %+v", got)
	}
}
