package frontend

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// A disk of its own is a file system in memory that only one child process
// sees: it may mount one in a user namespace, without being root.

const (
	diskSize = 8 << 20
	diskRoom = 512 << 10 // what is left of a full one
)

func TestMain(m *testing.M) {
	if name := os.Getenv("ROLLCALL_TEST_DISK"); name != "" {
		if err := lookFromDisk(name, os.Getenv("ROLLCALL_TEST_DIR")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func (d *desk) onDisk(t *testing.T, s situation) seen {
	t.Helper()
	if s.inside == "full" {
		var big strings.Builder
		big.WriteString("number,name,email,status\n")
		for i := range 20_000 {
			fmt.Fprintf(&big, "%d,Person %d,person%d@corp.example,active\n", i, i, i)
		}
		d.write(t, "people.csv", big.String())
	}
	child := exec.Command(os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), "ROLLCALL_TEST_DISK="+s.name, "ROLLCALL_TEST_DIR="+d.dir)
	child.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	var said bytes.Buffer
	child.Stderr = &said
	out, err := child.Output()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EINVAL) || strings.Contains(said.String(), "mounting") {
		t.Skipf("no namespace of one's own here: %v %s", err, said.String())
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	var v seen
	decode(t, string(out), &v)
	return v
}

// lookFromDisk is the child: it puts the workspace on a disk of its own, under
// the same path, and looks.
func lookFromDisk(name, dir string) error {
	i := slices.IndexFunc(fileSituations(), func(s situation) bool { return s.name == name })
	if i < 0 {
		return fmt.Errorf("there is no situation %q", name)
	}
	s := fileSituations()[i]
	if err := moveToDisk(dir, s.inside); err != nil {
		return err
	}
	d := &desk{dir: dir, passphrase: deskPassphrase}
	v, err := d.look(context.Background(), s)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(v)
}

func moveToDisk(dir, state string) error {
	files := map[string][]byte{}
	list, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range list {
		if files[f.Name()], err = os.ReadFile(filepath.Join(dir, f.Name())); err != nil {
			return err
		}
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", diskSize)); err != nil {
		return fmt.Errorf("mounting: %w", err)
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			return err
		}
	}
	if state == "read-only" {
		return syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, "")
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return err
	}
	ballast := int64(disk.Bavail)*disk.Bsize - diskRoom
	return os.WriteFile(filepath.Join(dir, "ballast"), make([]byte, ballast), 0o600)
}
