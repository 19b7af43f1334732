package app

import (
	"context"
	"errors"
)

// StopSync ends the sync of a tenant that this process runs, or that waits for
// its turn, as Ctrl-C does in a terminal: nothing of it is in the record, and
// what it read is kept for the next one.
func (a *App) StopSync(ctx context.Context, nameOrID string) error {
	t, err := a.tenantBy(ctx, nameOrID)
	if err != nil {
		return err
	}
	if !a.know.halt(t.ID) {
		return refused1("No sync of "+t.Name+" runs here.", "It has ended, or another program runs it.")
	}
	return nil
}

// halt stops the sync of a tenant; false: none runs.
func (k *knowing) halt(tenantID string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	p, running := k.busy[tenantID]
	if !running {
		return false
	}
	p.Stopping = true
	k.busy[tenantID] = p
	if stop := k.stops[tenantID]; stop != nil {
		stop()
	}
	return true
}

// stoppable lets halt end a sync whose turn has come. One that was stopped while
// it waited ends at once.
func (k *knowing) stoppable(ctx context.Context, tenantID string) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.stops == nil {
		k.stops = map[string]context.CancelFunc{}
	}
	k.stops[tenantID] = cancel
	if k.busy[tenantID].Stopping {
		cancel()
	}
	return ctx, cancel
}

// stopped counts the tenants whose sync somebody stopped, of all errors.
func stopped(err error) int {
	n := 0
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range all.Unwrap() {
			if errors.Is(e, context.Canceled) {
				n++
			}
		}
	}
	return n
}
