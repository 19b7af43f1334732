package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"rollcall/app/secrets"
)

// passphrase is the one that a person gave, or what the configuration has.
func (a *App) passphrase() (string, error) {
	a.phraseMu.Lock()
	phrase := a.phrase
	a.phraseMu.Unlock()
	if phrase != "" || a.cfg.Passphrase == nil {
		return phrase, nil
	}
	return a.cfg.Passphrase()
}

// NeedsPassphrase says whether secrets can be had only after Unlock. It is
// false where the configuration asks by itself.
func (a *App) NeedsPassphrase() bool {
	if !a.cfg.AskLater || !secrets.Locked(a.cfg.Secrets) {
		return false
	}
	phrase, err := a.passphrase()
	return err == nil && phrase == ""
}

// NewPassphrase says whether the passphrase is yet to be chosen: there is no
// file that it could open.
func (a *App) NewPassphrase() bool {
	_, err := os.Lstat(filepath.Join(a.cfg.Dir, "secrets.age"))
	return errors.Is(err, fs.ErrNotExist)
}

// Unlock opens the secrets with a passphrase, which stays in memory until the
// process ends; a workspace without secrets takes it as its own. A wrong one is
// an error, also where the secrets are open already, and changes nothing.
func (a *App) Unlock(ctx context.Context, phrase string) error {
	if phrase == "" {
		return usageAbout(FieldPassphrase, "The passphrase is empty.")
	}
	err := secrets.Try(a.cfg.Secrets, phrase)
	if err == nil {
		before := a.swapPhrase(phrase)
		if err = a.mutate(ctx, func(*writer) error { return nil }); err != nil {
			a.swapPhrase(before)
		}
	}
	if errors.Is(err, secrets.ErrPassphrase) {
		return &Error{Kind: KindUsage, Text: "The passphrase does not open secrets.age.", Do: "Type this workspace's passphrase again.", Field: FieldPassphrase, Err: err}
	}
	return err
}

// swapPhrase returns the passphrase that was there before.
func (a *App) swapPhrase(phrase string) (before string) {
	a.phraseMu.Lock()
	defer a.phraseMu.Unlock()
	before, a.phrase = a.phrase, phrase
	return before
}

// LeastPassphrase is how many characters a new passphrase has.
const LeastPassphrase = secrets.LeastPassphrase

// AsksPassphrase says whether an error is that a passphrase is missing.
func AsksPassphrase(err error) bool { return errors.Is(err, secrets.ErrNoPassphrase) }
