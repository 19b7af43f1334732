package app

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rollcall/app/reconcile"
	"rollcall/db"
)

// placed is the place of every finding and what is counted, as lines.
func (w *world) placed() string {
	w.t.Helper()
	w.findings(FindingFilter{})
	var out strings.Builder
	err := w.app.store.Read(w.t.Context(), func(tx *db.Tx) error {
		rows, err := tx.SQL.QueryContext(w.t.Context(), `SELECT id, rank, 0, 0, 0, 0 FROM finding
UNION ALL SELECT tenant_id, orphaned, leavers, disputed, collisions, entitled FROM finding_tenant ORDER BY 1`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id string
			var n [5]int
			if err := rows.Scan(&id, &n[0], &n[1], &n[2], &n[3], &n[4]); err != nil {
				return err
			}
			fmt.Fprintln(&out, id, n)
		}
		return rows.Err()
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out.String()
}

// A decision to leave a finding alone, and its end by hand or by the clock,
// gives what deriving everything would give, and derives nothing.
func TestLeavingAloneDerivesNothing(t *testing.T) {
	w, _ := ready(t)
	w.set(settingTimeZone, "America/New_York") // whose days end while the roster's go on
	before := w.placed()
	mark := func(note string) {
		w.close()
		w.alter(`UPDATE finding SET reason = '` + note + `'`)
		w.open()
	}
	mark("as it was")
	steps := []struct {
		name string
		do   func()
	}{
		{"two are left alone", func() {
			w.except("orphan", reconcile.KindOrphaned, "2026-03-10")
			w.except("second", reconcile.KindCollision, "2026-03-12")
		}},
		{"one gets another day", func() { w.except("second", reconcile.KindCollision, "2026-03-10") }},
		{"one is ended by hand", func() { must(w.app.UnexceptFinding(t.Context(), "Acme", "orphan", "", "settled"))(t) }},
		{"it is left alone again", func() { w.except("orphan", reconcile.KindOrphaned, "2026-03-12") }},
	}
	for _, step := range steps {
		step.do()
		placed := w.placed()
		if n := w.count(`SELECT count(*) FROM finding WHERE reason <> 'as it was'`); n != 0 {
			t.Errorf("%s: %d findings were derived", step.name, n)
		}
		w.close()
		w.alter(`DELETE FROM finding_state`)
		w.open()
		if anew := w.placed(); anew != placed || anew == before {
			t.Errorf("%s: got\n%sderived anew\n%s", step.name, placed, anew)
		}
		mark("as it was")
	}
	w.now = time.Date(2026, 3, 11, 3, 59, 59, 0, time.UTC)
	last := w.placed() // another day for the roster
	mark("as it was")
	w.now = w.now.Add(time.Second)
	if w.placed() == last || w.count(`SELECT count(*) FROM finding WHERE rank >= 100`) != 1 {
		t.Error("an exception that is over still holds")
	}
	if n := w.count(`SELECT count(*) FROM finding WHERE reason <> 'as it was'`); n != 0 {
		t.Errorf("at the end of a day %d findings were derived", n)
	}
}
