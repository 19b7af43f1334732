package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/app/reconcile"
	"rollcall/scim/scimtest"
)

// found returns the finding of an account, and the page that it stands on.
func (s *shop) found(f app.FindingFilter, account string) (*app.Finding, app.FindingsPage) {
	s.t.Helper()
	page := must(s.app.Findings(s.t.Context(), f))(s.t)
	for _, found := range page.Findings {
		if found.Account.ID == account {
			return &found, page
		}
	}
	return nil, page
}

// Of groups that runs took a closed account out of, nothing is said any more.
func TestClosedAndOutOfItsGroups(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	s.setActive("u59", false)
	s.sync()
	s.run(s.plan(removal("g1", "u59")))
	if got, _ := s.found(app.FindingFilter{}, "u59"); got == nil || got.Closed == nil || !strings.HasSuffix(got.Closed.Words(s.clock.now()), "take it off the list.") {
		t.Errorf("%+v", got)
	}
}

// What a run closed is shown as closed and counted nowhere until the next sync,
// whether it is left alone or not; what failed, or was given back, is not.
func TestClosedFindings(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	day := s.clock.now().AddDate(0, 1, 0).Format(time.DateOnly)
	must(s.app.ExceptFinding(t.Context(), app.ExceptRequest{Tenant: "Acme", Account: "u60", Kind: reconcile.KindOrphaned, Until: day, Reason: "agreed"}))(t)
	p := s.plan(accounts("u07", "u59", "u60"))
	s.run(p)
	s.clock.ahead += 5 * time.Minute
	for account, f := range map[string]app.FindingFilter{"u07": {}, "u59": {Search: "person59"}, "u60": {Excepted: true}} {
		got, page := s.found(f, account)
		if got == nil || got.Closed == nil || got.Closed.Plan != p.Hash {
			t.Fatalf("%s: %+v", account, got)
		}
		if words := got.Closed.Words(s.clock.now()); words != "Closed by run "+p.Hash[:12]+" 5 minutes ago; the next sync will take it off the list. The list has it in 1 group; the next one tells whether it still is." {
			t.Errorf("%s: %s", account, words)
		}
		if page.Total != 0 || page.Closed == 0 || page.ByKind[reconcile.KindOrphaned]+page.ByKind[reconcile.KindLeaver] != 0 {
			t.Errorf("%s: total %d, closed %d, %v", account, page.Total, page.Closed, page.ByKind)
		}
		if d := must(s.app.Finding(t.Context(), got.ID))(t); d.Closed == nil {
			t.Errorf("%s: its own page does not say it", account)
		} else if i := slices.IndexFunc(d.Elsewhere, func(e app.Elsewhere) bool { return e.Found }); i >= 0 && !d.Elsewhere[i].Closed {
			t.Errorf("%s: among the person's accounts it is not closed", account)
		}
	}
	o := must(s.app.Overview(t.Context()))(t)
	if o.ByKind[reconcile.KindOrphaned]+o.ByKind[reconcile.KindLeaver]+o.LeaverPeople+o.LongestLeaver+o.Tenants[0].Orphaned+o.Tenants[0].Leavers != 0 {
		t.Errorf("the overview counts what is closed: %+v, %+v", o.ByKind, o.Tenants[0])
	}
	if matched, active := o.Tenants[0].MatchedNow(); active != o.Tenants[0].Active-3 || matched != o.Tenants[0].Matched-1 {
		t.Errorf("matched %d of %d, and the list has %d of %d", matched, active, o.Tenants[0].Matched, o.Tenants[0].Active)
	}
	s.demandHits("person59", true)
	undo := must(s.app.Undo(t.Context(), p.Hash, "", false))(t)
	s.run(undo)
	if got, page := s.found(app.FindingFilter{}, "u59"); got == nil || got.Closed != nil || page.Total != 2 {
		t.Errorf("given back: %+v, total %d", got, page.Total)
	}
	s.demandHits("person59", false)
	if o := must(s.app.Overview(t.Context()))(t); o.Tenants[0].Closed != 0 {
		t.Errorf("%d accounts count as closed after they were given back", o.Tenants[0].Closed)
	}
	s.sync()
	s.run(s.plan(accounts("u07", "u59")))
	s.sync()
	if got, page := s.found(app.FindingFilter{}, "u59"); got != nil && got.Kind == reconcile.KindOrphaned || page.Closed != 0 {
		t.Errorf("after a sync: %+v, closed %d", got, page.Closed)
	}
}

