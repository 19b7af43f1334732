package app

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"

	"rollcall/audit"
	"rollcall/db"
)

// writer is the right to change the workspace. It exists only while the
// writer's lock is held; every change goes through record.
type writer struct {
	a      *App
	log    *audit.Log
	signed int64 // size of the newest checkpoint
}

// mutate takes the writer's lock, brings log and store up to date, runs fn and
// lets go. Several mutations of one process may run side by side: they share
// the lock, and appends are serialised. Another process waits Config.LockWait.
func (a *App) mutate(ctx context.Context, fn func(w *writer) error) error {
	w, err := a.acquire(ctx)
	if err != nil {
		return err
	}
	defer a.release(context.WithoutCancel(ctx))
	return fileError(fn(w))
}

func (a *App) acquire(ctx context.Context) (*writer, error) {
	a.lockMu.Lock()
	defer a.lockMu.Unlock()
	if a.holders > 0 {
		a.holders++
		return a.writer, nil
	}
	lock, err := db.Lock(ctx, a.cfg.Dir, a.cfg.LockWait)
	if err != nil {
		return nil, fileError(err)
	}
	w, err := a.openWriter(ctx)
	if err != nil {
		if e := lock.Unlock(); e != nil {
			slog.Warn("releasing the workspace", "error", e)
		}
		return nil, err
	}
	a.lock, a.writer, a.holders = lock, w, 1
	return w, nil
}

// openWriter reads the tree's edge anew (another process may have appended
// since), applies what the store has not, and gives every call that a crash
// left without an outcome the outcome unknown.
func (a *App) openWriter(ctx context.Context) (*writer, error) {
	key, err := a.signingKey(ctx)
	if err != nil {
		return nil, err
	}
	kept, err := a.kept(ctx)
	if err != nil {
		return nil, err
	}
	log, err := audit.Open(ctx, a.rec, key, audit.Options{Now: a.cfg.Now, Known: kept})
	if err != nil {
		return nil, damaged(err)
	}
	w := &writer{a: a, log: log}
	if c, ok, err := a.rec.LatestCheckpoint(ctx); err != nil {
		return nil, fileError(err)
	} else if ok {
		w.signed = c.Size
	}
	if err := a.replay(ctx, log); err != nil {
		return nil, err
	}
	return w, w.orphanedIntents(ctx)
}

func (a *App) release(ctx context.Context) {
	a.lockMu.Lock()
	defer a.lockMu.Unlock()
	if a.holders--; a.holders > 0 {
		return
	}
	if err := a.writer.sign(ctx); err != nil {
		slog.Warn("signing the record", "error", err)
	}
	if err := a.lock.Unlock(); err != nil {
		slog.Warn("releasing the workspace", "error", err)
	}
	a.lock, a.writer = nil, nil
}

// sign puts a checkpoint over what was appended.
func (w *writer) sign(ctx context.Context) error {
	if w.log.Size() == w.signed {
		return nil
	}
	_, err := w.checkpoint(ctx)
	return err
}

// record appends d durably, then applies it to the store in one transaction
// that also moves the store's position. If the process ends between the two,
// the next writer applies it.
func (w *writer) record(ctx context.Context, d audit.Draft) (audit.Stored, error) {
	w.a.appendMu.Lock()
	defer w.a.appendMu.Unlock()
	d.Actor = audit.Text(w.a.cfg.Actor)
	s, err := w.log.Append(ctx, d)
	if err != nil {
		return audit.Stored{}, fmt.Errorf("record %s: %w", d.Type, fileError(err))
	}
	return s, w.a.apply(context.WithoutCancel(ctx), s)
}

// recordIntent does the same for an intent and returns the receipt that the
// client demands before it sends req.
func (w *writer) recordIntent(ctx context.Context, d audit.Draft, req audit.Request) (audit.Stored, *audit.Receipt, error) {
	w.a.appendMu.Lock()
	defer w.a.appendMu.Unlock()
	d.Actor = audit.Text(w.a.cfg.Actor)
	s, receipt, err := w.log.AppendIntent(ctx, d, req)
	if err != nil {
		return audit.Stored{}, nil, fmt.Errorf("record %s: %w", d.Type, fileError(err))
	}
	return s, receipt, w.a.apply(context.WithoutCancel(ctx), s)
}

// orphanedIntents runs under a fresh lock, when no call can be under way in
// any process: an intent without outcome is one that a crash cut off.
func (w *writer) orphanedIntents(ctx context.Context) error {
	open, err := w.openIntents(ctx)
	if err != nil {
		return err
	}
	for _, in := range open {
		_, err := w.record(ctx, audit.Draft{
			Type: typeOutcome, Tenant: in.TenantID, Target: audit.Text(in.UserName), Ticket: in.Ticket,
			Data: actionOutcome{
				Plan: in.Plan, N: int(in.N), Intent: in.Seq, Account: audit.Text(in.Account), Outcome: outcomeUnknown,
				Why: audit.Text("Rollcall ended before the answer was read."),
			},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *App) recordPath() string { return filepath.Join(a.cfg.Dir, "record.db") }
func (a *App) storePath() string  { return filepath.Join(a.cfg.Dir, "store.db") }
