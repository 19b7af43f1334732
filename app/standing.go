package app

import (
	"context"
	"sync"
	"time"

	"rollcall/db"
	"rollcall/db/storeq"
)

// storeState names what the store shows: how far it follows the record, and the
// findings derived from it. What else is written, stages and the index of
// entries, changes neither.
type storeState struct {
	position db.Position
	findings storeq.FindingStateRow // zero: none were derived
}

func stateIn(ctx context.Context, tx *db.Tx) (s storeState, err error) {
	if s.position, err = tx.Position(ctx); err != nil {
		return s, err
	}
	f, err := maybe(tx.FindingState(ctx))
	if f != nil {
		s.findings = *f
	}
	return s, err
}

// standing remembers a state of the store in which the findings were found to
// stand on everything that is on show, so that the next page need not ask every
// tenant, link and exception again. Whoever writes, in whatever process, makes
// another state of it.
type standing struct {
	mu          sync.Mutex
	state       storeState
	from, until time.Time
}

// hold says whether they still do.
func (s *standing) hold(state storeState, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.from.IsZero() && s.state == state && !now.Before(s.from) && (s.until.IsZero() || now.Before(s.until))
}

// keep remembers that they stand on b in this state.
func (s *standing) keep(state storeState, b *basis) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state, s.from, s.until = state, b.now, b.until
}
