package app

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"rollcall/app/secrets"
	"rollcall/audit"
	"rollcall/db"
)

// RecordKey is the public half of the key that signs the record, as it lies
// with the secrets: what an auditor is given. It may ask for the passphrase.
func (a *App) RecordKey(ctx context.Context) (RecordKey, error) {
	size, err := a.rec.Size(ctx)
	if err != nil {
		return RecordKey{}, fileError(err)
	}
	if size == 0 {
		return RecordKey{}, notFound("This record has not begun, so nothing signs it yet.", "Its key is made with the first change, such as rollcall tenant add.")
	}
	key, err := a.signingKey(ctx)
	if err != nil {
		return RecordKey{}, err
	}
	logID, err := a.rec.LogID(ctx)
	return RecordKey{Key: key.Verifier(), Fingerprint: key.Fingerprint(), LogID: logID}, fileError(err)
}

// Rekey puts a new signing key in place of a lost one, and enters that with the
// reason. It is refused while the record's key is there, and where the record
// does not hold together: nobody vouches anew for what was changed. What lies
// before the entry stays signed by the old key.
//
// The new key is kept with the secrets first, under a name of its own; entry
// and checkpoint are one commit. After a crash the next Rekey goes on with that
// key, and enters it only if it is not entered yet.
func (a *App) Rekey(ctx context.Context, reason string) (Rekeying, error) {
	if strings.TrimSpace(reason) == "" {
		return Rekeying{}, usageAbout(FieldReason, "Replacing the key needs a reason.")
	}
	out, err := a.rekey(ctx, reason)
	if err != nil {
		return out, err
	}
	return out, a.mutate(ctx, func(*writer) error { return nil })
}

func (a *App) rekey(ctx context.Context, reason string) (out Rekeying, err error) {
	a.acquireMu.Lock()
	defer a.acquireMu.Unlock()
	lock, err := db.Lock(ctx, a.cfg.Dir, a.cfg.LockWait)
	if err != nil {
		return out, fileError(err)
	}
	defer func() {
		if err := lock.Unlock(); err != nil {
			slog.Warn("releasing the workspace", "error", err)
		}
	}()
	a.keyMu.Lock()
	defer a.keyMu.Unlock()
	if err := a.keyMayBeReplaced(ctx); err != nil {
		return out, err
	}
	report, err := a.soundRecord(ctx)
	if err != nil {
		return out, err
	}
	next, err := a.nextKey(ctx)
	if err != nil {
		return out, err
	}
	changes, signed, err := a.enterKey(ctx, report, next, reason)
	if err != nil {
		return out, err
	}
	a.key = nil
	a.verifyMu.Lock()
	a.verified = verified{} // by the old key
	a.verifyMu.Unlock()
	views := keyChanges(changes)
	out = Rekeying{KeyChange: views[len(views)-1], Key: next.Verifier()}
	return out, a.keepKey(ctx, next, signed.Note)
}

// keyMayBeReplaced refuses it where the record has a key here, or the secrets
// are another workspace's.
func (a *App) keyMayBeReplaced(ctx context.Context) error {
	size, err := a.rec.Size(ctx)
	if err != nil {
		return fileError(err)
	}
	if size == 0 {
		return refused1("This record has not begun, so there is no key to replace.", "Its key is made with the first change, such as rollcall tenant add.")
	}
	key, err := a.storedKey(ctx)
	if err != nil {
		return err
	}
	if key == nil {
		return a.keyMayBeLost(ctx)
	}
	newest, _, err := a.rec.LatestCheckpoint(ctx)
	if err != nil {
		return fileError(err)
	}
	logID, err := a.rec.LogID(ctx)
	switch where := a.cfg.Secrets.Where(); {
	case err != nil:
		return fileError(err)
	case !audit.SignedByOther(newest.Note, key.Verifier()):
		return refused1("The key that signs this record is in "+where+".", "Nothing has to be replaced; use the workspace as ever.")
	case !strings.HasPrefix(key.Verifier(), audit.Origin(logID)+"+"):
		return refused1("The key in "+where+" is that of another workspace.", "Put this workspace's own secrets in their place; if they are lost, move secrets.age away first.")
	}
	return nil
}

// keyMayBeLost refuses a demo's: its key was never kept, and the process that
// shows it may have it still.
func (a *App) keyMayBeLost(ctx context.Context) error {
	log, err := a.readLog(ctx)
	if err != nil {
		return err
	}
	if first, err := beginning(ctx, log); err == nil && first.Demo {
		return demoKey()
	}
	return nil // a damaged beginning is told of by who checks the record
}

