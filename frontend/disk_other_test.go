//go:build !linux

package frontend

import "testing"

func (d *desk) onDisk(t *testing.T, _ situation) seen {
	t.Helper()
	t.Skip("a disk of one's own needs Linux")
	return seen{}
}
