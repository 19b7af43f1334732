//go:build unix

package db

import (
	"testing"

	"golang.org/x/sys/unix"
)

// A process that another goroutine is starting holds copies of every open file
// for a moment, the lock's among them.
func TestUnlockFreesCopies(t *testing.T) {
	dir := t.TempDir()
	first, err := Lock(t.Context(), dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	inherited, err := unix.Dup(int(first.f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(inherited)
	if err := first.Unlock(); err != nil {
		t.Fatal(err)
	}
	second, err := Lock(t.Context(), dir, 0)
	if err != nil {
		t.Fatalf("the lock was given back, and stays with a copy: %v", err)
	}
	if err := second.Unlock(); err != nil {
		t.Fatal(err)
	}
}
