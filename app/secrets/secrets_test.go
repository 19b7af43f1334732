package secrets_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"
	"github.com/go-json-experiment/json"

	"rollcall/app/secrets"
)

const (
	phrase = "correct horse battery"
	token  = "xoxp-very-secret-token"
)

// asker counts how often it is asked for the passphrase.
type asker struct {
	answer string
	err    error
	asked  int
}

func (a *asker) ask() (string, error) {
	a.asked++
	return a.answer, a.err
}

func open(t testing.TB, dir string, a *asker) secrets.Store {
	t.Helper()
	s, err := secrets.Open(t.Context(), secrets.Options{Dir: dir, WorkspaceID: "w1", Passphrase: a.ask, PreferFile: true, WorkFactor: 4})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func set(t testing.TB, s secrets.Store, purpose, secret string) {
	t.Helper()
	if err := s.Set(t.Context(), purpose, []byte(secret)); err != nil {
		t.Fatal(err)
	}
}

func want(t testing.TB, s secrets.Store, purpose, secret string) {
	t.Helper()
	got, err := s.Get(t.Context(), purpose)
	if err != nil || string(got) != secret {
		t.Errorf("%s is %q, %v; want %q", purpose, got, err, secret)
	}
}

// contract is what every store keeps to.
func contract(t *testing.T, s secrets.Store) {
	if _, err := s.Get(t.Context(), "tenant/a"); !errors.Is(err, secrets.ErrNotFound) {
		t.Errorf("a secret that is not there: %v", err)
	}
	if err := s.Delete(t.Context(), "tenant/a"); err != nil {
		t.Errorf("removing what is not there: %v", err)
	}
	for _, secret := range []string{token, "", "\x00\xff binary", strings.Repeat("x", 2000)} {
		set(t, s, "tenant/a", secret)
		set(t, s, "tenant/b", "other")
		want(t, s, "tenant/a", secret)
		want(t, s, "tenant/b", "other")
	}
	if err := s.Delete(t.Context(), "tenant/a"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), "tenant/a"); !errors.Is(err, secrets.ErrNotFound) {
		t.Errorf("a removed secret: %v", err)
	}
	want(t, s, "tenant/b", "other")
}

func TestMemory(t *testing.T) {
	s := secrets.Memory()
	contract(t, s)
	secret := []byte("abc")
	if err := s.Set(t.Context(), "p", secret); err != nil {
		t.Fatal(err)
	}
	clear(secret)
	want(t, s, "p", "abc")
}

func TestFile(t *testing.T) {
	s := open(t, t.TempDir(), &asker{answer: phrase})
	contract(t, s)
	if s.Where() != "secrets.age in this workspace" {
		t.Errorf("kept in %s", s.Where())
	}
}

// TestPassphraseIsAskedLazily: to make the file, and once a process to read.
func TestPassphraseIsAskedLazily(t *testing.T) {
	dir, first := t.TempDir(), &asker{answer: phrase}
	s := open(t, dir, first)
	if _, err := s.Get(t.Context(), "a"); !errors.Is(err, secrets.ErrNotFound) || first.asked != 0 {
		t.Errorf("an empty store asked %d times: %v", first.asked, err)
	}
	set(t, s, "a", token)
	want(t, s, "a", token)
	if first.asked != 1 {
		t.Errorf("the first process was asked %d times", first.asked)
	}

	second := &asker{answer: phrase}
	s = open(t, dir, second)
	set(t, s, "b", "added without it")
	if err := s.Delete(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if second.asked != 0 {
		t.Errorf("adding and removing asked %d times", second.asked)
	}
	want(t, s, "b", "added without it")
	want(t, s, "b", "added without it")
	if second.asked != 1 {
		t.Errorf("reading twice asked %d times", second.asked)
	}
}

// A file can be guessed at without end: a new one is not made for a short
// passphrase, and one that was made before opens with its own.
func TestShortPassphrase(t *testing.T) {
	for answer, short := range map[string]bool{"elevenchars": true, "\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc": true, "twelve chars": false} {
		dir := t.TempDir()
		err := open(t, dir, &asker{answer: answer}).Set(t.Context(), "a", []byte(token))
		if errors.Is(err, secrets.ErrShortPassphrase) != short || !short && err != nil {
			t.Errorf("%q: %v", answer, err)
		}
		if _, err := os.Stat(filepath.Join(dir, "secrets.age")); short != errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: the file: %v", answer, err)
		}
	}
	dir := t.TempDir()
	set(t, open(t, dir, &asker{answer: phrase}), "a", token)
	shorten(t, filepath.Join(dir, "secrets.age"), "short")
	want(t, open(t, dir, &asker{answer: "short"}), "a", token)
	s := open(t, dir, &asker{answer: "short"})
	set(t, s, "b", token)
	want(t, s, "b", token)
}

