// Package app is the service: one exported method for each thing that a person
// can do with Rollcall. It owns every transaction and is the only caller of the
// SCIM client's writes.
package app

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"rollcall/app/secrets"
)

// Config says where a workspace is and what the service may use.
type Config struct {
	Dir        string                                     // the workspace's folder; made where it is missing
	Version    string                                     // of this program, goes into packs
	Actor      string                                     // who acts; "" asks the operating system
	Secrets    secrets.Store                              // nil: the keychain, or the age file where there is none
	Passphrase func() (string, error)                     // opens the age file; nil: ROLLCALL_PASSPHRASE only
	Transport  http.RoundTripper                          // nil: the standard one
	LockWait   time.Duration                              // how long a second writer waits; 0: 30 s
	Now        func() time.Time                           // nil: time.Now
	Wait       func(context.Context, time.Duration) error // nil: a real timer
	Progress   func(Progress)                             // nil: nobody listens
	Demo       bool                                       // shown on the pages
}

// App is an open workspace.
type App struct{ cfg Config }

var errTodo = errors.New("being built")

// Open opens the workspace for reading; methods that change something take
// the writer's lock for as long as they run.
func Open(ctx context.Context, cfg Config) (*App, error) { return &App{cfg}, errTodo }
func (a *App) Close() error                              { return errTodo }

// TenantSpec describes a tenant to add.
type TenantSpec struct {
	Name, BaseURL, Preset string
	Auth                  string // "bearer" (default), "basic" or "header:NAME"
	User                  string // for basic
	Token                 string // goes to the secret store and nowhere else
	CAFile                string // PEM; its certificates are kept with the tenant
	AllowWrites           string // reason; "" leaves it read-only
	OwnAccount            string // id or userName of the credential's own account; protected
}

func (a *App) AddTenant(ctx context.Context, s TenantSpec) (Tenant, error) { return Tenant{}, errTodo }
func (a *App) Tenants(ctx context.Context) ([]Tenant, error)               { return nil, errTodo }
func (a *App) Tenant(ctx context.Context, nameOrID string) (Tenant, error) { return Tenant{}, errTodo }
func (a *App) AllowWrites(ctx context.Context, nameOrID, reason string) (Tenant, error) {
	return Tenant{}, errTodo
}
func (a *App) RemoveTenant(ctx context.Context, nameOrID string) error { return errTodo }

// RosterImport describes a roster file to import.
type RosterImport struct {
	File         string
	Map          map[string]string // field -> column
	Source       string            // "" = "hr"
	Key          string            // column that identifies the person; "" = employee number
	TimeZone     string            // IANA name; "" = the workspace's
	StatusMap    map[string]string // the file's text -> active, on leave, pre-hire, left
	Encoding     string            // "" = detect
	AcceptShrink int               // number of people accepted; 0: none given
}

func (a *App) ImportRoster(ctx context.Context, r RosterImport) (Roster, error) {
	return Roster{}, errTodo
}
func (a *App) Roster(ctx context.Context) (*Roster, error) { return nil, errTodo }

// SyncRequest says which tenants to sync.
type SyncRequest struct {
	Tenants      []string       // names or ids; none: all
	AcceptShrink map[string]int // tenant name or id -> number of accounts accepted
}

// Sync lists each tenant and merges what was listed completely. One result a
// tenant, in order; an error only where nothing could be tried.
func (a *App) Sync(ctx context.Context, r SyncRequest) ([]Sync, error) { return nil, errTodo }

// StartSync does the same in the background; Overview tells how it goes.
func (a *App) StartSync(r SyncRequest) error { return errTodo }

func (a *App) Overview(ctx context.Context) (Overview, error) { return Overview{}, errTodo }
func (a *App) Findings(ctx context.Context, f FindingFilter) (FindingsPage, error) {
	return FindingsPage{}, errTodo
}
func (a *App) Finding(ctx context.Context, id string) (FindingDetail, error) {
	return FindingDetail{}, errTodo
}

// Plan fixes what is to be done, stores it and records plan.created.
func (a *App) Plan(ctx context.Context, r PlanRequest) (Plan, error) { return Plan{}, errTodo }
func (a *App) Plans(ctx context.Context) ([]Plan, error)             { return nil, errTodo }
func (a *App) PlanByHash(ctx context.Context, hashOrPrefix string) (Plan, error) {
	return Plan{}, errTodo
}

// Run executes exactly that plan, once; again it resumes or tells the old result.
func (a *App) Run(ctx context.Context, hashOrPrefix string, confirm int) (RunResult, error) {
	return RunResult{}, errTodo
}

// Settle reads back every call whose outcome is unknown. It sends no change.
func (a *App) Settle(ctx context.Context) ([]ActionResult, error) { return nil, errTodo }

func (a *App) Protect(ctx context.Context, tenant, account, reason string) (Protected, error) {
	return Protected{}, errTodo
}
func (a *App) Unprotect(ctx context.Context, tenant, account, reason string) error { return errTodo }
func (a *App) ProtectedAccounts(ctx context.Context, tenant string) ([]Protected, error) {
	return nil, errTodo
}

func (a *App) Entries(ctx context.Context, f EntryFilter, yield func(Entry) error) error {
	return errTodo
}
func (a *App) RecordState(ctx context.Context) (RecordState, error) { return RecordState{}, errTodo }

// VerifyRecord checks the whole record of this workspace.
func (a *App) VerifyRecord(ctx context.Context) (RecordState, error) { return RecordState{}, errTodo }

// Checkpoint signs the record as it stands and returns the signed note.
func (a *App) Checkpoint(ctx context.Context) (note []byte, err error) { return nil, errTodo }

// Export writes an evidence pack; the exported entry comes first and lies inside it.
func (a *App) Export(ctx context.Context, file string, f EntryFilter) (PackInfo, error) {
	return PackInfo{}, errTodo
}

// Verify checks a pack or a checkpoint; it needs no workspace and no network.
func Verify(ctx context.Context, file, key string, checkpoints []string) (VerifyReport, error) {
	return VerifyReport{}, errTodo
}

// StartDemo makes a fresh workspace in dir, starts the embedded tenants on
// loopback, imports the roster and syncs. stop ends the tenants.
func StartDemo(ctx context.Context, dir string, cfg Config) (a *App, stop func(), err error) {
	return nil, nil, errTodo
}

// HeadlessDemo does the main job on the demo and prints it.
func HeadlessDemo(ctx context.Context, dir string, w io.Writer) error { return errTodo }

// Error is what went wrong, for a person: what happened and what to do.
type Error struct {
	Kind ErrorKind
	Text string // one sentence
	Do   string // one sentence
	Err  error  // cause; may be nil
}

func (e *Error) Error() string {
	if e.Do == "" {
		return e.Text
	}
	return e.Text + " " + e.Do
}
func (e *Error) Unwrap() error { return e.Err }

// ErrorKind decides exit codes and HTTP statuses.
type ErrorKind string

const (
	KindUsage    ErrorKind = "usage"     // exit 2, 400
	KindNotFound ErrorKind = "not-found" // exit 1, 404
	KindRefused  ErrorKind = "refused"   // exit 3, 409: a safety rule says no
	KindLocked   ErrorKind = "locked"    // exit 1, 423
	KindFailed   ErrorKind = "failed"    // exit 1, 502 or 500
)
