package db

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"rollcall/audit"
)

// childVar makes this binary run one of the children instead of the tests.
const childVar = "ROLLCALL_DB_TEST_CHILD"

var children = map[string]func(args []string) error{}

func TestMain(m *testing.M) {
	name := os.Getenv(childVar)
	if name == "" {
		os.Exit(m.Run())
	}
	if err := children[name](os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, name+":", err)
		os.Exit(1)
	}
}

// child returns a command that runs a child of this binary.
func child(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = append(os.Environ(), childVar+"="+name)
	cmd.Stderr = os.Stderr
	return cmd
}

// trials returns how often to repeat what n repetitions make certain.
func trials(n int) int {
	if underRace {
		return n / 10
	}
	return n
}

func openRecord(t testing.TB, path string, mode Mode) *Record {
	t.Helper()
	r, err := OpenRecord(t.Context(), path, mode)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func openStore(t testing.TB, path string, mode Mode) *Store {
	t.Helper()
	s, err := OpenStore(t.Context(), path, mode)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func newRecord(t testing.TB) *Record {
	t.Helper()
	return openRecord(t, filepath.Join(t.TempDir(), "record.db"), Create)
}

func newStore(t testing.TB) *Store {
	t.Helper()
	return openStore(t, filepath.Join(t.TempDir(), "store.db"), Create)
}

// entryAt is the entry that every test has at seq: what is read back can be
// compared without keeping what was written. last marks the end of a batch.
func entryAt(seq int64, last bool) audit.Row {
	body := fmt.Appendf(nil, `{"last":%t,"seq":%d,"text":"%0*d"}`, last, seq, 200+seq%300, seq)
	return audit.Row{Seq: seq, Body: body, Leaf: sha256.Sum256(append([]byte{0}, body...))}
}

func openingAt(seq int64) audit.Opening {
	o := audit.Opening{Seq: seq, Value: fmt.Appendf(nil, "person-%d@example.com", seq)}
	binary.BigEndian.PutUint64(o.Salt[:], uint64(seq))
	mac := hmac.New(sha256.New, o.Salt[:])
	mac.Write(o.Value)
	mac.Sum(o.Digest[:0])
	return o
}

// batchAt has n entries from from on, each with an opening.
func batchAt(from int64, n int) audit.Batch {
	b := audit.Batch{From: from}
	for i := range int64(n) {
		b.Rows = append(b.Rows, entryAt(from+i, i == int64(n)-1))
		b.Openings = append(b.Openings, openingAt(from+i))
	}
	return b
}

func mustCommit(t testing.TB, r *Record, b audit.Batch) {
	t.Helper()
	if err := r.Commit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

func sizeOf(t testing.TB, r *Record) int64 {
	t.Helper()
	n, err := r.Size(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// wholeBatches checks that the record holds the entries 0 to its size exactly
// as they were appended, with their openings, and ends with a whole batch.
func wholeBatches(ctx context.Context, r *Record) (size int64, err error) {
	if size, err = r.Size(ctx); err != nil {
		return 0, err
	}
	var digests []audit.Digest
	next := int64(0)
	err = r.Rows(ctx, 0, size, func(row audit.Row) error {
		want := entryAt(next, false)
		if string(row.Body) != string(want.Body) {
			want = entryAt(next, true)
		} else if next == size-1 {
			return fmt.Errorf("the log ends at %d, inside a batch", next)
		}
		if row.Seq != next || string(row.Body) != string(want.Body) || row.Leaf != want.Leaf {
			return fmt.Errorf("entry %d is %q", next, row.Body)
		}
		digests = append(digests, openingAt(next).Digest)
		next++
		return nil
	})
	if err != nil {
		return 0, err
	}
	openings, err := r.Openings(ctx, digests)
	if err == nil && (next != size || int64(len(openings)) != size) {
		err = fmt.Errorf("size %d, %d entries, %d openings", size, next, len(openings))
	}
	return size, err
}

func wantKind(t *testing.T, err error, kind FileKind) {
	t.Helper()
	var f *FileError
	if !errors.As(err, &f) {
		t.Fatalf("got %v, want a FileError of kind %s", err, kind)
	}
	if f.Kind != kind {
		t.Fatalf("got kind %s (%v), want %s", f.Kind, err, kind)
	}
	if f.Text() == "" || f.Do() == "" || f.Path == "" {
		t.Errorf("no text, advice or path in %+v", f)
	}
}
