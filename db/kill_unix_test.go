//go:build unix

package db

import "syscall"

// kill ends a process at once, without a chance to tidy up.
func kill(pid int) { syscall.Kill(pid, syscall.SIGKILL) }
