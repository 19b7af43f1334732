package app

import (
	"context"
	"testing"
	"time"

	"rollcall/db"
	"rollcall/db/storeq"
	"rollcall/scim/scimtest"
)

// While something is written and a sync goes on, whoever only looks gets the
// findings from before at once; at the end of the sync they are the new ones.
func TestGlanceDoesNotWait(t *testing.T) {
	w, srv := ready(t)
	before := w.findings(FindingFilter{}).Total
	srv.Add(scimtest.User{ID: "stranger", UserName: "stranger@elsewhere.example", Active: true})
	w.sync()
	if n := w.findings(FindingFilter{}).Total; n != before+1 {
		t.Fatalf("%d findings after the sync, before it %d", n, before)
	}
	srv.Add(scimtest.User{ID: "other", UserName: "other@elsewhere.example", Active: true})
	busy := Progress{What: "sync", Tenant: "Elsewhere", Stage: "users"}
	if !w.app.know.begin("t_elsewhere", busy) {
		t.Fatal("it is running already")
	}
	targets := must(w.app.syncTargets(t.Context(), SyncRequest{}))(t)
	w.app.claimTenants(targets)
	must(w.app.syncOne(t.Context(), targets[0]))(t) // derives nothing at its end: another one is still reading
	err := w.app.store.Write(t.Context(), func(*db.Tx) error {
		ctx, cancel := context.WithTimeout(Glance(t.Context()), time.Minute)
		defer cancel()
		for name, look := range map[string]func() error{
			"findings": func() error { _, err := w.app.Findings(ctx, FindingFilter{}); return err },
			"overview": func() error { _, err := w.app.Overview(ctx); return err },
			"people":   func() error { _, err := w.app.People(ctx, PeopleFilter{}); return err },
		} {
			if err := look(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		page, err := w.app.Findings(ctx, FindingFilter{Limit: -1})
		if err == nil && page.Total != before+1 {
			t.Errorf("%d findings at a glance", page.Total)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.app.deriveLast(t.Context(), "t_elsewhere")
	w.app.know.end("t_elsewhere", nil)
	if page, err := w.app.Findings(Glance(t.Context()), FindingFilter{}); err != nil || page.Total != before+2 {
		t.Errorf("%d findings after the last sync, %v", page.Total, err)
	}
}

// One answer asks once whether the findings are those of today; the next asks
// again.
func TestGlanceAsksOnce(t *testing.T) {
	w, _ := ready(t)
	built := func() (at int64) {
		noError(t, w.app.read(t.Context(), func(q *storeq.Queries) error {
			s, err := q.FindingState(t.Context())
			at = s.Built
			return err
		}))
		return at
	}
	one := Glance(t.Context())
	must(w.app.Findings(one, FindingFilter{}))(t)
	before := built()
	w.now = w.now.AddDate(0, 0, 1)
	must(w.app.Findings(one, FindingFilter{}))(t)
	if built() != before {
		t.Error("an answer derived the findings twice")
	}
	must(w.app.Findings(Glance(t.Context()), FindingFilter{}))(t)
	if built() == before {
		t.Error("the next answer has the findings of yesterday")
	}
}

// The last of several syncs to leave its list derives, and no other.
func TestLastSyncDerives(t *testing.T) {
	var k knowing
	for _, id := range []string{"a", "b"} {
		if !k.begin(id, Progress{What: "sync", Stage: "merging"}) {
			t.Fatal(id)
		}
	}
	if k.lastStage("a") {
		t.Error("a derives while b merges")
	}
	if !k.lastStage("b") {
		t.Error("nobody derives")
	}
}

// Setting the journal's length waits for what is written; pages do not.
func TestLongJournalKeepsNobodyWaiting(t *testing.T) {
	w, _ := ready(t)
	set := make(chan error, 1)
	err := w.app.store.Write(t.Context(), func(*db.Tx) error {
		go func() { set <- w.app.bulk(context.WithoutCancel(t.Context()), 1) }()
		for w.app.know.bulk.TryLock() { // until it waits
			w.app.know.bulk.Unlock()
		}
		if !w.app.know.mu.TryLock() {
			t.Error("what runs cannot be read")
			return nil
		}
		w.app.know.mu.Unlock()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-set; err != nil {
		t.Fatal(err)
	}
	if err := w.app.bulk(t.Context(), -1); err != nil {
		t.Fatal(err)
	}
}
