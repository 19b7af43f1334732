package app

import (
	"context"
	"testing"
	"time"

	"rollcall/app/reconcile"
	"rollcall/db"
	"rollcall/scim/scimtest"
)

// anew asks every tenant, link and exception whether the findings stand on them.
func (w *world) anew() (now freshness) {
	w.t.Helper()
	noError(w.t, w.app.store.Read(w.t.Context(), func(tx *db.Tx) error {
		b, err := w.app.newBasis(w.t.Context(), tx)
		if err == nil {
			now, err = b.freshness(w.t.Context(), tx)
		}
		return err
	}))
	return now
}

// Whatever another process does, and whatever the clock does, what is
// remembered of the findings says what asking anew says.
func TestStandingIsThatOfOneState(t *testing.T) {
	w, srv := ready(t)
	ctx := t.Context()
	other := must(Open(ctx, Config{
		Dir: w.dir, Actor: "other", Secrets: w.secrets, Now: func() time.Time { return w.now },
		Wait: func(context.Context, time.Duration) error { return nil },
	}))(t)
	t.Cleanup(func() { other.Close() })
	steps := []struct {
		name string
		do   func() error
		want freshness // lists and rosters are derived by who brings them
	}{
		{"nothing", func() error { return nil }, fresh},
		{"an exception", func() error {
			_, err := other.ExceptFinding(ctx, ExceptRequest{Tenant: "Acme", Account: "orphan", Kind: reconcile.KindOrphaned, Until: "2026-03-12", Reason: "agreed"})
			return err
		}, misplaced},
		{"the exception's end, by a person", func() error {
			_, err := other.UnexceptFinding(ctx, "Acme", "orphan", reconcile.KindOrphaned, "done")
			return err
		}, misplaced},
		{"a link", func() error {
			_, err := other.LinkAccount(ctx, "Acme", "orphan", "1001", "known")
			return err
		}, stale},
		{"the link's end", func() error {
			_, err := other.UnlinkAccount(ctx, "Acme", "orphan", "not theirs")
			return err
		}, stale},
		{"a sync that changes nothing", func() error { _, err := other.Sync(ctx, SyncRequest{}); return err }, fresh},
		{"a roster", func() error {
			_, err := other.ImportRoster(ctx, RosterImport{File: w.file(people(21, leaverLine))})
			return err
		}, fresh},
		{"another tenant, never listed", func() error {
			_, err := other.AddTenant(ctx, TenantSpec{Name: "Beta", BaseURL: srv.URL, Token: scimtest.Token})
			return err
		}, fresh},
		{"its list", func() error {
			_, err := other.Sync(ctx, SyncRequest{Tenants: []string{"Beta"}})
			return err
		}, fresh},
		{"its removal", func() error { return other.RemoveTenant(ctx, "Beta") }, stale},
		{"a second before midnight", func() error { w.now = time.Date(2026, 3, 10, 23, 59, 59, 0, time.UTC); return nil }, fresh},
		{"midnight", func() error { w.now = w.now.Add(time.Second); return nil }, stale},
		{"the clock set back", func() error { w.now = w.now.Add(-time.Second); return nil }, stale},
	}
	for _, step := range steps {
		for range 2 { // the second time it is remembered
			w.findings(FindingFilter{})
		}
		noError(t, step.do())
		got := must(w.app.freshness(ctx))(t)
		if anew := w.anew(); got != anew || got != step.want {
			t.Errorf("%s: %d is remembered, asked anew %d, want %d", step.name, got, anew, step.want)
		}
	}
}

// An exception that ends in the middle of the day ends what is remembered.
func TestStandingEndsWithAnException(t *testing.T) {
	w, _ := ready(t)
	w.set(settingTimeZone, "America/New_York") // whose days end while the roster's go on
	must(w.app.ExceptFinding(t.Context(), ExceptRequest{Tenant: "Acme", Account: "orphan", Kind: reconcile.KindOrphaned, Until: "2026-03-10", Reason: "agreed"}))(t)
	ends := must(w.app.Exceptions(t.Context(), ""))(t)[0].Ends
	w.now = ends.Add(-time.Hour)
	for range 2 {
		w.findings(FindingFilter{})
	}
	w.now = ends.Add(-time.Millisecond)
	if got := must(w.app.freshness(t.Context()))(t); got != fresh {
		t.Errorf("before its end: %d", got)
	}
	w.now = ends
	if got := must(w.app.freshness(t.Context()))(t); got != misplaced {
		t.Errorf("at its end: %d", got)
	}
}