// demandHits looks an account up; it and its finding are closed, or not.
func (s *shop) demandHits(text string, closed bool) {
	s.t.Helper()
	n := 0
	for _, h := range must(s.app.Search(s.t.Context(), text, 0))(s.t).Hits {
		if h.Kind == app.HitAccount || h.Kind == app.HitFinding {
			n++
			if h.Closed != closed {
				s.t.Errorf("%s %s: closed %t", h.Kind, h.Title, h.Closed)
			}
		}
	}
	if n < 2 {
		s.t.Errorf("%q finds %d accounts and findings", text, n)
	}
}

func TestNotClosedWithoutEffect(t *testing.T) {
	s := newShop(t, scimtest.Quirks{NoEffect: true})
	s.run(s.plan(accounts("u59")))
	if got, page := s.found(app.FindingFilter{}, "u59"); got == nil || got.Closed != nil || page.Total != 3 || page.Closed != 0 {
		t.Errorf("%+v, total %d", got, page.Total)
	}
}

// Where hardly anybody matches, no kind is offered that would be refused.
func TestUnplannableSaysTheRate(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	s.importRoster(58)
	for n, want := range map[int]string{58: "", 40: "orphaned", 20: "orphaned leaver-still-active"} {
		must(s.app.ImportRoster(t.Context(), app.RosterImport{File: s.rosterFile(n), TimeZone: "UTC", AcceptShrink: n}))(t)
		var refused []string
		for _, k := range []reconcile.Kind{reconcile.KindOrphaned, reconcile.KindLeaver, reconcile.KindEntitled} {
			problems := must(s.app.Unplannable(t.Context(), s.tenantID(), k))(t)
			if len(problems) > 0 {
				refused = append(refused, string(k))
			}
		}
		if got := strings.Join(refused, " "); got != want {
			t.Errorf("%d people: %q, want %q", n, got, want)
		}
	}
}

// A plan that waits, and one with an unknown outcome, is something to do; what
// is in its way is said as it is now.
func TestPlansToDo(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	must(s.app.AddTenant(t.Context(), app.TenantSpec{Name: "Beta", BaseURL: s.server.URL, Token: scimtest.Token}))(t)
	s.sync()
	codes := func() string {
		var out []string
		for _, d := range must(s.app.Overview(t.Context()))(t).ToDo {
			if d.Plan != "" {
				out = append(out, d.Code)
			}
		}
		return strings.Join(out, " ")
	}
	beta := orphans()
	beta.Tenant = "Beta"
	for _, r := range must(s.app.Sync(t.Context(), app.SyncRequest{Tenants: []string{"Beta"}}))(t) {
		if !r.Sealed {
			t.Fatal(r)
		}
	}
	p := s.plan(beta)
	if got := codes(); got != "plan-waiting" || len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], "read-only") {
		t.Errorf("%q, %q", got, p.Warnings)
	}
	must(s.app.AllowWrites(t.Context(), "Beta", "agreed"))(t)
	if p = must(s.app.PlanByHash(t.Context(), p.Hash))(t); len(p.Warnings) != 0 {
		t.Errorf("writes are allowed, and still %q", p.Warnings)
	}
	s.clock.ahead += 25 * time.Hour
	if got := codes(); got != "" {
		t.Errorf("too old to be run, and still %q", got)
	}
}

// An inactive account that runs took out of all its groups has nothing left to
// be taken from; one group that is left, or given back, and it has.
func TestClosedEntitled(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	s.server.AddGroup(scimtest.Group{ID: "g2", DisplayName: "Other", Members: []string{"u60"}})
	for _, id := range []string{"u59", "u60"} {
		s.setActive(id, false)
	}
	s.sync()
	demand := func(when string, closed ...string) {
		t.Helper()
		for _, id := range []string{"u59", "u60"} {
			got, page := s.found(app.FindingFilter{Kind: reconcile.KindEntitled}, id)
			if got == nil || (got.Closed != nil) != slices.Contains(closed, id) || page.Total != 2-len(closed) || page.Closed != len(closed) {
				t.Errorf("%s: %s is %+v; %d open, %d closed", when, id, got, page.Total, page.Closed)
			}
		}
	}
	demand("before")
	p := s.plan(removal("g1", "u59", "u60"))
	s.run(p)
	demand("out of one group each", "u59")
	s.run(s.undo(p, "HD-8"))
	demand("given back")
	s.sync()
	p = s.plan(removal("", "u59", "u60"))
	if r := s.run(p); outcomes(r) != "confirmed confirmed confirmed" {
		t.Fatalf("%+v", r.Actions)
	}
	demand("out of all groups", "u59", "u60")
	s.sync()
	if got, page := s.found(app.FindingFilter{Kind: reconcile.KindEntitled}, "u59"); got != nil || page.Closed != 0 {
		t.Errorf("after a sync: %+v", got)
	}
}
