package app_test

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// A tenant may go on to show its groups and not who is in them, or not all of
// them. What is not shown is not known to have ended: groups are not complete.
func TestMembersVanish(t *testing.T) {
	for name, tt := range map[string]struct {
		first, then scimtest.Quirks
		said        string // "": nothing is lost
	}{
		"from every group":               {scimtest.Quirks{OmitUserGroups: true}, scimtest.Quirks{OmitUserGroups: true, HideMembers: true}, "that groups list shrank from 60 to 0"},
		"without a list":                 {scimtest.Quirks{OmitUserGroups: true}, scimtest.Quirks{OmitUserGroups: true, OmitMembers: true}, "that groups list shrank from 60 to 0"},
		"most of them":                   {scimtest.Quirks{OmitUserGroups: true}, scimtest.Quirks{OmitUserGroups: true, MembersShown: 47}, "that groups list shrank from 60 to 47"},
		"a fifth of them":                {scimtest.Quirks{OmitUserGroups: true}, scimtest.Quirks{OmitUserGroups: true, MembersShown: 48}, ""},
		"though accounts name groups":    {scimtest.Quirks{}, scimtest.Quirks{HideMembers: true}, "that groups list shrank from 60 to 0"},
		"that accounts alone named":      {scimtest.Quirks{HideMembers: true}, scimtest.Quirks{HideMembers: true, OmitUserGroups: true}, "that accounts name shrank from 60 to 0"},
		"accounts name groups no more":   {scimtest.Quirks{}, scimtest.Quirks{OmitUserGroups: true}, ""},
		"never shown":                    {scimtest.Quirks{HideMembers: true, OmitUserGroups: true}, scimtest.Quirks{HideMembers: true, OmitUserGroups: true}, ""},
		"shown by groups instead":        {scimtest.Quirks{HideMembers: true, OmitUserGroups: true}, scimtest.Quirks{OmitUserGroups: true}, ""},
		"hidden, and named all the time": {scimtest.Quirks{HideMembers: true}, scimtest.Quirks{HideMembers: true}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, tt.first)
			s.server.Set(func(q *scimtest.Quirks) { *q = tt.then })
			for range 2 { // the last list does not become the measure
				got := s.sync()
				if !got.Sealed || got.GroupsSealed != (tt.said == "") || tt.said != "" && (len(got.Problems) != 1 || !strings.Contains(got.Problems[0].Text, tt.said)) {
					t.Fatalf("sealed %v, groups %v, %+v", got.Sealed, got.GroupsSealed, got.Problems)
				}
			}
			if got := must(s.app.Sync(t.Context(), app.SyncRequest{AcceptShrink: map[string]int{"Acme": 60}}))(t)[0]; !got.GroupsSealed {
				t.Errorf("a person's word: %+v", got.Problems)
			}
			if got := s.sync(); !got.GroupsSealed {
				t.Errorf("after a person's word: %+v", got.Problems)
			}
		})
	}
}

// While groups are not complete accounts can be closed all the same: what a plan
// knows of memberships is of an older list, and what is gone of it is no change.
// What an account joined is.
func TestAccountsAreClosedWithoutCompleteGroups(t *testing.T) {
	s := newShop(t, scimtest.Quirks{OmitUserGroups: true})
	s.server.AddGroup(scimtest.Group{ID: "g2", DisplayName: "Other", Members: []string{"u02"}})
	s.server.Set(func(q *scimtest.Quirks) { q.HideMembers = true })
	if got := s.sync(); got.GroupsSealed {
		t.Fatalf("%+v", got)
	}
	p := s.plan(accounts("u58", "u59", "u60"))
	s.server.Set(func(q *scimtest.Quirks) { *q = scimtest.Quirks{} })
	s.out("g1", "u59")
	s.into("g2", "u60")
	if r := s.run(p); outcomes(r) != "confirmed confirmed skipped" || !strings.Contains(r.Actions[2].Why, "memberships") {
		t.Errorf("%+v", r.Actions)
	}
}

// What runs of ours took does not have to be there any more, whether the run took
// it or the tenant with the account; what somebody else took has.
func TestMembersThatRunsTookAreNotMissed(t *testing.T) {
	s := newShop(t, scimtest.Quirks{OmitUserGroups: true})
	var ids, kept []string
	for i := 1; i <= 60; i++ {
		if id := fmt.Sprintf("u%02d", i); i <= 13 {
			ids = append(ids, id)
		} else {
			kept = append(kept, id)
		}
	}
	p := s.plan(app.PlanRequest{Tenant: "Acme", Accounts: ids, Action: "remove-membership", Group: "Staff", Ticket: "HD-9"})
	if r := must(s.app.Run(t.Context(), p.Hash, app.Confirm{Total: 13}))(t); r.Confirmed != 13 {
		t.Fatalf("%+v", r)
	}
	if got := s.sync(); !got.GroupsSealed {
		t.Errorf("after a run that took 13 of 60: %+v", got.Problems)
	}
	s.server.UpdateGroup("g1", func(g *scimtest.Group) { g.Members = kept[:37] })
	if got := s.sync(); got.GroupsSealed || !strings.Contains(got.Problems[0].Text, "shrank from 47 to 37") {
		t.Errorf("after somebody took ten more: %+v", got.Problems)
	}
}
