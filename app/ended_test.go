package app

import "testing"

// TestEndedIsTold: what ran in the background is told when it ends, with what
// is missing of it, and stays on the overview.
func TestEndedIsTold(t *testing.T) {
	w, _ := ready(t)
	told := make(chan Ended, 3)
	w.app.OnEnded(func(e Ended) { told <- e })
	if err := w.app.StartSync(SyncRequest{}); err != nil {
		t.Fatal(err)
	}
	if e := <-told; e.What != "sync" || e.N != 1 || e.Short != 0 || e.Took < 0 {
		t.Errorf("the sync ended as %+v", e)
	}
	if _, err := w.app.StartVerify(); err != nil {
		t.Fatal(err)
	}
	e := <-told
	if e.What != "verify" || e.N == 0 || e.Short != 0 {
		t.Errorf("the check ended as %+v", e)
	}
	o, err := w.app.Overview(t.Context())
	if err != nil || o.Ended == nil || *o.Ended != e {
		t.Errorf("the overview has %+v, %v", o.Ended, err)
	}
	w.app.know.stop()
	w.app.ended(Ended{What: "run"}, e.At)
	if len(told) != 0 {
		t.Error("work that the closing stopped was told")
	}
}

func TestEndedCounts(t *testing.T) {
	if e := endedSync(3, []Sync{{Sealed: true}, {}}); e.N != 3 || e.Short != 2 {
		t.Errorf("of three tenants one is complete, one is not and one was not had: %+v", e)
	}
	if e := endedRun(5, RunResult{Confirmed: 3}, false); e.N != 5 || e.Short != 2 {
		t.Errorf("three of five are confirmed: %+v", e)
	}
	if e := endedRun(4, RunResult{Confirmed: 2, ByHand: 1, Marked: 1}, false); e.Short != 1 || e.Hand != 1 {
		t.Errorf("a step by hand is nothing amiss: %+v", e)
	}
	if e := endedVerify(RecordState{}, nil); e.Short != 1 {
		t.Errorf("a record that does not hold: %+v", e)
	}
}
