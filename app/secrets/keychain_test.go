//go:build keychain

package secrets_test

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"

	"rollcall/app/secrets"
)

// TestKeychain uses the session's own keychain. On a Linux machine without a
// desktop:
//
//	dbus-run-session -- sh -c 'printf "\n" | gnome-keyring-daemon --unlock --components=secrets >/dev/null; go test ./app/secrets -run Keychain -tags keychain'
func TestKeychain(t *testing.T) {
	dir, workspace := t.TempDir(), "test-"+rand.Text()
	opt := secrets.Options{Dir: dir, WorkspaceID: workspace}
	s, err := secrets.Open(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	if s.Where() != "the keychain" {
		t.Fatalf("kept in %s: the keychain does not work here", s.Where())
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("opening left %v, %v", entries, err)
	}
	t.Cleanup(func() {
		for _, p := range []string{"tenant/a", "tenant/b"} {
			if err := s.Delete(t.Context(), p); err != nil && t.Context().Err() == nil {
				t.Error(err)
			}
		}
	})
	contract(t, s)
	if got, err := keyring.Get("rollcall", workspace+"/tenant/b"); err != nil || got != "t:other" {
		t.Errorf("the item is %q, %v", got, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "secrets.keychain")); err != nil {
		t.Errorf("the place was not settled: %v", err)
	}
	if err := s.Set(t.Context(), "big", []byte(strings.Repeat("x", 65<<10))); !errors.Is(err, secrets.ErrTooLarge) {
		t.Errorf("a large secret: %v", err)
	}

	opt.PreferFile = true // too late: the workspace has secrets
	again, err := secrets.Open(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	want(t, again, "tenant/b", "other")

	other, err := secrets.Open(t.Context(), secrets.Options{Dir: dir, WorkspaceID: workspace + "x"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Get(t.Context(), "tenant/b"); !errors.Is(err, secrets.ErrNotFound) {
		t.Errorf("another workspace reads it: %v", err)
	}
}
