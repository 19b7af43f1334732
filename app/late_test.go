package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// A call that was refused and takes effect after its action has ended is ours
// with the next list, or where it is settled: confirmed, and it can be undone.
// What was seen without effect meanwhile, refused outright, acted on by another
// plan or shows only after a day is somebody else's.
func TestRefusedAndCarriedOutLater(t *testing.T) {
	for name, tt := range map[string]struct {
		status    int
		meanwhile func(s *shop, b *behind)
		want      string
	}{
		"the next list":          {400, func(*shop, *behind) {}, "confirmed"},
		"asked to wait":          {429, func(*shop, *behind) {}, "confirmed"},
		"handed on by a gateway": {403, func(*shop, *behind) {}, "confirmed"},
		"refused outright":       {401, func(*shop, *behind) {}, "failed"},
		"seen unchanged":         {400, func(s *shop, _ *behind) { s.clock.ahead += 3 * time.Minute; s.syncLate() }, "failed"},
		"seen too early":         {400, func(s *shop, _ *behind) { s.clock.ahead += time.Second; s.syncLate() }, "confirmed"},
		"more than a day":        {400, func(s *shop, _ *behind) { s.clock.ahead += 25 * time.Hour }, "failed"},
		"another plan's":         {400, func(s *shop, b *behind) { s.syncLate(); b.status = 401; s.runLate("u01") }, "failed"},
		"of another person":      {400, func(s *shop, _ *behind) { s.syncLate(); s.runLate("u02") }, "confirmed"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			b := s.behind(tt.status, false)
			r := s.runLate("u01")
			tt.meanwhile(s, b)
			s.clock.ahead += time.Hour
			s.server.Update("u01", func(u *scimtest.User) { u.Active = false })
			s.syncLate()
			s.settledAs(r, tt.want)
		})
	}
}

// settledAs checks what the first action of a run came to, and that an undo
// covers it where it is confirmed.
func (s *shop) settledAs(r app.RunResult, want string) {
	s.t.Helper()
	writes := len(s.server.Writes())
	r = must(s.app.Run(s.t.Context(), r.Hash))(s.t)
	if a := r.Actions[0]; a.Outcome != want || want == "confirmed" && !strings.Contains(a.Why, "taken for ours") {
		s.t.Errorf("%s (%s), want %s", a.Outcome, a.Why, want)
	}
	u, err := s.app.Undo(s.t.Context(), r.Hash, "HD-9", true)
	if covered := err == nil && len(u.Actions) == 1; covered != (want == "confirmed") {
		s.t.Errorf("undo: %+v, %v", u.Actions, err)
	}
	if n := len(s.server.Writes()); n != writes {
		s.t.Errorf("%d calls were sent", n-writes)
	}
}

// Settling looks itself, without a list, and tells what it corrected.
func TestSettleFindsALateEffect(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	s.behind(409, false)
	r := s.runLate("u01")
	if settled := must(s.app.Settle(t.Context()))(t); len(settled) != 0 {
		t.Errorf("without an effect: %+v", settled)
	}
	s.server.Update("u01", func(u *scimtest.User) { u.Active = false })
	if settled := must(s.app.Settle(t.Context()))(t); len(settled) != 1 || settled[0].Outcome != "confirmed" {
		t.Errorf("with one: %+v", settled)
	}
	s.settledAs(r, "confirmed")
	if settled := must(s.app.Settle(t.Context()))(t); len(settled) != 0 {
		t.Errorf("once more: %+v", settled)
	}
}

// The same of a membership; that a group lost others as well proves nothing.
func TestRemovalCarriedOutLater(t *testing.T) {
	for name, tt := range map[string]struct{ gone, want string }{"alone": {"u06", "confirmed"}, "with others": {"u05", "failed"}} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			s.behind(409, false)
			want := removal("g1", "u06")
			want.Tenant = "Late"
			r := s.run(s.plan(want))
			s.clock.ahead += time.Hour
			s.out("g1", "u06")
			if tt.gone != "u06" {
				s.out("g1", tt.gone)
			}
			s.syncLate()
			s.settledAs(r, tt.want)
		})
	}
}

// A call that the tenant refused and did not carry out is no deactivation of ours,
// though an admin there closes the account the same day: it is never deleted for it.
func TestNoDeletionOfWhatSomebodyElseClosed(t *testing.T) {
	for _, status := range []int{400, 403, 404, 409} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			for _, method := range []string{http.MethodPatch, http.MethodPut} {
				s.server.Fail(scimtest.Fault{Method: method, Status: status, Times: -1})
			}
			r := s.run(s.plan(accounts("u59")))
			s.server.Heal()
			s.clock.ahead += 20 * time.Hour
			s.server.Update("u59", func(u *scimtest.User) { u.Active = false })
			s.sync()
			s.settledAs(r, "confirmed")
			s.clock.ahead += 31 * 24 * time.Hour
			s.importRoster(58)
			s.sync()
			del := accounts("u59")
			del.Action = "delete"
			_, err := s.app.Plan(t.Context(), del)
			refused(t, err, fmt.Sprintf("The tenant answered %d", status))
		})
	}
}
