package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// On a terminal a person is asked who stands behind a file, and only what the
// flags have not said.
func TestProvenanceIsAsked(t *testing.T) {
	for _, tt := range []struct {
		name, typed string
		flags       []string
		asks, not   []string
		exit        int
		says        string
	}{
		{"all", "Nia Okafor\n2026-01-31 18:00\nAdmin > Members\nall\n", nil, []string{"Who exported", "When", "screen", "filter"}, nil, exitDone, `exported by Nia Okafor at 2026-01-31T18:00:00Z from screen "Admin > Members", filter "all"`},
		{"one", "2026-01-31\n\n\n", []string{"--exported-by", "Ann"}, []string{"When"}, []string{"Who exported"}, exitDone, "exported by Ann at 2026-01-31T00:00:00Z from screen not named"},
		{"the rest", "Members\n\n", []string{"--exported-by", "Ann", "--exported-at", "2026-01-31"}, []string{"screen"}, []string{"Who exported", "When"}, exitDone, `screen "Members", filter not named`},
		{"none", "", []string{"--exported-by", "Ann", "--exported-at", "2026-01-31", "--screen", "s", "--filter", "f"}, nil, []string{"Who", "When", "screen", "filter"}, exitDone, "exported by Ann"},
		{"nobody answers", "", nil, []string{"Who exported"}, nil, exitUsage, ""},
		{"nonsense", "Ann\nyesterday\n\n\n", nil, nil, nil, exitUsage, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			local := time.Local
			time.Local = time.UTC
			t.Cleanup(func() { time.Local = local })
			ws := filepath.Join(t.TempDir(), "ws")
			if err := quickSecrets(ws); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "members.csv")
			if err := os.WriteFile(file, []byte("Email,Status\nb@x.example,active\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			env := Env{Stdin: strings.NewReader(tt.typed), StdinIsTerminal: true, Getenv: environment("ROLLCALL_PASSPHRASE", passphrase)}
			exit, stdout, stderr := run(t, env, append([]string{"tenant", "add", "Wiki", "--workspace", ws, "--file", file}, tt.flags...)...)
			if exit != tt.exit || !strings.Contains(stdout, tt.says) {
				t.Errorf("exit %d, %s%s", exit, stdout, stderr)
			}
			for _, q := range tt.asks {
				if !strings.Contains(stderr, q) {
					t.Errorf("%q is not asked: %s", q, stderr)
				}
			}
			for _, q := range tt.not {
				if strings.Contains(stderr, q) {
					t.Errorf("%q is asked: %s", q, stderr)
				}
			}
		})
	}
}
