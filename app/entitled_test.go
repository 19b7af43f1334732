package app

import (
	"strings"
	"testing"

	"rollcall/app/reconcile"
	"rollcall/scim/scimtest"
)

// Inactive accounts that kept their groups are found where the list of groups
// is complete, and planned only to be taken out of them.
func TestInactiveButEntitled(t *testing.T) {
	w, srv := ready(t)
	for _, id := range []string{"u00001", "leaver", "u00009"} {
		srv.Update(id, func(u *scimtest.User) { u.Active = false })
	}
	w.sync()
	page := w.findings(FindingFilter{Kind: reconcile.KindEntitled})
	if page.Total != 2 || page.ByKind[reconcile.KindEntitled] != 2 || w.tenant("Acme").Entitled != 2 {
		t.Fatalf("%+v", page)
	}
	leaver, other := page.Findings[0], page.Findings[1]
	if leaver.Account.ID != "leaver" || leaver.Reason != "The account is inactive and still a member of 2 groups." || leaver.Person == nil || leaver.Rule != "email" && leaver.Rule != "user-name" {
		t.Errorf("%+v", leaver)
	}
	if other.Account.ID != "u00001" || other.Reason != "The account is inactive and still a member of a group." {
		t.Errorf("%+v", other)
	}
	if o, err := w.app.Overview(t.Context()); err != nil || o.ByKind[reconcile.KindEntitled] != 2 || len(o.ToDo) != 0 {
		t.Errorf("%+v, %v", o, err)
	}
	r := PlanRequest{Tenant: "Acme", Kind: reconcile.KindEntitled, Action: actionRemoveMember, Ticket: "T-1", DryRun: true}
	p, err := w.app.Plan(t.Context(), r)
	if err != nil || len(p.Actions) != 3 || p.Actions[0].GroupID != "g1" || p.Actions[0].Finding != reconcile.KindEntitled {
		t.Errorf("%+v, %v", p, err)
	}
	for _, action := range []string{actionDeactivate, actionDelete} {
		r.Action = action
		if _, err := w.app.Plan(t.Context(), r); kindOf(err) != KindUsage {
			t.Errorf("%s of all that are inactive: %v", action, err)
		}
	}
}

// A finding of an inactive account does not stand on a match, so a roster that
// matches hardly anybody does not keep it from being planned.
func TestEntitledNeedsNoMatch(t *testing.T) {
	w, srv := ready(t)
	srv.Update("leaver", func(u *scimtest.User) { u.Active = false })
	w.sync()
	if _, err := w.app.ImportRoster(t.Context(), RosterImport{File: w.file(people(5)), AcceptShrink: 5}); err != nil {
		t.Fatal(err)
	}
	if err := w.plan(reconcile.KindOrphaned); kindOf(err) != KindRefused {
		t.Errorf("orphans: %v", err)
	}
	_, err := w.app.Plan(t.Context(), PlanRequest{Tenant: "Acme", Kind: reconcile.KindEntitled, Action: actionRemoveMember, Ticket: "T-1", DryRun: true})
	if err != nil {
		t.Errorf("memberships: %v", err)
	}
}

// Where the list of groups is not complete nobody is said to be in a group, and
// that is said.
func TestEntitledIsNotGuessed(t *testing.T) {
	w, srv := ready(t)
	srv.Update("leaver", func(u *scimtest.User) { u.Active = false })
	w.sync()
	srv.Fail(scimtest.Fault{Path: "/Groups", Times: -1, Status: 500})
	if s := w.sync(); !s.Sealed || s.GroupsSealed {
		t.Fatalf("%+v", s)
	}
	if n := w.findings(FindingFilter{Kind: reconcile.KindEntitled}).Total; n != 0 {
		t.Errorf("%d findings on an older list of groups", n)
	}
	got := w.tenant("Acme")
	if !hasCode(got.Doubts, "groups-unsealed") || len(got.Blocked) != 0 {
		t.Errorf("doubts %v, blocked %v", got.Doubts, got.Blocked)
	}
	o, err := w.app.Overview(t.Context())
	said := false
	for _, p := range o.ToDo {
		said = said || p.Code == "groups-unsealed" && strings.Contains(p.Text, "inactive accounts")
	}
	if err != nil || !said {
		t.Errorf("%+v, %v", o.ToDo, err)
	}
	srv.Heal()
	w.sync()
	if n := w.findings(FindingFilter{Kind: reconcile.KindEntitled}).Total; n != 1 || len(w.tenant("Acme").Doubts) != 0 {
		t.Errorf("%d findings after the groups were listed", n)
	}
}
