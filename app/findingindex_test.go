package app

import (
	"context"
	"reflect"
	"testing"
	"time"

	"rollcall/app/reconcile"
	"rollcall/db"
	"rollcall/scim/scimtest"
)

// fromStore is Findings that searches the store, as among very many findings.
func (w *world) fromStore(f FindingFilter) FindingsPage {
	w.t.Helper()
	ctx := w.t.Context()
	page := FindingsPage{Findings: []Finding{}, ByKind: map[reconcile.Kind]int{}, AsOf: w.now}
	s := must(w.app.newFindingSearch(ctx, f))(w.t)
	noError(w.t, w.app.deriveFindings(ctx))
	noError(w.t, w.app.store.Read(ctx, func(tx *db.Tx) (err error) {
		tenant := ""
		if s.tenant != nil {
			tenant = s.tenant.ID
		}
		if s.closed, err = closedFindings(ctx, tx.Queries, tenant); err != nil {
			return err
		}
		if err := s.count(ctx, tx.Queries, tenant, &page); err != nil {
			return err
		}
		return s.fill(ctx, tx.Queries, &page)
	}))
	return page
}

// A search in memory finds page by page what one in the store finds, also right
// after another process has changed something.
func TestFindingsInMemoryAreThoseOfTheStore(t *testing.T) {
	w, srv := ready(t)
	ctx := t.Context()
	w.serve("Beta", acme())
	w.sync()
	other := must(Open(ctx, Config{
		Dir: w.dir, Actor: "other", Secrets: w.secrets, Now: func() time.Time { return w.now },
		Wait: func(context.Context, time.Duration) error { return nil },
	}))(t)
	t.Cleanup(func() { other.Close() })
	agree := func(when string) {
		t.Helper()
		for _, f := range []FindingFilter{
			{Search: "p"}, {Search: "P3"}, {Search: "ghost"}, {Search: "ghost", Excepted: true}, {Search: "roster"}, {Search: "nobody of this name"},
			{Search: "corp", Tenant: "Beta"}, {Search: "corp", Kind: reconcile.KindCollision}, {Search: "lea", Kind: reconcile.KindOrphaned},
		} {
			for _, f.Limit = range []int{0, 1, 2, -1} {
				for f.After = ""; ; {
					got, want := must(w.app.Findings(ctx, f))(t), w.fromStore(f)
					if !reflect.DeepEqual(got, want) {
						t.Fatalf("%s, %+v:\n%+v\n%+v", when, f, got, want)
					}
					if f.After = got.Next; f.After == "" {
						break
					}
				}
			}
		}
	}
	agree("at first")
	must(other.ExceptFinding(ctx, ExceptRequest{Tenant: "Acme", Account: "orphan", Kind: reconcile.KindOrphaned, Until: "2026-03-12", Reason: "agreed"}))(t)
	agree("with one left alone")
	must(other.LinkAccount(ctx, "Beta", "orphan", "1001", "known"))(t)
	agree("with a link")
	srv.Add(scimtest.User{ID: "new", UserName: "ghostly@corp.example", DisplayName: "New", Active: true})
	must(other.Sync(ctx, SyncRequest{}))(t)
	if n := len(must(w.app.Findings(ctx, FindingFilter{Search: "ghostly"}))(t).Findings); n != 1 {
		t.Errorf("%d findings of an account that is new", n)
	}
	agree("after a sync")
	w.now = w.now.AddDate(0, 0, 5)
	agree("once the exception is over")
}

func TestBeginsWord(t *testing.T) {
	for _, tt := range []struct {
		text, typed string
		want        bool
	}{
		{"anna schmidt", "anna", true}, {"anna schmidt", "sch", true}, {"anna schmidt", "chm", false}, {"hanna anna", "anna", true},
		{"o'neill", "neill", true}, {"p1@corp.example", "corp", true}, {"åsa", "sa", false}, {"", "a", false},
	} {
		if got := beginsWord(tt.text, tt.typed); got != tt.want {
			t.Errorf("%q in %q: %v", tt.typed, tt.text, got)
		}
	}
}
