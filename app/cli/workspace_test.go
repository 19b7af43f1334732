package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func environment(pairs ...string) func(string) string {
	env := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		env[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return env[name] }
}

func TestDataDir(t *testing.T) {
	for _, tt := range []struct {
		goos string
		env  func(string) string
		want string
	}{
		{"linux", environment("XDG_DATA_HOME", "/data", "HOME", "/home/a"), "/data/rollcall"},
		{"linux", environment("XDG_DATA_HOME", "data", "HOME", "/home/a"), "/home/a/.local/share/rollcall"},
		{"linux", environment("HOME", "/home/a"), "/home/a/.local/share/rollcall"},
		{"linux", environment(), ""},
		{"darwin", environment("HOME", "/Users/a"), "/Users/a/Library/Application Support/Rollcall"},
		{"windows", environment("LOCALAPPDATA", "/l"), "/l/Rollcall"},
		{"windows", environment(), ""},
	} {
		if got := filepath.ToSlash(dataDir(tt.goos, tt.env)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.goos, got, tt.want)
		}
	}
}

func TestWorkspaceDir(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	env := environment(envWorkspace, b)
	for _, tt := range []struct {
		flag string
		env  func(string) string
		want string
	}{{a, env, a}, {"", env, b}} {
		if got, err := workspaceDir(tt.flag, tt.env); err != nil || got != tt.want {
			t.Errorf("flag %q: %q, %v; want %q", tt.flag, got, err, tt.want)
		}
	}
	if _, err := workspaceDir("", environment()); exitCode(err) != exitUsage {
		t.Errorf("without any folder: %v", err)
	}
}

func TestPassphrase(t *testing.T) {
	s, _, stderr := newSession(t)
	if p, err := s.passphrase(); p != "" || err != nil { // the service words that there is none
		t.Errorf("without a terminal: %q, %v", p, err)
	}
	s.env.Getenv = environment(envPassphrase, "from the environment")
	if p, err := s.passphrase(); err != nil || p != "from the environment" {
		t.Errorf("environment: %q, %v", p, err)
	}
	s.env.Getenv, s.env.StdinIsTerminal, s.env.Stdin = environment(), true, strings.NewReader("typed\ntyped\nnot this")
	if p, err := s.passphrase(); err != nil || p != "typed" {
		t.Errorf("typed: %q, %v", p, err)
	}
	if !strings.Contains(stderr.String(), "New passphrase") || strings.Contains(stderr.String(), "typed") {
		t.Errorf("prompt %q", stderr)
	}
	for _, typed := range []string{"\n", "one\nother\n"} {
		s.lines, s.env.Stdin = nil, strings.NewReader(typed)
		if _, err := s.passphrase(); exitCode(err) != exitUsage {
			t.Errorf("%q: %v", typed, err)
		}
	}
	s.dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(s.dir, "secrets.age"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.lines, s.env.Stdin = nil, strings.NewReader("once\n")
	if p, err := s.passphrase(); err != nil || p != "once" {
		t.Errorf("of a file that is there: %q, %v", p, err)
	}
}

func TestToken(t *testing.T) {
	long := strings.Repeat("x", maxSecret+1)
	for _, tt := range []struct {
		name, variable, stdin, want string
		exit                        int
	}{
		{name: "variable", variable: "tok en", want: "tok en"},
		{name: "variable with newline", variable: "token\n", want: "token"},
		{name: "standard input", stdin: "token\nmore", want: "token"},
		{name: "standard input without newline", stdin: "token", want: "token"},
		{name: "one newline only", stdin: "token\r\n\r\n", want: "token"},
		{name: "empty standard input", exit: exitUsage},
		{name: "blank standard input", stdin: "  \n", exit: exitUsage},
		{name: "too long", stdin: long, exit: exitUsage},
	} {
		s, _, _ := newSession(t)
		s.env.Stdin = strings.NewReader(tt.stdin)
		s.env.Getenv = environment("VAR", tt.variable)
		c := tokenFlags{TokenStdin: tt.variable == ""}
		if tt.variable != "" {
			c.TokenEnv = "VAR"
		}
		got, err := c.token(s)
		if exitCode(err) != tt.exit || err == nil && got != tt.want {
			t.Errorf("%s: %q, %v", tt.name, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "xxx") {
			t.Errorf("%s: the token is in the error", tt.name)
		}
	}
	s, _, _ := newSession(t)
	if _, err := (&tokenFlags{TokenEnv: "UNSET"}).token(s); exitCode(err) != exitUsage {
		t.Errorf("unset variable: %v", err)
	}
}

// TestWait: the service takes 0 for its own default, and --wait 0s means not
// to wait.
func TestWait(t *testing.T) {
	s, _, _ := newSession(t)
	s.Workspace = t.TempDir()
	for _, wait := range []time.Duration{0, time.Minute} {
		s.Wait = wait
		cfg, err := s.config()
		if err != nil || cfg.LockWait == 0 || cfg.LockWait.Round(time.Second) != wait {
			t.Errorf("--wait %s: %s, %v", wait, cfg.LockWait, err)
		}
	}
}

// A command to paste runs as it reads, whatever the values in it are.
func TestSuggestedCommands(t *testing.T) {
	s, _, stderr := newSession(t)
	s.suggest("Next", "plan", "--account=--yes", "--ticket=ID")
	s.suggest("Next", "tenant import", positional("-x", "FILE")...)
	s.suggest("Next", "tenant import", positional("x", "FILE")...)
	s.suggest("Next", "plan", "--account=a\u202eb")
	s.Workspace = "$(id)"
	s.suggest("Next", "sync")
	want := "Next: rollcall plan --account=--yes --ticket=ID\nNext: rollcall tenant import -- -x FILE\n" +
		"Next: rollcall tenant import x FILE\nNext: rollcall --workspace='$(id)' sync\n"
	if got := stderr.String(); got != want {
		t.Errorf("suggested\n%s, want\n%s", got, want)
	}
}
