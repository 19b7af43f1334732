//go:build unix

package db

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// noRoom are the refusals of a full disk or a used-up share of it.
var noRoom = []error{unix.ENOSPC, unix.EDQUOT}

// tryLock locks the file as a whole; the lock belongs to this opening of it
// and goes when that is closed.
func tryLock(f *os.File) error {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return errLocked
	}
	return err
}

// syncDir makes a new name in dir survive a loss of power.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