// shorten puts another passphrase in place of the file's.
func shorten(t *testing.T, file, passphrase string) {
	t.Helper()
	var c map[string]any
	b, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := base64.StdEncoding.DecodeString(c["identity"].(string))
	if err != nil {
		t.Fatal(err)
	}
	old, _ := age.NewScryptIdentity(phrase)
	r, err := age.Decrypt(bytes.NewReader(sealed), old)
	if err != nil {
		t.Fatal(err)
	}
	lock, _ := age.NewScryptRecipient(passphrase)
	lock.SetWorkFactor(4)
	var out bytes.Buffer
	w, err := age.Encrypt(&out, lock)
	if err == nil {
		_, err = io.Copy(w, r)
	}
	if err == nil {
		err = w.Close()
	}
	c["identity"] = base64.StdEncoding.EncodeToString(out.Bytes())
	b, _ = json.Marshal(c)
	if err == nil {
		err = os.WriteFile(file, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestWrongPassphrase(t *testing.T) {
	dir := t.TempDir()
	set(t, open(t, dir, &asker{answer: phrase}), "a", token)

	a := &asker{answer: "a wrong guess"}
	s := open(t, dir, a)
	_, err := s.Get(t.Context(), "a")
	if !errors.Is(err, secrets.ErrPassphrase) || strings.Contains(err.Error(), "guess") {
		t.Errorf("%v", err)
	}
	a.answer = phrase
	want(t, s, "a", token) // asked again, after a wrong one only
	if a.asked != 2 {
		t.Errorf("asked %d times", a.asked)
	}

	cancelled := errors.New("cancelled by the person")
	tests := []struct {
		name string
		a    *asker
		want error
	}{{"empty", &asker{}, secrets.ErrNoPassphrase}, {"refused", &asker{err: cancelled}, cancelled}}
	for _, tt := range tests {
		if _, err := open(t, dir, tt.a).Get(t.Context(), "a"); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
		fresh := t.TempDir()
		if err := open(t, fresh, tt.a).Set(t.Context(), "a", []byte(token)); !errors.Is(err, tt.want) {
			t.Errorf("%s, first secret: %v", tt.name, err)
		}
		if _, err := os.Stat(filepath.Join(fresh, "secrets.age")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: a file without a passphrase was made, %v", tt.name, err)
		}
	}
	s, err = secrets.Open(t.Context(), secrets.Options{Dir: dir, WorkspaceID: "w1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), "a"); !errors.Is(err, secrets.ErrNoPassphrase) {
		t.Errorf("nobody to ask: %v", err)
	}
}

// TestNothingLegible looks for secret and passphrase in every file, and for
// leftovers.
func TestNothingLegible(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, &asker{answer: phrase})
	set(t, s, "tenant/a", token)
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("%v, %v; want the secrets and the lock", entries, err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for _, no := range []string{token, phrase, "AGE-SECRET-KEY"} {
			if bytes.Contains(data, []byte(no)) {
				t.Errorf("%s has %q in it", e.Name(), no)
			}
		}
		if info, err := e.Info(); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v", e.Name(), info.Mode(), err)
		}
	}
}

// TestDamage changes the file in ways that must be noticed, and no message
// may quote what is in it.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, &asker{answer: phrase})
	set(t, s, "aa", token)
	set(t, s, "bb", "other-secret")
	name := filepath.Join(dir, "secrets.age")
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		data string
	}{
		{"empty", ""},
		{"cut", string(good[:len(good)/2])},
		{"another format", `{"v":1}`},
		{"no secrets", strings.Replace(string(good), `"secrets": {`, `"secrets": null, "x": {`, 1)},
		{"swapped", strings.NewReplacer(`"aa"`, `"bb"`, `"bb"`, `"aa"`).Replace(string(good))},
	}
	for _, tt := range tests {
		if err := os.WriteFile(name, []byte(tt.data), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := open(t, dir, &asker{answer: phrase}).Get(t.Context(), "aa")
		if !errors.Is(err, secrets.ErrDamaged) || got != nil || strings.Contains(err.Error(), "secret-token") {
			t.Errorf("%s: %q, %v", tt.name, got, err)
		}
	}
	if err := os.WriteFile(name, []byte(strings.Replace(string(good), `"v": 1`, `"v": 2`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), "aa"); err == nil || !strings.Contains(err.Error(), "version 2") {
		t.Errorf("a newer version: %v", err)
	}
}

func TestTooLarge(t *testing.T) {
	s := open(t, t.TempDir(), &asker{answer: phrase})
	err := s.Set(t.Context(), "a", bytes.Repeat([]byte("s"), 64<<10+1))
	if !errors.Is(err, secrets.ErrTooLarge) || len(err.Error()) > 200 {
		t.Errorf("%.300v", err)
	}
}

func TestCancelled(t *testing.T) {
	s := open(t, t.TempDir(), &asker{answer: phrase})
	set(t, s, "a", token)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Get(ctx, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestPlaceIsSettled: without a keychain that answers, a workspace takes the
// file, unless it is known to be in the keychain.
func TestPlaceIsSettled(t *testing.T) {
	noKeychain(t)
	opt := secrets.Options{Dir: t.TempDir(), WorkspaceID: "w1", Passphrase: (&asker{answer: phrase}).ask, WorkFactor: 4}
	s, err := secrets.Open(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	set(t, s, "a", token)
	if _, err := os.Stat(filepath.Join(opt.Dir, "secrets.age")); err != nil {
		t.Errorf("no keychain and no file: %v", err)
	}

	opt.Dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(opt.Dir, "secrets.keychain"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, opt.PreferFile = range []bool{false, true} {
		s, err = secrets.Open(t.Context(), opt)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(t.Context(), "a"); !errors.Is(err, secrets.ErrNoKeychain) {
			t.Errorf("reading: %v", err)
		}
		if err := s.Set(t.Context(), "a", []byte(token)); !errors.Is(err, secrets.ErrNoKeychain) || strings.Contains(err.Error(), token) {
			t.Errorf("writing: %v", err)
		}
	}
	if _, err := os.Stat(filepath.Join(opt.Dir, "secrets.age")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a second store was begun: %v", err)
	}
}

// TestOtherSessionSettledFirst: two sessions open an empty workspace, and the
// other one keeps the first secret, elsewhere.
func TestOtherSessionSettledFirst(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, &asker{answer: phrase})
	if err := os.WriteFile(filepath.Join(dir, "secrets.keychain"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Set(t.Context(), "a", []byte(token)); err == nil || !strings.Contains(err.Error(), "secrets.keychain") {
		t.Errorf("%v", err)
	}
}

// noKeychain makes the session one without a keychain.
func noKeychain(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("there always is a keychain here")
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "nobody"))
}

// TestManyGoroutines adds secrets from two stores at once, and reads.
func TestManyGoroutines(t *testing.T) {
	dir := t.TempDir()
	stores := []secrets.Store{open(t, dir, &asker{answer: phrase}), open(t, dir, &asker{answer: phrase})}
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			purpose := fmt.Sprintf("p%d", i)
			if err := stores[i%2].Set(t.Context(), purpose, []byte(purpose)); err != nil {
				t.Error(err)
			}
			got, err := stores[i%2].Get(t.Context(), purpose)
			if err != nil || string(got) != purpose {
				t.Errorf("%s is %q, %v", purpose, got, err)
			}
		})
	}
	wg.Wait()
	for i := range 20 {
		want(t, stores[0], fmt.Sprintf("p%d", i), fmt.Sprintf("p%d", i))
	}
}

// TestManyProcesses does the same from several processes, which also race for
// the first secret.
func TestManyProcesses(t *testing.T) {
	const processes, each = 4, 5
	if dir := os.Getenv("SECRETS_TEST_DIR"); dir != "" {
		s := open(t, dir, &asker{answer: phrase})
		for i := range each {
			purpose := fmt.Sprintf("%s-%d", os.Getenv("SECRETS_TEST_NAME"), i)
			set(t, s, purpose, purpose)
		}
		return
	}
	dir := t.TempDir()
	var wg sync.WaitGroup
	for i := range processes {
		wg.Go(func() {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestManyProcesses$")
			cmd.Env = append(os.Environ(), "SECRETS_TEST_DIR="+dir, fmt.Sprintf("SECRETS_TEST_NAME=%d", i))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("process %d: %v\n%s", i, err, out)
			}
		})
	}
	wg.Wait()
	s := open(t, dir, &asker{answer: phrase})
	for i := range processes {
		for j := range each {
			want(t, s, fmt.Sprintf("%d-%d", i, j), fmt.Sprintf("%d-%d", i, j))
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, o := range []secrets.Options{{WorkspaceID: "w"}, {Dir: t.TempDir()}} {
		if _, err := secrets.Open(t.Context(), o); err == nil {
			t.Errorf("%+v was opened", o)
		}
	}
}
