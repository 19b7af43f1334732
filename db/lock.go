package db

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/go-json-experiment/json"
)

// lockFile lies in the workspace's folder. It is never removed: a second
// process could then lock a file that has no name any more.
const lockFile = "lock"

// How often a waiting process tries again.
const lockEvery = 50 * time.Millisecond

// errLocked is what tryLock returns while another holds the lock.
var errLocked = errors.New("locked")

// holder is what the lock file says about who holds it.
type holder struct {
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
}

// LockedError says that another process held the writer's lock all the time that
// was waited. PID is 0 and Since is zero where the lock file does not tell.
type LockedError struct {
	Path  string
	PID   int
	Since time.Time
}

// Error returns what happened and what to do.
func (e *LockedError) Error() string { return e.Text() + " " + e.Do() }

// Text returns one sentence on what happened.
func (e *LockedError) Text() string {
	dir := filepath.Dir(e.Path)
	if e.PID == 0 {
		return fmt.Sprintf("Another process is changing the workspace in %s.", dir)
	}
	return fmt.Sprintf("Process %d has been changing the workspace in %s since %s.",
		e.PID, dir, e.Since.Local().Format(time.RFC3339))
}

// Do returns one sentence on what to do about it.
func (e *LockedError) Do() string { return "Wait until it has finished, or end it, and try again." }

// WriterLock is the right to change a workspace. The operating system takes it
// back when the process ends, however it ends.
type WriterLock struct{ f *os.File }

// Lock takes the writer's lock of the workspace in dir. While another process,
// or another part of this one, holds it, Lock tries again until wait is over
// and then returns a [LockedError]; a wait of 0 tries once.
func Lock(ctx context.Context, dir string, wait time.Duration) (*WriterLock, error) {
	path := filepath.Join(dir, lockFile)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fileErr(path, "opening the lock", err)
	}
	if err := waitForLock(ctx, f, wait); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	l := &WriterLock{f}
	if err := l.sign(holder{os.Getpid(), time.Now().UTC()}); err != nil {
		return nil, errors.Join(fileErr(path, "signing the lock", err), l.Unlock())
	}
	return l, nil
}

func waitForLock(ctx context.Context, f *os.File, wait time.Duration) error {
	deadline := time.NewTimer(wait)
	defer deadline.Stop()
	again := time.NewTicker(lockEvery)
	defer again.Stop()
	for {
		err := tryLock(f)
		if err == nil {
			return nil
		}
		if !errors.Is(err, errLocked) {
			return &FileError{Kind: IO, Path: f.Name(), Err: fmt.Errorf("locking: %w", err)}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the writer's lock: %w", ctx.Err())
		case <-deadline.C:
			return heldBy(f)
		case <-again.C:
		}
	}
}

// heldBy reads who holds the lock. What the file says is a hint for a person:
// a holder that was killed while it signed leaves nothing to read.
func heldBy(f *os.File) *LockedError {
	e := &LockedError{Path: f.Name()}
	text, err := io.ReadAll(io.NewSectionReader(f, 0, 1024))
	if err != nil {
		return e
	}
	var h holder
	if json.Unmarshal(text, &h) == nil && h.PID > 0 {
		e.PID, e.Since = h.PID, h.Since
	}
	return e
}

func (l *WriterLock) sign(h holder) error {
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if err := l.f.Truncate(0); err != nil {
		return err
	}
	_, err = l.f.WriteAt(append(text, '\n'), 0)
	return err
}

// Unlock gives the lock back. A second call does nothing.
func (l *WriterLock) Unlock() error {
	err := errors.Join(l.f.Truncate(0), unlock(l.f), l.f.Close())
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("giving the writer's lock back: %w", err)
	}
	return nil
}
