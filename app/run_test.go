package app_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"rollcall/app"
	"rollcall/app/reconcile"
	"rollcall/audit"
	"rollcall/scim"
	"rollcall/scim/scimtest"
)

var _ scim.Receipt = (*audit.Receipt)(nil)

func TestRunDeactivatesExactlyThePlan(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(orphans())
	if again := s.plan(orphans()); again.Hash != p.Hash || len(s.entries("plan.created")) != 1 {
		t.Errorf("the same wish gave another plan: %s, %s", p.Hash, again.Hash)
	}
	r := s.run(p)
	if got := outcomes(r); got != "confirmed confirmed" || r.State != "done" {
		t.Fatalf("outcomes %q, state %q", got, r.State)
	}
	for i := 1; i <= 60; i++ {
		if id := person(i).ID; s.active(id) != (i < 59) {
			t.Errorf("%s: active %v", id, s.active(id))
		}
	}
	if again := s.run(p); !again.Repeat || outcomes(again) != "confirmed confirmed" || len(s.server.Writes()) != 2 {
		t.Errorf("a second run: %+v, %d writes", again, len(s.server.Writes()))
	}
	if n := len(s.entries("action.intent")); n != 2 {
		t.Errorf("%d intents", n)
	}
}

// What has no time has none in the record either, and a plan of before, whose
// view has a time of zero, reads the same.
func TestTheRecordHoldsNoTimeOfZero(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(orphans())
	s.run(p)
	err := s.app.Entries(t.Context(), app.EntryFilter{Limit: -1}, func(e app.Entry) error {
		if strings.Contains(string(e.Data), "0001-01-01") {
			t.Errorf("%s: %s", e.Type, e.Data)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var old app.Plan
	if err := json.Unmarshal([]byte(`{"hash":"`+p.Hash+`","created":"0001-01-01T00:00:00Z"}`), &old); err != nil || !old.Created.IsZero() {
		t.Errorf("%v, %v", old.Created, err)
	}
	if p = must(s.app.PlanByHash(t.Context(), p.Hash))(t); p.Created.IsZero() {
		t.Error("a plan that was recorded has no time")
	}
}

// The intent of every write stands in the record before the write arrives.
func TestIntentComesFirst(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(orphans())
	hold := scimtest.NewBarrier()
	s.server.Fail(scimtest.Fault{Method: http.MethodPatch, Arrive: hold, Effect: true})
	done := make(chan error, 1)
	go func() { _, err := s.app.Run(t.Context(), p.Hash); done <- err }()
	reached(t, hold, done)
	reader := must(app.Open(t.Context(), s.cfg))(t)
	defer reader.Close()
	intents := 0
	err := reader.Entries(t.Context(), app.EntryFilter{Type: "action.intent"}, func(e app.Entry) error {
		intents++
		if !strings.Contains(string(e.Data), `"path":"/scim/v2/Users/u59"`) || !strings.Contains(string(e.Data), `"userName":"person59@corp.example"`) {
			t.Errorf("the intent lacks request or before-image: %s", e.Data)
		}
		return nil
	})
	if err != nil || intents != 1 {
		t.Errorf("%d intents while the call is under way, %v", intents, err)
	}
	close(hold.Release)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		quirks  scimtest.Quirks
		fault   scimtest.Fault
		want    string
		why     string
		intents int
		active  bool
	}{
		{name: "no content", quirks: scimtest.Quirks{NoContent: true}, want: "confirmed", why: "Read back", intents: 1},
		{name: "carried out and 500", quirks: scimtest.Quirks{CarriedOut500: true}, want: "confirmed", intents: 1},
		{name: "carried out and 400", quirks: scimtest.Quirks{CarriedOut400: true}, want: "confirmed", intents: 1},
		{name: "no effect", quirks: scimtest.Quirks{NoEffect: true}, want: "failed", why: "no effect", intents: 1, active: true},
		{name: "202", quirks: scimtest.Quirks{Accepted: true}, want: "unknown", why: "202", intents: 1, active: true},
		{name: "no path", quirks: scimtest.Quirks{PatchPathStatus: 400}, want: "confirmed", intents: 2},
		{name: "no path, 501", quirks: scimtest.Quirks{PatchPathStatus: 501}, want: "confirmed", intents: 2},
		{name: "no patch at all", quirks: scimtest.Quirks{PatchStatus: 405}, want: "confirmed", intents: 3},
		{name: "nothing at all", quirks: scimtest.Quirks{PatchStatus: 405, PutStatus: 501}, want: "failed", why: "501", intents: 3, active: true},
		{name: "forbidden", quirks: scimtest.Quirks{PatchStatus: 403}, want: "failed", why: "403", intents: 1, active: true},
		{name: "plain JSON only", quirks: scimtest.Quirks{PlainJSON: true}, want: "confirmed"},
		{name: "lost before", fault: scimtest.Fault{Method: http.MethodPatch, Drop: true}, want: "unknown", intents: 1, active: true},
		{name: "lost after", fault: scimtest.Fault{Method: http.MethodPatch, Drop: true, Effect: true}, want: "confirmed", intents: 1},
		{name: "busy once", fault: scimtest.Fault{Method: http.MethodPatch, Status: 429, Header: map[string]string{"Retry-After": "7"}}, want: "confirmed", intents: 2},
		{name: "busy for ever", fault: scimtest.Fault{Method: http.MethodPatch, Status: 429, Times: -1}, want: "failed", why: "429", intents: 4, active: true},
		{name: "busy, and carried out", fault: scimtest.Fault{Method: http.MethodPatch, Status: 429, Effect: true}, want: "confirmed", intents: 1},
		{name: "500 without effect", fault: scimtest.Fault{Method: http.MethodPatch, Status: 500}, want: "failed", why: "500", intents: 1, active: true},
		{name: "404 for everything afterwards", fault: scimtest.Fault{Method: http.MethodGet, Nth: 2, Times: -1, Status: 404}, want: "unknown", why: "other requests too", intents: 1},
		{name: "busy too long", fault: scimtest.Fault{Method: http.MethodPatch, Status: 429, Times: -1, Header: map[string]string{"Retry-After": "86400"}}, want: "failed", intents: 1, active: true},
		{name: "web page", fault: scimtest.Fault{Method: http.MethodPatch, Status: 200, ContentType: "text/html", Body: "<html>Sign in</html>", Times: -1}, want: "failed", intents: 1, active: true},
		{name: "unreadable afterwards", fault: scimtest.Fault{Method: http.MethodGet, Path: "/Users/u59", Nth: 2, Times: -1, Status: 403}, want: "unknown", why: "could not be read", intents: 1},
		{name: "gone afterwards", fault: scimtest.Fault{Method: http.MethodGet, Path: "/Users/u59", Nth: 2, Times: -1, Status: 404}, want: "confirmed-gone", intents: 1},
		{name: "a proxy's 404 afterwards", fault: scimtest.Fault{Method: http.MethodGet, Path: "/Users/u59", Nth: 2, Times: -1, Status: 404, ContentType: "text/html", Body: "<html>nginx</html>"}, want: "unknown", intents: 1},
		{name: "gateway gave up", fault: scimtest.Fault{Method: http.MethodPatch, Status: 503, Times: -1}, want: "unknown", intents: 1, active: true},
		{name: "gateway timed out", fault: scimtest.Fault{Method: http.MethodPatch, Status: 504}, want: "unknown", intents: 1, active: true},
		{name: "bad gateway", fault: scimtest.Fault{Method: http.MethodPatch, Status: 502}, want: "unknown", intents: 1, active: true},
		{name: "request timed out", fault: scimtest.Fault{Method: http.MethodPatch, Status: 408}, want: "unknown", intents: 1, active: true},
		{name: "gone for good before", fault: scimtest.Fault{Method: http.MethodGet, Path: "/Users/u59", Times: -1, Status: 410}, want: "skipped", why: "lists it all the same", active: true},
		{name: "gone before", fault: scimtest.Fault{Method: http.MethodGet, Path: "/Users/u59", Times: -1, Status: 404}, want: "skipped", why: "lists it all the same", active: true},
		{name: "unreadable before", fault: scimtest.Fault{Method: http.MethodGet, Path: "/Users/u59", Times: -1, Status: 500}, want: "skipped", why: "could not be read", active: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			p := s.plan(accounts("u59"))
			s.server.Set(func(q *scimtest.Quirks) { *q = tt.quirks })
			if tt.fault.Method != "" {
				s.server.Fail(tt.fault)
			}
			r := s.run(p)
			if got := outcomes(r); got != tt.want || !strings.Contains(r.Actions[0].Why, tt.why) {
				t.Errorf("outcome %q (%s), want %q (…%s…)", got, r.Actions[0].Why, tt.want, tt.why)
			}
			if s.active("u59") != tt.active {
				t.Errorf("active afterwards: %v", s.active("u59"))
			}
			intents := s.entries("action.intent")
			if tt.intents != 0 && len(intents) != tt.intents {
				t.Errorf("%d intents, want %d", len(intents), tt.intents)
			}
			if writes := len(s.server.Writes()); writes > len(intents) {
				t.Errorf("%d writes for %d intents", writes, len(intents))
			}
			if n := len(s.entries("action.outcome")); n != len(intents) {
				t.Errorf("%d outcomes for %d intents", n, len(intents))
			}
		})
	}
}

func TestChangedSinceThePlan(t *testing.T) {
	tests := map[string]struct {
		change func(s *shop)
		why    string
	}{
		"renamed":      {func(s *shop) { s.server.Update("u59", func(u *scimtest.User) { u.UserName = "other@corp.example" }) }, "userName"},
		"now inactive": {func(s *shop) { s.server.Update("u59", func(u *scimtest.User) { u.Active = false }) }, "active"},
		"new address": {func(s *shop) {
			s.server.Update("u59", func(u *scimtest.User) { u.Emails = []string{"x@corp.example"} })
		}, "emails"},
		"new number":   {func(s *shop) { s.server.Update("u59", func(u *scimtest.User) { u.ExternalID = "7" }) }, "externalId"},
		"left a group": {func(s *shop) { s.server.UpdateGroup("g1", func(g *scimtest.Group) { g.Members = []string{"u01"} }) }, "memberships"},
		"deleted":      {func(s *shop) { s.server.Remove("u59") }, "no longer knows"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			p := s.plan(accounts("u59"))
			tt.change(s)
			r := s.run(p)
			if outcomes(r) != "skipped" || !strings.Contains(r.Actions[0].Why, tt.why) || len(s.server.Writes()) != 0 {
				t.Errorf("%s (%s), %d writes", outcomes(r), r.Actions[0].Why, len(s.server.Writes()))
			}
			if len(s.entries("action.intent")) != 0 || len(s.entries("action.skipped")) != 1 {
				t.Error("the record does not say that it was skipped")
			}
		})
	}
}

