package app_test

import (
	"fmt"
	"net/http"
	"testing"

	"rollcall/app"
	"rollcall/app/reconcile"
	"rollcall/scim/scimtest"
)

// A credential that loses its view of the groups is shown none of them, or a
// few, honestly counted. Groups are not complete then, which is said, until
// they are back or a person vouches for the list.
func TestGroupsVanish(t *testing.T) {
	for name, body := range map[string]string{
		"all of them":    `{"totalResults":0,"Resources":[]}`,
		"all of 21 save": `{"totalResults":1,"Resources":[{"id":"z","displayName":"Z","members":[]}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{OmitUserGroups: true})
			for i := range 20 {
				s.server.AddGroup(scimtest.Group{ID: fmt.Sprintf("h%d", i), DisplayName: fmt.Sprintf("H%d", i), Members: []string{"u60"}})
			}
			s.setActive("u60", false)
			s.entitled(true, true)
			s.server.Fail(scimtest.Fault{Method: http.MethodGet, Path: "/Groups", Times: -1, Status: 200, ContentType: "application/scim+json", Body: body})
			s.entitled(false, false)
			s.entitled(false, false) // the last list of groups does not become the measure
			got := must(s.app.Sync(t.Context(), app.SyncRequest{AcceptShrink: map[string]int{"Acme": 60}}))(t)[0]
			if !got.Sealed || !got.GroupsSealed {
				t.Errorf("a person's word: %+v", got.Problems)
			}
			s.entitled(true, false)
		})
	}
}

// entitled syncs and demands that the groups are complete or not, and that only
// then it is known whether an inactive account is in any.
func (s *shop) entitled(complete, found bool) {
	s.t.Helper()
	got := s.sync()
	if !got.Sealed || got.GroupsSealed != complete || complete != (len(got.Problems) == 0) || !complete && got.Problems[0].Code != "groups-shrunk" {
		s.t.Errorf("sealed %v, groups %v, %+v", got.Sealed, got.GroupsSealed, got.Problems)
	}
	page := must(s.app.Findings(s.t.Context(), app.FindingFilter{Kind: reconcile.KindEntitled, Limit: -1}))(s.t)
	if (len(page.Findings) > 0) != found {
		s.t.Errorf("%d findings", len(page.Findings))
	}
}
