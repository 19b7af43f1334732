package frontend

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"rollcall/app"
	"rollcall/app/reconcile"
	"rollcall/app/secrets"
	"rollcall/scim/scimtest"
)

// leaverWorld is one tenant, Acme, with so many leavers, who come first by name,
// and staff.
type leaverWorld struct {
	*site
	tenant string
	server string // its address
}

func newLeaverWorld(t *testing.T, leavers, staff int) *leaverWorld {
	t.Helper()
	var opts scimtest.Options
	var b strings.Builder
	b.WriteString("number,name,email,status,end\n")
	for i := 1; i <= leavers+staff; i++ {
		mail := fmt.Sprintf("p%05d@corp.example", i)
		opts.Users = append(opts.Users, scimtest.User{ID: fmt.Sprint("u", i), UserName: mail, ExternalID: fmt.Sprint(i), Emails: []string{mail}, Active: true})
		status, end := "active", ""
		if i <= leavers {
			status, end = "left", "2020-03-31"
		}
		fmt.Fprintf(&b, "%d,Person %05d,%s,%s,%s\n", i, i, mail, status, end)
	}
	server := scimtest.New(opts)
	t.Cleanup(server.Close)
	a, err := app.Open(t.Context(), app.Config{Dir: t.TempDir(), Secrets: secrets.Memory(), Actor: "tester"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	if _, err := a.ImportRoster(t.Context(), app.RosterImport{File: "p.csv", Content: strings.NewReader(b.String()), TimeZone: "UTC"}); err != nil {
		t.Fatal(err)
	}
	tenant, err := a.AddTenant(t.Context(), app.TenantSpec{Name: "Acme", BaseURL: server.URL, Token: scimtest.Token, AllowWrites: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Sync(t.Context(), app.SyncRequest{}); err != nil {
		t.Fatal(err)
	}
	return &leaverWorld{newSite(a, Options{Workspace: a.Dir()}, someAssets()), tenant.ID, server.URL}
}

func (w *leaverWorld) plan(t *testing.T, ticket string, accounts ...string) app.Plan {
	t.Helper()
	p, err := w.app.Plan(t.Context(), app.PlanRequest{Tenant: w.tenant, Accounts: accounts, Action: "deactivate", Ticket: ticket})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// close runs the deactivation of the first n leavers.
func (w *leaverWorld) close(t *testing.T, n int) {
	t.Helper()
	var ids []string
	for i := range n {
		ids = append(ids, fmt.Sprint("u", i+1))
	}
	if _, err := w.app.Run(t.Context(), w.plan(t, "HD-1", ids...).Hash, app.Confirm{Total: n}); err != nil {
		t.Fatal(err)
	}
}

// The help desk is shown who left and is still active, also where those who come
// first by name were closed a moment ago, and where a finding is left alone.
func TestOffboardingOffersWhoIsStillActive(t *testing.T) {
	w := newLeaverWorld(t, 11, 200)
	w.close(t, 8)
	h := w.handler()
	for _, f := range findingsOf(t, w.site, app.FindingFilter{Kind: reconcile.KindLeaver, Limit: -1}).Findings {
		if f.Account.ID == "u11" {
			except(t, w.site, f)
		}
	}
	hits := byID(page200(t, h, "/offboarding"), "hits")
	demandWords(t, "the page", hits, "Person 00009", "Person 00010", "Person 00011")
	demandNoWords(t, "the page", text(hits), "Person 00008", " more")
}

// work is how much f does, however busy the machine is: what it allocates.
func work(f func()) float64 { return testing.AllocsPerRun(3, f) }

// What a large run closed is passed over where the overview looks for the first
// findings: that is less work than reading all.
func TestOverviewAfterALargeRun(t *testing.T) {
	w := newLeaverWorld(t, 800, 100)
	h := w.handler()
	w.close(t, 797)
	overview := work(func() { page200(t, h, "/") })
	once := work(func() { findingsOf(t, w.site, app.FindingFilter{Limit: -1}) })
	if overview > once {
		t.Errorf("after a run of 797 the overview allocates %.0f; all findings are read with %.0f", overview, once)
	}
	demandWords(t, "the overview", byID(page200(t, h, "/"), "page"), "p00798@corp.example", "p00800@corp.example")
}

// Plans are paged by their place: one that is made meanwhile doubles no row.
func TestPlansArePagedByPlace(t *testing.T) {
	w := newLeaverWorld(t, 3, 60)
	h := w.handler()
	for i := range plansPage + 5 {
		w.plan(t, fmt.Sprint("HD-", i), "u1")
	}
	seen := map[string]bool{}
	collect := func(path string) (older string) {
		for _, a := range all(byID(page200(t, h, path), "page"), "a") {
			href := attr(a, "href")
			if hasAttr(a, "data-line") {
				if seen[href] {
					t.Errorf("%s is listed twice", href)
				}
				seen[href] = true
			}
			if text(a) == "Older plans" {
				older = href
			}
		}
		return older
	}
	older := collect("/plans")
	w.plan(t, "HD-new", "u1")
	if collect(older); len(seen) != plansPage+5 {
		t.Errorf("%d plans", len(seen))
	}
	if w := get(h, "/plans?after=x"); w.Code != http.StatusBadRequest {
		t.Errorf("an odd place: %d", w.Code)
	}
}

// The list of plans does not read what the plans do.
func TestPlansCostNotWhatTheyDo(t *testing.T) {
	list := func(actions int) float64 {
		w := newLeaverWorld(t, actions, 60)
		var ids []string
		for i := range actions {
			ids = append(ids, fmt.Sprint("u", i+1))
		}
		for i := range 10 {
			w.plan(t, fmt.Sprint("HD-", i), ids...)
		}
		h := w.handler()
		return work(func() { page200(t, h, "/plans") })
	}
	one, many := list(1), list(500)
	if many > 2*one {
		t.Errorf("ten plans of 500 actions are listed with %.0f allocations, of one action with %.0f", many, one)
	}
}
