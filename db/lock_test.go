package db

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func init() {
	// hold takes the lock, says so, and keeps it until its input ends.
	children["hold"] = func(args []string) error {
		l, err := Lock(context.Background(), args[0], 0)
		if err != nil {
			return err
		}
		fmt.Println("locked")
		if _, err := io.ReadAll(os.Stdin); err != nil {
			return err
		}
		return l.Unlock()
	}
}

// holder starts another process that holds the lock of dir. end lets it go, by
// asking or by killing.
func startHolder(t *testing.T, dir string) (pid int, end func(killed bool)) {
	t.Helper()
	cmd := child(t, "hold", dir)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "locked\n" {
		t.Fatalf("the holder said %q, %v", line, err)
	}
	return cmd.Process.Pid, func(killed bool) {
		if killed {
			kill(cmd.Process.Pid)
		}
		in.Close()
		if err := cmd.Wait(); (err != nil) != killed {
			t.Errorf("the holder ended with %v", err)
		}
	}
}

func TestLockAcrossProcesses(t *testing.T) {
	for name, killed := range map[string]bool{"given back": false, "killed": true} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			before := time.Now().Add(-time.Second)
			pid, end := startHolder(t, dir)
			_, err := Lock(t.Context(), dir, 0)
			held, ok := errors.AsType[*LockedError](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			if held.PID != pid || held.Since.Before(before) || held.Since.After(time.Now()) {
				t.Errorf("held by %+v, want process %d from now", held, pid)
			}
			if text := held.Error(); !strings.Contains(text, fmt.Sprintf("Process %d ", pid)) || !strings.Contains(text, dir) {
				t.Errorf("the error says %q", text)
			}
			end(killed)
			l, err := Lock(t.Context(), dir, 0)
			if err != nil {
				t.Fatal(err)
			}
			if h := heldBy(l.f); h.PID != os.Getpid() {
				t.Errorf("the lock is signed by %d", h.PID)
			}
			if err := l.Unlock(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLockWaits(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		first, err := Lock(t.Context(), dir, 0)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err = Lock(t.Context(), dir, 30*time.Second)
		if _, ok := errors.AsType[*LockedError](err); !ok || time.Since(start) != 30*time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}

		time.AfterFunc(10*time.Second, func() {
			if err := first.Unlock(); err != nil {
				t.Error(err)
			}
		})
		start = time.Now()
		second, err := Lock(t.Context(), dir, 30*time.Second)
		if err != nil || time.Since(start) > 10*time.Second+lockEvery {
			t.Fatalf("after %v: %v", time.Since(start), err)
		}

		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		start = time.Now()
		_, err = Lock(ctx, dir, 30*time.Second)
		if !errors.Is(err, context.Canceled) || time.Since(start) != time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		for range 2 { // the second does nothing
			if err := second.Unlock(); err != nil {
				t.Error(err)
			}
		}
	})
}

// What stands in the file is a hint; nothing in it may keep anybody out or
// break the error's text.
func TestLockFileIsOnlyAHint(t *testing.T) {
	for _, text := range []string{"", "{", `{"pid":-4}`, `{"pid":"x"}`, strings.Repeat("x", 1<<20), "\x00\xff"} {
		dir := t.TempDir()
		path := filepath.Join(dir, lockFile)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := Lock(t.Context(), dir, 0)
		if err != nil {
			t.Fatalf("%.20q: %v", text, err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err = Lock(t.Context(), dir, 0)
		if held, ok := errors.AsType[*LockedError](err); !ok || held.PID != 0 || !strings.HasPrefix(held.Text(), "Another process ") {
			t.Errorf("%.20q: %v", text, err)
		}
		if err := l.Unlock(); err != nil {
			t.Error(err)
		}
	}
	_, err := Lock(t.Context(), filepath.Join(t.TempDir(), "no"), 0)
	wantKind(t, err, Missing)
}
