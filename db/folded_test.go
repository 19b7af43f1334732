package db

import (
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
)

// A store from before letters that fold to several were written out has them so:
// what is indexed already is found by either spelling, and the rest as ever.
func TestWordsOfAnOldStoreAreFolded(t *testing.T) {
	all := migrations("store").(started).FS
	before := fstest.MapFS{}
	names, err := fs.Glob(all, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(all, name)
		if err != nil {
			t.Fatal(err)
		}
		if name < "422-folded.sql" {
			before[name] = &fstest.MapFile{Data: text}
		}
	}
	path := filepath.Join(t.TempDir(), "file.db")
	db, err := openForMigration(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	fill := func(first int) {
		if _, err := db.ExecContext(t.Context(), "PRAGMA foreign_keys = OFF"); err != nil {
			t.Fatal(err)
		}
		for i, name := range []string{"Straße", "Groẞ", "Oﬃce", "Plain"} {
			id := first + i
			exec := func(query string) {
				if _, err := db.ExecContext(t.Context(), query, id, name); err != nil {
					t.Fatal(err)
				}
			}
			exec(`INSERT INTO account (id, tenant, scim_id, valid_from, first, hash, resource, user_name, display_name, external_id, active, emails, keys) VALUES (?1, 3, ?1, 1, 1, x'', 0, '', ?2, '', 1, '[]', '[]')`)
			exec(`INSERT INTO person (id, source, number, valid_from, first, hash, name, name_key, emails, user_name, manager, type, status, starts, ends, keys) VALUES (?1, 'hr', ?1, 1, 1, x'', ?2, '', '[]', '', '', '', 'on leave', '', '', '[]')`)
		}
	}
	for _, files := range []fs.FS{before, all} {
		if err := migrate(t.Context(), db, path, testAppID, files); err != nil {
			t.Fatal(err)
		}
		fill(len(column(t, db, "SELECT id FROM account")) + 1)
	}
	want := map[string][]string{"strasse": {"1", "5"}, "gross": {"2", "6"}, "offi": {"3", "7"}, "plain": {"4", "8"}}
	for _, word := range slices.Sorted(maps.Keys(want)) {
		for table, facet := range map[string]string{"account": "t3", "person": "onleave"} {
			found := column(t, db, "SELECT rowid FROM "+table+"_words WHERE "+table+"_words MATCH 'facet : \""+facet+"\" AND words : \""+word+"\" *' ORDER BY rowid")
			if !slices.Equal(found, want[word]) {
				t.Errorf("%s: %q finds %q, want %q", table, word, found, want[word])
			}
		}
	}
}
