package audit_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"rollcall/audit"
)

var update = flag.Bool("update", false, "write the test vectors in testdata/vectors again")

const vectors = "testdata/vectors"

// vectorWorld is the log behind the vectors: an entry of every shape.
func vectorWorld(t *testing.T) *world {
	w := newWorld(t)
	w.append(audit.Draft{Type: "workspace.created", Actor: audit.Text("ann@example.com"), Data: map[string]any{"name": "Example"}})
	w.append(audit.Draft{Type: "tenant.added", Actor: audit.Text("ann@example.com"), Tenant: "t1", Ticket: "HD-4812",
		Data: map[string]any{"text": "ü \u2028 \" \\ \x00", "large": uint64(1) << 60, "fraction": 0.1, "list": []any{nil, true, false}}})
	_, _, err := w.log.AppendIntent(t.Context(), audit.Draft{Type: "action.intent", Actor: audit.Text("ann@example.com"), Tenant: "t1",
		Target: audit.Text("bob@example.com"), Ticket: "=1+1", Data: noteData{N: 3, About: audit.Text(""),
			Payload: audit.Bytes([]byte(`{"userName":"bob@example.com"}`))}}, request())
	w.ok(err)
	w.append(audit.Draft{Type: "action.outcome", Data: noteData{N: 4, About: audit.Text("to be erased"), Payload: audit.Bytes([]byte{0, 255})}})
	for d, o := range w.store.Opened {
		if string(o.Value) == "to be erased" {
			delete(w.store.Opened, d)
		}
	}
	w.append(audit.Draft{Type: "record.exported", Actor: audit.Text("ann@example.com")})
	return w
}

func report(t *testing.T, r audit.Report) []byte {
	t.Helper()
	b, err := json.Marshal(r, jsontext.WithIndent("  "))
	if err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}

// made returns the vectors as this program writes them today.
func made(t *testing.T) map[string][]byte {
	w := vectorWorld(t)
	full := w.pack(audit.PackOptions{Program: "rollcall test", Filter: "every entry"})
	some := w.pack(audit.PackOptions{Program: "rollcall test", Filter: "type action.*",
		Choose: func(s audit.Stored) bool { return s.Seq == 2 || s.Seq == 3 }})
	c, err := w.log.Checkpoint(t.Context())
	w.ok(err)
	var bodies []byte
	for _, r := range w.store.List {
		bodies = append(append(bodies, r.Body...), '\n')
	}
	o := audit.VerifyOptions{Key: w.key.Verifier()}
	return map[string][]byte{
		"verifier-key.txt": []byte(w.key.Verifier() + "\n"),
		"checkpoint.txt":   c.Note,
		"entries-v1.jsonl": bodies,
		"full-v2.zip":      full, "full-v2.report.json": report(t, w.verify(full, o)),
		"filtered-v2.zip": some, "filtered-v2.report.json": report(t, w.verify(some, audit.VerifyOptions{})),
	}
}

// TestVectors compares what is written today, byte by byte, with what was
// written when its version was fixed. A difference breaks every older verifier.
// Packs of version 1 are not written any more.
func TestVectors(t *testing.T) {
	for name, got := range made(t) {
		file := filepath.Join(vectors, name)
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is written otherwise now", name)
		}
	}
}

// TestVectorsVerify reads the files alone, as any verifier would.
func TestVectorsVerify(t *testing.T) {
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join(vectors, name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, key := range map[string]string{
		"full": string(read("verifier-key.txt")), "filtered": "", "edited": string(read("verifier-key.txt")),
		"full-v2": string(read("verifier-key.txt")), "filtered-v2": "",
	} {
		pack := read(name + ".zip")
		r, err := audit.VerifyPack(t.Context(), bytes.NewReader(pack), int64(len(pack)), audit.VerifyOptions{Key: key})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := report(t, r), read(name+".report.json"); !bytes.Equal(got, want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
}

// TestOldEntries decodes the entries of every version that was ever written.
func TestOldEntries(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(vectors, "entries-v1.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	types := []string{"workspace.created", "tenant.added", "action.intent", "action.outcome", "record.exported"}
	for i, line := range lines(b) {
		e, err := audit.DecodeBody(bytes.TrimSuffix(line, []byte("\n")))
		if err != nil || e.V != 1 || e.Seq != int64(i) || e.Log != "testlog" || e.Type != types[i] {
			t.Errorf("line %d: %+v, %v", i+1, e, err)
		}
	}
}

// TestPackFormats: what a pack says of its format decides which table it must
// have, and a format that is not known is not guessed.
func TestPackFormats(t *testing.T) {
	w := vectorWorld(t)
	key := fixedKey(t)
	old, err := os.ReadFile(filepath.Join(vectors, "full.zip"))
	w.ok(err)
	tables := map[string][]byte{"v1": unpack(t, old)["entries.csv"]}
	contents := unpack(t, w.pack(audit.PackOptions{}))
	tables["v2"] = bytes.Clone(contents["entries.csv"])
	if bytes.Equal(tables["v1"], tables["v2"]) {
		t.Fatal("the vectors do not show the difference between the formats")
	}
	for _, tc := range []struct{ title, table, reason string }{
		{"v1", "v1", ""}, {"v2", "v2", ""},
		{"v1", "v2", audit.ReasonTable}, {"v2", "v1", audit.ReasonTable},
		{"v3", "v2", audit.ReasonPackVersion}, {"v2147483647", "v2", audit.ReasonPackVersion},
		{"v02", "v2", audit.ReasonManifestForm}, {"v0", "v1", audit.ReasonManifestForm}, {"v-1", "v1", audit.ReasonManifestForm},
	} {
		contents["entries.csv"] = tables[tc.table]
		audit.ResignAs(contents, key, tc.title)
		pack := audit.Container(contents)
		r := w.verify(pack, audit.VerifyOptions{Key: key.Verifier()})
		if r.OK != (tc.reason == "") || r.Reason != tc.reason {
			t.Errorf("format %s with the table of %s: %v, %q", tc.title, tc.table, r.OK, r.Reason)
		}
	}
}
