package app_test

import (
	"testing"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// A sync whose tenant does not answer is stopped, and so is one that waits for
// its turn. Neither leaves an entry or a problem, and the next one is had.
func TestStopSync(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	ended := make(chan app.Ended, 1)
	s.app.OnEnded(func(e app.Ended) { ended <- e })
	if err := s.app.StopSync(t.Context(), "Acme"); kindSaid(err) != app.KindRefused {
		t.Errorf("nothing runs: %v", err)
	}
	entries := must(s.app.RecordState(t.Context()))(t).Entries
	hang := scimtest.NewBarrier()
	s.server.Fail(scimtest.Fault{Method: "GET", Arrive: hang})
	if err := s.app.StartSync(app.SyncRequest{}); err != nil {
		t.Fatal(err)
	}
	<-hang.Arrived
	if err := s.app.StopSync(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	if e := <-ended; e.N != 1 || e.Short != 0 || e.Stopped != 1 {
		t.Errorf("ended as %+v", e)
	}
	o := must(s.app.Overview(t.Context()))(t)
	if n := must(s.app.RecordState(t.Context()))(t).Entries; n != entries || len(o.Busy) != 0 || len(o.ToDo) != 0 {
		t.Errorf("%d entries more, busy %v, to do %v", n-entries, o.Busy, o.ToDo)
	}
	s.sync()
}
