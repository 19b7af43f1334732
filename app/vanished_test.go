package app_test

import (
	"net/http"
	"testing"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// A list that leaves out an account which the tenant still has is not sealed,
// whatever its totals say, and the account stays on show. Who is gone, inactive or
// cannot be read is no such account, and a person may vouch for the list.
func TestAListThatMissesAnAccountIsNotSealed(t *testing.T) {
	gone := func(s *shop) { s.server.Remove("u30") }
	for name, tt := range map[string]struct {
		hide   func(s *shop)
		accept int
		sealed bool
	}{
		"deleted": {gone, 0, true},
		"inactive, and not shown": {func(s *shop) {
			s.setActive("u30", false)
			s.server.Set(func(q *scimtest.Quirks) { q.HideInactive = true })
		}, 0, true},
		"missed":         {func(s *shop) { s.stillThere(200) }, 0, false},
		"not to be read": {func(s *shop) { s.stillThere(403) }, 0, true},
		"vouched for":    {func(s *shop) { s.stillThere(200) }, 59, true},
		"another number": {func(s *shop) { s.stillThere(200) }, 58, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			tt.hide(s)
			r := app.SyncRequest{}
			if tt.accept != 0 {
				r.AcceptShrink = map[string]int{"Acme": tt.accept}
			}
			list := must(s.app.Sync(t.Context(), r))(t)[0]
			if list.Sealed != tt.sealed || !tt.sealed && list.Problems[0].Code != "listing-missed" {
				t.Errorf("sealed %v, %+v", list.Sealed, list.Problems)
			}
			want := 59
			if !tt.sealed {
				want = 60
			}
			if n := must(s.app.Tenant(t.Context(), "Acme"))(t).Accounts; n != want {
				t.Errorf("%d accounts are on show, want %d", n, want)
			}
		})
	}
}

// stillThere takes u30 off every list; asked for alone it is answered so.
func (s *shop) stillThere(status int) {
	s.server.Remove("u30")
	s.server.Fail(scimtest.Fault{Method: http.MethodGet, Path: "/Users/u30", Times: -1, Status: status, ContentType: "application/scim+json",
		Body: `{"id":"u30","userName":"person30@corp.example","active":true}`})
}
