package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A pack that cannot be finished leaves neither a pack nor its beginning, and
// the one that is asked for next gets the name.
func TestUnfinishedPack(t *testing.T) {
	w := newWorld(t)
	w.roster(people(3))
	dir := t.TempDir()
	file := filepath.Join(dir, "pack.zip")
	ctx, cancel := context.WithCancel(t.Context())
	seen := ""
	w.app.cfg.Now = sampleClock(func() {
		if names := namesIn(t, dir); names != "" { // the pack is being written
			seen = names
			cancel()
		}
	})
	_, err := w.app.Export(ctx, file, EntryFilter{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a pack that was cut off: %v", err)
	}
	if !strings.HasPrefix(seen, "pack.zip.") || !strings.HasSuffix(seen, ".partial -rw-------") {
		t.Errorf("while it is written there is %q", seen)
	}
	if names := namesIn(t, dir); names != "" {
		t.Errorf("it leaves %q", names)
	}
	info, err := w.app.Export(t.Context(), file, EntryFilter{})
	if err != nil || namesIn(t, dir) != "pack.zip -rw-------" {
		t.Fatalf("the next one: %v, %q", err, namesIn(t, dir))
	}
	if r, err := Verify(t.Context(), file, info.Key, nil); err != nil || !r.OK {
		t.Errorf("it does not verify: %+v, %v", r, err)
	}
}

func sampleClock(called func()) func() time.Time {
	return func() time.Time { called(); return time.Now() }
}

func namesIn(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e.Name()+" "+info.Mode().String())
	}
	return strings.Join(all, ", ")
}

// A pack never replaces a file: neither one that was there before, which is
// not even recorded, nor one that came to be while it was written.
func TestPackReplacesNothing(t *testing.T) {
	w := newWorld(t)
	file := filepath.Join(t.TempDir(), "pack.zip")
	write := func() {
		if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	export := func(why string) {
		t.Helper()
		_, err := w.app.Export(t.Context(), file, EntryFilter{})
		if !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), "already a file") {
			t.Errorf("%s: %v", why, err)
		}
		if b, err := os.ReadFile(file); string(b) != "mine" || err != nil {
			t.Errorf("%s: the file holds %.20q, %v", why, b, err)
		}
		if left, _ := filepath.Glob(file + "?*"); len(left) != 0 {
			t.Errorf("%s: %q is left", why, left)
		}
	}
	write()
	export("a file that is there")
	err := w.app.Entries(t.Context(), EntryFilter{Type: typeExported}, func(e Entry) error { return errors.New("a pack that was refused is recorded") })
	if err != nil {
		t.Error(err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	w.app.cfg.Now = sampleClock(func() {
		if left, _ := filepath.Glob(file + "?*"); len(left) != 0 {
			write()
		}
	})
	export("a file that came meanwhile")
}
