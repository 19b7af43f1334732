//go:build unix

package db

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// noRoom are the refusals of a full disk or a used-up share of it.
var noRoom = []error{unix.ENOSPC, unix.EDQUOT}

// room is how many bytes the disk that holds path has left for this user.
func room(path string) (uint64, error) {
	var disk unix.Statfs_t
	if err := unix.Statfs(path, &disk); err != nil {
		return 0, err
	}
	return uint64(disk.Bavail) * uint64(disk.Bsize), nil
}

// tryLock locks the file as a whole; the lock belongs to this opening of it
// and goes when its last copy is closed.
func tryLock(f *os.File) error {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return errLocked
	}
	return err
}

// unlock gives the lock back for every copy of f: a process that is being
// started by another goroutine has one until its program is loaded, and
// closing f alone would leave the lock with it.
func unlock(f *os.File) error { return unix.Flock(int(f.Fd()), unix.LOCK_UN) }

// SyncDir makes a new name in dir survive a loss of power.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
