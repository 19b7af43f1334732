package audit_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"sync"
	"testing"

	"rollcall/audit"
)

func request() audit.Request {
	return audit.Request{Origin: "https://scim.example.com", Method: "PATCH", Path: "/Users/42", Body: sha256.Sum256([]byte("{}"))}
}

func TestReceiptOfAnIntent(t *testing.T) {
	w := newWorld(t)
	s, receipt, err := w.log.AppendIntent(t.Context(), audit.Draft{Type: "action.intent", Data: noteData{N: 1}}, request())
	w.ok(err)
	if len(w.store.List) != 1 {
		t.Fatal("a receipt without a stored entry")
	}
	if q, ok := s.Request(); !ok || q != request() {
		t.Errorf("the entry names %+v, %v", q, ok)
	}
	if strings.Contains(string(s.Body), "/Users/42") {
		t.Error("the path stands in the entry in clear")
	}
	for name, change := range map[string]func(*audit.Request){
		"origin": func(q *audit.Request) { q.Origin = "https://evil.example.com" },
		"method": func(q *audit.Request) { q.Method = "DELETE" },
		"path":   func(q *audit.Request) { q.Path = "/Users/43" },
		"body":   func(q *audit.Request) { q.Body[0] ^= 1 },
	} {
		other := request()
		change(&other)
		if err := receipt.Authorize(other); !errors.Is(err, audit.ErrOtherRequest) {
			t.Errorf("another %s: %v", name, err)
		}
	}
	w.ok(receipt.Authorize(request()))
	if err := receipt.Authorize(request()); !errors.Is(err, audit.ErrReceiptUsed) {
		t.Errorf("a second time: %v", err)
	}
}

// There is no receipt for what is no change, or for nowhere.
func TestNoReceiptForOtherRequests(t *testing.T) {
	w := newWorld(t)
	for name, change := range map[string]func(*audit.Request){
		"a method that reads": func(q *audit.Request) { q.Method = "GET" },
		"no method":           func(q *audit.Request) { q.Method = "" },
		"no origin":           func(q *audit.Request) { q.Origin = "" },
		"no path":             func(q *audit.Request) { q.Path = "" },
		"a path from nowhere": func(q *audit.Request) { q.Path = "Users/42" },
	} {
		q := request()
		change(&q)
		if _, receipt, err := w.log.AppendIntent(t.Context(), draft(0), q); err == nil || receipt != nil || len(w.store.List) != 0 {
			t.Errorf("%s: %v, %d entries", name, err, len(w.store.List))
		}
	}
}

func TestEmptyReceipts(t *testing.T) {
	var none *audit.Receipt
	for _, r := range []*audit.Receipt{none, {}, new(audit.Receipt)} {
		for _, q := range []audit.Request{{}, request()} {
			if err := r.Authorize(q); !errors.Is(err, audit.ErrNoReceipt) {
				t.Errorf("an empty receipt: %v", err)
			}
		}
	}
}

func TestReceiptLetsOneThrough(t *testing.T) {
	w := newWorld(t)
	_, receipt, err := w.log.AppendIntent(t.Context(), draft(0), request())
	w.ok(err)
	passed := make(chan bool, 64)
	var group sync.WaitGroup
	for range cap(passed) {
		group.Go(func() { passed <- receipt.Authorize(request()) == nil })
	}
	group.Wait()
	close(passed)
	n := 0
	for ok := range passed {
		if ok {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d sendings were let through, want 1", n)
	}
}

// TestFailedCommit is the table of everything that can go wrong with the one
// write step: no receipt, and the log goes on from what the store really has.
func TestFailedCommit(t *testing.T) {
	boom := errors.New("disk full")
	for _, test := range []struct {
		name   string
		set    func(w *world)
		stored int64 // entries in the store after the failed append
		want   error
	}{
		{"not stored", func(w *world) { w.store.BeforeStore = func(audit.Batch) error { return boom } }, 2, boom},
		{"stored, but the caller is told otherwise", func(w *world) { w.store.AfterStore = func(audit.Batch) error { return boom } }, 3, boom},
		{"conflict", func(w *world) { w.store.BeforeStore = func(audit.Batch) error { return audit.ErrConflict } }, 2, audit.ErrConflict},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.fill(2)
			test.set(w)
			_, receipt, err := w.log.AppendIntent(t.Context(), draft(0), request())
			if !errors.Is(err, test.want) || receipt != nil {
				t.Fatalf("AppendIntent: %v, receipt %v", err, receipt)
			}
			if size, _ := w.store.Size(t.Context()); size != test.stored {
				t.Fatalf("%d entries in the store, want %d", size, test.stored)
			}
			w.store.BeforeStore, w.store.AfterStore = nil, nil
			if s := w.append(draft(1)); s.Seq != test.stored {
				t.Errorf("the next entry is number %d, want %d", s.Seq, test.stored)
			}
			_, err = w.log.Checkpoint(t.Context())
			w.ok(err)
			wantOK(t, w.record())
		})
	}
}

