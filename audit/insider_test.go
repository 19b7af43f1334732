package audit_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"testing"

	"rollcall/audit"
)

func put(name, text string) func(map[string][]byte) {
	return func(c map[string][]byte) { c[name] = []byte(text) }
}

func add(name, text string) func(map[string][]byte) {
	return func(c map[string][]byte) { c[name] = append(bytes.Clone(c[name]), text...) }
}

// Whoever holds the key can sign a manifest over anything. What lies under it
// still has to be one record, up to a checkpoint that was signed before.
func TestSignedButInconsistent(t *testing.T) {
	w := newWorld(t)
	w.fill(6)
	all := w.pack(audit.PackOptions{})
	none := w.pack(audit.PackOptions{Choose: func(audit.Stored) bool { return false }})
	body := string(lines(unpack(t, all)["entries.jsonl"])[5])
	opening := string(lines(unpack(t, all)["openings.jsonl"])[0])
	for _, test := range []struct {
		name     string
		pack     []byte
		changes  []func(map[string][]byte)
		old, new string // in the manifest
		firstBad int64
		reason   string
	}{
		{"another history under the checkpoint of the first", all, []func(map[string][]byte){editBodies(edit(1)), leafOf(1),
			replace("entries.csv", "HD-4812", "xHD-4812")}, "", "", -1, audit.ReasonRoot},
		{"a leaf more than the checkpoint has", all, []func(map[string][]byte){add("leaf-hashes.bin", string(make([]byte, 32)))}, "", "", -1, audit.ReasonLeafCount},
		{"half a leaf more", all, []func(map[string][]byte){add("leaf-hashes.bin", string(make([]byte, 16)))}, "", "", -1, audit.ReasonLeafCount},
		{"another number of entries", all, nil, "entries 6", "entries 7", -1, audit.ReasonManifestForm},
		{"a number in another spelling", all, nil, "entries 6", "entries 06", -1, audit.ReasonManifestForm},
		{"a name in another spelling", all, nil, "  README.txt", "  readme.txt", -1, audit.ReasonManifestForm},
		{"another log", all, nil, "log testlog", "log another", -1, audit.ReasonManifestForm},
		{"another number of bodies", all, nil, "bodies 6", "bodies 5", -1, audit.ReasonChosen},
		{"a row more", all, []func(map[string][]byte){add("entries.csv", "x\r\n")}, "", "", -1, audit.ReasonTable},
		{"a body more", all, []func(map[string][]byte){add("entries.jsonl", body)}, "", "", -1, audit.ReasonExtra},
		{"an opening of a later entry", all, []func(map[string][]byte){add("openings.jsonl", opening),
			func(c map[string][]byte) { c["openings.jsonl"] = laterOpening(c["openings.jsonl"]) }}, "", "", -1, audit.ReasonOpeningUnneeded},
		{"an opening and no entry", none, []func(map[string][]byte){add("openings.jsonl", opening)}, "", "", -1, audit.ReasonOpeningUnneeded},
		{"ranges that are not joined", all, []func(map[string][]byte){put("chosen.txt", "0-2\n3-5\n")}, "", "", -1, audit.ReasonChosen},
		{"a range beyond the log", all, []func(map[string][]byte){put("chosen.txt", "0-6\n")}, "", "", -1, audit.ReasonChosen},
		{"a range in another spelling", all, []func(map[string][]byte){put("chosen.txt", "0-05\n")}, "", "", -1, audit.ReasonChosen},
	} {
		t.Run(test.name, func(t *testing.T) {
			contents := unpack(t, test.pack)
			for _, change := range test.changes {
				change(contents)
			}
			audit.SignManifest(contents, w.key, test.old, test.new)
			wantBad(t, w.verify(audit.Container(contents), audit.VerifyOptions{Key: w.key.Verifier()}), test.firstBad, test.reason)
		})
	}
}

// Where the pack's own checkpoint does not hold, it proves nothing, and an earlier
// one that holds proves what it covers and anchors nothing else.
func TestRootThatDoesNotHoldProvesNothing(t *testing.T) {
	w := newWorld(t)
	w.fill(3)
	at3, err := w.log.Checkpoint(t.Context())
	w.ok(err)
	w.fill(3)
	c := unpack(t, w.pack(audit.PackOptions{}))
	dropLeaf(5)(c)
	add("leaf-hashes.bin", string(make([]byte, 32)))(c)
	audit.SignManifest(c, w.key, "", "")
	r := w.verify(audit.Container(c), audit.VerifyOptions{Key: w.key.Verifier(), Checkpoints: [][]byte{at3.Note}})
	wantBad(t, r, 5, audit.ReasonLeaf)
	if r.Proven != 3 || r.Anchoring != audit.SelfSigned {
		t.Errorf("%d entries are proven, %s", r.Proven, r.Anchoring)
	}
}

// laterOpening has the last opening be one of entry 7, which does not exist.
func laterOpening(openings []byte) []byte {
	l := lines(openings)
	l[len(l)-1] = bytes.Replace(l[len(l)-1], []byte(`"seq":1`), []byte(`"seq":7`), 1)
	return joined(l)
}

// A checkpoint that the key did not sign proves nothing, also where its root is
// the right one.
func TestUnsignedCheckpointProvesNothing(t *testing.T) {
	w := newWorld(t)
	w.fill(3)
	c := unpack(t, w.pack(audit.PackOptions{}))
	good, err := audit.ReadCheckpoint(c["checkpoint.txt"])
	w.ok(err)
	other, err := audit.NewKey("rollcall/testlog")
	w.ok(err)
	c["checkpoint.txt"] = audit.SignCheckpoint(other, good)
	audit.SignManifest(c, w.key, "", "")
	r := w.verify(audit.Container(c), audit.VerifyOptions{Key: w.key.Verifier()})
	wantBad(t, r, -1, audit.ReasonCheckpoint)
	if r.Proven != 0 {
		t.Errorf("%d entries are called proven", r.Proven)
	}
}

// The checksum of a member is wrong in both places where zip keeps it: programs
// that unpack would refuse the file.
func TestWrongChecksum(t *testing.T) {
	w := newWorld(t)
	w.fill(3)
	pack := w.pack(audit.PackOptions{})
	sum := crc32.ChecksumIEEE(unpack(t, pack)["README.txt"])
	right, wrong := binary.LittleEndian.AppendUint32(nil, sum), binary.LittleEndian.AppendUint32(nil, sum^1)
	if bytes.Count(pack, right) != 2 {
		t.Fatal("the checksum is not in two places")
	}
	wantBad(t, w.verify(bytes.ReplaceAll(pack, right, wrong), audit.VerifyOptions{}), -1, audit.ReasonContainer)
}
