package app_test

import (
	"reflect"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/app/reconcile"
	"rollcall/app/secrets"
	"rollcall/scim/scimtest"
)

// The frame of every page says what the overview says, whatever happens.
func TestFrameSaysWhatTheOverviewSays(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	agree := func(when string) (f app.Frame) {
		t.Helper()
		f = must(s.app.Frame(t.Context()))(t)
		if want := must(s.app.Overview(t.Context()))(t).Frame(); !reflect.DeepEqual(f, want) {
			t.Errorf("%s:\n%+v\n%+v", when, f, want)
		}
		return f
	}
	before := agree("after a sync").Findings
	day := s.clock.now().AddDate(0, 1, 0).Format(time.DateOnly)
	must(s.app.ExceptFinding(t.Context(), app.ExceptRequest{Tenant: "Acme", Account: "u60", Kind: reconcile.KindOrphaned, Until: day, Reason: "agreed"}))(t)
	if n := agree("with one left alone").Findings; n != before-1 {
		t.Errorf("%d findings, before one was left alone %d", n, before)
	}
	s.run(s.plan(accounts("u59", "u60")))
	if n := agree("with one closed").Findings; n != before-2 {
		t.Errorf("%d findings, before one was closed %d", n, before)
	}
	must(s.app.AddTenant(t.Context(), app.TenantSpec{Name: "Aardvark", BaseURL: s.server.URL, Token: scimtest.Token}))(t)
	if f := agree("with another tenant"); len(f.Lists) != 2 || f.Lists[0].Sealed || !f.Lists[1].Sealed {
		t.Errorf("%+v", f.Lists)
	}
	s.clock.ahead += 40 * 24 * time.Hour
	if n := agree("once the exception is over").Findings; n != before-2 {
		t.Errorf("%d findings, and the one that was left alone is closed", n)
	}
}

func TestFrameOfNothing(t *testing.T) {
	a := must(app.Open(t.Context(), app.Config{Dir: t.TempDir(), Secrets: secrets.Memory()}))(t)
	t.Cleanup(func() { a.Close() })
	f := must(a.Frame(t.Context()))(t)
	if want := must(a.Overview(t.Context()))(t).Frame(); !reflect.DeepEqual(f, want) || f.Roster || len(f.Lists) != 0 {
		t.Errorf("%+v\n%+v", f, want)
	}
}
