package app

import (
	"errors"
	"strings"
	"testing"
	"time"

	"rollcall/app/reconcile"
	"rollcall/audit"
	"rollcall/db"
	"rollcall/db/storeq"
	"rollcall/scim/scimtest"
)

// planned is a kept plan of one account that could be run.
func (w *world) planned() storedPlan {
	w.t.Helper()
	p, err := w.app.Plan(w.t.Context(), PlanRequest{Tenant: "Acme", Kind: reconcile.KindLeaver, Action: actionDeactivate, Ticket: "T-1"})
	if err != nil {
		w.t.Fatal(err)
	}
	stored, err := w.app.findPlan(w.t.Context(), p.Hash)
	if err != nil || len(stored.Body.Actions) == 0 {
		w.t.Fatalf("%d actions, %v", len(stored.Body.Actions), err)
	}
	return stored
}

// The guards that are asked at each call hold by themselves, and not only
// because the run was refused before it got there.
func TestForbidsByItself(t *testing.T) {
	w, _ := ready(t)
	p := w.planned()
	tenantID := p.Body.Actions[0].Tenant
	says := func(seenName, want string) {
		t.Helper()
		why, err := w.app.forbids(t.Context(), p, 0, accountState{UserName: seenName})
		if e := (*Error)(nil); want != "" && errors.As(err, &e) {
			why, err = e.Text, nil // a clock that is wrong ends the run
		}
		if err != nil || want == "" && why != "" || !strings.Contains(why, want) {
			t.Errorf("as %q: %q, %v; want %q", seenName, why, err, want)
		}
	}
	says("", "read-only")
	if _, err := w.app.AllowWrites(t.Context(), "Acme", "test"); err != nil {
		t.Fatal(err)
	}
	says("", "")
	w.pass(-6 * time.Minute)
	says("", "behind the record")
	w.pass(2 * time.Minute)
	says("", "")
	err := w.app.mutate(t.Context(), func(wr *writer) error {
		return wr.protect(t.Context(), tenantID, "never listed", "break.glass", "the last way in")
	})
	if err != nil {
		t.Fatal(err)
	}
	says("", "")
	says("Break.Glass", "protected (the last way in)")
	if err := w.app.RemoveTenant(t.Context(), "Acme"); err != nil {
		t.Fatal(err)
	}
	says("", "removed")
}

// A plan that was edited in the store is not run: neither what is sent, which
// is hashed, nor what the account must look like, which a digest in it fixes.
func TestEditedPlanIsNotRun(t *testing.T) {
	for column, edit := range map[string][2]string{
		"body": {`"ticket":"T-1"`, `"ticket":"T-2"`},
		"view": {`"externalId":"`, `"externalId":"x`},
	} {
		t.Run(column, func(t *testing.T) {
			w := newWorld(t)
			srv := scimtest.New(acme())
			t.Cleanup(srv.Close)
			_, err := w.app.AddTenant(t.Context(), TenantSpec{Name: "Acme", BaseURL: srv.URL, Token: scimtest.Token, AllowWrites: "test"})
			if err != nil {
				t.Fatal(err)
			}
			w.roster(people(20, leaverLine))
			w.sync()
			p := w.planned()
			err = w.app.store.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.SQL.ExecContext(t.Context(), `UPDATE plan SET `+column+` = CAST(replace(CAST(`+column+` AS TEXT), ?, ?) AS BLOB)`, edit[0], edit[1])
				return err
			})
			if err != nil || w.count(`SELECT count(*) FROM plan WHERE instr(CAST(`+column+` AS TEXT), ?) > 0`, edit[1]) != 1 {
				t.Fatalf("the edit: %v", err)
			}
			if r, err := w.app.Run(t.Context(), p.Hash); err == nil || len(srv.Writes()) != 0 {
				t.Errorf("%v after %d writes: %+v", err, len(srv.Writes()), r)
			}
		})
	}
}

