package frontend

import (
	"strings"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/app/reconcile"
)

// exceptAll leaves every finding of the kinds alone.
func exceptAll(t *testing.T, s *site, kinds ...reconcile.Kind) {
	t.Helper()
	for _, k := range kinds {
		for _, f := range findingsOf(t, s, app.FindingFilter{Kind: k, Limit: -1}).Findings {
			except(t, s, f)
		}
	}
}

func except(t *testing.T, s *site, f app.Finding) {
	t.Helper()
	until := time.Now().AddDate(0, 0, 30).Format(time.DateOnly)
	if _, err := s.app.ExceptFinding(t.Context(), app.ExceptRequest{Tenant: f.TenantID, Account: f.Account.ID, Kind: f.Kind, Until: until, Reason: "a pilot"}); err != nil {
		t.Fatal(err)
	}
}

func demandNoWords(t *testing.T, where, got string, words ...string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(got, w) {
			t.Errorf("%s claims %q: %s", where, w, got)
		}
	}
}

// What is only left alone for a while is not said to be in order.
func TestLeftAloneIsNotClear(t *testing.T) {
	s, h := demoSite(t)
	exceptAll(t, s, allKinds()...)
	alone := overviewOf(t, s).LeftAlone
	over := byID(page200(t, h, "/"), "page")
	demandNoWords(t, "the overview", text(over), "nobody who left has", "every active account has", "no account matches two people")
	demandWords(t, "the overview", over, "none besides "+count(alone[reconcile.KindLeaver])+" left alone", "none besides "+count(alone[reconcile.KindOrphaned])+" left alone")
	findings := byID(page200(t, h, "/findings"), "page")
	demandNoWords(t, "findings", text(findings), "exactly one person")
	demandWords(t, "findings", findings, "0 findings", " left alone")
	imported := text(page200(t, h, "/?imported=1"))
	demandNoWords(t, "after an import the overview", imported, "Nobody who left has")
}

func TestZeroIsClaimedOnlyWhereAllIsKnown(t *testing.T) {
	clean := sampleOverview()
	clean.Tenants, clean.ByKind = clean.Tenants[:1], nil
	with := func(change func(o *app.Overview)) app.Overview {
		o := clean
		change(&o)
		return o
	}
	for want, o := range map[string]app.Overview{
		"nobody who left has an active account": clean,
		"none besides 3 left alone":             with(func(o *app.Overview) { o.LeftAlone = map[reconcile.Kind]int{reconcile.KindLeaver: 3} }),
		"none known · 2 disputed":               with(func(o *app.Overview) { o.ByKind = map[reconcile.Kind]int{reconcile.KindDisputed: 2} }),
		"none known · 2 lists not complete":     with(func(o *app.Overview) { o.Tenants = sampleTenants() }),
		"none besides 1 left alone · 1 disputed": with(func(o *app.Overview) {
			o.LeftAlone = map[reconcile.Kind]int{reconcile.KindLeaver: 1, reconcile.KindDisputed: 1}
		}),
	} {
		if got := leaverFigure(o).Note; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// What an import says does not clear what is not known.
func TestImportedClaimsOnlyWhatIsKnown(t *testing.T) {
	for want, change := range map[string]func(o *app.Overview){
		"2 findings to look at.":                                    func(o *app.Overview) { o.ByKind = map[reconcile.Kind]int{reconcile.KindDisputed: 2} },
		"Nothing found in what is known; 2 lists are not complete.": func(o *app.Overview) { o.ByKind = nil },
		"Nothing found in what is known besides 1 finding left alone.": func(o *app.Overview) {
			o.Tenants, o.ByKind, o.LeftAlone = o.Tenants[:1], nil, map[reconcile.Kind]int{reconcile.KindEntitled: 1}
		},
		"Nobody who left has an active account, and every active account has a person.": func(o *app.Overview) { o.Tenants, o.ByKind = o.Tenants[:1], nil },
	} {
		o := sampleOverview()
		if change(&o); newImported(o).Next != want {
			t.Errorf("%q, want %q", newImported(o).Next, want)
		}
	}
}
