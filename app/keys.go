package app

import (
	"context"
	"errors"
	"time"

	"rollcall/app/secrets"
	"rollcall/audit"
)

const (
	secretSigningKey = "signing-key"
	secretCheckpoint = "checkpoint" // the newest one that this machine signed
)

// signingKey reads the record's key, once per process. A new record gets one;
// an old one whose key is lost can be read, but not written to.
func (a *App) signingKey(ctx context.Context) (*audit.Key, error) {
	a.keyMu.Lock()
	defer a.keyMu.Unlock()
	if a.key != nil {
		return a.key, nil
	}
	secret, err := a.cfg.Secrets.Get(ctx, secretSigningKey)
	switch {
	case errors.Is(err, secrets.ErrNotFound):
		return a.newKey(ctx)
	case err != nil:
		return nil, secretsAt("The key that signs the record cannot be had from "+a.cfg.Secrets.Where(), err)
	}
	key, err := audit.ParseKey(secret)
	if err != nil {
		return nil, &Error{Kind: KindFailed, Text: "The signing key in " + a.cfg.Secrets.Where() + " is not readable.", Do: "Restore it from a backup; until then the workspace is read-only.", Err: err}
	}
	a.key = key
	return key, nil
}

func (a *App) newKey(ctx context.Context) (*audit.Key, error) {
	size, err := a.rec.Size(ctx)
	if err != nil {
		return nil, fileError(err)
	}
	if size > 0 {
		return nil, &Error{
			Kind: KindRefused, Text: "The key that signs this record is not in " + a.cfg.Secrets.Where() + ".",
			Do: "The workspace is read-only here: open it on the machine and account where it was made, or restore the key.",
		}
	}
	logID, err := a.rec.LogID(ctx)
	if err != nil {
		return nil, fileError(err)
	}
	key, err := audit.NewKey(audit.Origin(logID))
	if err != nil {
		return nil, err
	}
	if err := a.cfg.Secrets.Set(ctx, secretSigningKey, key.Secret()); err != nil {
		return nil, secretsAt("The key that signs the record could not be kept in "+a.cfg.Secrets.Where(), err)
	}
	a.key = key
	return key, nil
}

// createRecord writes the entry that opens every record. It names the key, so
// that a reader without a keychain knows which one to expect.
func (w *writer) createRecord(ctx context.Context) error {
	if w.log.Size() > 0 {
		return nil // another process was quicker
	}
	_, err := w.record(ctx, audit.Draft{
		Type: typeRecordCreated, Data: recordCreated{Program: "rollcall " + w.a.cfg.Version, Verifier: w.log.Verifier()},
	})
	return err
}

// kept is the newest checkpoint that this machine signed and stored apart from
// the record: a record that falls behind it was put back to an older state.
func (a *App) kept(ctx context.Context) ([][]byte, error) {
	note, err := a.cfg.Secrets.Get(ctx, secretCheckpoint)
	if errors.Is(err, secrets.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, secretsAt("The newest signature of the record cannot be had from "+a.cfg.Secrets.Where(), err)
	}
	return [][]byte{note}, nil
}

// keptSize is how far a kept checkpoint goes; -1 without a readable one.
func keptSize(notes [][]byte) int64 {
	size := int64(-1)
	for _, note := range notes {
		if c, err := audit.ReadCheckpoint(note); err == nil {
			size = max(size, c.Size)
		}
	}
	return size
}

// unaskedTime bounds reading secrets for a check that nobody asked for.
const unaskedTime = 5 * time.Second

// trusted is what the record is verified against: this workspace's own key and
// the kept checkpoint. Where they cannot be read without asking a person, the
// second result is false.
func (a *App) trusted(ctx context.Context) (audit.VerifyOptions, bool) {
	if secrets.Locked(a.cfg.Secrets) {
		return audit.VerifyOptions{}, false
	}
	ctx, cancel := context.WithTimeout(ctx, unaskedTime)
	defer cancel()
	secret, err := a.cfg.Secrets.Get(ctx, secretSigningKey)
	if err != nil {
		return audit.VerifyOptions{}, false
	}
	key, err := audit.ParseKey(secret)
	if err != nil {
		return audit.VerifyOptions{}, false
	}
	notes, err := a.kept(ctx)
	return audit.VerifyOptions{Key: key.Verifier(), Checkpoints: notes}, err == nil
}

// checkpoint signs the record as it stands and keeps a copy with the secrets.
// A copy that could not be kept is tried again by the next release.
func (w *writer) checkpoint(ctx context.Context) (audit.SignedCheckpoint, error) {
	w.a.appendMu.Lock()
	defer w.a.appendMu.Unlock()
	c, err := w.log.Checkpoint(ctx)
	if err != nil {
		return c, fileError(err)
	}
	w.signed = max(w.signed, c.Size)
	if c.Size <= w.kept {
		return c, nil
	}
	if err := w.a.keepCheckpoint(ctx, c.Note); err != nil {
		return c, err
	}
	w.kept = c.Size
	return c, nil
}

func (a *App) keepCheckpoint(ctx context.Context, note []byte) error {
	err := a.cfg.Secrets.Set(ctx, secretCheckpoint, note)
	a.verifyMu.Lock()
	defer a.verifyMu.Unlock()
	a.unkept = ""
	if err == nil {
		return nil
	}
	a.unkept = "The newest signature of the record could not be kept in " + a.cfg.Secrets.Where() + "; it is tried again with the next change."
	return secretsAt("The newest signature of the record could not be kept in "+a.cfg.Secrets.Where(), err)
}
