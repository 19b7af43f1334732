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
	edited := unpack(t, full)
	editBodies(edit(2))(edited)
	bad := audit.Container(edited)
	o := audit.VerifyOptions{Key: w.key.Verifier()}
	return map[string][]byte{
		"verifier-key.txt": []byte(w.key.Verifier() + "\n"),
		"checkpoint.txt":   c.Note,
		"entries-v1.jsonl": bodies,
		"full.zip":         full, "full.report.json": report(t, w.verify(full, o)),
		"filtered.zip": some, "filtered.report.json": report(t, w.verify(some, audit.VerifyOptions{})),
		"edited.zip": bad, "edited.report.json": report(t, w.verify(bad, o)),
	}
}

// TestVectors compares what is written today, byte by byte, with what was
// written when version 1 was fixed. A difference breaks every older verifier.
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
	for name, key := range map[string]string{"full": string(read("verifier-key.txt")), "filtered": "", "edited": string(read("verifier-key.txt"))} {
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
