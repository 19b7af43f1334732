package app

import (
	"context"
	"log/slog"
	"sync/atomic"
)

// glanceKey marks the context of somebody who only looks.
type glanceKey struct{}

// Glance returns a context for looking at pages. In it no answer waits for a
// sync or a run that goes on in this process: until the findings stand on what
// it brought, they are those from before; and whether they stand on the newest
// lists is asked once, so that each answer needs a context of its own. Whatever
// is decided or planned asks without, and always stands on what is on show.
func Glance(ctx context.Context) context.Context {
	return context.WithValue(ctx, glanceKey{}, new(atomic.Bool))
}

// glanceOf tells whether the findings were asked for in this glance; nil where
// ctx is not of one.
func glanceOf(ctx context.Context) *atomic.Bool {
	asked, _ := ctx.Value(glanceKey{}).(*atomic.Bool)
	return asked
}

// working says whether a sync, a run or a check goes on.
func (k *knowing) working() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.busy) > 0
}

// deriveBehind derives the findings in the background, once however many ask.
func (a *App) deriveBehind(now freshness) {
	if now == fresh || !a.know.claim() {
		return
	}
	ctx, ok := a.know.background()
	if !ok {
		return
	}
	go func() {
		defer a.know.syncs.Done()
		defer a.know.unclaim()
		if err := a.deriveFindings(ctx); err != nil && ctx.Err() == nil {
			slog.Warn("deriving the findings in the background", "error", err)
		}
	}()
}

// claim says whether nobody else is deriving the findings in the background.
func (k *knowing) claim() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	was := k.behind
	k.behind = true
	return !was
}

func (k *knowing) unclaim() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.behind = false
}

// deriveLast derives the findings at the end of the last of the syncs that run
// side by side, while it is still shown as running: a page that waits for the
// end shows what they found, and the day has its counts. That it does not work
// now is not the sync's failure; the next page derives them anyway.
func (a *App) deriveLast(ctx context.Context, tenantID string) {
	if !a.know.lastStage(tenantID) {
		return
	}
	if err := a.deriveFindings(ctx); err != nil && ctx.Err() == nil {
		slog.Warn("deriving the findings after a sync", "error", err)
	}
}

// lastStage moves a sync to its last stage and says whether no other is before it.
func (k *knowing) lastStage(tenantID string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	p := k.busy[tenantID]
	p.Stage, p.Done, p.Total, p.Resumed = "matching", 0, 0, 0
	k.busy[tenantID] = p
	for _, other := range k.busy {
		if other.What == p.What && other.Stage != p.Stage {
			return false
		}
	}
	return true
}
