package db

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"rollcall/audit"
)

// Each attack runs on the connection that writes, which has more rights than
// anything the program does.
func TestRecordIsAppendOnly(t *testing.T) {
	attacks := map[string]string{
		"update a body":            `UPDATE entry SET body = x'00' WHERE seq = 1`,
		"update or replace":        `UPDATE OR REPLACE entry SET seq = 0 WHERE seq = 1`,
		"renumber":                 `UPDATE entry SET seq = seq + 10`,
		"delete the last":          `DELETE FROM entry WHERE seq = 2`,
		"delete all":               `DELETE FROM entry`,
		"insert a gap":             `INSERT INTO entry VALUES (9, x'00', zeroblob(32))`,
		"insert without a number":  `INSERT INTO entry (body, leaf) VALUES (x'00', zeroblob(32))`,
		"insert before":            `INSERT INTO entry VALUES (-1, x'00', zeroblob(32))`,
		"insert again":             `INSERT INTO entry VALUES (1, x'00', zeroblob(32))`,
		"replace":                  `INSERT OR REPLACE INTO entry VALUES (1, x'00', zeroblob(32))`,
		"replace into":             `REPLACE INTO entry VALUES (2, x'00', zeroblob(32))`,
		"upsert":                   `INSERT INTO entry VALUES (1, x'00', zeroblob(32)) ON CONFLICT (seq) DO UPDATE SET body = excluded.body`,
		"ignore":                   `INSERT OR IGNORE INTO entry VALUES (1, x'00', zeroblob(32))`,
		"by rowid":                 `UPDATE entry SET body = x'00' WHERE rowid = 1`,
		"number as text":           `INSERT OR REPLACE INTO entry VALUES ('1', x'00', zeroblob(32))`,
		"a leaf of another length": `INSERT INTO entry VALUES (3, x'00', x'00')`,
		"a body that is text":      `INSERT INTO entry VALUES (3, 'text', zeroblob(32))`,
		"update a tile":            `UPDATE tile SET data = zeroblob(8192)`,
		"delete a tile":            `DELETE FROM tile`,
		"replace a tile":           `INSERT OR REPLACE INTO tile VALUES (0, 0, zeroblob(8192))`,
		"update a checkpoint":      `UPDATE checkpoint SET note = x'00'`,
		"delete a checkpoint":      `DELETE FROM checkpoint`,
		"replace a checkpoint":     `INSERT OR REPLACE INTO checkpoint VALUES (3, x'00')`,
		"a checkpoint before":      `INSERT INTO checkpoint VALUES (1, x'00')`,
		"update an opening":        `UPDATE opening SET value = x'00'`,
		"delete an opening":        `DELETE FROM opening`,
		"replace an opening":       `INSERT OR REPLACE INTO opening SELECT digest, seq, salt, x'00' FROM opening LIMIT 1`,
		"erase what is not there":  `INSERT INTO erasure VALUES (zeroblob(32), 1)`,
		"erase by no entry":        `INSERT INTO erasure SELECT digest, 99 FROM opening LIMIT 1`,
		"rename the log":           `UPDATE log SET id = hex(zeroblob(16))`,
		"delete the name":          `DELETE FROM log`,
		"a second name":            `INSERT INTO log VALUES (2, hex(zeroblob(16)), 1, zeroblob(32))`,
		"replace the name":         `INSERT OR REPLACE INTO log VALUES (1, hex(zeroblob(16)), 1, zeroblob(32))`,
		"write the schema":         `PRAGMA writable_schema = 1; DELETE FROM sqlite_schema WHERE type = 'trigger'`,
		"write a page":             `DELETE FROM sqlite_dbpage`,
	}
	r := newRecord(t)
	b := batchAt(0, 3)
	b.Tiles = []audit.Tile{{Data: make([]byte, 8192)}}
	b.Checkpoint = &audit.SignedCheckpoint{Size: 3, Note: []byte("note")}
	mustCommit(t, r, b)
	before := dump(t, r)
	for name, attack := range attacks {
		if _, err := r.w.Exec(attack); err == nil {
			t.Errorf("%s: no error from %s", name, attack)
		}
		if after := dump(t, r); after != before {
			t.Fatalf("%s changed the record from\n%s\nto\n%s", name, before, after)
		}
	}
	mustCommit(t, r, batchAt(3, 1))
}

// dump returns all that the record's tables hold.
func dump(t *testing.T, r *Record) string {
	t.Helper()
	var out strings.Builder
	for _, query := range []string{
		"SELECT 'schema ' || name || coalesce(sql, '') FROM sqlite_schema",
		"SELECT seq || hex(body) || hex(leaf) FROM entry", "SELECT hex(digest) || seq || hex(value) FROM opening",
		"SELECT level || n || hex(data) FROM tile", "SELECT size || hex(note) FROM checkpoint",
		"SELECT hex(digest) || seq FROM erasure", "SELECT one || id || format || hex(pepper) FROM log",
	} {
		rows, err := r.r.Query(query)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var text string
			if err := rows.Scan(&text); err != nil {
				t.Fatal(err)
			}
			out.WriteString(text + "\n")
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		rows.Close()
	}
	return out.String()
}

