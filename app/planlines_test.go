package app_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// demandLines holds the list of plans to the plans themselves.
func (s *shop) demandLines(where string) {
	s.t.Helper()
	var got, want []app.PlanLine
	for after := ""; ; {
		page := must(s.app.PlansAfter(s.t.Context(), "", after, 2))(s.t)
		got = append(got, page.List...)
		if after = page.Next; after == "" {
			break
		}
	}
	for _, p := range must(s.app.Plans(s.t.Context()))(s.t) {
		l := p.Line()
		if l.State == "planned" || l.State == "dropped" {
			l.Confirmed = 0
		}
		want = append(want, l)
	}
	if !reflect.DeepEqual(got, want) {
		s.t.Errorf("%s the list has\n%+v\nand the plans are\n%+v", where, got, want)
	}
}

// The list shows of each plan what the plan itself is, also of those that were
// made before it was kept.
func TestPlanLinesAreThoseOfThePlans(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	must(s.app.Protect(t.Context(), "Acme", "u60", "test"))(t)
	s.plan(orphans())
	p := s.plan(accounts("u57", "u58"))
	s.run(p)
	s.run(must(s.app.Undo(t.Context(), p.Hash, "", false))(t))
	s.sync()
	must(s.app.Offboard(t.Context(), app.OffboardRequest{Person: "7", Ticket: "HD-9"}))(t)
	dropped := s.plan(accounts("u56"))
	must(s.app.DropPlan(t.Context(), dropped.Hash, "test"))(t)
	s.demandLines("As they were made,")
	s.app.Close()
	text := must(os.ReadFile(filepath.Join("..", "db", "schema", "store", "423-planlines.sql")))(t)
	_, fill, _ := strings.Cut(string(text), "UPDATE plan")
	fill, _, _ = strings.Cut(fill, ";")
	store := must(sql.Open("sqlite", filepath.Join(s.cfg.Dir, "store.db")))(t)
	for _, query := range []string{`UPDATE plan SET actions = 0, verb = '', tenants = 0, tenant = '', left_tenants = 0, left_accounts = 0`, "UPDATE plan" + fill} {
		if _, err := store.ExecContext(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	s.open()
	s.demandLines("After the migration")
}
