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
	secretNextKey    = "next-signing-key" // while Rekey is under way, and after a crash in it
	secretCheckpoint = "checkpoint"       // the newest one that this machine signed
)

// signingKey reads the record's key, once per process unless it was replaced
// meanwhile. A new record gets one; an old one whose key is lost can be read,
// but not written to.
func (a *App) signingKey(ctx context.Context) (*audit.Key, error) {
	a.keyMu.Lock()
	defer a.keyMu.Unlock()
	newest, _, err := a.rec.LatestCheckpoint(ctx)
	if err != nil {
		return nil, fileError(err)
	}
	if a.key != nil && !audit.SignedByOther(newest.Note, a.key.Verifier()) {
		return a.key, nil
	}
	key, err := a.storedKey(ctx)
	switch {
	case err != nil:
		return nil, err
	case key == nil:
		return a.newKey(ctx)
	case audit.SignedByOther(newest.Note, key.Verifier()):
		return nil, keyGone("The key in "+a.cfg.Secrets.Where()+" is not the one that signs this record.",
			"The workspace is read-only here: put back record.db and the secrets as they were together; if the key that signs it is lost for good, use "+rekeyCommand+".")
	}
	a.key = key
	return key, nil
}

// errKeyGone marks what is refused because the key that signs is not here.
var errKeyGone = errors.New("the signing key is not here")

func keyGone(text, do string) error {
	return &Error{Kind: KindRefused, Text: text, Do: do, Err: errKeyGone}
}

// AsksRekey says whether an error is that the key which signs the record is not
// here: if it is lost for good, [App.Rekey] puts another in its place.
func AsksRekey(err error) bool { return errors.Is(err, errKeyGone) }

// rekeyCommand is what brings a record back into use whose key is lost.
const rekeyCommand = "rollcall record rekey --reason WHY"

// storedKey is the key among the secrets, nil where there is none.
func (a *App) storedKey(ctx context.Context) (*audit.Key, error) {
	secret, err := a.cfg.Secrets.Get(ctx, secretSigningKey)
	switch {
	case errors.Is(err, secrets.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, secretsAt("The key that signs the record cannot be had from "+a.cfg.Secrets.Where(), err)
	}
	key, err := audit.ParseKey(secret)
	if err != nil {
		return nil, &Error{Kind: KindFailed, Text: "The signing key in " + a.cfg.Secrets.Where() + " is not readable.", Do: "Restore it from a backup; until then the workspace is read-only.", Err: err}
	}
	return key, nil
}

func (a *App) newKey(ctx context.Context) (*audit.Key, error) {
	size, err := a.rec.Size(ctx)
	if err != nil {
		return nil, fileError(err)
	}
	if size > 0 {
		return nil, a.keyLost(ctx)
	}
	if a.key, err = a.makeKey(ctx, secretSigningKey); err != nil {
		return nil, err
	}
	return a.key, nil
}

// keyLost refuses what needs the key. Another key brings no demo back.
func (a *App) keyLost(ctx context.Context) error {
	if err := a.keyMayBeLost(ctx); err != nil {
		return err
	}
	return keyGone("The key that signs this record is not in "+a.cfg.Secrets.Where()+".",
		"The workspace is read-only here: open it on the machine and account where it was made, or restore the key; if it is lost for good, use "+rekeyCommand+".")
}

func demoKey() error {
	return refused1("This workspace was made by rollcall demo, whose secrets are in the memory of that process alone.",
		"Act on the pages of the demo while they are open; for the terminal, begin a workspace of your own in another folder.")
}

// makeKey makes a key for this record and keeps it with the secrets.
func (a *App) makeKey(ctx context.Context, purpose string) (*audit.Key, error) {
	logID, err := a.rec.LogID(ctx)
	if err != nil {
		return nil, fileError(err)
	}
	key, err := audit.NewKey(audit.Origin(logID))
	if err != nil {
		return nil, err
	}
	if err := a.cfg.Secrets.Set(ctx, purpose, key.Secret()); err != nil {
		return nil, secretsAt("The key that signs the record could not be kept in "+a.cfg.Secrets.Where(), err)
	}
	return key, nil
}

// createRecord writes the entry that opens every record. It names the key, so
// that a reader without a keychain knows which one to expect.
func (w *writer) createRecord(ctx context.Context) error {
	if w.log.Size() > 0 {
		return nil // another process was quicker
	}
	_, err := w.record(ctx, audit.Draft{
		Type: typeRecordCreated, Data: recordCreated{Program: "rollcall " + w.a.cfg.Version, Verifier: w.log.Verifier(), Demo: w.a.cfg.Demo},
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
// the kept checkpoint. Where they cannot be read without asking a person, or
// are not there, an error says so.
func (a *App) trusted(ctx context.Context) (audit.VerifyOptions, error) {
	if secrets.Locked(a.cfg.Secrets) {
		return audit.VerifyOptions{}, secrets.ErrNoPassphrase
	}
	ctx, cancel := context.WithTimeout(ctx, unaskedTime)
	defer cancel()
	secret, err := a.cfg.Secrets.Get(ctx, secretSigningKey)
	if err != nil {
		return audit.VerifyOptions{}, err
	}
	key, err := audit.ParseKey(secret)
	if err != nil {
		return audit.VerifyOptions{}, err
	}
	notes, err := a.kept(ctx)
	return audit.VerifyOptions{Key: key.Verifier(), Checkpoints: notes}, err
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
