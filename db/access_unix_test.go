//go:build unix

package db

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A user who may read the folder and no more.
const nobody = 65534

func init() {
	// read reads a record as another user.
	children["read"] = func(args []string) error {
		if err := syscall.Setuid(nobody); err != nil {
			return err
		}
		ctx := context.Background()
		if _, err := OpenRecord(ctx, args[0], ReadWrite); err == nil {
			return os.ErrPermission
		}
		r, err := OpenRecord(ctx, args[0], ReadOnly)
		if err != nil {
			return err
		}
		if _, err := wholeBatches(ctx, r); err != nil {
			return err
		}
		return r.Close()
	}
}

// An auditor reads a workspace that is not theirs, at rest and beside its
// writer.
func TestReadingAFolderThatCannotBeWritten(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can become another user")
	}
	dir := t.TempDir()
	path := madeRecord(t, dir)
	open := func() {
		t.Helper()
		for p, mode := range map[string]os.FileMode{
			filepath.Dir(dir): 0o755, dir: 0o755, path: 0o644, path + "-wal": 0o644, path + "-shm": 0o644,
		} {
			if err := os.Chmod(p, mode); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
		}
	}
	open()
	if out, err := child(t, "read", path).Output(); err != nil {
		t.Errorf("at rest: %v %s", err, out)
	}
	w := openRecord(t, path, ReadWrite)
	mustCommit(t, w, batchAt(20, 3))
	open()
	if out, err := child(t, "read", path).Output(); err != nil {
		t.Errorf("beside its writer: %v %s", err, out)
	}
}
