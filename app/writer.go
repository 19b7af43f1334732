package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"

	"rollcall/audit"
	"rollcall/db"
)

// writer is the right to change the workspace. It exists only while the
// writer's lock is held; every change goes through record.
type writer struct {
	a      *App
	log    *audit.Log
	signed int64        // size of the newest checkpoint
	kept   int64        // size of the newest one that is kept with the secrets
	behind bool         // the store lacks what was appended; guarded by App.appendMu
	moves  atomic.Int64 // entries that a run may stand on: all but those of runs
	loose  bool         // protections may not be tied to a list's accounts yet; likewise
}

// errUnapplied: the entry is in the record, and the store could not follow yet.
var errUnapplied = errors.New("recorded, not yet applied")

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
	if w := a.share(); w != nil {
		return w, nil
	}
	a.acquireMu.Lock() // the wait for another process must not hold up lockMu
	defer a.acquireMu.Unlock()
	if w := a.share(); w != nil {
		return w, nil
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
	a.lockMu.Lock()
	defer a.lockMu.Unlock()
	a.lock, a.writer, a.holders = lock, w, 1
	return w, nil
}

// share joins a mutation that holds the lock already.
func (a *App) share() *writer {
	a.lockMu.Lock()
	defer a.lockMu.Unlock()
	if a.holders == 0 {
		return nil
	}
	a.holders++
	return a.writer
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
	w := &writer{a: a, log: log, kept: keptSize(kept)}
	if c, ok, err := a.rec.LatestCheckpoint(ctx); err != nil {
		return nil, fileError(err)
	} else if ok {
		w.signed = c.Size
	}
	if err := a.replay(ctx, log); err != nil {
		return nil, err
	}
	if err := w.createRecord(ctx); err != nil {
		return nil, err
	}
	w.strayTokens(ctx)
	if err := w.bindLeft(ctx); err != nil {
		return nil, err
	}
	w.strayStages(ctx)
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
	if w.log.Size() == w.signed && w.signed == w.kept {
		return nil
	}
	_, err := w.checkpoint(ctx)
	return err
}

// record appends d durably, then applies it to the store in one transaction
// that also moves the store's position. If the process ends between the two,
// the next writer applies it. If applying fails, nothing more is appended until
// the store has caught up: a projection never skips an entry.
func (w *writer) record(ctx context.Context, d audit.Draft) (audit.Stored, error) {
	w.a.appendMu.Lock()
	defer w.a.appendMu.Unlock()
	if err := w.catchUp(ctx); err != nil {
		return audit.Stored{}, err
	}
	s, err := w.append(ctx, d)
	if err == nil && d.Type == typeSnapshotSealed {
		err = w.bindProtections(ctx) // before anybody can append anything about the list
	}
	return s, err
}

// append is record for who holds appendMu and has caught up.
func (w *writer) append(ctx context.Context, d audit.Draft) (audit.Stored, error) {
	d.Actor = audit.Text(w.a.cfg.Actor)
	s, err := w.log.Append(ctx, d)
	if err != nil {
		return audit.Stored{}, fmt.Errorf("record %s: %w", d.Type, fileError(err))
	}
	err = w.follow(ctx, s)
	switch d.Type {
	case typeRunStarted, typeIntent, typeOutcome, typeSkipped, typeStopped, typeRunFinished:
	default:
		w.moves.Add(1)
	}
	return s, err
}

// bindLeft makes up for a sync or an import that ended between its list and the
// protections, before anything is planned or sent.
func (w *writer) bindLeft(ctx context.Context) error {
	w.a.appendMu.Lock()
	defer w.a.appendMu.Unlock()
	return w.bindProtections(ctx)
}

// recordIntent does the same for an intent and returns the receipt that the
// client demands before it sends req. guard is asked with all earlier intents
// counted and no other append between it and this one; what it answers stops
// the intent.
func (w *writer) recordIntent(ctx context.Context, d audit.Draft, req audit.Request, guard func() (string, error)) (s audit.Stored, r *audit.Receipt, why string, err error) {
	w.a.appendMu.Lock()
	defer w.a.appendMu.Unlock()
	if err := w.catchUp(ctx); err != nil {
		return s, nil, "", err
	}
	if why, err = guard(); why != "" || err != nil {
		return s, nil, why, err
	}
	d.Actor = audit.Text(w.a.cfg.Actor)
	if s, r, err = w.log.AppendIntent(ctx, d, req); err != nil {
		return s, nil, "", fmt.Errorf("record %s: %w", d.Type, fileError(err))
	}
	return s, r, "", w.follow(ctx, s)
}

// follow applies an entry that was just appended.
func (w *writer) follow(ctx context.Context, s audit.Stored) error {
	if err := w.a.apply(context.WithoutCancel(ctx), s); err != nil {
		w.behind, w.loose = true, true // it may be a list
		e := &Error{Kind: KindFailed, Text: "It is recorded, but store.db could not be written.", Do: "Do not repeat it: the store catches up by itself.", Err: errors.Join(errUnapplied, err)}
		if db.NoRoom(err) {
			e.Text, e.Do = "It is recorded, but store.db could not be written: the disk is full.", "Make room on that disk. Do not repeat it: the store catches up by itself."
		}
		return e
	}
	return nil
}

// catchUp comes before every append: the store follows the record, and the
// protections the lists in it.
func (w *writer) catchUp(ctx context.Context) error {
	if err := w.applyLeft(ctx); err != nil || !w.loose {
		return err
	}
	return w.bindProtections(context.WithoutCancel(ctx))
}

// upToDate is catchUp for who appends nothing yet.
func (w *writer) upToDate(ctx context.Context) error {
	w.a.appendMu.Lock()
	defer w.a.appendMu.Unlock()
	return w.catchUp(ctx)
}

func (w *writer) applyLeft(ctx context.Context) error {
	if !w.behind {
		return nil
	}
	if err := w.a.replay(context.WithoutCancel(ctx), w.log); err != nil {
		e := &Error{Kind: KindFailed, Text: "store.db cannot be written, so nothing more is done.", Do: "Check the disk, then try again.", Err: err}
		if db.NoRoom(err) {
			e.Text, e.Do = "store.db cannot be written, since the disk is full; nothing more is done.", "Make room on that disk, then try again."
		}
		return e
	}
	w.behind = false
	w.moves.Add(1)
	return nil
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