func TestProtectedAccounts(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(orphans())
	must(s.app.Protect(t.Context(), "acme", "PERSON59@corp.example", "break-glass"))(t)
	if r := s.run(p); outcomes(r) != "skipped confirmed" || !s.active("u59") {
		t.Errorf("a plan from before the protection: %s", outcomes(r))
	}
	_, err := s.app.Plan(t.Context(), accounts("u59"))
	refused(t, err, "break-glass")
	s.sync()
	_, err = s.app.Plan(t.Context(), orphans())
	refused(t, err, "break-glass")
	if err := s.app.Unprotect(t.Context(), "Acme", "u59", "no longer needed"); err != nil {
		t.Fatal(err)
	}
	if r := s.run(s.plan(accounts("u59"))); outcomes(r) != "confirmed" {
		t.Errorf("after the protection was lifted: %s", outcomes(r))
	}
}

// An account that no list has shown is protected by what the person typed.
func TestProtectedBeforeItIsKnown(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	other := scimtest.New(scimtest.Options{Users: []scimtest.User{person(1), person(2), person(3), person(4), person(5), person(6), person(61)}})
	t.Cleanup(other.Close)
	must(s.app.AddTenant(t.Context(), app.TenantSpec{Name: "New", BaseURL: other.URL, Token: scimtest.Token, OwnAccount: "PERSON61@corp.example"}))(t)
	s.sync()
	other.Update("u61", func(u *scimtest.User) { u.UserName = "renamed@corp.example" })
	s.sync()
	r := accounts("u61")
	r.Tenant = "New"
	_, err := s.app.Plan(t.Context(), r)
	refused(t, err, "protected")
	if _, err := s.app.Protect(t.Context(), "New", "U61", "a slip"); err == nil {
		t.Error("what is on no list was protected")
	}
}

