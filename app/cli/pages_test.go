package cli

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/app"
)

// TestAnInterruptIsAGoodEnd: whoever stops the pages gets exit 0; pages that
// end by themselves with an error do not.
func TestAnInterruptIsAGoodEnd(t *testing.T) {
	for _, tt := range []struct {
		name  string
		serve func(stop func()) func(context.Context, *app.App, string, bool, io.Writer) error
		want  int
	}{
		{"interrupted", func(stop func()) func(context.Context, *app.App, string, bool, io.Writer) error {
			return func(ctx context.Context, _ *app.App, _ string, _ bool, _ io.Writer) error {
				stop()
				<-ctx.Done()
				return ctx.Err()
			}
		}, exitDone},
		{"failed", func(func()) func(context.Context, *app.App, string, bool, io.Writer) error {
			return func(context.Context, *app.App, string, bool, io.Writer) error { return context.Canceled }
		}, exitFailed},
	} {
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		dir := filepath.Join(t.TempDir(), "ws")
		if err := quickSecrets(dir); err != nil {
			t.Fatal(err)
		}
		var out, errs bytes.Buffer
		exit := Run(ctx, []string{"serve", "--workspace", dir}, Env{
			Stdout: &out, Stderr: &errs, Getenv: environment(envPassphrase, passphrase), Serve: tt.serve(stop),
		})
		if exit != tt.want {
			t.Errorf("%s: exit %d, want %d: %s", tt.name, exit, tt.want, &errs)
		}
	}
}

// Whoever starts the window by a click sees no terminal: a workspace that
// cannot be opened is told in a window too, and stderr still has it.
func TestAWindowTellsWhyThereIsNoWorkspace(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "record.db"), []byte("another program's"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{}, {"window"}, {"serve"}} {
		var errs bytes.Buffer
		var told error
		exit := Run(t.Context(), append(args, "--workspace", dir), Env{
			Stdout: io.Discard, Stderr: &errs, Getenv: environment(),
			Window: func(context.Context, *app.App) error { t.Error("a window on nothing"); return nil },
			Failed: func(_ context.Context, err error) { told = err },
		})
		windowed := len(args) == 0 || args[0] == "window"
		if exit != exitFailed || windowed != (told != nil) || !strings.Contains(errs.String(), "record.db") {
			t.Errorf("%q: exit %d, told %v\n%s", args, exit, told, &errs)
		}
		if told != nil && !strings.Contains(app.Explain(told).Text, "record.db") {
			t.Errorf("the window says %q", app.Explain(told).Text)
		}
	}
}
