package db

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"rollcall/test/bounds"
)

var people = List{
	Select: "SELECT id, name, age, city FROM person",
	ID:     "id", IDKind: Integer,
	Columns: map[string]Column{
		"name": {SQL: "name", Kind: Text, Ops: []Op{Is, IsNot, In, Prefix, Contains}, Sort: true},
		"age":  {SQL: "age", Kind: Integer, Ops: []Op{Is, In, Below, AtMost, Above, AtLeast}, Sort: true},
		"city": {SQL: "city", Kind: Text, Ops: []Op{Is, IsNot}, Sort: true, Null: true},
		"note": {SQL: "note", Kind: Text, Ops: []Op{Contains}},
	},
}

type person struct {
	id   int64
	name string
	age  int64
	city *string
}

func (p person) value(column string) any {
	switch column {
	case "name":
		return p.name
	case "age":
		return p.age
	case "city":
		if p.city == nil {
			return nil
		}
		return *p.city
	}
	return p.id
}

// crowd makes people with many equal values and missing ones.
func crowd(t testing.TB) *sql.DB {
	t.Helper()
	db, err := openForMigration(filepath.Join(t.TempDir(), "people.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := migrate(context.Background(), db, "", testAppID, files(`CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INTEGER NOT NULL, city TEXT, note TEXT) STRICT`)); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(5, 6))
	names := []string{"", "a", "ab", "abc", "b", "a%", "a_", "a\uFFFD", "\U0010FFFF", "\U0010FFFFx", "\uD7FF", "Ä", "'; DROP TABLE person; --"}
	err = inTx(context.Background(), db, func(tx *sql.Tx) error {
		for i := range 200 {
			var city *string
			if rng.IntN(3) > 0 {
				city = &names[rng.IntN(3)]
			}
			if _, err := tx.Exec("INSERT INTO person VALUES (?, ?, ?, ?, 'note')", i, names[rng.IntN(len(names))], rng.IntN(4), city); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func list(t testing.TB, db *sql.DB, p Page) []person {
	t.Helper()
	query, args, err := people.SQL(p)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := db.Query(query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	var out []person
	for rows.Next() {
		var p person
		if err := rows.Scan(&p.id, &p.name, &p.age, &p.city); err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// Pages put together are the list in one piece, whatever the order.
func TestPagesMakeTheList(t *testing.T) {
	db := crowd(t)
	columns := []string{"name", "age", "city"}
	for seed := range uint64(trials(60)) {
		rng := rand.New(rand.NewPCG(seed, 7))
		var sorts []Sort
		for _, c := range rng.Perm(3)[:rng.IntN(4)] {
			sorts = append(sorts, Sort{columns[c], rng.IntN(2) == 0})
		}
		p := Page{Sort: sorts, Limit: 1000}
		if rng.IntN(2) == 0 {
			p.Filters = []Filter{{"age", AtLeast, 1}}
		}
		whole := list(t, db, p)
		p.Limit = 1 + rng.IntN(20)
		var pieces []person
		for {
			page := list(t, db, p)
			pieces = append(pieces, page...)
			if len(page) < p.Limit {
				break
			}
			p.After = nil
			for _, s := range sorts {
				p.After = append(p.After, page[len(page)-1].value(s.Column))
			}
			p.After = append(p.After, page[len(page)-1].id)
		}
		same := func(a, b person) bool { return a.id == b.id }
		if len(whole) < 100 || !slices.EqualFunc(whole, pieces, same) {
			t.Errorf("seed %d, %v: %d people in one piece, %d in pages of %d", seed, sorts, len(whole), len(pieces), p.Limit)
		}
	}
}

func TestFilters(t *testing.T) {
	db := crowd(t)
	all := list(t, db, Page{Limit: 1000})
	for _, c := range []struct {
		f    Filter
		want func(person) bool
	}{
		{Filter{"name", Is, "a%"}, func(p person) bool { return p.name == "a%" }},
		{Filter{"name", IsNot, "a"}, func(p person) bool { return p.name != "a" }},
		{Filter{"name", In, []string{"a", "b"}}, func(p person) bool { return p.name == "a" || p.name == "b" }},
		{Filter{"name", In, []string{}}, func(p person) bool { return false }},
		{Filter{"name", Prefix, "a"}, func(p person) bool { return strings.HasPrefix(p.name, "a") }},
		{Filter{"name", Prefix, ""}, func(p person) bool { return true }},
		{Filter{"name", Prefix, "a\uFFFD"}, func(p person) bool { return strings.HasPrefix(p.name, "a\uFFFD") }},
		{Filter{"name", Prefix, "\U0010FFFF"}, func(p person) bool { return strings.HasPrefix(p.name, "\U0010FFFF") }},
		{Filter{"name", Prefix, "\uD7FF"}, func(p person) bool { return strings.HasPrefix(p.name, "\uD7FF") }},
		{Filter{"name", Contains, "_"}, func(p person) bool { return strings.Contains(p.name, "_") }},
		{Filter{"age", Is, 2}, func(p person) bool { return p.age == 2 }},
		{Filter{"age", In, []int64{0, 3}}, func(p person) bool { return p.age%3 == 0 }},
		{Filter{"age", Below, int64(2)}, func(p person) bool { return p.age < 2 }},
		{Filter{"age", AtMost, 2}, func(p person) bool { return p.age <= 2 }},
		{Filter{"age", Above, 2}, func(p person) bool { return p.age > 2 }},
		{Filter{"age", AtLeast, 2}, func(p person) bool { return p.age >= 2 }},
		{Filter{"city", Is, "a"}, func(p person) bool { return p.city != nil && *p.city == "a" }},
		{Filter{"city", IsNot, "a"}, func(p person) bool { return p.city == nil || *p.city != "a" }},
	} {
		var want, got []int64
		for _, p := range all {
			if c.want(p) {
				want = append(want, p.id)
			}
		}
		for _, p := range list(t, db, Page{Filters: []Filter{c.f}, Limit: 1000}) {
			got = append(got, p.id)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v: got %v, want %v", c.f, got, want)
		}
	}
}

func TestFilterRefuses(t *testing.T) {
	for name, p := range map[string]Page{
		"an unknown column":     {Filters: []Filter{{"salary", Is, "1"}}},
		"SQL for a column":      {Filters: []Filter{{"1=1; DROP TABLE person", Is, "1"}}},
		"SQL for a comparison":  {Filters: []Filter{{"name", "IS NOT NULL --", "1"}}},
		"a comparison too many": {Filters: []Filter{{"name", Below, "1"}}},
		"a number for text":     {Filters: []Filter{{"name", Is, 1}}},
		"text for a number":     {Filters: []Filter{{"age", Is, "1"}}},
		"bytes":                 {Filters: []Filter{{"name", Is, []byte("a")}}},
		"nothing":               {Filters: []Filter{{"name", Is, nil}}},
		"one for many":          {Filters: []Filter{{"name", In, "a"}}},
		"numbers for texts":     {Filters: []Filter{{"name", In, []int64{1}}}},
		"too many values":       {Filters: []Filter{{"age", In, make([]int64, maxIn+1)}}},
		"too many filters":      {Filters: make([]Filter, maxFilters+1)},
		"sort by no column":     {Sort: []Sort{{"salary", false}}},
		"sort by SQL":           {Sort: []Sort{{"name; DROP TABLE person", false}}},
		"sort not offered":      {Sort: []Sort{{"note", false}}},
		"too many sorts":        {Sort: make([]Sort, maxSorts+1)},
		"another order before":  {Sort: []Sort{{"name", false}}, After: []any{int64(1)}},
		"a NULL that cannot be": {Sort: []Sort{{"name", false}}, After: []any{nil, int64(1)}},
		"a wrong id":            {After: []any{"x"}},
	} {
		p.Limit = 10
		if query, _, err := people.SQL(p); !errors.Is(err, ErrFilter) {
			t.Errorf("%s: got %q, %v", name, query, err)
		}
	}
	for _, limit := range []int{0, -1} {
		if _, _, err := people.SQL(Page{Limit: limit}); !errors.Is(err, ErrFilter) {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
}

// Whatever a person sends, the statement's text is one of those that the list
// can make, and it runs.
func FuzzFilterInjection(f *testing.F) {
	db := crowd(f)
	f.Add("name", "is", "x' OR '1'='1", "name", "'; DROP TABLE person; --")
	f.Add("name", "prefix", "a\xff", "age", "")
	f.Add("name) OR (1", "contains", "\"", "name DESC, (SELECT 1)", "x")
	f.Fuzz(func(t *testing.T, column, op, value, sort, after string) {
		p := Page{Filters: []Filter{{column, Op(op), value}}, Sort: []Sort{{sort, false}}, After: []any{after, int64(1)}, Limit: 5}
		var query string
		var args []any
		var err error
		bounds.Memory(t, len(column)+len(op)+len(value)+len(sort)+len(after), 1<<20, 64, func() { query, args, err = people.SQL(p) })
		if err != nil {
			if !errors.Is(err, ErrFilter) {
				t.Fatal(err)
			}
			return
		}
		plain, _, err := people.SQL(Page{Filters: []Filter{{column, Op(op), "x"}}, Sort: p.Sort, After: []any{"x", int64(1)}, Limit: 5})
		// A prefix without a successor has one bound instead of two.
		if open := strings.Replace(plain, " AND "+column+" < ?", "", 1); err != nil || (query != plain && query != open) {
			t.Fatalf("the values changed the statement from %q to %q (%v)", plain, query, err)
		}
		if strings.Count(query, "?") != len(args) {
			t.Fatalf("%q has %d values", query, len(args))
		}
		rows, err := db.Query(query, args...)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var p person
			if err := rows.Scan(&p.id, &p.name, &p.age, &p.city); err != nil {
				t.Fatal(err)
			}
			if op == string(Prefix) && utf8.ValidString(value) && column == "name" && !strings.HasPrefix(p.name, value) {
				t.Errorf("%q does not begin with %q", p.name, value)
			}
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// A page deep in a list is found by the index, not by counting up to it.
func TestPagesUseTheIndex(t *testing.T) {
	db := crowd(t)
	if _, err := db.Exec("CREATE INDEX person_by_name ON person (name, id)"); err != nil {
		t.Fatal(err)
	}
	for _, desc := range []bool{false, true} {
		query, args, err := people.SQL(Page{Sort: []Sort{{"name", desc}}, After: []any{"b", int64(3)}, Limit: 5})
		if err != nil {
			t.Fatal(err)
		}
		var id, parent, unused int
		var detail string
		if err := db.QueryRow("EXPLAIN QUERY PLAN "+query, args...).Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		if want := "USING INDEX person_by_name (name"; !strings.Contains(detail, want) {
			t.Errorf("desc %t: %q lacks %q", desc, detail, want)
		}
	}
}