func TestTwoWriters(t *testing.T) {
	w := newWorld(t)
	w.fill(1)
	other := w.open(w.key)
	w.append(draft(1))
	if _, err := other.Append(t.Context(), draft(2)); !errors.Is(err, audit.ErrConflict) {
		t.Fatalf("the second writer: %v, want ErrConflict", err)
	}
	w.ok(other.Refresh(t.Context()))
	s, err := other.Append(t.Context(), draft(2))
	w.ok(err)
	if s.Seq != 2 {
		t.Errorf("after a refresh the entry is number %d, want 2", s.Seq)
	}
	if _, err := w.log.Checkpoint(t.Context()); !errors.Is(err, audit.ErrConflict) {
		t.Errorf("a checkpoint over an old edge: %v, want ErrConflict", err)
	}
	_, err = w.log.Checkpoint(t.Context())
	w.ok(err)
	wantOK(t, w.record())
}

func TestManyAtOnce(t *testing.T) {
	w := newWorld(t)
	var group sync.WaitGroup
	for i := range 40 {
		group.Go(func() {
			if _, err := w.log.Append(context.Background(), draft(i)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if w.log.Size() != 40 {
		t.Errorf("%d entries, want 40", w.log.Size())
	}
	wantOK(t, w.record())
}

func TestReadOnly(t *testing.T) {
	w := newWorld(t)
	w.fill(2)
	l := w.open(nil)
	if l.Size() != 2 || l.Verifier() != "" || l.LogID() != "testlog" {
		t.Errorf("size %d, verifier %q, id %q", l.Size(), l.Verifier(), l.LogID())
	}
	_, appended := l.Append(t.Context(), draft(0))
	_, signed := l.Checkpoint(t.Context())
	if !errors.Is(appended, audit.ErrReadOnly) || !errors.Is(signed, audit.ErrReadOnly) {
		t.Errorf("Append: %v, Checkpoint: %v; want ErrReadOnly", appended, signed)
	}
}

func TestCheckpointIsReused(t *testing.T) {
	w := newWorld(t)
	w.fill(2)
	for range 3 {
		c, err := w.log.Checkpoint(t.Context())
		w.ok(err)
		opened, err := audit.OpenCheckpoint(c.Note, w.key.Verifier())
		w.ok(err)
		if opened.Size != 2 || opened.LogID != "testlog" {
			t.Errorf("checkpoint %+v", opened)
		}
	}
	if len(w.store.Signed) != 1 {
		t.Errorf("%d checkpoints of one size", len(w.store.Signed))
	}
}

func TestEntriesRange(t *testing.T) {
	w := newWorld(t)
	w.fill(600)
	for _, test := range []struct{ from, to, first, n int64 }{
		{0, -1, 0, 600}, {0, 600, 0, 600}, {250, 260, 250, 10}, {599, 9000, 599, 1}, {-5, 2, 0, 2}, {600, -1, 0, 0}, {7, 7, 0, 0},
	} {
		n := int64(0)
		w.ok(w.log.Entries(t.Context(), test.from, test.to, func(s audit.Stored) error {
			if s.Seq != test.first+n || s.Row.Seq != s.Seq || s.Entry.Seq != s.Seq {
				t.Fatalf("entry %d at place %d", s.Seq, n)
			}
			n++
			return nil
		}))
		if n != test.n {
			t.Errorf("Entries(%d, %d): %d, want %d", test.from, test.to, n, test.n)
		}
	}
	stop := errors.New("stop")
	if err := w.log.Entries(t.Context(), 0, -1, func(audit.Stored) error { return stop }); err != stop {
		t.Errorf("the error of yield came back as %v", err)
	}
}
