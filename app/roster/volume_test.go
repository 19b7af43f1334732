package roster_test

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"rollcall/app/reconcile"
	"rollcall/app/roster"
	"rollcall/test/bounds"
)

// endless is a roster of any size that is never in memory as a whole.
type endless struct {
	rows int
	at   int    // the next row
	left []byte // of the row before
	buf  []byte
}

func (e *endless) Seek(int64, int) (int64, error) {
	e.at, e.left = 0, []byte("number,name,email,department,status,start,end\n")
	return 0, nil
}

func (e *endless) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(e.left) == 0 {
			if e.at == e.rows {
				return n, io.EOF
			}
			e.buf = fmt.Appendf(e.buf[:0], "%d,\"Berg, Anna %d\",anna.berg%d@halden.example,Engineering,active,2020-01-01,\n", e.at, e.at, e.at)
			e.left = e.buf
			e.at++
		}
		m := copy(p[n:], e.left)
		n, e.left = n+m, e.left[m:]
	}
	return n, nil
}

// peak reads that many rows and returns the most memory that was in use at
// any point, measured after collecting.
func peak(t *testing.T, rows int) uint64 {
	t.Helper()
	var most, before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	seen := 0
	s, err := roster.Read(t.Context(), &endless{rows: rows}, roster.Options{}, func(int, reconcile.Person) error {
		if seen++; seen%(rows/4) == 0 {
			var now runtime.MemStats
			runtime.GC()
			if runtime.ReadMemStats(&now); now.HeapAlloc > most.HeapAlloc {
				most = now
			}
		}
		return nil
	})
	if err != nil || s.Rows != rows || seen != rows {
		t.Fatalf("%d rows, %d people: %v", s.Rows, seen, err)
	}
	return most.HeapAlloc - min(most.HeapAlloc, before.HeapAlloc)
}

// TestMemoryIsFlat reads a file and one eight times as large. What may grow is
// the table of keys, which is under 100 bytes a person while it doubles.
func TestMemoryIsFlat(t *testing.T) {
	const rows = 10_000
	small, large := peak(t, rows), peak(t, 8*rows)
	if grown := int64(large) - int64(small); grown > 7*rows*100 {
		t.Errorf("%d bytes for %d people and %d for %d", small, rows, large, 8*rows)
	}
}

func BenchmarkRead(b *testing.B) {
	const rows = 100_000
	e := &endless{rows: rows}
	var bytes int64
	b.ReportAllocs()
	for b.Loop() {
		s, err := roster.Read(b.Context(), e, roster.Options{}, func(int, reconcile.Person) error { return nil })
		if err != nil {
			b.Fatal(err)
		}
		bytes = s.Bytes
	}
	b.SetBytes(bytes)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/person")
}

// FuzzRead feeds anything: there is either an error of a known kind or as many
// people as rows, each with a number.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		german,
		"\ufeffnumber,name\n1,\"A\nB\"\n",
		"\xff\xfen\x00u\x00m\x00b\x00e\x00r\x00\n\x001\x00\n\x00",
		"sep=|\nnumber|start\n1|03/04/2026\n",
		"number;email\n1;\"a@x, b@x\"\n2;\xe4@x\n",
		"number,name\n1,\"never closed\n",
		"number\n\"never closed\n",
		"number,status\n1,zombie\n1,\n",
		"number\x00,name\n1,\x00\n",
		"id,end\n=1,9999-99-99\n",
	} {
		f.Add([]byte(seed), "", "")
	}
	f.Add([]byte("a,b\n1,2\n"), "a", "utf-16le")
	f.Fuzz(func(t *testing.T, data []byte, key, encoding string) {
		n := 0
		o := roster.Options{Key: key, Encoding: encoding}
		var s roster.Summary
		var err error
		bounds.Memory(t, len(data), 8<<20, 512, func() {
			s, err = roster.Read(t.Context(), strings.NewReader(string(data)), o, func(line int, p reconcile.Person) error {
				if n++; strings.TrimSpace(p.Number) == "" || line < 2 {
					t.Errorf("line %d has no number: %+v", line, p)
				}
				return nil
			})
		})
		var fe *roster.FileError
		var re *roster.Errors
		switch {
		case err == nil && n != s.Rows:
			t.Errorf("%d people of %d rows", n, s.Rows)
		case err != nil && n > 0:
			t.Errorf("%d people and %v", n, err)
		case err != nil && !errors.As(err, &fe) && !errors.As(err, &re):
			t.Errorf("an error of another kind: %v", err)
		}
	})
}
