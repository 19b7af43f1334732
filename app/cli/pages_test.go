package cli

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"testing"

	"rollcall/app"
)

// TestAnInterruptIsAGoodEnd: whoever stops the pages gets exit 0; pages that
// end by themselves with an error do not.
func TestAnInterruptIsAGoodEnd(t *testing.T) {
	for _, tt := range []struct {
		name  string
		serve func(stop func()) func(context.Context, *app.App, string, io.Writer) error
		want  int
	}{
		{"interrupted", func(stop func()) func(context.Context, *app.App, string, io.Writer) error {
			return func(ctx context.Context, _ *app.App, _ string, _ io.Writer) error {
				stop()
				<-ctx.Done()
				return ctx.Err()
			}
		}, exitDone},
		{"failed", func(func()) func(context.Context, *app.App, string, io.Writer) error {
			return func(context.Context, *app.App, string, io.Writer) error { return context.Canceled }
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