// Whatever decides what is sent, or what it stands on, is in a plan's hash.
func TestHashCoversEverything(t *testing.T) {
	fresh := func() planBody {
		return planBody{
			V: 1, Log: "log", Roster: planRoster{Source: "hr", Revision: 1}, Rules: "1", Ticket: "T",
			Tenants: []planTenant{{ID: "t", BaseURL: "https://a.example", Snapshot: "n", Certificate: "c"}},
			Actions: []planBodyAction{{Tenant: "t", Account: "u", Action: "a", Group: "g", Finding: "f", Before: "b",
				Requests: []planRequest{{Form: "f", Method: "M", Path: "/p", Body: "{}"}, {Form: "g"}}}},
		}
	}
	seen := map[string]string{}
	for name, change := range map[string]func(b *planBody){
		"nothing":     func(*planBody) {},
		"version":     func(b *planBody) { b.V++ },
		"log":         func(b *planBody) { b.Log += "x" },
		"tenant":      func(b *planBody) { b.Tenants[0].ID += "x" },
		"address":     func(b *planBody) { b.Tenants[0].BaseURL += "x" },
		"snapshot":    func(b *planBody) { b.Tenants[0].Snapshot += "x" },
		"certificate": func(b *planBody) { b.Tenants[0].Certificate += "x" },
		"source":      func(b *planBody) { b.Roster.Source += "x" },
		"revision":    func(b *planBody) { b.Roster.Revision++ },
		"rules":       func(b *planBody) { b.Rules += "x" },
		"ticket":      func(b *planBody) { b.Ticket += "x" },
		"at tenant":   func(b *planBody) { b.Actions[0].Tenant += "x" },
		"account":     func(b *planBody) { b.Actions[0].Account += "x" },
		"action":      func(b *planBody) { b.Actions[0].Action += "x" },
		"group":       func(b *planBody) { b.Actions[0].Group += "x" },
		"finding":     func(b *planBody) { b.Actions[0].Finding += "x" },
		"before":      func(b *planBody) { b.Actions[0].Before += "x" },
		"undoes":      func(b *planBody) { b.Actions[0].Undoes++ },
		"after":       func(b *planBody) { b.Actions[0].After++ },
		"form":        func(b *planBody) { b.Actions[0].Requests[0].Form += "x" },
		"method":      func(b *planBody) { b.Actions[0].Requests[0].Method += "x" },
		"path":        func(b *planBody) { b.Actions[0].Requests[0].Path += "x" },
		"body":        func(b *planBody) { b.Actions[0].Requests[0].Body += "x" },
		"order":       func(b *planBody) { r := b.Actions[0].Requests; r[0], r[1] = r[1], r[0] },
	} {
		b := fresh()
		change(&b)
		hash, _, err := b.hash()
		if err != nil || seen[hash] != "" {
			t.Errorf("%s: the hash is that of %q, %v", name, seen[hash], err)
		}
		seen[hash] = name
	}
}

// An entry is applied at its place and nowhere else.
func TestEntryIsAppliedInOrder(t *testing.T) {
	w, _ := ready(t)
	log, err := w.app.readLog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	settings := w.count(`SELECT count(*) FROM setting`)
	err = log.Entries(t.Context(), 0, log.Size(), func(s audit.Stored) error {
		if w.app.apply(t.Context(), s) == nil {
			t.Errorf("entry %d (%s) was applied again", s.Seq, s.Entry.Type)
		}
		return nil
	})
	if err != nil || w.count(`SELECT count(*) FROM setting`) != settings {
		t.Errorf("the store changed: %v", err)
	}
}

// Each thing that the record dates keeps a clock that is behind it from acting.
func TestNewestTimeIsOfEverything(t *testing.T) {
	for _, insert := range []string{
		`INSERT INTO intent (seq, plan, n, tenant_id, account, action, at) SELECT 1000, plan, n, tenant_id, account, 'deactivate', ? FROM action`,
		`INSERT INTO step (plan, n, tenant_id, account, opened, opened_seq) SELECT plan, n, tenant_id, account, ?, 1000 FROM action`,
		`UPDATE snapshot SET finished = ?`,
		`UPDATE roster_revision SET imported = ?`,
	} {
		w, _ := ready(t)
		w.planned()
		if why, err := w.app.clockBehind(t.Context()); why != "" || err != nil {
			t.Fatalf("before: %q, %v", why, err)
		}
		err := w.app.store.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.SQL.ExecContext(t.Context(), insert, w.now.Add(6*time.Minute).UnixMilli())
			return err
		})
		if err != nil {
			t.Fatalf("%s: %v", insert, err)
		}
		if why, err := w.app.clockBehind(t.Context()); !strings.Contains(why, "6 minutes behind") || err != nil {
			t.Errorf("%s: %q, %v", insert, why, err)
		}
	}
}

