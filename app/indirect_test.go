package app_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// A membership by way of another group goes with a deactivation and comes back
// with that group: an undo does not make it a direct one.
func TestUndoAddsNoIndirectMembership(t *testing.T) {
	const direct, indirect = `{"value":"g2","display":"Everybody"},`, `{"value":"g2","display":"Everybody","type":"indirect"},`
	tests := map[string]struct{ named, want string }{
		"indirect":          {indirect, "reactivate, add-membership g1"},
		"direct":            {direct, "reactivate, add-membership g1, add-membership g2"},
		"direct as well":    {indirect + direct, "reactivate, add-membership g1, add-membership g2"},
		"direct in the end": {direct + indirect, "reactivate, add-membership g1, add-membership g2"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{InactiveLeaves: true})
			s.server.AddGroup(scimtest.Group{ID: "g2", DisplayName: "Everybody"})
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				named := r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/Users") && s.active("u59")
				rec := httptest.NewRecorder()
				s.server.ServeHTTP(rec, r)
				body := rec.Body.String()
				if named {
					body = strings.ReplaceAll(body, `"groups":[{`, `"groups":[`+tt.named+`{`)
				}
				w.Header().Set("Content-Type", rec.Header().Get("Content-Type"))
				w.WriteHeader(rec.Code)
				io.WriteString(w, body)
			}))
			t.Cleanup(srv.Close)
			must(s.app.AddTenant(t.Context(), app.TenantSpec{Name: "Late", BaseURL: srv.URL + "/scim/v2", Token: scimtest.Token, AllowWrites: "agreed"}))(t)
			s.syncLate()
			r := s.runLate("u59")
			if outcomes(r) != "confirmed" {
				t.Fatalf("%+v", r.Actions)
			}
			got, alone := s.wayBack(app.Plan{Hash: r.Hash})
			if got != tt.want || strings.Contains(alone, "by way of another group") != (name == "indirect") {
				t.Errorf("planned %q, left alone %q", got, alone)
			}
		})
	}
}
