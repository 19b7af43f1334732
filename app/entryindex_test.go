package app

import (
	"fmt"
	"testing"

	"rollcall/db"
)

// TestListOfEntriesDoesNotWait: while a sync writes, the record's page shows
// what was listed so far, and the rest afterwards.
func TestListOfEntriesDoesNotWait(t *testing.T) {
	w := newWorld(t)
	w.serve("Acme", acme())
	if p, err := w.app.EntriesPage(t.Context(), EntryFilter{}, 0, 10); err != nil || p.Listed != p.Size {
		t.Fatalf("%d of %d listed, %v", p.Listed, p.Size, err)
	}
	w.sync()
	held, release, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- w.app.store.Write(t.Context(), func(*db.Tx) error { close(held); <-release; return nil })
	}()
	<-held
	p, err := w.app.EntriesPage(t.Context(), EntryFilter{}, 0, 10)
	close(release)
	if err != nil || p.Listed == 0 || p.Listed >= p.Size {
		t.Errorf("beside a writer: %d of %d listed, %v", p.Listed, p.Size, err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if p, err := w.app.EntriesPage(t.Context(), EntryFilter{}, 0, 10); err != nil || p.Listed != p.Size {
		t.Errorf("afterwards: %d of %d listed, %v", p.Listed, p.Size, err)
	}
}

func TestRunsOfEntries(t *testing.T) {
	for _, tt := range []struct {
		seqs []int64
		want string
	}{
		{nil, ""},
		{[]int64{7}, "7-8 "},
		{[]int64{9, 8, 7}, "7-10 "},
		{[]int64{9, 7, 6, 2, 0}, "9-10 6-8 2-3 0-1 "},
	} {
		got := ""
		for from, to := range runs(tt.seqs) {
			got += fmt.Sprintf("%d-%d ", from, to)
		}
		if got != tt.want {
			t.Errorf("%v: %s, want %s", tt.seqs, got, tt.want)
		}
	}
}
