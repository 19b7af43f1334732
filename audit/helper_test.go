package audit_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"testing"
	"time"

	"rollcall/audit"
	"rollcall/audit/audittest"
)

// world is a log in memory with a fixed clock, fixed salts and a fixed key, so
// that everything made from it is the same each time.
type world struct {
	*testing.T
	store *audittest.Memory
	key   *audit.Key
	log   *audit.Log
	now   time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, store: audittest.NewMemory("testlog"), key: fixedKey(t),
		now: time.Date(2026, 3, 31, 16, 0, 0, 123_456_789, time.UTC)}
	w.log = w.open(w.key)
	return w
}

func (w *world) options() audit.Options {
	return audit.Options{Random: &fixedRandom{}, Now: func() time.Time {
		w.now = w.now.Add(time.Second)
		return w.now
	}}
}

func (w *world) open(k *audit.Key) *audit.Log {
	w.Helper()
	l, err := audit.Open(w.Context(), w.store, k, w.options())
	w.ok(err)
	return l
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) append(d audit.Draft) audit.Stored {
	w.Helper()
	s, err := w.log.Append(w.Context(), d)
	w.ok(err)
	return s
}

// fill appends n entries of a few kinds in batches.
func (w *world) fill(n int) {
	w.Helper()
	drafts := make([]audit.Draft, n)
	for i := range drafts {
		drafts[i] = draft(i)
	}
	_, err := w.log.AppendAll(w.Context(), drafts)
	w.ok(err)
}

type noteData struct {
	N       int            `json:"n"`
	About   audit.Personal `json:"about"`
	Payload audit.Blob     `json:"payload"`
}

func draft(i int) audit.Draft {
	d := audit.Draft{Type: "test.note", Actor: audit.Text("ann@example.com"), Tenant: "t1", Ticket: "HD-4812",
		Data: noteData{N: i, About: audit.Text("=HYPERLINK(\"x\")"), Payload: audit.Bytes([]byte(`{"userName":"bob"}`))}}
	if i%3 == 0 {
		d = audit.Draft{Type: "test.plain", Ticket: "+1", Data: map[string]int{"n": i}}
	}
	return d
}

func (w *world) pack(o audit.PackOptions) []byte {
	w.Helper()
	var out bytes.Buffer
	_, err := audit.WritePack(w.Context(), &out, w.log, o)
	w.ok(err)
	return out.Bytes()
}

func (w *world) verify(pack []byte, o audit.VerifyOptions) audit.Report {
	w.Helper()
	r, err := audit.VerifyPack(w.Context(), bytes.NewReader(pack), int64(len(pack)), o)
	w.ok(err)
	return r
}

func (w *world) record() audit.Report { return w.recordWith() }

// recordWith verifies the live record together with kept checkpoints.
func (w *world) recordWith(kept ...[]byte) audit.Report {
	w.Helper()
	r, err := audit.VerifyRecord(w.Context(), w.store, audit.VerifyOptions{Key: w.key.Verifier(), Checkpoints: kept}, nil)
	w.ok(err)
	return r
}

// fixedRandom is SHA-256 over a counter: salts that repeat in each run.
type fixedRandom struct{ n uint64 }

func (r *fixedRandom) Read(b []byte) (int, error) {
	for i := 0; i < len(b); i += 32 {
		r.n++
		sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, r.n))
		copy(b[i:], sum[:])
	}
	return len(b), nil
}

var _ io.Reader = (*fixedRandom)(nil)

func wantBad(t *testing.T, r audit.Report, firstBad int64, reason string) {
	t.Helper()
	got := int64(-1)
	if r.FirstBad != nil {
		got = *r.FirstBad
	}
	if r.OK || got != firstBad || r.Reason != reason {
		t.Errorf("ok %v, firstBad %d, reason %q (%s); want %d, %q", r.OK, got, r.Reason, r.Detail, firstBad, reason)
	}
}

func wantOK(t *testing.T, r audit.Report) {
	t.Helper()
	if !r.OK || r.FirstBad != nil || r.Reason != "" {
		t.Errorf("report %+v, want ok", r)
	}
}
