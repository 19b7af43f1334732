// Package secrets keeps tokens and keys: in the operating system's keychain,
// or, where there is none, in an age-encrypted file.
package secrets

import (
	"context"
	"errors"
)

// ErrNotFound says that there is no such secret.
var ErrNotFound = errors.New("no such secret")

// Store keeps small secrets by purpose, e.g. "signing-key" or "tenant/<id>".
type Store interface {
	Get(ctx context.Context, purpose string) ([]byte, error) // ErrNotFound
	Set(ctx context.Context, purpose string, secret []byte) error
	Delete(ctx context.Context, purpose string) error // nil where there is none
	Where() string                                    // for a person: "the keychain", "secrets.age in this workspace", "memory"
}

// Locked says whether reading a secret would ask for a passphrase first. What
// is done unasked, such as a check in the background, leaves a locked store be.
func Locked(s Store) bool {
	f, ok := s.(interface{ Unlocked() bool })
	return ok && !f.Unlocked()
}

// Try checks a passphrase against the secrets as they are kept, whether they
// are open or not: [ErrPassphrase] where it does not open them, nil where it
// does or none is needed yet.
func Try(s Store, phrase string) error {
	f, ok := s.(interface{ try(phrase string) error })
	if !ok {
		return nil
	}
	return f.try(phrase)
}
