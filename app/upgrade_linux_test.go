package app_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// A store that an older program made, brought up to date by one that is killed
// on the way.

const envUpgrade = "ROLLCALL_TEST_UPGRADE" // the child opens the workspace, and no more

// upgrade opens the workspace, which brings its store up to date.
func upgrade(ctx context.Context, dir string) error {
	a, err := app.Open(ctx, onFile(dir))
	if err == nil {
		_, err = a.Checkpoint(ctx)
	}
	if err == nil {
		fmt.Println("ack upgrade")
	}
	return err
}

const storeSchema = "../db/schema/store"

// older makes the store anew with all migrations but these, and with what it
// held as far as their tables can hold it. Where projection is set, it was made
// by a program that applied the record in another way.
func older(t *testing.T, dir string, lacks []string, projection bool) {
	t.Helper()
	now, old := filepath.Join(dir, "store.db"), filepath.Join(t.TempDir(), "old.db")
	db := must(sql.Open("sqlite", old))(t)
	defer db.Close()
	db.SetMaxOpenConns(1)
	do := func(query string, args ...any) {
		t.Helper()
		if _, err := db.Exec(query, args...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	do("ATTACH ? AS now", now)
	do("PRAGMA journal_mode = wal")
	do("CREATE TABLE migration (name TEXT PRIMARY KEY NOT NULL) STRICT, WITHOUT ROWID")
	for _, name := range schemaNames(t) {
		if !slices.Contains(lacks, name) {
			do(string(must(os.ReadFile(filepath.Join(storeSchema, name)))(t)))
			do("INSERT INTO migration VALUES (?)", name)
		}
	}
	const tables = `SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND name NOT IN ('migration', 'sqlite_sequence', 'sqlite_stat1', 'sqlite_stat4')
		AND name NOT IN (SELECT t.name FROM sqlite_schema v, sqlite_schema t WHERE v.rootpage = 0 AND v.type = 'table' AND t.name LIKE v.name || '\_%' ESCAPE '\')`
	for _, table := range texts(t, db, tables) {
		columns := strings.Join(texts(t, db, "SELECT name FROM pragma_table_info('"+table+"')"), ", ")
		do(fmt.Sprintf("INSERT INTO main.%s (%s) SELECT %s FROM now.%s", table, columns, columns, table))
	}
	if projection {
		do("UPDATE applied SET projection_version = 0")
	}
	do("DETACH now")
	do("PRAGMA application_id = 0x52437374")
	do("PRAGMA user_version = " + fmt.Sprint(len(schemaNames(t))-len(lacks)))
	do("PRAGMA wal_checkpoint(TRUNCATE)")
	if err := os.WriteFile(now, must(os.ReadFile(old))(t), 0o600); err != nil {
		t.Fatal(err)
	}
}

func schemaNames(t *testing.T) (names []string) {
	t.Helper()
	for _, e := range must(os.ReadDir(storeSchema))(t) {
		names = append(names, e.Name())
	}
	return names
}

func texts(t *testing.T, db *sql.DB, query string) (out []string) {
	t.Helper()
	rows := must(db.Query(query))(t)
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// Killed at every write of an upgrade: the decisions are there, and where the
// record is applied as before, the lists are too.
func TestKilledWhileUpgrading(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	c := newCrashSite(t)
	acked, failure := c.work(0)
	if failure != "" {
		t.Fatal(failure)
	}
	if err := c.open().Close(); err != nil {
		t.Fatal(err)
	}
	whole, names := readDir(t, c.dir), schemaNames(t)
	lists := slices.IndexFunc(names, func(name string) bool { return name > "104" }) // from here on, nothing that a decision stands in
	for n := len(names) - 1; n > lists-3; n-- {
		if os.Getenv("ROLLCALL_STORMS") == "" && n != len(names)-1 && n != lists && n != lists-1 {
			continue // all of them only in a soak
		}
		lacks, kept := names[n:], n >= lists
		t.Run("without "+lacks[0], func(t *testing.T) {
			t.Parallel()
			before, old := decidedIn(t, c, whole), filepath.Join(t.TempDir(), "ws")
			writeDir(t, old, whole)
			older(t, old, lacks, !kept)
			files, kills := readDir(t, old), 0
			for at := 1; ; at += 1 + at/8 {
				d := &crashSite{t: t, dir: filepath.Join(t.TempDir(), "ws"), server: c.server, listless: !kept}
				writeDir(t, d.dir, files)
				done, failure := d.work(at, envUpgrade+"=1")
				if failure != "" {
					t.Fatalf("after %d writes: %s", at, failure)
				}
				d.demandUpgraded(acked, before)
				if t.Failed() {
					t.Fatalf("killed after %d writes", at)
				}
				if len(done) > 0 {
					break
				}
				kills++
			}
			if kills < 3 && len(lacks) > 1 { // one small step may be over before the kill comes
				t.Errorf("only %d children were killed", kills)
			}
		})
	}
}

// A store of before knows who undid a plan, once it is up to date.
func TestUpgradeTellsWhoUndid(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(accounts("u58", "u59"))
	s.run(p)
	u := must(s.app.Undo(t.Context(), p.Hash, "", false))(t)
	s.run(u)
	if err := s.app.Close(); err != nil {
		t.Fatal(err)
	}
	names := schemaNames(t)
	older(t, s.cfg.Dir, names[slices.Index(names, "408-undoes.sql"):], false)
	s.open()
	must(s.app.Checkpoint(t.Context()))(t)
	s.demandUndone(p.Hash, "undone by "+u.Hash, 0, 0)
}

func decidedIn(t *testing.T, c *crashSite, files map[string][]byte) string {
	t.Helper()
	d := &crashSite{t: t, dir: filepath.Join(t.TempDir(), "ws"), server: c.server}
	writeDir(t, d.dir, files)
	a := d.open()
	defer a.Close()
	return decided(t, a)
}

// demandUpgraded opens what is left of an upgrade.
func (c *crashSite) demandUpgraded(acked []string, before string) {
	t := c.t
	t.Helper()
	a := c.open()
	must(a.Checkpoint(t.Context()))(t) // the first writer brings the store up to date
	if after := decided(t, a); after != before {
		t.Errorf("decided was\n%s\nand is\n%s", before, after)
	}
	if n := must(a.Tenants(t.Context()))(t)[0].Accounts; !c.listless && n != 60 {
		t.Errorf("of 60 accounts %d are there", n)
	}
	if n := must(a.Accounts(t.Context(), app.AccountFilter{Tenant: "Acme", Search: "person59"}))(t).Total; !c.listless && n != 1 {
		t.Errorf("%d accounts are found by name", n)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	c.demandIntact(acked)
}