// Tenants at one address share ceiling and protections, those that were removed
// as well.
func TestAddedAgain(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	must(s.app.Protect(t.Context(), "Acme", "u07", "director"))(t)
	s.run(s.plan(accounts("u01", "u02", "u03")))
	again := app.TenantSpec{Name: "Acme 2", BaseURL: strings.ToUpper(s.server.URL[:7]) + s.server.URL[7:] + "/", Token: scimtest.Token, AllowWrites: "test"}
	if err := s.app.RemoveTenant(t.Context(), "Acme"); err != nil {
		t.Fatal(err)
	}
	must(s.app.AddTenant(t.Context(), again))(t)
	s.sync()
	r := accounts("u07")
	r.Tenant = "Acme 2"
	_, err := s.app.Plan(t.Context(), r)
	refused(t, err, "director")
	r = accounts("u04", "u05", "u06")
	r.Tenant = "Acme 2"
	p := s.plan(r)
	_, err = s.app.Run(t.Context(), p.Hash)
	refused(t, err, "--confirm 6")
}

// Below the match rate a finding may be about somebody else.
func TestNothingBelowTheMatchRate(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	var b strings.Builder
	b.WriteString("number,name,email,status,end\n")
	for i := 1; i <= 58; i++ {
		fmt.Fprintf(&b, "E%d,Person %d,other%d@corp.example,active,\n", i, i, i)
	}
	b.WriteString("E99,Manager,person7@corp.example,left,2020-03-31\n")
	file := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	must(s.app.ImportRoster(t.Context(), app.RosterImport{File: file, TimeZone: "UTC", AcceptShrink: 59}))(t)
	leavers := orphans()
	leavers.Kind = reconcile.KindLeaver
	for _, r := range []app.PlanRequest{orphans(), leavers, accounts("u07"), accounts("u59")} {
		_, err := s.app.Plan(t.Context(), r)
		refused(t, err, "No finding can be acted upon")
	}
}

