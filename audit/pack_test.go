package audit_test

import (
	"bytes"
	"slices"
	"testing"

	"rollcall/audit"
)

func TestPackHolds(t *testing.T) {
	for _, n := range []int{0, 1, 2, 255, 256, 257, 600} {
		w := newWorld(t)
		if n > 0 {
			w.fill(n)
		}
		r := w.verify(w.pack(audit.PackOptions{Program: "test"}), audit.VerifyOptions{Key: w.key.Verifier()})
		wantOK(t, r)
		if r.Entries != int64(n) || r.Bodies != int64(n) || r.Proven != int64(n) || !r.SignerChecked || r.Anchoring != audit.SelfSigned {
			t.Errorf("%d entries: %+v", n, r)
		}
	}
}

func TestPackIsDeterministic(t *testing.T) {
	packs := make([][]byte, 2)
	for i := range packs {
		w := newWorld(t)
		w.fill(30)
		packs[i] = w.pack(audit.PackOptions{Program: "test", Filter: "all"})
	}
	if !bytes.Equal(packs[0], packs[1]) {
		t.Error("the same record made two different packs")
	}
}

// TestEveryByteFlip changes every byte of a small pack in several ways; none
// may go unnoticed, with and without a key.
func TestEveryByteFlip(t *testing.T) {
	w := newWorld(t)
	w.fill(3)
	pack := w.pack(audit.PackOptions{Choose: func(s audit.Stored) bool { return s.Seq != 1 }})
	wantOK(t, w.verify(pack, audit.VerifyOptions{}))
	for i := range pack {
		for flip, key := range map[byte]string{1: "", 0x20: w.key.Verifier()} {
			bad := slices.Clone(pack)
			bad[i] ^= flip
			if r := w.verify(bad, audit.VerifyOptions{Key: key}); r.OK || r.Reason == "" {
				t.Fatalf("byte %d ^ %#x was not noticed", i, flip)
			}
		}
	}
}

func TestCutAndPaddedFiles(t *testing.T) {
	w := newWorld(t)
	w.fill(3)
	pack := w.pack(audit.PackOptions{})
	for n := range pack {
		if r := w.verify(pack[:n], audit.VerifyOptions{}); r.OK || r.FirstBad != nil {
			t.Fatalf("cut to %d bytes: %+v", n, r)
		}
	}
	wantBad(t, w.verify(append(slices.Clone(pack), 0), audit.VerifyOptions{}), -1, audit.ReasonContainer)
	wantBad(t, w.verify(append([]byte{0}, pack...), audit.VerifyOptions{}), -1, audit.ReasonContainer)
	wantBad(t, w.verify(append(slices.Clone(pack), pack...), audit.VerifyOptions{}), -1, audit.ReasonContainer)
	wantBad(t, w.verify([]byte("something else, quite long enough to be a pack"), audit.VerifyOptions{}), -1, audit.ReasonNotPack)
}
