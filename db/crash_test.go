package db

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// Entries that the children append at most: the parent kills them before.
const crashEntries = 1000

func init() {
	// append appends batches and prints the size after each, once it is told
	// that it is durable.
	children["append"] = func(args []string) error {
		ctx := context.Background()
		r, err := OpenRecord(ctx, args[0], Create)
		if err != nil {
			return err
		}
		size, err := r.Size(ctx)
		for err == nil && size < crashEntries {
			n := 1 + int(size%5)
			if err = r.Commit(ctx, batchAt(size, n)); err == nil {
				size += int64(n)
				fmt.Println(size)
			}
		}
		return err
	}
}

// A process is killed again and again while it appends, also while it makes
// the file. Nothing that was acknowledged is lost and no batch is cut.
func TestKilledWhileAppending(t *testing.T) {
	path := filepath.Join(t.TempDir(), "record.db")
	rng := rand.New(rand.NewPCG(1, 2))
	size := int64(0)
	for round := range trials(30) {
		acked := appendAndKill(t, path, round+rng.IntN(8))
		r, err := OpenRecord(t.Context(), path, Create)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		before := size
		if size, err = wholeBatches(t.Context(), r); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if size < acked || size < before {
			t.Fatalf("round %d: %d entries, had %d, acknowledged were %d", round, size, before, acked)
		}
		if err := r.Check(t.Context()); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
		// Closing would tidy up what the kill left: every second time the next
		// child finds it as it was.
		if round%2 == 0 {
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
		} else {
			t.Cleanup(func() { r.Close() })
		}
	}
	if size == 0 {
		t.Error("nothing was appended: the test proves nothing")
	}
}

// appendAndKill kills a child after it has acknowledged acks batches and
// returns the last size that it acknowledged.
func appendAndKill(t *testing.T, path string, acks int) (acked int64) {
	t.Helper()
	cmd := child(t, "append", path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 0; ; n++ {
		if n == acks {
			kill(cmd.Process.Pid)
		}
		if !lines.Scan() {
			break
		}
		if acked, err = strconv.ParseInt(lines.Text(), 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	cmd.Wait() // it was killed, or had appended all
	return acked
}

// A disk may lose the end of the journal or flip bits in it. What comes back
// is what some commit left, never a mixture.
func TestTornJournal(t *testing.T) {
	file, journal := unfinished(t, 60)
	whole, cut, n := 0, 0, trials(100)
	for seed := range uint64(n) {
		rng := rand.New(rand.NewPCG(seed, 3))
		bad := append([]byte(nil), journal...)
		if seed%2 == 0 {
			bad = bad[:rng.IntN(len(bad))]
		} else {
			for range 1 + rng.IntN(8) {
				bad[rng.IntN(len(bad))] ^= 1 << rng.IntN(8)
			}
		}
		path := filepath.Join(t.TempDir(), "record.db")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+"-wal", bad, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := OpenRecord(t.Context(), path, ReadWrite)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		size, err := wholeBatches(t.Context(), r)
		if err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		if err := r.Check(t.Context()); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		mustCommit(t, r, batchAt(size, 1))
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if size == 180 {
			whole++
		} else {
			cut++
		}
	}
	if cut < n*8/10 {
		t.Errorf("%d journals came back whole and %d cut: the test does not damage enough", whole, cut)
	}
}

// unfinished returns the bytes of a record and its journal as a sudden end
// after this many batches leaves them.
func unfinished(t *testing.T, batches int) (file, journal []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "record.db")
	r := openRecord(t, path, Create)
	if _, err := r.w.Exec("PRAGMA wal_autocheckpoint = 0"); err != nil {
		t.Fatal(err)
	}
	for i := range batches {
		mustCommit(t, r, batchAt(int64(3*i), 3))
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if journal, err = os.ReadFile(path + "-wal"); err != nil {
		t.Fatal(err)
	}
	return file, journal
}
