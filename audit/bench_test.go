package audit_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"rollcall/audit"
	"rollcall/audit/audittest"
)

// benchLog is a log of n entries of some 430 bytes with three commitments each.
func benchLog(b *testing.B, n int) (*audittest.Memory, *audit.Log, *audit.Key) {
	b.Helper()
	store, key := audittest.NewMemory("testlog"), fixedKey(b)
	l, err := audit.Open(b.Context(), store, key, audit.Options{})
	if err != nil {
		b.Fatal(err)
	}
	drafts := make([]audit.Draft, 1000)
	for done := 0; done < n; done += len(drafts) {
		for i := range drafts {
			drafts[i] = draft(1)
		}
		if _, err := l.AppendAll(b.Context(), drafts); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := l.Checkpoint(b.Context()); err != nil {
		b.Fatal(err)
	}
	return store, l, key
}

// BenchmarkAppend shows what one append costs over the store, and how much of
// that is the tree.
func BenchmarkAppend(b *testing.B) {
	for _, group := range []int{1, 100} {
		b.Run(fmt.Sprint("group", group), func(b *testing.B) {
			_, l, _ := benchLog(b, 1000)
			drafts := make([]audit.Draft, group)
			for i := range drafts {
				drafts[i] = draft(1)
			}
			for b.Loop() {
				if _, err := l.AppendAll(context.Background(), drafts); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*group), "ns/entry")
		})
	}
	b.Run("tree", func(b *testing.B) {
		var edge audit.Edge
		body := make([]byte, 430)
		for b.Loop() {
			edge.Add(tlog.RecordHash(body))
		}
	})
}

func rawHash(store *audittest.Memory) time.Duration {
	start := time.Now()
	for _, r := range store.List {
		sha256.Sum256(r.Body)
	}
	return time.Since(start)
}

// BenchmarkVerify compares the parts of verification with SHA-256 over the
// same bodies: the tree (bodies, leaves, tiles, root), the entries' form, and
// the commitments.
func BenchmarkVerify(b *testing.B) {
	const n = 20_000
	store, _, key := benchLog(b, n)
	bytes := int64(0)
	for _, r := range store.List {
		bytes += int64(len(r.Body))
	}
	raw := min(rawHash(store), rawHash(store), rawHash(store))
	compare := func(name string, run func()) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(bytes)
			for b.Loop() {
				run()
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(raw), "x-sha256")
		})
	}
	compare("tree", func() {
		var edge audit.Edge
		for _, r := range store.List {
			edge.Add(tlog.RecordHash(r.Body))
		}
		edge.Root()
	})
	compare("forms", func() {
		for _, r := range store.List[:1] {
			for range n {
				if err := audit.CheckBody(r.Body); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	compare("commitments", func() {
		for d, o := range store.Opened {
			if audit.CommitDigest(o.Salt, o.Value) != d {
				b.Fatal("commitment")
			}
		}
	})
	compare("everything", func() {
		if r, err := audit.VerifyRecord(context.Background(), store, audit.VerifyOptions{Key: key.Verifier()}, nil); err != nil || !r.OK {
			b.Fatal(r, err)
		}
	})
}

func BenchmarkPack(b *testing.B) {
	_, l, key := benchLog(b, 5000)
	var out bytes.Buffer
	if _, err := audit.WritePack(context.Background(), &out, l, audit.PackOptions{}); err != nil {
		b.Fatal(err)
	}
	b.Run("write", func(b *testing.B) {
		b.SetBytes(int64(out.Len()))
		for b.Loop() {
			if _, err := audit.WritePack(context.Background(), io.Discard, l, audit.PackOptions{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("verify", func(b *testing.B) {
		b.SetBytes(int64(out.Len()))
		for b.Loop() {
			r, err := audit.VerifyPack(context.Background(), bytes.NewReader(out.Bytes()), int64(out.Len()), audit.VerifyOptions{Key: key.Verifier()})
			if err != nil || !r.OK {
				b.Fatal(r, err)
			}
		}
	})
}

// TestTreeCost: hashing bodies into the tree costs at most three times SHA-256
// over the bodies. Both are measured in turn, and the best of each counts.
func TestTreeCost(t *testing.T) {
	if testing.Short() {
		t.Skip("measures time")
	}
	bodies := make([][]byte, 20_000)
	for i := range bodies {
		bodies[i] = bytes.Repeat([]byte{byte(i)}, 430)
	}
	best := func(old, now time.Duration) time.Duration {
		if old == 0 {
			return now
		}
		return min(old, now)
	}
	var raw, tree time.Duration
	for range 7 {
		start := time.Now()
		for _, b := range bodies {
			sha256.Sum256(b)
		}
		raw = best(raw, time.Since(start))
		start = time.Now()
		var edge audit.Edge
		for _, b := range bodies {
			edge.Add(tlog.RecordHash(b))
		}
		edge.Root()
		tree = best(tree, time.Since(start))
	}
	if ratio := float64(tree) / float64(raw); ratio > 3 {
		t.Errorf("the tree costs %.2f times SHA-256 over the bodies, want at most 3", ratio)
	}
}
