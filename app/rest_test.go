package app_test

import (
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// Settling holds the rest of an account as the action itself does. What it finds
// of a call of the last day that had failed proves nothing: others had the time.
func TestSettleHoldsTheRest(t *testing.T) {
	none := func(u *scimtest.User) { u.Emails, u.ExternalID, u.UserName = nil, "", "x" }
	for name, tt := range map[string]struct {
		fault scimtest.Fault
		lose  func(u *scimtest.User)
		want  string
		says  string
	}{
		"all":                   {scimtest.Fault{Effect: true, Drop: true}, none, "failed", "another: userName, externalId, emails."},
		"renamed":               {scimtest.Fault{Effect: true, Drop: true}, func(u *scimtest.User) { u.UserName = "gone" }, "confirmed", "another: userName."},
		"nothing":               {scimtest.Fault{Effect: true, Drop: true}, func(*scimtest.User) {}, "confirmed", "active is false."},
		"all, of a failed call": {scimtest.Fault{Status: 409}, none, "confirmed", "another: userName, externalId, emails. It is taken for ours; whether somebody else did it meanwhile cannot be told."},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			tt.fault.Method = http.MethodPatch
			s.server.Fail(tt.fault)
			if tt.fault.Drop {
				s.server.Fail(scimtest.Fault{Method: http.MethodGet, Path: "/Users/u60", Nth: 2, Times: 20, Status: 403})
			}
			s.run(s.plan(accounts("u60")))
			s.server.Heal()
			s.server.Update("u60", tt.lose)
			s.setActive("u60", false)
			got := must(s.app.Settle(t.Context()))(t)
			if len(got) != 1 || got[0].Outcome != tt.want || !strings.HasSuffix(got[0].Why, tt.says) {
				t.Errorf("%+v", got)
			}
		})
	}
}

// What else of an account a tenant changes with the call is said. An external id
// or a user name that is gone stops the run, and the plan is not run again.
func TestRestOfTheAccountIsHeld(t *testing.T) {
	for name, tt := range map[string]struct {
		quirks scimtest.Quirks
		lose   func(u *scimtest.User)
		want   string
		says   string
	}{
		"all by PATCH": {scimtest.Quirks{}, func(u *scimtest.User) { u.Emails, u.ExternalID, u.UserName = nil, "", "x" }, "failed pending", "another: userName, externalId, emails."},
		"all by PUT":   {scimtest.Quirks{PatchStatus: 501}, func(u *scimtest.User) { u.Emails, u.ExternalID, u.UserName = nil, "", "x" }, "failed pending", "another: userName, externalId, emails."},
		"renamed":      {scimtest.Quirks{}, func(u *scimtest.User) { u.UserName = "gone-" + u.UserName }, "confirmed confirmed", "another: userName."},
		"no e-mails":   {scimtest.Quirks{}, func(u *scimtest.User) { u.Emails = nil }, "confirmed confirmed", "another: emails."},
		"other case":   {scimtest.Quirks{}, func(u *scimtest.User) { u.UserName = strings.ToUpper(u.UserName) }, "confirmed confirmed", "active is false."},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, tt.quirks)
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				s.server.ServeHTTP(w, r)
				id := path.Base(r.URL.Path)
				if r.Method != http.MethodGet && !s.active(id) {
					s.server.Update(id, tt.lose)
				}
			}))
			t.Cleanup(srv.Close)
			must(s.app.AddTenant(t.Context(), app.TenantSpec{Name: "Late", BaseURL: srv.URL + "/scim/v2", Token: scimtest.Token, AllowWrites: "agreed"}))(t)
			s.syncLate()
			want := accounts("u59", "u60")
			want.Tenant = "Late"
			r, err := s.app.Run(t.Context(), s.plan(want).Hash)
			if got := outcomes(r); got != tt.want || !strings.HasSuffix(r.Actions[0].Why, tt.says) {
				t.Errorf("%s: %s (%v)", got, r.Actions[0].Why, err)
			}
			if strings.Contains(tt.want, "failed") {
				if _, again := s.app.Run(t.Context(), r.Hash); err == nil || again == nil || !strings.Contains(again.Error(), "more than it was asked to") {
					t.Errorf("the run ended with %v, and once more with %v", err, again)
				}
			}
		})
	}
}
