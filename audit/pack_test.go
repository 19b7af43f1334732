package audit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
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

// TestEveryByteFlip changes every byte of a small pack; none may go unnoticed,
// with and without a key.
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

// TestErasedMeanwhile: a pack whose parts would not fit each other is refused.
func TestErasedMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.fill(5)
	choose := func(s audit.Stored) bool {
		if s.Seq == 4 {
			clear(w.store.Opened)
		}
		return true
	}
	if _, err := audit.WritePack(t.Context(), io.Discard, w.log, audit.PackOptions{Choose: choose}); !errors.Is(err, audit.ErrChanged) {
		t.Errorf("WritePack: %v, want ErrChanged", err)
	}
}

// TestNoPackOfDamage: what does not hold is not exported.
func TestNoPackOfDamage(t *testing.T) {
	for name, damage := range map[string]func(w *world){
		"leaf":    func(w *world) { w.store.List[2].Leaf[0] ^= 1 },
		"body":    func(w *world) { w.store.List[2].Body = w.store.List[3].Body },
		"opening": func(w *world) { o := last(w); o.Value = []byte("x"); w.store.Opened[o.Digest] = o },
		"tile":    func(w *world) { w.store.Tiles[[2]int64{0, 0}][5] ^= 1 },
		"gone":    func(w *world) { w.store.List = w.store.List[:4] },
	} {
		w := newWorld(t)
		w.fill(260)
		damage(w)
		if _, err := audit.WritePack(t.Context(), io.Discard, w.log, audit.PackOptions{}); err == nil {
			t.Errorf("%s: a damaged record was exported", name)
		}
	}
}

// last returns an opening of entry 2.
func last(w *world) audit.Opening {
	for _, o := range w.store.Opened {
		if o.Seq == 2 {
			return o
		}
	}
	w.Fatal("entry 2 has no opening")
	return audit.Opening{}
}

func TestPackErrors(t *testing.T) {
	w := newWorld(t)
	w.fill(5)
	if _, err := audit.WritePack(t.Context(), io.Discard, w.open(nil), audit.PackOptions{}); !errors.Is(err, audit.ErrReadOnly) {
		t.Errorf("without a key: %v, want ErrReadOnly", err)
	}
	if _, err := audit.WritePack(t.Context(), io.Discard, w.log, audit.PackOptions{Filter: strings.Repeat("x", 9000)}); err == nil {
		t.Error("a filter of 9,000 bytes was accepted")
	}
	pack := w.pack(audit.PackOptions{Filter: "two\nlines \xff", Program: "{{key}}"})
	wantOK(t, w.verify(pack, audit.VerifyOptions{}))
	full := errors.New("no space")
	if _, err := audit.WritePack(t.Context(), failing{full}, w.log, audit.PackOptions{}); !errors.Is(err, full) {
		t.Errorf("a full disk: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := audit.VerifyPack(ctx, bytes.NewReader(pack), int64(len(pack)), audit.VerifyOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := audit.VerifyPack(t.Context(), failing{full}, 1000, audit.VerifyOptions{}); !errors.Is(err, full) {
		t.Errorf("an unreadable file: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error)         { return 0, f.err }
func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }

// TestHostileSizes: members that would need much memory if they were believed.
func TestHostileSizes(t *testing.T) {
	w := newWorld(t)
	w.fill(3)
	good := w.pack(audit.PackOptions{})
	long := bytes.Repeat([]byte("x"), 24<<20)
	for _, test := range []struct {
		member   string
		firstBad int64
		reason   string
	}{
		{"entries.jsonl", 0, audit.ReasonEntry},
		{"openings.jsonl", 0, audit.ReasonOpeningForm},
		{"entries.csv", 0, audit.ReasonTable},
		{"chosen.txt", -1, audit.ReasonMember},
		{"leaf-hashes.bin", 0, audit.ReasonLeaf},
		{"manifest.txt", -1, audit.ReasonContainer},
		{"checkpoint.txt", -1, audit.ReasonContainer},
		{"key.txt", -1, audit.ReasonContainer},
		{"README.txt", -1, audit.ReasonMember},
	} {
		contents := unpack(t, good)
		contents[test.member] = long
		r := w.verify(audit.Container(contents), audit.VerifyOptions{Key: w.key.Verifier()})
		wantBad(t, r, test.firstBad, test.reason)
	}
}

// TestReadmeSaysWhatHappened: up to a bound, without what acts on a terminal,
// and never silently cut.
func TestReadmeSaysWhatHappened(t *testing.T) {
	w := newWorld(t)
	w.fill(3)
	readme := func(words func(audit.Stored) (string, error)) string {
		pack := w.pack(audit.PackOptions{Words: words, Choose: func(s audit.Stored) bool { return s.Seq != 1 }})
		wantOK(t, w.verify(pack, audit.VerifyOptions{Key: w.key.Verifier()}))
		return string(unpack(t, pack)["README.txt"])
	}
	if got := readme(nil); strings.Contains(got, "WHAT HAPPENED") {
		t.Error("a list that nobody asked for")
	}
	got := readme(func(s audit.Stored) (string, error) { return fmt.Sprintf("Closed\n %d \x1b[2J\u202e", s.Seq), nil })
	for _, want := range []string{"WHAT HAPPENED", "\n  0  2026-", "Closed 0 \\u001b[2J\\u202e", "\n  2  2026-"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "\n  1  ") || strings.ContainsAny(got, "\x1b\u202e") {
		t.Errorf("an entry that was not chosen, or what acts:\n%s", got)
	}
	got = readme(func(audit.Stored) (string, error) { return strings.Repeat("x", 2000), nil })
	if !strings.Contains(got, "x …\n") || len(got) > 6000 {
		t.Errorf("%d bytes", len(got))
	}
	if _, err := audit.WritePack(t.Context(), io.Discard, w.log, audit.PackOptions{Words: func(audit.Stored) (string, error) { return "", io.ErrClosedPipe }}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("%v", err)
	}
	w.fill(1000)
	if got = readme(func(audit.Stored) (string, error) { return "never", nil }); !strings.Contains(got, "1002 entries are too many") || strings.Contains(got, "never") {
		t.Errorf("%d bytes of README", len(got))
	}
}
