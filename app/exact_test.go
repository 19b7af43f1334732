package app_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// The number of --confirm is that of the accounts, also below the ceiling.
func TestConfirmIsExact(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(accounts("u01", "u02"))
	for _, n := range []int{1, 3} {
		_, err := s.app.Run(t.Context(), p.Hash, app.Confirm{Total: n})
		refused(t, err, "has to be exact")
	}
	if r := must(s.app.Run(t.Context(), p.Hash, app.Confirm{Total: 2}))(t); outcomes(r) != "confirmed confirmed" {
		t.Errorf("%+v", r.Actions)
	}
}

// A finding that is gone because the account was closed elsewhere holds up that
// account only.
func TestClosedElsewhereIsSkipped(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(orphans())
	s.setActive("u59", false)
	s.clock.ahead += time.Minute
	s.sync()
	if r := s.run(p); outcomes(r) != "skipped confirmed" || len(s.server.Writes()) != 1 {
		t.Errorf("%+v, %d writes", r.Actions, len(s.server.Writes()))
	}
}

// A plan that runs is not run beside itself.
func TestPlanRunsOnceAtATime(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(accounts("u58", "u59"))
	hold := s.held(p)
	_, err := s.app.Run(t.Context(), p.Hash)
	if e := (*app.Error)(nil); !errors.As(err, &e) || e.Kind != app.KindLocked {
		t.Errorf("beside itself: %v", err)
	}
	close(hold.Release)
	if st := s.ended(p.Hash); outcomes(st.RunResult) != "confirmed confirmed" || len(s.server.Writes()) != 2 {
		t.Errorf("%+v, %d writes", st, len(s.server.Writes()))
	}
}

// Of several memberships of one account each is changed by itself: what one that
// failed left as it was, and what one that went through changed, is expected.
func TestSeveralMembershipsOfOne(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	s.server.AddGroup(scimtest.Group{ID: "g2", DisplayName: "Other", Members: []string{"u07", "u08", "u09"}})
	s.sync()
	p, other := s.plan(removal("", "u07")), s.plan(removal("", "u08"))
	s.server.Fail(scimtest.Fault{Method: http.MethodPatch, Status: 403})
	if r := s.run(p); outcomes(r) != "failed confirmed" {
		t.Errorf("one of them refused: %+v", r.Actions)
	}
	if r := s.run(other); outcomes(r) != "confirmed confirmed" {
		t.Fatalf("%+v", r.Actions)
	}
	if r := s.run(s.undo(other, "HD-9")); outcomes(r) != "confirmed confirmed" {
		t.Errorf("both given back: %+v", r.Actions)
	}
}

// A group that is gone since leaves the rest of an undo as it is.
func TestUndoWithoutAGroup(t *testing.T) {
	s := newShop(t, scimtest.Quirks{InactiveLeaves: true})
	s.server.AddGroup(scimtest.Group{ID: "g2", DisplayName: "Other", Members: []string{"u59", "u09"}})
	s.sync()
	p := s.plan(accounts("u59"))
	s.run(p)
	s.server.Fail(scimtest.Fault{Method: http.MethodGet, Path: "/Groups/g2", Status: 404, Times: -1})
	u := s.undo(p, "HD-9")
	if len(u.Actions) != 2 || len(u.NotCovered) != 1 || !strings.Contains(u.NotCovered[0].Why, `"Other" is gone`) {
		t.Fatalf("%+v, not covered %+v", u.Actions, u.NotCovered)
	}
	if r := s.run(u); outcomes(r) != "confirmed confirmed" {
		t.Errorf("%+v", r.Actions)
	}
}

// A removal or a deletion that was refused, though not outright, counts as well,
// also where a list shows that it had no effect yet.
func TestRefusedOfEveryKindCounts(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	demand := func(when string, want int) {
		t.Helper()
		if c := must(s.app.Ceilings(t.Context()))(t)[0]; c.Used != want {
			t.Errorf("%s the ceiling counts %d, want %d", when, c.Used, want)
		}
	}
	refuse := func(method string, p app.Plan) {
		t.Helper()
		s.server.Fail(scimtest.Fault{Method: method, Status: 409})
		if r := s.run(p); outcomes(r) != "failed" {
			t.Fatalf("%+v", r.Actions)
		}
		demand("after a refused "+method, 1)
		s.clock.ahead += 3 * time.Minute
		s.sync()
		demand("listed after a refused "+method, 1)
	}
	refuse(http.MethodPatch, s.plan(removal("g1", "u01")))
	s.run(s.plan(accounts("u59")))
	s.clock.ahead += 31 * 24 * time.Hour
	s.importRoster(58)
	s.sync()
	r := accounts("u59")
	r.Action = "delete"
	refuse(http.MethodDelete, s.plan(r))
}

// An exception keeps an account out of the plans of a kind, and protects it from
// nothing: named, it is planned and run.
func TestExceptedCanBeNamed(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	until := s.clock.now().AddDate(0, 1, 0).Format(time.DateOnly)
	must(s.app.ExceptFinding(t.Context(), app.ExceptRequest{Tenant: "Acme", Account: "u59", Kind: "orphaned", Until: until, Reason: "agreed"}))(t)
	if p := s.plan(orphans()); len(p.Actions) != 1 || p.Actions[0].Account.ID != "u60" {
		t.Errorf("by kind: %+v", p.Actions)
	}
	if r := s.run(s.plan(accounts("u59"))); outcomes(r) != "confirmed" {
		t.Errorf("by name: %+v", r.Actions)
	}
}
