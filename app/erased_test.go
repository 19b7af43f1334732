package app_test

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/app/reconcile"
	"rollcall/scim/scimtest"
)

// erase opens the workspace again with the personal values of the newest entry of
// a type erased.
func (s *shop) erase(kind string) {
	s.t.Helper()
	list := s.entries(kind)
	if len(list) == 0 {
		s.t.Fatalf("no %s is recorded", kind)
	}
	seq := list[0].Seq
	for _, e := range list {
		seq = max(seq, e.Seq)
	}
	s.app.Close()
	db := must(sql.Open("sqlite", filepath.Join(s.cfg.Dir, "record.db")))(s.t)
	defer db.Close()
	must(db.Exec(`INSERT INTO erasure (digest, seq) SELECT digest, seq FROM opening WHERE seq = ?`, seq))(s.t)
	s.open()
}

// left is why an undo leaves things alone, or cannot be planned.
func (s *shop) left(p app.Plan) string {
	s.t.Helper()
	u, err := s.app.Undo(s.t.Context(), p.Hash, "HD-9", true)
	if err != nil {
		return err.Error()
	}
	var why []string
	for _, n := range u.NotCovered {
		why = append(why, n.Why)
	}
	return strings.Join(why, " ")
}

// What was erased is not made up for: an undo without the image from before is
// refused, and without what was read back leaves the groups to a person.
func TestUndoOfWhatWasErased(t *testing.T) {
	for kind, says := range map[string]string{
		"action.intent":  "The before-image of this action was erased.",
		"action.outcome": "whether the deactivation took it out is not known",
	} {
		s := newShop(t, scimtest.Quirks{InactiveLeaves: true})
		p := s.plan(accounts("u59"))
		s.run(p)
		s.erase(kind)
		if got := s.left(p); !strings.Contains(got, says) {
			t.Errorf("%s: %q", kind, got)
		}
	}
}

// A later call whose image was erased tells an undo nothing, and stops none.
func TestUndoBeforeACallThatWasErased(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	s.server.AddGroup(scimtest.Group{ID: "g2", DisplayName: "Other", Members: []string{"u59"}})
	s.sync()
	first := s.plan(removal("g1", "u59"))
	s.run(first)
	s.listed()
	second := removal("g2", "u59")
	second.Ticket = "HD-3"
	if r := s.run(s.plan(second)); outcomes(r) != "confirmed" {
		t.Fatalf("%+v", r.Actions)
	}
	s.erase("action.intent")
	u := must(s.app.Undo(t.Context(), first.Hash, "HD-9", true))(t)
	if len(u.Actions) != 1 || u.Actions[0].GroupID != "g1" {
		t.Errorf("%+v, not covered %+v", u.Actions, u.NotCovered)
	}
}

// What is unknown is settled without the image from before, by what it shows now.
func TestSettleWhatWasErased(t *testing.T) {
	for name, r := range map[string]app.PlanRequest{"account": accounts("u59"), "membership": removal("g1", "u59")} {
		s := newShop(t, scimtest.Quirks{})
		p := s.plan(r)
		s.server.Fail(scimtest.Fault{Method: http.MethodPatch, Effect: true, Drop: true})
		s.server.Fail(scimtest.Fault{Method: http.MethodGet, Path: "9", Nth: 2, Times: 20, Status: 403})
		s.server.Fail(scimtest.Fault{Method: http.MethodGet, Path: "/Groups/g1", Nth: 2, Times: 20, Status: 403})
		if got := s.run(p); outcomes(got) != "unknown" {
			t.Fatalf("%s: %+v", name, got.Actions)
		}
		s.server.Heal()
		s.server.Update("u59", func(u *scimtest.User) { u.ExternalID = "another" })
		s.erase("action.intent")
		s.clock.ahead += time.Hour
		got, err := s.app.Settle(t.Context())
		if err != nil || len(got) != 1 || got[0].Outcome != "confirmed" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// A record with erased decisions and plans is still read from the start: what
// they said is gone, and nobody's account is closed, kept or given by them.
func TestRecordWithErasedDecisions(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	day := s.clock.now().AddDate(0, 1, 0).Format(time.DateOnly)
	s.link("u60", "1")
	must(s.app.ExceptFinding(t.Context(), app.ExceptRequest{Tenant: "Acme", Account: "u59", Kind: reconcile.KindOrphaned, Until: day, Reason: "agreed"}))(t)
	p := s.plan(accounts("u07"))
	s.run(p)
	for _, kind := range []string{"account.linked", "finding.excepted", "plan.created"} {
		s.erase(kind)
	}
	s.loseStore()
	s.importRoster(58)
	s.syncAccepting(60)
	if links := must(s.app.Links(t.Context(), ""))(t); len(links) != 0 {
		t.Errorf("links %+v", links)
	}
	if excepted := must(s.app.Exceptions(t.Context(), ""))(t); len(excepted) != 0 {
		t.Errorf("exceptions %+v", excepted)
	}
	if _, err := s.app.PlanByHash(t.Context(), p.Hash); err == nil {
		t.Error("the erased plan is shown")
	}
	if got, _ := s.found(app.FindingFilter{}, "u60"); got == nil {
		t.Error("u60 is somebody's by an erased link")
	}
}

// What was read back and then erased is said to be, not shown as a change.
func TestEntryWhoseReadingWasErased(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	s.run(s.plan(accounts("u59")))
	s.erase("action.outcome")
	d := s.entryOf("action.outcome")
	if d.Change == nil || d.Change.Missing != "What was read back was erased." {
		t.Errorf("%+v", d.Change)
	}
}
