package audit_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"rollcall/audit"
)

// unpack reads the members with the standard zip reader, which shows that a
// pack is an ordinary zip file.
func unpack(t testing.TB, pack []byte) map[string][]byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(pack), int64(len(pack)))
	if err != nil {
		t.Fatal(err)
	}
	contents := map[string][]byte{}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if contents[f.Name], err = io.ReadAll(in); err != nil {
			t.Fatal(err)
		}
	}
	return contents
}

// zipped packs as an ordinary zip program does.
func zipped(t *testing.T, contents map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(contents)) {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = f.Write(contents[name])
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func lines(b []byte) [][]byte {
	return bytes.SplitAfter(bytes.TrimSuffix(b, []byte("\n")), []byte("\n"))
}

func joined(list [][]byte) []byte {
	for i, l := range list {
		list[i] = append(bytes.TrimSuffix(slices.Clone(l), []byte("\n")), '\n')
	}
	return bytes.Join(list, nil)
}

// editBodies changes the lines of entries.jsonl.
func editBodies(change func([][]byte) [][]byte) func(map[string][]byte) {
	return func(c map[string][]byte) { c["entries.jsonl"] = joined(change(lines(c["entries.jsonl"]))) }
}

func edit(i int) func([][]byte) [][]byte {
	return func(l [][]byte) [][]byte {
		l[i] = bytes.Replace(l[i], []byte(`"ticket":"`), []byte(`"ticket":"x`), 1)
		return l
	}
}

// leafOf makes leaf i fit the body on line i.
func leafOf(i int) func(map[string][]byte) {
	return func(c map[string][]byte) {
		sum := sha256.Sum256(append([]byte{0}, bytes.TrimSuffix(lines(c["entries.jsonl"])[i], []byte("\n"))...))
		copy(c["leaf-hashes.bin"][32*i:], sum[:])
	}
}

func dropLeaf(i int) func(map[string][]byte) {
	return func(c map[string][]byte) {
		c["leaf-hashes.bin"] = slices.Delete(slices.Clone(c["leaf-hashes.bin"]), 32*i, 32*i+32)
	}
}

func replace(name, old, new string) func(map[string][]byte) {
	return func(c map[string][]byte) { c[name] = bytes.Replace(c[name], []byte(old), []byte(new), 1) }
}

func TestTamperedPack(t *testing.T) {
	w := newWorld(t)
	w.fill(6)
	pack := w.pack(audit.PackOptions{Program: "test"})
	drop := func(i int) func(map[string][]byte) {
		return editBodies(func(l [][]byte) [][]byte { return slices.Delete(l, i, i+1) })
	}
	swap := func(i, j int) func(map[string][]byte) {
		return editBodies(func(l [][]byte) [][]byte { l[i], l[j] = l[j], l[i]; return l })
	}
	for _, test := range []struct {
		name     string
		changes  []func(map[string][]byte)
		firstBad int64
		reason   string
	}{
		{"edit first", []func(map[string][]byte){editBodies(edit(0))}, 0, audit.ReasonLeaf},
		{"edit", []func(map[string][]byte){editBodies(edit(3))}, 3, audit.ReasonLeaf},
		{"edit last", []func(map[string][]byte){editBodies(edit(5))}, 5, audit.ReasonLeaf},
		{"edit two", []func(map[string][]byte){editBodies(edit(4)), editBodies(edit(2))}, 2, audit.ReasonLeaf},
		{"edit with its leaf", []func(map[string][]byte){editBodies(edit(3)), leafOf(3)}, 3, audit.ReasonTable},
		{"edit with its leaf and table", []func(map[string][]byte){editBodies(edit(1)), leafOf(1),
			replace("entries.csv", "HD-4812", "xHD-4812")}, -1, audit.ReasonMember},
		{"drop first", []func(map[string][]byte){drop(0)}, 0, audit.ReasonMissing},
		{"drop", []func(map[string][]byte){drop(2)}, 2, audit.ReasonMissing},
		{"drop last", []func(map[string][]byte){drop(5)}, 5, audit.ReasonMissing},
		{"drop with its leaf", []func(map[string][]byte){drop(2), dropLeaf(2)}, 2, audit.ReasonMissing},
		{"swap neighbours", []func(map[string][]byte){swap(1, 2)}, 1, audit.ReasonOrder},
		{"swap far apart", []func(map[string][]byte){swap(0, 5)}, 0, audit.ReasonOrder},
		{"swap with leaves", []func(map[string][]byte){swap(1, 4), leafOf(1), leafOf(4)}, 1, audit.ReasonOrder},
		{"double", []func(map[string][]byte){editBodies(func(l [][]byte) [][]byte { return slices.Insert(l, 3, l[2]) })}, 3, audit.ReasonOrder},
		{"extra at the end", []func(map[string][]byte){editBodies(func(l [][]byte) [][]byte { return append(l, l[5]) })}, -1, audit.ReasonMember},
		{"no line feed at the end", []func(map[string][]byte){func(c map[string][]byte) {
			c["entries.jsonl"] = bytes.TrimSuffix(c["entries.jsonl"], []byte("\n"))
		}}, 5, audit.ReasonEntry},
		{"leaf", []func(map[string][]byte){func(c map[string][]byte) { c["leaf-hashes.bin"][32*4] ^= 1 }}, 4, audit.ReasonLeaf},
		{"leaf missing", []func(map[string][]byte){dropLeaf(5)}, 5, audit.ReasonLeafCount},
		{"value", []func(map[string][]byte){replace("openings.jsonl", "ann@example.com", "eve@example.com")}, 1, audit.ReasonOpening},
		{"opening dropped", []func(map[string][]byte){func(c map[string][]byte) {
			c["openings.jsonl"] = joined(lines(c["openings.jsonl"])[1:])
		}}, 1, audit.ReasonTable}, // it looks erased, but the table knows the value
		{"opening of nothing", []func(map[string][]byte){replace("openings.jsonl", `"seq":1`, `"seq":0`)}, 0, audit.ReasonOpeningUnneeded},
		{"opening malformed", []func(map[string][]byte){replace("openings.jsonl", `"seq":1`, `"seq": 1`)}, 0, audit.ReasonOpeningForm},
		{"table", []func(map[string][]byte){replace("entries.csv", "test.note", "test.nope")}, 1, audit.ReasonTable},
		{"table longer", []func(map[string][]byte){func(c map[string][]byte) { c["entries.csv"] = append(c["entries.csv"], "6,"...) }}, -1, audit.ReasonMember},
		{"list of entries", []func(map[string][]byte){replace("chosen.txt", "0-5", "0-4")}, -1, audit.ReasonMember},
		{"readme", []func(map[string][]byte){replace("README.txt", "SHA-256", "MD5")}, -1, audit.ReasonMember},
		{"manifest", []func(map[string][]byte){replace("manifest.txt", "bodies 6", "bodies 5")}, -1, audit.ReasonManifest},
		{"manifest form", []func(map[string][]byte){replace("manifest.txt", "bodies 6", "bodies 06")}, -1, audit.ReasonManifest},
		{"manifest gone", []func(map[string][]byte){func(c map[string][]byte) { c["manifest.txt"] = nil }}, -1, audit.ReasonManifest},
		{"signature twice", []func(map[string][]byte){func(c map[string][]byte) {
			l := lines(c["manifest.txt"])
			c["manifest.txt"] = joined(append(l, l[len(l)-1]))
		}}, -1, audit.ReasonManifest},
		{"checkpoint", []func(map[string][]byte){replace("checkpoint.txt", "\n6\n", "\n7\n")}, -1, audit.ReasonCheckpoint},
		{"key", []func(map[string][]byte){replace("key.txt", "+", "-")}, -1, audit.ReasonKey},
	} {
		t.Run(test.name, func(t *testing.T) {
			contents := unpack(t, pack)
			for _, change := range test.changes {
				change(contents)
			}
			r := w.verify(audit.Container(contents), audit.VerifyOptions{})
			wantBad(t, r, test.firstBad, test.reason)
			wantBad(t, w.verify(zipped(t, contents), audit.VerifyOptions{}), test.firstBad, test.reason)
		})
	}
}

func TestPackedAgain(t *testing.T) {
	w := newWorld(t)
	w.fill(3)
	contents := unpack(t, w.pack(audit.PackOptions{}))
	wantOK(t, w.verify(audit.Container(contents), audit.VerifyOptions{}))
	wantBad(t, w.verify(zipped(t, contents), audit.VerifyOptions{}), -1, audit.ReasonContainer)
	contents["../../etc/passwd"] = []byte("x")
	wantBad(t, w.verify(zipped(t, contents), audit.VerifyOptions{}), -1, audit.ReasonContainer)
}

func TestDuplicateNames(t *testing.T) {
	w := newWorld(t)
	w.fill(3)
	contents := unpack(t, w.pack(audit.PackOptions{}))
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range append(slices.Clone(audit.PackNames[:8]), "README.txt") {
		f, _ := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		_, _ = f.Write(contents[name])
	}
	w.ok(z.Close())
	wantBad(t, w.verify(out.Bytes(), audit.VerifyOptions{}), -1, audit.ReasonContainer)
}

func TestFilteredPack(t *testing.T) {
	w := newWorld(t)
	w.fill(300)
	pack := w.pack(audit.PackOptions{Choose: func(s audit.Stored) bool { return s.Seq%100 < 2 || s.Seq == 299 }, Filter: "some"})
	r := w.verify(pack, audit.VerifyOptions{})
	wantOK(t, r)
	if r.Entries != 300 || r.Bodies != 7 {
		t.Errorf("report %+v", r)
	}
	c := unpack(t, pack)
	if got := string(c["chosen.txt"]); got != "0-1\n100-101\n200-201\n299\n" {
		t.Errorf("chosen %q", got)
	}
	if n := len(lines(c["entries.csv"])); n != 8 {
		t.Errorf("%d lines in the table, want 8", n)
	}
	if n := len(c["leaf-hashes.bin"]); n != 300*32 {
		t.Errorf("%d bytes of leaf hashes", n)
	}
	editBodies(func(l [][]byte) [][]byte { return slices.Delete(l, 3, 4) })(c)
	wantBad(t, w.verify(audit.Container(c), audit.VerifyOptions{}), 101, audit.ReasonMissing)
}

func TestEarlierCheckpoints(t *testing.T) {
	w := newWorld(t)
	w.fill(3)
	at3, err := w.log.Checkpoint(t.Context())
	w.ok(err)
	pack3 := w.pack(audit.PackOptions{})
	w.fill(2)
	pack5 := w.pack(audit.PackOptions{})
	at5, err := w.log.Checkpoint(t.Context())
	w.ok(err)
	key := w.key.Verifier()
	verify := func(pack []byte, key string, earlier ...[]byte) audit.Report {
		return w.verify(pack, audit.VerifyOptions{Key: key, Checkpoints: earlier})
	}

	r := verify(pack5, key, at3.Note, at5.Note)
	wantOK(t, r)
	if r.Anchoring != audit.Anchored || r.Proven != 5 {
		t.Errorf("report %+v", r)
	}
	wantBad(t, verify(pack3, key, at5.Note), 3, audit.ReasonBehind)
	wantBad(t, verify(pack3, "", at5.Note), 3, audit.ReasonBehind)
	root := audit.Checkpoint{LogID: "testlog", Size: 3, Root: [32]byte{1}}
	forked := verify(pack5, key, at5.Note, audit.SignCheckpoint(w.key, root))
	wantBad(t, forked, -1, audit.ReasonFork)
	if forked.Anchoring != audit.SelfSigned {
		t.Errorf("beside a checkpoint that does not fit the pack is %s", forked.Anchoring)
	}
	root.LogID = "other"
	wantBad(t, verify(pack5, key, audit.SignCheckpoint(w.key, root)), -1, audit.ReasonOtherLog)
	other, err := audit.NewKey("rollcall/testlog")
	w.ok(err)
	wantBad(t, verify(pack5, key, audit.SignCheckpoint(other, audit.Checkpoint{LogID: "testlog", Size: 3})), -1, audit.ReasonCheckpoint)
	if _, err := audit.VerifyPack(t.Context(), bytes.NewReader(pack5), int64(len(pack5)),
		audit.VerifyOptions{Checkpoints: [][]byte{[]byte("no note")}}); err == nil {
		t.Error("a file that is no checkpoint was accepted as an earlier one")
	}
}

// TestOtherSigner makes a forged pack that is consistent in itself: only the
// key or an earlier checkpoint can tell.
func TestOtherSigner(t *testing.T) {
	w := newWorld(t)
	w.fill(3)
	at3, err := w.log.Checkpoint(t.Context())
	w.ok(err)
	forger, err := audit.NewKey("rollcall/testlog")
	w.ok(err)
	c := unpack(t, w.pack(audit.PackOptions{}))
	editBodies(edit(0))(c)
	leafOf(0)(c)
	replace("entries.csv", "'+1", "x+1")(c)
	audit.Resign(c, forger, 3)
	forged := audit.Container(c)

	r := w.verify(forged, audit.VerifyOptions{})
	wantOK(t, r)
	if r.SignerChecked || r.Fingerprint != forger.Fingerprint() {
		t.Errorf("report %+v", r)
	}
	wantBad(t, w.verify(forged, audit.VerifyOptions{Key: w.key.Verifier()}), -1, audit.ReasonOtherKey)
	wantBad(t, w.verify(forged, audit.VerifyOptions{Checkpoints: [][]byte{at3.Note}}), -1, audit.ReasonCheckpoint)
	both := strings.Join([]string{w.key.Verifier(), forger.Verifier()}, "\n")
	wantOK(t, w.verify(forged, audit.VerifyOptions{Key: both}))
	if _, err := audit.VerifyPack(t.Context(), bytes.NewReader(forged), int64(len(forged)), audit.VerifyOptions{Key: "nonsense"}); err == nil {
		t.Error("a key that is none was accepted")
	}
}

// A checkpoint has one form: what says the same otherwise is none.
func TestCheckpointInAnotherForm(t *testing.T) {
	w := newWorld(t)
	w.fill(3)
	c, err := w.log.Checkpoint(t.Context())
	w.ok(err)
	if _, err := audit.ReadCheckpoint(c.Note); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"a zero more":     {"\n3\n", "\n03\n"},
		"a sign":          {"\n3\n", "\n+3\n"},
		"a line more":     {"\n\n", "\nmore\n\n"},
		"another program": {"rollcall/", "Rollcall/"},
		"no log":          {"rollcall/testlog", "rollcall/"},
	} {
		other := strings.Replace(string(c.Note), change[0], change[1], 1)
		if got, err := audit.ReadCheckpoint([]byte(other)); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestLooseBase64: the last character of a signature has two bits that decoding
// ignores; another spelling of the same signature is still another file.
func TestLooseBase64(t *testing.T) {
	w := newWorld(t)
	w.fill(3)
	contents := unpack(t, w.pack(audit.PackOptions{}))
	loose := func(note []byte) []byte {
		bad := slices.Clone(note)
		const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
		at := len(bad) - len("x=\n")
		bad[at] = alphabet[strings.IndexByte(alphabet, bad[at])+1]
		return bad
	}
	if _, err := audit.OpenCheckpoint(loose(contents["checkpoint.txt"]), w.key.Verifier()); err == nil {
		t.Error("a checkpoint in another spelling was accepted")
	}
	contents["manifest.txt"] = loose(contents["manifest.txt"])
	wantBad(t, w.verify(audit.Container(contents), audit.VerifyOptions{}), -1, audit.ReasonManifest)
}
