package app

import (
	"context"
	"errors"
)

var errTodo = errors.New("being built")

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