func TestErasureRemovesOneOpeningForGood(t *testing.T) {
	r := newRecord(t)
	mustCommit(t, r, batchAt(0, 2))
	gone, stays := openingAt(0), openingAt(1)
	if _, err := r.w.Exec("INSERT INTO erasure (digest, seq) VALUES (?, 1)", gone.Digest[:]); err != nil {
		t.Fatal(err)
	}
	got, err := r.Openings(t.Context(), []audit.Digest{gone.Digest, stays.Digest})
	if err != nil || len(got) != 1 || got[0].Digest != stays.Digest || string(got[0].Value) != string(stays.Value) {
		t.Fatalf("openings after the erasure: %+v, %v", got, err)
	}
	for _, attack := range []string{"DELETE FROM erasure", "UPDATE erasure SET seq = 0"} {
		if _, err := r.w.Exec(attack); err == nil {
			t.Errorf("no error from %s", attack)
		}
	}
	b := batchAt(2, 1)
	b.Openings = append(b.Openings, audit.Opening{Digest: gone.Digest, Seq: 2, Salt: gone.Salt, Value: gone.Value})
	if err := r.Commit(t.Context(), b); err == nil {
		t.Error("what was erased could come back")
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(r.path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(file), string(gone.Value)) {
		t.Error("the erased value is still in the file")
	}
	if !strings.Contains(string(file), string(stays.Value)) {
		t.Error("the other value is not in the file: the check above proves nothing")
	}
}

// Statements that could change what the record's tables hold. The triggers
// would stop them; this finds them before they run.
var changesRecord = regexp.MustCompile(`(?is)\b(` +
	`update\s+(or\s+\w+\s+)?(main\.)?["'\x60\[]?(entry|opening|erasure|tile|checkpoint|log)["'\x60\]]?\s+(as\s+\w+\s+)?set` +
	`|(delete\s+from|replace\s+into|insert\s+or\s+replace\s+into|drop\s+table(\s+if\s+exists)?|alter\s+table)\s+(main\.)?["'\x60\[]?(entry|opening|erasure|tile|checkpoint|log)\b` +
	`|drop\s+trigger\s+(if\s+exists\s+)?["'\x60\[]?(entry|opening|erasure|tile|checkpoint|log)_|writable_schema` +
	`|recursive_triggers\s*=\s*(0|off))`)

// Where such a statement stands for a reason.
var mayChangeRecord = map[string]string{
	"db/schema/record/004-erasure.sql": "an erasure removes its opening; a trigger sees to it that nothing else does",
	"db/appendonly_test.go":            "the attacks above",
	"db/record_test.go":                "a tampered file",
	"db/files_test.go":                 "tampered files",
}

func TestNothingChangesTheRecord(t *testing.T) {
	root := os.DirFS("..")
	seen := map[string]bool{}
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if d.Name() == "node_modules" || path == "build" || (strings.HasPrefix(d.Name(), ".") && path != ".") {
				return fs.SkipDir
			}
			return nil
		}
		for _, text := range statements(t, root, path) {
			found := changesRecord.FindString(text)
			if found == "" {
				continue
			}
			seen[path] = true
			if mayChangeRecord[path] == "" {
				t.Errorf("%s: %q: the record is append-only. What it holds was promised to stand as it was written, "+
					"and evidence packs were given away on that promise. Append an entry instead.", path, found)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !seen["db/appendonly_test.go"] || !seen["db/schema/record/004-erasure.sql"] {
		t.Errorf("the search found only %v: it is broken", seen)
	}
}

// statements returns the text of an SQL file or the string literals of a Go
// file, with those joined that are joined by +.
func statements(t *testing.T, root fs.FS, path string) []string {
	t.Helper()
	switch filepath.Ext(path) {
	case ".sql":
		text, err := fs.ReadFile(root, path)
		if err != nil {
			t.Fatal(err)
		}
		return []string{string(text)}
	case ".go":
		src, err := fs.ReadFile(root, path)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, src, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		return literals(file)
	}
	return nil
}

func literals(file *ast.File) []string {
	var out []string
	ast.Inspect(file, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		text, ok := literal(e)
		if ok {
			out = append(out, text)
		}
		return !ok
	})
	return out
}

// literal folds a string literal or a sum with one; what is not known stands
// as a word of its own.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		a, okA := literal(e.X)
		b, okB := literal(e.Y)
		if e.Op != token.ADD || (!okA && !okB) {
			return "", false
		}
		return a + b, true
	}
	return "", false
}
