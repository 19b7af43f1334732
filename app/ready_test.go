package app

import (
	"strings"
	"testing"
	"time"

	"rollcall/app/reconcile"
	"rollcall/scim/scimtest"
)

// A roster that is too old, or from a time to come, blocks like a list; of
// several sources each one has to hold.
func TestOldRosterBlocks(t *testing.T) {
	w, _ := ready(t)
	for _, source := range []string{"aa", "zz"} {
		one := "Employee Number,Name,Email\n1,Zed,zed-" + source + "@corp.example\n"
		if _, err := w.app.ImportRoster(t.Context(), RosterImport{File: w.file(one), Source: source}); err != nil {
			t.Fatal(err)
		}
	}
	blocked := func(when, want string) {
		t.Helper()
		w.sync()
		var texts []string
		for _, p := range w.tenant("Acme").Blocked {
			texts = append(texts, p.Text)
			if p.Code != "roster-stale" || p.Do == "" {
				t.Errorf("%s: %+v", when, p)
			}
		}
		if got := strings.Join(texts, " "); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", when, got, want)
		}
		if err := w.plan(reconcile.KindLeaver); (err == nil) != (want == "") {
			t.Errorf("%s: planned with %v", when, err)
		}
	}
	blocked("at first", "")
	w.pass(20 * 24 * time.Hour)
	w.roster(people(20, leaverLine))
	w.pass(11 * 24 * time.Hour)
	blocked("a month later", "")
	w.pass(time.Hour)
	blocked("a month and an hour later", "The roster zz was imported 31 days ago")
	if n := len(w.tenant("Acme").Blocked); n != 2 {
		t.Errorf("%d rosters are too old, want 2", n)
	}
	w.alter(`UPDATE roster_revision SET imported = imported + 86400000 * 32 WHERE source <> 'hr'`)
	blocked("from tomorrow", "this machine's clock was set back")
}

// A list or a roster of which the store kept less than the record says is lost,
// and not a smaller one.
func TestLessThanRecordedIsLost(t *testing.T) {
	for table, lost := range map[string]string{"account": "snapshot-lost", "person": "roster-lost"} {
		t.Run(table, func(t *testing.T) {
			w, srv := ready(t)
			w.alter(`CREATE TRIGGER crash BEFORE INSERT ON ` + table + ` BEGIN SELECT RAISE(ABORT, 'crash'); END`)
			w.alter(`CREATE TRIGGER crash2 BEFORE UPDATE ON ` + table + ` BEGIN SELECT RAISE(ABORT, 'crash'); END`)
			var err error
			if table == "account" {
				srv.Update("leaver", func(u *scimtest.User) { u.DisplayName = "Changed" })
				_, err = w.trySync()
			} else {
				err = w.importAgain()
			}
			if err == nil || !strings.Contains(err.Error(), "recorded") {
				t.Fatalf("with a stuck store: %v", err)
			}
			w.close()
			w.alter(`DROP TRIGGER crash`)
			w.alter(`DROP TRIGGER crash2`)
			w.alter(`DELETE FROM stage_` + table + ` WHERE id = (SELECT max(id) FROM stage_` + table + `)`)
			w.open()
			if got := w.tenant("Acme").Blocked; !hasCode(got, lost) {
				t.Errorf("%v", got)
			}
		})
	}
}

// Offboarding closes no account that more than one person matches, and names it.
func TestOffboardGuessesNothing(t *testing.T) {
	w, _ := ready(t)
	p, err := w.app.Offboard(t.Context(), OffboardRequest{Person: "1001", Ticket: "T-1"})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Actions) != 1 || p.Actions[0].Account.ID != "u00001" {
		t.Errorf("planned %+v", p.Actions)
	}
	if len(p.NotCovered) != 1 || p.NotCovered[0].UserName != "p1@corp.example" || !strings.Contains(p.NotCovered[0].Why, "More than one person") {
		t.Errorf("not covered %+v", p.NotCovered)
	}
}