// A second step for the same account is stopped within the append, also where
// both plans were made before the first was opened.
func TestOneOpenStepAnAccount(t *testing.T) {
	w := travel(t)
	plan := func(ticket, account string) Plan {
		p, err := w.app.Plan(t.Context(), PlanRequest{Tenant: "Travel", Accounts: []string{account}, Action: actionDeactivate, Ticket: ticket})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	run := func(p Plan) ActionResult {
		r, err := w.app.Run(t.Context(), p.Hash)
		if err != nil {
			t.Fatal(err)
		}
		return r.Actions[0]
	}
	a, b, c := plan("T-1", "p1@acme.example"), plan("T-2", "p1@acme.example"), plan("T-3", "p2@acme.example")
	if got := run(a); got.Outcome != outcomeByHand {
		t.Fatalf("first: %+v", got)
	}
	if got := run(b); got.Outcome != outcomeSkipped || !strings.Contains(got.Why, "open for it already") {
		t.Errorf("second: %+v", got)
	}
	if _, err := w.app.Protect(t.Context(), "Travel", "p2@acme.example", "the owner"); err != nil {
		t.Fatal(err)
	}
	if got := run(c); got.Outcome != outcomeSkipped || !strings.Contains(got.Why, "protected") {
		t.Errorf("protected since: %+v", got)
	}
}

// A step that another plan opened and that came to its end since overtakes an
// older plan, like a call.
func TestStepOfAnotherPlanOvertakes(t *testing.T) {
	w := travel(t)
	old, err := w.app.Plan(t.Context(), PlanRequest{Tenant: "Travel", Accounts: []string{"p1@acme.example"}, Action: actionDeactivate, Ticket: "T-9"})
	if err != nil {
		t.Fatal(err)
	}
	p, _ := w.step("p1@acme.example")
	w.pass(time.Minute)
	if _, err := w.app.StepDone(t.Context(), p.Hash, 1, "done"); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	w.importNow(memberLines(nil)) // still active: the step failed
	if got := w.outcome(p.Hash); got.Outcome != outcomeFailed {
		t.Fatalf("%+v", got)
	}
	if _, err := w.app.StepDone(t.Context(), p.Hash, 1, "again"); kindOf(err) != KindRefused {
		t.Errorf("a closed step was marked: %v", err)
	}
	r, err := w.app.Run(t.Context(), old.Hash)
	if err != nil || r.Skipped != 1 || !strings.Contains(r.Actions[0].Why, "Another plan acted") {
		t.Errorf("%+v, %v", r.Actions, err)
	}
}

// What a list has to show before it counts for a step.
func TestListedForSteps(t *testing.T) {
	row := func(id, name, emails string, active int64) storeq.AccountsShownRow {
		return storeq.AccountsShownRow{ScimID: id, UserName: name, Emails: emails, Active: active}
	}
	opened := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	done := opened.Add(time.Hour).UnixMilli()
	acc := FindingAccount{ID: "u1", UserName: "ann", Emails: []string{"ann@corp.example"}}
	for name, tt := range map[string]struct {
		row  storeq.AccountsShownRow
		want string
	}{
		"somebody else":                  {row("u2", "bob", `["bob@corp.example"]`, 1), outcomeGone},
		"its name under another id":      {row("u2", "ANN", `[]`, 1), outcomeFailed},
		"its address as a user name":     {row("u2", "Ann@corp.example", `[]`, 1), outcomeFailed},
		"its address as an address":      {row("u2", "bob", `["ANN@corp.example"]`, 1), outcomeFailed},
		"its name, inactive":             {row("u2", "ann", `["ann@corp.example"]`, 0), outcomeGone},
		"its name, of which is not said": {row("u2", "ann", `[]`, 2), outcomeFailed},
		"itself, inactive":               {row("u1", "ann", `[]`, 0), outcomeConfirmed},
		"itself":                         {row("u1", "ann", `[]`, 1), outcomeFailed},
	} {
		l := &listed{at: opened.Add(2 * time.Hour), byID: map[string]storeq.AccountsShownRow{}, used: map[string]bool{}}
		if err := l.add(tt.row); err != nil {
			t.Fatal(err)
		}
		if got, why := l.judge(acc, opened, &done, nil); got != tt.want {
			t.Errorf("%s: %s (%s), want %s", name, got, why, tt.want)
		}
	}
}

// The newest attempt decides about steps, and one that is not sealed, or that
// is not here, says nothing.
func TestOpenStepsNeedASealedList(t *testing.T) {
	for _, spoil := range []string{`UPDATE snapshot SET sealed = 0`, `UPDATE snapshot SET merged = 0`} {
		w := travel(t)
		tenant := w.tenant("Travel").ID
		if l, err := w.app.newestList(t.Context(), tenant); err != nil || l == nil {
			t.Fatalf("%+v, %v", l, err)
		}
		err := w.app.store.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.SQL.ExecContext(t.Context(), spoil)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if l, err := w.app.newestList(t.Context(), tenant); err != nil || l != nil {
			t.Errorf("%s: %+v, %v", spoil, l, err)
		}
	}
}
