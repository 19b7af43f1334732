package app_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
)

const envRoom = "ROLLCALL_TEST_ROOM" // bytes on a disk of the child's own

// onDisk puts a disk of that size, in memory, over dir, which only this process
// sees. What is on it in the end, journals and all, is left beside dir.
func onDisk(dir, size string, do func() error) error {
	if size == "" {
		return do()
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		fmt.Println("ack no disk")
		return err
	}
	failure := do()
	return errors.Join(failure, os.CopyFS(dir+"-left", os.DirFS(dir)))
}

// workOnDisk lets a child do the whole job on a disk of that size and brings
// back what it left there.
func (c *crashSite) workOnDisk(size int) (acked []string, failure string) {
	c.t.Helper()
	c.apart = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	try := exec.Command("/proc/self/exe", "-test.run=^$")
	try.Env, try.SysProcAttr = []string{}, c.apart
	if err := try.Run(); errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EINVAL) {
		c.t.Skipf("no namespace of one's own here: %v", err)
	}
	acked, failure = c.work(0, envRoom+"="+strconv.Itoa(size))
	if slices.Contains(acked, "no disk") {
		c.t.Skipf("no disk of one's own here: %s", failure)
	}
	c.dir += "-left"
	return acked, failure
}

// A disk that is full at any point of the whole job. Afterwards there is room.
func TestDiskThatFillsUp(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts many processes")
	}
	full, done := 0, 0
	for size := 16 << 10; size <= 64<<20 && done == 0; size += size/4096/6*4096 + 4096 {
		c := newCrashSite(t)
		acked, failure := c.workOnDisk(size)
		if slices.Contains(acked, "checkpoint") {
			done++
		} else {
			full++
			demandWords(t, size, failure, "is full")
		}
		c.demandIntact(acked)
		if t.Failed() {
			t.Fatalf("a disk of %d bytes, acknowledged %q, %s, in %s", size, acked, failure, filepath.Base(c.dir))
		}
	}
	if full < 10 || done == 0 {
		t.Errorf("%d were refused and %d went through: the sizes prove nothing", full, done)
	}
}