// soundRecord checks the whole record against the keys that it names itself and
// the kept checkpoint, where there is one.
func (a *App) soundRecord(ctx context.Context) (audit.Report, error) {
	log, err := audit.Open(ctx, a.rec, nil, audit.Options{Now: a.cfg.Now})
	if err != nil {
		return audit.Report{}, damaged(err)
	}
	first, err := firstKey(ctx, log)
	if err != nil {
		return audit.Report{}, err
	}
	kept, err := a.kept(ctx)
	if err != nil {
		return audit.Report{}, err
	}
	r, err := audit.VerifyRecord(ctx, a.rec, audit.VerifyOptions{Key: first, Follow: true, Checkpoints: kept}, a.verifyStep)
	if err == nil && !r.OK {
		err = damaged(&audit.DamageError{FirstBad: r.FirstBad, Reason: r.Reason})
	}
	return r, fileError(err)
}

// nextKey is the key that an earlier Rekey began with, or a new one.
func (a *App) nextKey(ctx context.Context) (*audit.Key, error) {
	secret, err := a.cfg.Secrets.Get(ctx, secretNextKey)
	if errors.Is(err, secrets.ErrNotFound) {
		return a.makeKey(ctx, secretNextKey)
	}
	if err != nil {
		return nil, secretsAt("The new key cannot be had from "+a.cfg.Secrets.Where(), err)
	}
	return audit.ParseKey(secret)
}

// enterKey appends the change, unless a Rekey that was cut off did so already.
func (a *App) enterKey(ctx context.Context, r audit.Report, next *audit.Key, reason string) ([]audit.KeyChange, audit.SignedCheckpoint, error) {
	if r.Key == next.Verifier() {
		newest, _, err := a.rec.LatestCheckpoint(ctx)
		return r.KeyChanges, newest, fileError(err)
	}
	known := []string{r.Key}
	for _, c := range r.KeyChanges {
		known = append(known, c.From)
	}
	kept, err := a.kept(ctx)
	if err != nil {
		return nil, audit.SignedCheckpoint{}, err
	}
	log, err := audit.Open(ctx, a.rec, next, audit.Options{Now: a.cfg.Now, Known: kept, Verifier: strings.Join(known, " ")})
	if err != nil {
		return nil, audit.SignedCheckpoint{}, damaged(err)
	}
	s, signed, err := log.Rekey(ctx, r.Key, audit.Text(a.cfg.Actor), audit.Text(reason))
	if err != nil {
		return nil, signed, fileError(err)
	}
	c, err := audit.ReadKeyChange(s)
	return []audit.KeyChange{c}, signed, err
}

// keepKey settles the new key and its first checkpoint. The checkpoint goes
// first: with the key in its place, that of the old key would not count.
func (a *App) keepKey(ctx context.Context, key *audit.Key, note []byte) error {
	err := a.cfg.Secrets.Set(ctx, secretCheckpoint, note)
	if err == nil {
		err = a.cfg.Secrets.Set(ctx, secretSigningKey, key.Secret())
	}
	if err == nil {
		err = a.cfg.Secrets.Delete(ctx, secretNextKey)
	}
	if err != nil {
		return secretsAt("The new key is entered in the record, but could not be settled in "+a.cfg.Secrets.Where()+"; give the same command again", err)
	}
	return nil
}

// firstKey is the public key that the record's first entry names.
func firstKey(ctx context.Context, log *audit.Log) (string, error) {
	first, err := beginning(ctx, log)
	return first.Verifier, err
}

// beginning is what the record's first entry says.
func beginning(ctx context.Context, log *audit.Log) (first recordCreated, err error) {
	err = log.Entries(ctx, 0, min(1, log.Size()), func(s audit.Stored) error { return s.Decode(&first) })
	return first, fileError(err)
}

// verifier is the newest public key that the record itself names.
func (a *App) verifier(ctx context.Context, log *audit.Log) (string, error) {
	key, err := firstKey(ctx, log)
	if err != nil {
		return "", err
	}
	newest, ok, err := a.rec.LatestCheckpoint(ctx)
	if err != nil || !ok || !audit.SignedByOther(newest.Note, key) {
		return key, fileError(err)
	}
	listed, err := a.listEntries(ctx, log)
	if err != nil {
		return "", err
	}
	q, err := a.entryQuery(ctx, EntryFilter{Type: audit.TypeRekeyed})
	if err != nil {
		return "", err
	}
	seqs, _, err := a.chosenEntries(ctx, q, 0, 1)
	if err != nil {
		return "", err
	}
	take := func(s audit.Stored) error {
		if c, err := audit.ReadKeyChange(s); err == nil {
			key = c.To
		}
		return nil
	}
	for _, seq := range seqs {
		if err := log.Entries(ctx, seq, seq+1, take); err != nil {
			return "", fileError(err)
		}
	}
	return key, fileError(log.Entries(ctx, listed, log.Size(), take)) // what is not listed yet
}
