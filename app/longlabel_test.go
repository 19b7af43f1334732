package app_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// A display name of any length, which people can often set themselves, keeps no
// list from being sealed, and nor does a photo in the account keep it from being
// closed. What is too large to be read alone is not closed itself, and stops no other.
func TestLongDisplayName(t *testing.T) {
	for n, closed := range map[int]string{1001: "u60", 16<<20 - 4096: "u60", 16 << 20: "u59"} {
		s := newShop(t, scimtest.Quirks{})
		s.server.Update("u60", func(u *scimtest.User) { u.DisplayName = strings.Repeat("x", n) })
		if got := s.sync(); !got.Sealed || len(got.Problems) > 0 {
			t.Fatalf("%d characters: %+v", n, got.Problems)
		}
		if r := s.run(s.plan(accounts(closed))); outcomes(r) != "confirmed" || s.active(closed) {
			t.Errorf("%d characters: %s: %s", n, outcomes(r), r.Actions[0].Why)
		}
	}
}

// Nor does a user name, a number or an address of any length. Cut, it matches nobody.
func TestLongNames(t *testing.T) {
	long := strings.Repeat("x", 992) + "@a.example" // what is left of it is somebody's
	for name, set := range map[string]func(u *scimtest.User){
		"user name": func(u *scimtest.User) { u.UserName = long },
		"number":    func(u *scimtest.User) { u.ExternalID = long },
		"address":   func(u *scimtest.User) { u.Emails = append(u.Emails, long) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			s.server.Update("u60", set)
			if got := s.sync(); !got.Sealed || len(got.Problems) > 0 {
				t.Fatalf("%+v", got.Problems)
			}
			if r := s.run(s.plan(accounts("u60"))); outcomes(r) != "confirmed" || s.active("u60") {
				t.Errorf("%s: %s", outcomes(r), r.Actions[0].Why)
			}
			for _, known := range []string{long[:1000], long[:1000] + "…"} {
				file := filepath.Join(t.TempDir(), "people.csv")
				line := strings.Join([]string{"1", "Mallory", known, "active"}, ",")
				if err := os.WriteFile(file, []byte("number,name,email,status\n"+line+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				must(s.app.ImportRoster(t.Context(), app.RosterImport{File: file, TimeZone: "UTC", AcceptShrink: 1}))(t)
				if d := must(s.app.Account(t.Context(), "Acme", "u60"))(t); d.Situation != app.SituationUnmatched {
					t.Errorf("%d characters match it: %s", len(known), d.Situation)
				}
			}
		})
	}
}

// The same for the display name of a member, and for meta as it should not be.
func TestOddLabels(t *testing.T) {
	meta := regexp.MustCompile(`"meta":\{[^}]*\}`)
	with := func(odd string) func(string) string {
		return func(body string) string { return meta.ReplaceAllLiteralString(body, odd) }
	}
	for name, change := range map[string]func(body string) string{
		"a member's display name": func(body string) string {
			return strings.ReplaceAll(body, `"display":"Person 60"`, `"display":"`+strings.Repeat("y", 1001)+`"`)
		},
		"a version that is an object": with(`"meta":{"version":{"a":1}}`),
		"a version too long":          with(`"meta":{"version":"` + strings.Repeat("v", 1001) + `"}`),
		"a version of two lines":      with(`"meta":{"version":"a\r\nX-Other: 1"}`),
		"meta as text":                with(`"meta":"x"`),
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{ETags: true, EnforceIfMatch: true})
			s.changed(change)
			for _, r := range []app.PlanRequest{removal("g1", "u59"), accounts("u58")} {
				r.Tenant = "Late"
				if run := s.run(s.plan(r)); outcomes(run) != "confirmed" {
					t.Errorf("%s: %s", outcomes(run), run.Actions[0].Why)
				}
			}
		})
	}
}

// changed adds and lists a tenant "Late" that shows the server with a change in
// whatever is read.
func (s *shop) changed(change func(body string) string) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			s.server.ServeHTTP(w, r)
			return
		}
		rec := httptest.NewRecorder()
		s.server.ServeHTTP(rec, r)
		body := change(rec.Body.String())
		w.Header().Set("Content-Type", rec.Header().Get("Content-Type"))
		w.WriteHeader(rec.Code)
		io.Copy(w, bytes.NewBufferString(body))
	}))
	s.t.Cleanup(srv.Close)
	must(s.app.AddTenant(s.t.Context(), app.TenantSpec{Name: "Late", BaseURL: srv.URL + "/scim/v2", Token: scimtest.Token, AllowWrites: "agreed"}))(s.t)
	s.syncLate()
}
