package audit_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"rollcall/audit"
	"rollcall/test/bounds"
)

// seed adds the test vectors that match the pattern.
func seed(f *testing.F, pattern string) (all [][]byte) {
	f.Helper()
	names, err := filepath.Glob(filepath.Join(vectors, pattern))
	if err != nil || len(names) == 0 {
		f.Fatalf("no seeds %s: %v", pattern, err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, b)
	}
	return all
}

// FuzzPack: whatever the file, no panic, and only the true packs are whole.
func FuzzPack(f *testing.F) {
	good := seed(f, "*.zip")
	for _, b := range good {
		f.Add(b)
	}
	key := string(fixedKey(f).Verifier())
	f.Fuzz(func(t *testing.T, b []byte) {
		var r audit.Report
		var err error
		bounds.Memory(t, len(b), 8<<20, 64, func() {
			r, err = audit.VerifyPack(context.Background(), bytes.NewReader(b), int64(len(b)), audit.VerifyOptions{Key: key})
		})
		if err != nil {
			t.Fatal(err)
		}
		known := false
		for _, g := range good {
			known = known || bytes.Equal(b, g)
		}
		if r.OK && !known {
			t.Error("an unknown file verifies under the key")
		}
		if !r.OK && r.Reason == "" {
			t.Error("a refusal without a reason")
		}
	})
}

// FuzzPackMember puts arbitrary bytes into one member of an otherwise true
// pack, in an exact container: the parsers behind it see them.
func FuzzPackMember(f *testing.F) {
	good, err := os.ReadFile(filepath.Join(vectors, "filtered-v2.zip"))
	if err != nil {
		f.Fatal(err)
	}
	for i, name := range audit.PackNames {
		f.Add(i, unpack(f, good)[name])
	}
	f.Fuzz(func(t *testing.T, i int, b []byte) {
		contents := unpack(t, good)
		name := audit.PackNames[uint(i)%uint(len(audit.PackNames))]
		same := bytes.Equal(contents[name], b)
		contents[name] = b
		pack := audit.Container(contents)
		var r audit.Report
		var err error
		bounds.Memory(t, len(pack), 8<<20, 64, func() {
			r, err = audit.VerifyPack(context.Background(), bytes.NewReader(pack), int64(len(pack)), audit.VerifyOptions{Key: fixedKey(t).Verifier()})
		})
		if err != nil || r.OK != same {
			t.Errorf("%s: ok %v, unchanged %v, %v", name, r.OK, same, err)
		}
	})
}

// FuzzCheckpoint: a checkpoint that is accepted has one form, and what opens
// under the key is what the key signed.
func FuzzCheckpoint(f *testing.F) {
	for _, b := range seed(f, "checkpoint.txt") {
		f.Add(b)
	}
	key := fixedKey(f)
	signed, err := audit.ReadCheckpoint(seed(f, "checkpoint.txt")[0])
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := audit.ReadCheckpoint(b); err == nil {
			again, err := audit.ReadCheckpoint(audit.SignCheckpoint(key, c))
			if err != nil || again != c {
				t.Errorf("%+v came back as %+v, %v", c, again, err)
			}
		}
		bounds.Memory(t, len(b), 1<<20, 64, func() {
			if c, err := audit.OpenCheckpoint(b, key.Verifier()); err == nil && c != signed {
				t.Errorf("%+v opens under the key, which never signed it", c)
			}
		})
	})
}

// FuzzEntry: a body that is accepted is canonical.
func FuzzEntry(f *testing.F) {
	for _, b := range seed(f, "entries-v1.jsonl") {
		for _, line := range lines(b) {
			f.Add(bytes.TrimSuffix(line, []byte("\n")))
		}
	}
	f.Add(bytes.Repeat([]byte("["), 50_000))
	f.Add([]byte(`{"v":` + strings.Repeat("9", 50_000) + `}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var err error
		bounds.Memory(t, len(b), 1<<20, 256, func() {
			_, _ = audit.DecodeBody(b)
			err = audit.CheckBody(b)
		})
		if err != nil {
			return
		}
		again := jsontext.Value(bytes.Clone(b))
		if err := again.Canonicalize(); err != nil || !bytes.Equal(again, b) || bytes.ContainsAny(b, "\n\r") {
			t.Errorf("accepted, but not canonical: %q", b)
		}
	})
}

// FuzzOpening: a line that is accepted has one form.
func FuzzOpening(f *testing.F) {
	for _, pack := range seed(f, "*.zip") {
		for _, line := range lines(unpack(f, pack)["openings.jsonl"]) {
			f.Add(bytes.TrimSuffix(line, []byte("\n")))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var o audit.Opening
		var blob bool
		var err error
		bounds.Memory(t, len(b), 1<<20, 64, func() { o, blob, err = audit.ParseLine(b) })
		if err == nil && string(audit.OpeningLine(o.Seq, blob, o)) != string(b)+"\n" {
			t.Errorf("accepted, but of another form: %q", b)
		}
	})
}

// FuzzAppend: any JSON as data is either refused or comes back as it was, and
// the record holds.
func FuzzAppend(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":1e20,"b":[9007199254740993]}`, `{"$personal":"x"}`, `{"a":{"$blob":"","size":1}}`, `{"a":"\ud800"}`, `{"-0":-0,"f":1.0}`} {
		f.Add([]byte(s), "ticket")
	}
	f.Fuzz(func(t *testing.T, data []byte, ticket string) {
		w := newWorld(t)
		s, err := w.log.Append(t.Context(), audit.Draft{Type: "x", Ticket: ticket, Data: jsontext.Value(data)})
		if err != nil {
			if len(w.store.List) != 0 {
				t.Error("refused and appended")
			}
			return
		}
		if s.Ticket != ticket || s.Erased() != 0 {
			t.Errorf("came back as %+v", s.Entry)
		}
		wantOK(t, w.record())
		wantOK(t, w.verify(w.pack(audit.PackOptions{}), audit.VerifyOptions{}))
	})
}
