// Package app is the service: one exported method for each thing that a person
// can do with Rollcall. It owns every transaction and is the only caller of the
// SCIM client's writes.
//
// # What it promises
//
// A decision or an action is appended to the record first (writer.record) and
// then applied to the store (projection.go); replay makes up for a crash
// between the two. A call that changes a tenant goes through action.do, in this
// order: guards, read, compare, intent, call, read back, outcome. A plan stands
// on sealed, fresh lists only (snapshot.go) and is checked as a whole before
// its first call (run.go).
package app

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"sync"
	"time"

	"rollcall/app/secrets"
	"rollcall/audit"
	"rollcall/db"
	"rollcall/db/storeq"
)

// Config says where a workspace is and what the service may use.
type Config struct {
	Dir        string                                     // the workspace's folder
	MustExist  bool                                       // do not begin a workspace where there is none
	Version    string                                     // of this program, goes into packs
	Actor      string                                     // who acts; "" asks the operating system
	Secrets    secrets.Store                              // nil: the keychain, or the age file where there is none
	Passphrase func() (string, error)                     // opens the age file; nil: it cannot be opened
	AskLater   bool                                       // Passphrase asks nobody; where it has none, App.Unlock is called
	Transport  http.RoundTripper                          // nil: the standard one
	LockWait   time.Duration                              // how long a second writer waits; 0: 30 s
	Now        func() time.Time                           // nil: time.Now
	Wait       func(context.Context, time.Duration) error // nil: a real timer
	Progress   func(Progress)                             // nil: nobody listens
	Demo       bool                                       // shown on the pages
}

// App is an open workspace. Its methods may be called by several goroutines.
type App struct {
	cfg   Config
	rec   *db.Record
	store *db.Store
	know  knowing

	acquireMu sync.Mutex // held while waiting for another process

	lockMu  sync.Mutex // guards the five below
	lock    *db.WriterLock
	writer  *writer
	holders int
	running map[string]bool    // hashes of the plans that run in this process
	jobs    map[string]*runJob // by hash: runs in the background

	appendMu sync.Mutex // one append, with its projection, at a time
	keyMu    sync.Mutex
	key      *audit.Key

	demoMu sync.Mutex
	demos  []func() // end the demos that were tried from here

	phraseMu sync.Mutex
	phrase   string // given to Unlock; never written down

	verifyMu   sync.Mutex // guards the four below
	verified   verified
	verifying  chan struct{} // closed when the check in the background ends; nil: none runs
	unverified *Problem      // why the last one could not be finished
	unkept     string        // why the newest checkpoint is not kept with the secrets
}

