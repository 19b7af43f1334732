package secrets

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Errors that a person can do something about.
var (
	// ErrPassphrase says that the passphrase does not open the file.
	ErrPassphrase = errors.New("the passphrase does not open secrets.age")
	// ErrNoPassphrase says that a passphrase is needed and none was given.
	ErrNoPassphrase = errors.New("secrets.age needs a passphrase and none was given")
	// ErrShortPassphrase says that a new file is to be opened by less than
	// [LeastPassphrase] characters.
	ErrShortPassphrase = errors.New("the passphrase of a new secrets.age is too short")
	// ErrNoKeychain says that the workspace keeps its secrets in the keychain,
	// which does not answer here.
	ErrNoKeychain = errors.New("this workspace keeps its secrets in the keychain, which does not answer in this session")
	// ErrTooLarge says that a secret is larger than the store can keep.
	ErrTooLarge = errors.New("the secret is too large for this store")
	// ErrDamaged says that secrets.age is not what this program writes.
	ErrDamaged = errors.New("secrets.age is damaged")
)

// LeastPassphrase is how many characters open a new file. A file that exists
// opens with whatever it was made with.
const LeastPassphrase = 12

// The files in the workspace that tell where its secrets are.
const (
	fileName   = "secrets.age"      // the secrets themselves
	markerName = "secrets.keychain" // empty: they are in the keychain
	lockName   = "secrets.lock"
)

// Options say whose secrets are kept, and where.
type Options struct {
	Dir         string                 // the workspace's folder; it must exist
	WorkspaceID string                 // names the items in the keychain
	Passphrase  func() (string, error) // opens the age file; asked when first needed, and again only after a wrong one
	PreferFile  bool                   // take the file although there is a keychain; for a workspace without secrets only
	WorkFactor  int                    // log2 of scrypt's cost for a new file; 0 is age's own
}

// Open returns the workspace's store.
//
// Once a secret has been kept, its place is settled for good: secrets.age in
// the workspace means the file, secrets.keychain the keychain. So a session
// without a keychain gets [ErrNoKeychain] instead of a second, empty store.
// A workspace without secrets takes the keychain if writing, reading and
// deleting a probe works there.
func Open(ctx context.Context, o Options) (Store, error) {
	if o.Dir == "" || o.WorkspaceID == "" {
		return nil, errors.New("open the secret store: no folder or no workspace id")
	}
	place, err := settled(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("open the secret store: %w", err)
	}
	ring := &keychain{dir: o.Dir, workspace: o.WorkspaceID}
	switch {
	case place == fileName:
		return newFile(o), nil
	case place == markerName:
		return ring, nil
	case o.PreferFile:
		return newFile(o), nil
	}
	if err := ring.probe(ctx); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return newFile(o), nil
	}
	return ring, nil
}

// settled says which of the two files is there; the age file wins.
func settled(dir string) (string, error) {
	for _, name := range []string{fileName, markerName} {
		_, err := os.Lstat(filepath.Join(dir, name))
		if err == nil {
			return name, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", nil
}

// settle makes sure that secrets go to the place that mine stands for, and
// nowhere else. The caller holds the lock.
func settle(dir, mine string) error {
	place, err := settled(dir)
	switch {
	case err != nil:
		return err
	case place != "" && place != mine:
		return fmt.Errorf("another session settled on %s; open the workspace again", place)
	case place == "" && mine == markerName:
		return replace(filepath.Join(dir, markerName), nil)
	}
	return nil
}

// replace writes a file as a whole: after a crash there is the old one or the
// new one.
func replace(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), "secrets-*.tmp") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = rename(f.Name(), name)
	}
	if err == nil {
		err = syncDir(filepath.Dir(name))
	}
	return err
}
