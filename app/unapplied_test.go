package app

import (
	"errors"
	"strings"
	"testing"
)

// What was recorded while the store could not follow holds at the next call, and
// at the next step by hand: the store follows before the guards are asked.
func TestUnappliedHoldsAtTheNextAction(t *testing.T) {
	protect := func(w *world, p storedPlan) error {
		_, err := w.app.Protect(t.Context(), p.Body.Tenants[0].ID, p.Body.Actions[0].Account, "the last way in")
		return err
	}
	overSCIM := func(t *testing.T) (*world, storedPlan) {
		w, srv := ready(t)
		if _, err := w.app.AllowWrites(t.Context(), "Acme", "test"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if n := len(srv.Writes()); n != 0 {
				t.Errorf("%d calls", n)
			}
		})
		return w, w.planned()
	}
	byHand := func(t *testing.T) (*world, storedPlan) {
		w := travel(t)
		p, err := w.app.Plan(t.Context(), PlanRequest{Tenant: "Travel", Accounts: []string{"p1@acme.example"}, Action: actionDeactivate, Ticket: "T-1"})
		if err != nil {
			t.Fatal(err)
		}
		stored, err := w.app.findPlan(t.Context(), p.Hash)
		if err != nil {
			t.Fatal(err)
		}
		return w, stored
	}
	for name, tt := range map[string]struct {
		begin  func(*testing.T) (*world, storedPlan)
		table  string // that cannot be written meanwhile
		decide func(*world, storedPlan) error
		want   string
	}{
		"a call on a protected account":   {overSCIM, "protected", protect, "It is protected"},
		"a step for a protected account":  {byHand, "protected", protect, "It is protected"},
		"a call for somebody on a roster": {overSCIM, "roster_revision", func(w *world, _ storedPlan) error { return w.importAgain() }, "The roster changed"},
	} {
		t.Run(name, func(t *testing.T) {
			w, p := tt.begin(t)
			var why string
			err := w.app.mutate(t.Context(), func(wr *writer) error {
				ground := wr.moves.Load()
				p.Ground = &ground
				w.alter(`CREATE TRIGGER stuck BEFORE INSERT ON ` + tt.table + ` BEGIN SELECT raise(ABORT, 'stuck'); END`)
				if err := tt.decide(w, p); !errors.Is(err, errUnapplied) {
					t.Errorf("with a stuck store: %v", err)
				}
				w.alter(`DROP TRIGGER stuck`)
				return w.act(wr, p, &why)
			})
			if e := (*Error)(nil); errors.As(err, &e) && e.Kind == KindRefused {
				why, err = e.Text, nil
			}
			if err != nil || !strings.Contains(why, tt.want) {
				t.Errorf("%q, %v; want %q", why, err, tt.want)
			}
			if n := w.count(`SELECT (SELECT count(*) FROM intent) + (SELECT count(*) FROM step)`); n != 0 {
				t.Errorf("%d intents and steps", n)
			}
		})
	}
}

// importAgain imports a roster of one person more.
func (w *world) importAgain() error {
	_, err := w.app.ImportRoster(w.t.Context(), RosterImport{File: w.file(people(21, leaverLine)), TimeZone: "UTC"})
	return err
}

// act carries out a plan's first action as a run does, and tells why it did not.
func (w *world) act(wr *writer, p storedPlan, why *string) error {
	ctx := w.t.Context()
	x := action{w: wr, plan: p}
	carryOut := x.openStep
	if x.body().Action != actionClose {
		var err error
		if x.client, err = w.app.client(ctx, x.body().Tenant); err != nil {
			return err
		}
		carryOut = x.do
	}
	if err := carryOut(ctx); err != nil {
		return err
	}
	rows, err := w.app.actionRows(ctx, p.Hash)
	if err != nil {
		return err
	}
	*why = rows[0].Why
	return nil
}

// A run that ended between its last outcome and its own end is done once it is
// run again, and nothing is sent.
func TestRunThatLacksItsEnd(t *testing.T) {
	w, srv := ready(t)
	if _, err := w.app.AllowWrites(t.Context(), "Acme", "test"); err != nil {
		t.Fatal(err)
	}
	p, why := w.planned(), ""
	if err := w.app.mutate(t.Context(), func(wr *writer) error { return w.act(wr, p, &why) }); err != nil {
		t.Fatal(err)
	}
	if r, err := w.app.Run(t.Context(), p.Hash); err != nil || r.Confirmed != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if p, err := w.app.PlanByHash(t.Context(), p.Hash); err != nil || p.State != "done" || len(srv.Writes()) != 1 {
		t.Errorf("%s after %d calls, %v", p.State, len(srv.Writes()), err)
	}
}
