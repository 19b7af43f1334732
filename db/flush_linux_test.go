package db

import (
	"os"

	"golang.org/x/sys/unix"
)

// flush waits until what was written to f is on disk, without its metadata.
func flush(f *os.File) error { return unix.Fdatasync(int(f.Fd())) }
