package app_test

import (
	"testing"
	"time"

	"rollcall/app"
	"rollcall/app/reconcile"
	"rollcall/scim/scimtest"
)

// What is decided while a run waits for an answer ends it before its next call,
// and the rest stays pending.
func TestDecidedWhileItRuns(t *testing.T) {
	for _, c := range []struct {
		name, word string
		decide     func(*shop) error
	}{
		{"exception", "excepted", func(s *shop) error {
			_, err := s.app.ExceptFinding(t.Context(), app.ExceptRequest{
				Tenant: "Acme", Account: "u60", Kind: reconcile.KindOrphaned, Until: time.Now().AddDate(0, 1, 0).Format(time.DateOnly), Reason: "a service",
			})
			return err
		}},
		{"roster", "roster changed", func(s *shop) error { s.importRoster(60); return nil }},
		{"list", "Nothing can be changed in Acme", func(s *shop) error {
			s.server.Set(func(q *scimtest.Quirks) { q.Total = scimtest.TotalTooMany })
			_, err := s.app.Sync(t.Context(), app.SyncRequest{})
			return err
		}},
		{"nothing that it stands on", "", func(s *shop) error {
			_, err := s.app.Protect(t.Context(), "Acme", "u01", "somebody else")
			return err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			p := s.plan(orphans())
			bar := scimtest.NewBarrier()
			s.server.Fail(scimtest.Fault{Nth: 1, Method: "PATCH", Arrive: bar, Effect: true})
			done, ended := make(chan app.RunResult, 1), make(chan error, 1)
			go func() {
				r, err := s.app.Run(s.t.Context(), p.Hash)
				ended <- err
				done <- r
			}()
			reached(t, bar, done)
			if err := c.decide(s); err != nil {
				t.Error(err)
			}
			close(bar.Release)
			r, err := <-done, <-ended
			if c.word == "" {
				if err != nil || outcomes(r) != "confirmed confirmed" {
					t.Errorf("%s, %v", outcomes(r), err)
				}
				return
			}
			refused(t, err, c.word)
			if outcomes(r) != "confirmed pending" || !s.active("u60") {
				t.Errorf("%s, the second account active: %v", outcomes(r), s.active("u60"))
			}
		})
	}
}

// A tenant that did more than it was asked to is not asked again by the plan
// whose run that stopped.
func TestHarmEndsThePlan(t *testing.T) {
	s := newShop(t, scimtest.Quirks{PathClears: true})
	s.server.AddGroup(scimtest.Group{ID: "g2", DisplayName: "Other", Members: []string{"u59", "u01"}})
	s.clock.ahead += time.Minute
	s.sync()
	r := accounts("u59")
	r.Action = "remove-membership"
	p := s.plan(r)
	_, err := s.app.Run(t.Context(), p.Hash)
	refused(t, err, "The run was stopped")
	n := len(s.server.Writes())
	_, err = s.app.Run(t.Context(), p.Hash)
	refused(t, err, "plan again")
	if again := len(s.server.Writes()) - n; again != 0 {
		t.Errorf("%d more calls", again)
	}
}