// Open opens the workspace and begins one where there is none, unless
// Config.MustExist says otherwise. What the store has not applied of the record
// is applied now, if no other process is writing. Errors are *Error.
func Open(ctx context.Context, cfg Config) (*App, error) {
	a := &App{cfg: withDefaults(cfg), running: map[string]bool{}}
	fresh, err := a.locate()
	if err != nil {
		return nil, err
	}
	if err := a.openFiles(ctx, fresh); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	if err := a.begin(ctx, fresh); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func withDefaults(cfg Config) Config {
	if cfg.LockWait == 0 {
		cfg.LockWait = 30 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Wait == nil {
		cfg.Wait = timer
	}
	if cfg.Progress == nil {
		cfg.Progress = func(Progress) {}
	}
	if cfg.Actor == "" {
		cfg.Actor = currentUser()
	}
	if cfg.Version == "" {
		cfg.Version = "dev"
	}
	return cfg
}

func timer(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func currentUser() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "unknown"
}

// locate makes the folder and tells whether a workspace is to be begun in it.
func (a *App) locate() (fresh bool, err error) {
	dir, err := filepath.Abs(a.cfg.Dir)
	if err != nil || a.cfg.Dir == "" {
		return false, usage("The workspace's folder is not a path.")
	}
	a.cfg.Dir = dir
	_, err = os.Stat(a.recordPath())
	switch {
	case err == nil:
		return false, nil
	case !errors.Is(err, fs.ErrNotExist):
		return false, folderError("The workspace "+dir+" cannot be read", err)
	}
	if _, err := os.Stat(a.storePath()); err == nil {
		return false, &Error{
			Kind: KindFailed, Text: "The workspace " + dir + " has a store.db but no record.db.",
			Do: "Restore record.db from a backup; without it nothing is proven. To begin anew, use an empty folder.",
		}
	}
	if a.cfg.MustExist {
		return false, notFound("There is no workspace in "+dir+".", "Begin one with rollcall tenant add or rollcall roster import, or name another with --workspace.")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return false, folderError("The folder "+dir+" cannot be made", err)
	}
	return true, nil
}

// folderError says why the workspace's folder cannot be used.
func folderError(lead string, err error) error {
	if why := diskWords(err); why != "" {
		lead += ": " + why
	}
	return &Error{Kind: KindFailed, Text: lead + ".", Do: "Check the folder's permissions, or choose another folder with --workspace.", Err: err}
}

// openFiles opens both files; making them, or bringing their schema up to
// date, happens under the writer's lock.
func (a *App) openFiles(ctx context.Context, fresh bool) (err error) {
	if !fresh {
		if err := a.openExisting(ctx, db.ReadWrite); err == nil {
			return nil
		} else if !isMissingStore(err) {
			return fileError(err)
		}
	}
	lock, err := db.Lock(ctx, a.cfg.Dir, a.cfg.LockWait)
	if err != nil {
		return fileError(err)
	}
	return errors.Join(fileError(a.openExisting(ctx, db.Create)), lock.Unlock())
}

func (a *App) openExisting(ctx context.Context, mode db.Mode) (err error) {
	if a.rec == nil {
		if a.rec, err = db.OpenRecord(ctx, a.recordPath(), mode); err != nil {
			a.rec = nil
			return err
		}
	}
	if a.store, err = db.OpenStore(ctx, a.storePath(), mode); err != nil {
		a.store = nil
	}
	return err
}

// isMissingStore: the store may be deleted at any time and comes back from the
// record.
func isMissingStore(err error) bool {
	var f *db.FileError
	return errors.As(err, &f) && f.Kind == db.Missing && filepath.Base(f.Path) == "store.db"
}

// begin opens the secrets, writes the first entry of a new record and applies
// what the store lacks.
func (a *App) begin(ctx context.Context, fresh bool) error {
	if a.cfg.Secrets == nil {
		logID, err := a.rec.LogID(ctx)
		if err != nil {
			return fileError(err)
		}
		a.cfg.Secrets, err = secrets.Open(ctx, secrets.Options{Dir: a.cfg.Dir, WorkspaceID: logID, Passphrase: a.passphrase})
		if err != nil {
			return secretsAt("The secrets of this workspace cannot be opened", err)
		}
	}
	size, err := a.rec.Size(ctx)
	if err != nil {
		return fileError(err)
	}
	if size == 0 && a.NeedsPassphrase() {
		return nil // the record begins with the first change
	}
	if size == 0 {
		return a.mutate(ctx, func(w *writer) error { return w.createRecord(ctx) })
	}
	return a.catchUp(ctx, size)
}

// catchUp applies what the store lacks, if it lacks anything and the lock is
// free; otherwise whoever holds it does. It never empties the store: of a
// record that was put back to an older state by mistake nothing is known yet,
// and people and lists cannot be rebuilt from it. [App.RecordState] tells of a
// store that does not fit; the next writer checks the record and rebuilds it.
func (a *App) catchUp(ctx context.Context, size int64) error {
	var pos db.Position
	err := a.store.Read(ctx, func(tx *db.Tx) (err error) {
		pos, err = tx.Position(ctx)
		return err
	})
	if err != nil {
		return fileError(err)
	}
	if pos.Size == size && pos.Version == projectionVersion {
		return nil
	}
	lock, err := db.Lock(ctx, a.cfg.Dir, 0)
	if err != nil {
		return nil
	}
	log, err := a.readLog(ctx)
	if err == nil && log.Damage() == nil {
		err = a.replayForward(ctx, log)
	}
	if e := new(Error); errors.As(err, &e) && e.Kind == KindRefused {
		err = nil // it can still be read; whoever wants to write is told
	}
	if e := lock.Unlock(); err == nil {
		err = e
	}
	return err
}

// Close waits for what runs in the background and closes the files.
func (a *App) Close() error {
	a.endDemos()
	a.know.stop()
	var errs []error
	if a.store != nil {
		errs = append(errs, a.store.Close())
	}
	if a.rec != nil {
		errs = append(errs, a.rec.Close())
	}
	return errors.Join(errs...)
}

// read runs fn on one state of the store.
func (a *App) read(ctx context.Context, fn func(q *storeq.Queries) error) error {
	return fileError(a.store.Read(ctx, func(tx *db.Tx) error { return fn(tx.Queries) }))
}

func (a *App) progress(p Progress) { a.cfg.Progress(p) }

func (a *App) claim(hash string) bool {
	a.lockMu.Lock()
	defer a.lockMu.Unlock()
	if a.running[hash] {
		return false
	}
	a.running[hash] = true
	return true
}

func (a *App) unclaim(hash string) {
	a.lockMu.Lock()
	defer a.lockMu.Unlock()
	delete(a.running, hash)
}