func TestReadOnlyTenant(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	other := scimtest.New(scimtest.Options{Users: []scimtest.User{person(1), person(2), person(3), person(4), person(5), person(59)}})
	t.Cleanup(other.Close)
	must(s.app.AddTenant(t.Context(), app.TenantSpec{Name: "Other", BaseURL: other.URL, Token: scimtest.Token}))(t)
	s.sync()
	r := orphans()
	r.Tenant = "Other"
	p := s.plan(r)
	_, err := s.app.Run(t.Context(), p.Hash)
	refused(t, err, "read-only")
	if len(other.Writes()) != 0 || len(s.entries("run.started")) != 0 {
		t.Error("something was written")
	}
}

func TestStaleOrMovedGround(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(orphans())
	s.importRoster(59)
	_, err := s.app.Run(t.Context(), p.Hash)
	refused(t, err, "roster changed")
	p = s.plan(orphans())
	s.clock.ahead += 25 * time.Hour
	_, err = s.app.Run(t.Context(), p.Hash)
	refused(t, err, "last synced 25 hours ago")
	s.sync() // a newer list does not make the plan younger
	_, err = s.app.Run(t.Context(), p.Hash)
	refused(t, err, "older than")
	s.clock.ahead += 25 * time.Hour
	_, err = s.app.Plan(t.Context(), orphans())
	refused(t, err, "last synced")
	if len(s.server.Writes()) != 0 {
		t.Error("something was written")
	}
}

func TestSettle(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(accounts("u59", "u60"))
	s.server.Fail(scimtest.Fault{Method: http.MethodPatch, Drop: true, Times: 2})
	if r := s.run(p); outcomes(r) != "unknown unknown" {
		t.Fatalf("outcomes: %s", outcomes(r))
	}
	s.server.Update("u59", func(u *scimtest.User) { u.Active = false }) // the call arrived late
	s.clock.ahead = 0
	got := must(s.app.Settle(t.Context()))(t)
	if len(got) != 2 || got[0].Outcome != "confirmed" || got[1].Outcome != "unknown" {
		t.Errorf("within two minutes: %+v", got)
	}
	s.clock.ahead = 3 * time.Minute
	if got := must(s.app.Settle(t.Context()))(t); len(got) != 1 || got[0].Outcome != "failed" {
		t.Errorf("after two minutes: %+v", got)
	}
	if len(s.server.Writes()) != 2 {
		t.Errorf("settling wrote: %d writes", len(s.server.Writes()))
	}
}

// What a person decided comes back from the record alone.
func TestStoreCanBeDeleted(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	must(s.app.Protect(t.Context(), "Acme", "u01", "director"))(t)
	p := s.plan(orphans())
	s.run(p)
	s.loseStore()
	prot := must(s.app.ProtectedAccounts(t.Context(), ""))(t)
	if len(prot) != 1 || prot[0].ID != "u01" || prot[0].Reason != "director" || prot[0].By != "tester" {
		t.Errorf("protected: %+v", prot)
	}
	tenant := must(s.app.Tenant(t.Context(), "Acme"))(t)
	if !tenant.Writes || len(tenant.Blocked) == 0 {
		t.Errorf("tenant: %+v", tenant)
	}
	if r := s.run(p); !r.Repeat || outcomes(r) != "confirmed confirmed" {
		t.Errorf("the old run: %+v", r)
	}
	_, err := s.app.Plan(t.Context(), orphans())
	refused(t, err, "Nothing can be planned")
	if got := s.sync(); got.Sealed || got.Problems[0].Code != "list-lost" { // a run changed it since it was lost
		t.Errorf("%+v", got)
	}
	s.syncAccepting(60)
	s.importRoster(58)
	page := must(s.app.Findings(t.Context(), app.FindingFilter{}))(t)
	if page.Total != 3 || page.Findings[0].Account.ID != "u07" || page.ByKind[reconcile.KindEntitled] != 2 { // closed, and still in a group
		t.Errorf("findings: %+v", page.Findings)
	}
}

// What a person has answered since is not acted upon.
func TestAnsweredSinceThePlan(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(orphans())
	must(s.app.LinkAccount(t.Context(), "Acme", "u59", "8", "it is hers"))(t)
	_, err := s.app.Run(t.Context(), p.Hash)
	refused(t, err, "not orphaned any more")
	if len(s.server.Writes()) != 0 {
		t.Error("something was written")
	}
}
