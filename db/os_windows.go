package db

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// noRoom are the refusals of a full disk.
var noRoom = []error{windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL}

// room is how many bytes the disk that holds path has left for this user.
func room(path string) (free uint64, err error) {
	dir, err := windows.UTF16PtrFromString(filepath.Dir(path))
	if err == nil {
		err = windows.GetDiskFreeSpaceEx(dir, &free, nil, nil)
	}
	return free, err
}

// The locked byte lies far behind the text: Windows keeps others from reading
// what is locked, and they are to read who holds it.
const lockOffsetHigh = 0x7fffffff

// tryLock locks one byte; the lock belongs to this handle and goes with it.
func tryLock(f *os.File) error {
	at := &windows.Overlapped{OffsetHigh: lockOffsetHigh}
	const how = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err := windows.LockFileEx(windows.Handle(f.Fd()), how, 0, 1, 0, at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return errLocked
	}
	return err
}

// unlock gives the byte back at once: after a close the system may take its time.
func unlock(f *os.File) error {
	return windows.UnlockFileEx(windows.Handle(f.Fd()), 0, 1, 0, &windows.Overlapped{OffsetHigh: lockOffsetHigh})
}

// SyncDir does nothing: NTFS keeps names in its own journal.
func SyncDir(string) error { return nil }
