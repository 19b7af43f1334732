package app

import (
	"context"

	"rollcall/audit"
)

// ExportPreview is what an export would come to, and what its reader needs.
type ExportPreview struct {
	Entries     int64       `json:"entries"` // in the record; the pack has the hash of each
	Bodies      int         `json:"bodies"`  // that the filter chooses; the entry of the export itself and changes of key come on top
	Key         string      `json:"key"`     // the note verifier key, for verify --key
	Fingerprint string      `json:"fingerprint"`
	Checkpoint  *SignedNote `json:"checkpoint"` // the newest; nil: none was signed yet
	Listed      int64       `json:"listed"`     // entries that Bodies was counted among; below Entries the list is still being made
}

// ExportPreview tells what an export would come to. It records nothing.
func (a *App) ExportPreview(ctx context.Context, f EntryFilter) (ExportPreview, error) {
	var p ExportPreview
	log, err := a.readLog(ctx)
	if err != nil {
		return p, err
	}
	q, err := a.entryQuery(ctx, f)
	if err != nil {
		return p, err
	}
	p.Entries = log.Size()
	if p.Listed, err = a.listEntries(ctx, log); err != nil {
		return p, err
	}
	if p.Bodies, err = a.countEntries(ctx, q, 0); err != nil {
		return p, err
	}
	if p.Key, err = a.verifier(ctx, log); err != nil {
		return p, err
	}
	p.Fingerprint = audit.Fingerprint(p.Key)
	p.Checkpoint, err = a.LatestCheckpoint(ctx)
	return p, err
}

// LatestCheckpoint is the newest signed note as it lies in the record; nil
// where none was signed yet. It signs nothing: App.Checkpoint does.
func (a *App) LatestCheckpoint(ctx context.Context) (*SignedNote, error) {
	c, ok, err := a.rec.LatestCheckpoint(ctx)
	if err != nil || !ok {
		return nil, fileError(err)
	}
	return &SignedNote{c.Size, string(c.Note)}, nil
}
