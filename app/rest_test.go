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
			r, err := s.app.Run(t.Context(), s.plan(want).Hash, 0)
			if got := outcomes(r); got != tt.want || !strings.HasSuffix(r.Actions[0].Why, tt.says) {
				t.Errorf("%s: %s (%v)", got, r.Actions[0].Why, err)
			}
			if strings.Contains(tt.want, "failed") {
				if _, again := s.app.Run(t.Context(), r.Hash, 0); err == nil || again == nil || !strings.Contains(again.Error(), "more than it was asked to") {
					t.Errorf("the run ended with %v, and once more with %v", err, again)
				}
			}
		})
	}
}
