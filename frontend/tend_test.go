package frontend

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"
)

// A call that becomes unknown after a quiet while, or after a look that did not
// work, is looked for too.
func TestTendGoesOnWhileThePagesAreOpen(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	looks := make(chan int)
	tick, ended := make(chan time.Time), make(chan struct{})
	go func() {
		n := 0
		tend(ctx, func() error { n++; looks <- n; return errors.New("not reachable") }, slog.New(slog.DiscardHandler), tick)
		close(ended)
	}()
	for want := 1; want <= 3; want++ {
		select {
		case got := <-looks:
			if got != want {
				t.Fatalf("look %d, want %d", got, want)
			}
		case <-ended:
			t.Fatal("it ended although the pages are still open")
		}
		select {
		case tick <- time.Time{}:
		case <-ended:
			t.Fatal("it ended although the pages are still open")
		}
	}
	<-looks
	cancel()
	<-ended
}

func TestTendEndsWithThePages(t *testing.T) {
	a := emptyApp(t)
	if err := settleUnknown(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	Tend(ctx, a, nil)
}
