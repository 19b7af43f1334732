package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"rollcall/app"
	"rollcall/app/secrets"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"rollcall": rollcall})
}

// rollcall is the real program as the scripts start it. Its pages print what
// they were given.
func rollcall() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	env := Env{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Version: "test"}
	if os.Getenv("PAGES") != "" {
		env.Window = func(ctx context.Context, a *app.App) error { return showPages(ctx, a, "window", os.Stdout) }
		env.Serve = func(ctx context.Context, a *app.App, listen string, _ bool, out io.Writer) error {
			return showPages(ctx, a, listen, out)
		}
	}
	exit := Run(ctx, os.Args[1:], env)
	stop()
	os.Exit(exit)
}

func showPages(ctx context.Context, a *app.App, where string, out io.Writer) error {
	tenants, err := a.Tenants(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "pages on %s: %d tenants\n", where, len(tenants))
	return nil
}

// The secrets that no file and no output may show.
const (
	token      = "t0k3n-Tr0ub4dor"
	passphrase = "correct-horse-battery"
)

func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("starts some two hundred processes")
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setUp,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"rc":        cmdExit,
			"capture":   cmdCapture,
			"tenant":    cmdTenant,
			"account":   cmdAccount,
			"flip":      cmdFlip,
			"lose":      cmdLose,
			"nosecrets": cmdNoSecrets,
		},
	})
}

// setUp gives each script a workspace of its own.
func setUp(env *testscript.Env) error {
	ws := filepath.Join(env.WorkDir, "ws")
	env.Setenv("ROLLCALL_WORKSPACE", ws)
	env.Setenv("ROLLCALL_PASSPHRASE", passphrase)
	env.Setenv("TOKEN", token)
	env.Setenv("TZ", "UTC")
	env.Setenv("PAGES", "1")
	env.Setenv("SOON", time.Now().UTC().AddDate(0, 0, 30).Format(time.DateOnly))
	return quickSecrets(ws)
}

// quickSecrets makes a workspace's folder with a secrets file whose key
// derivation is quick. It is used in place of the keychain.
func quickSecrets(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	store, err := secretsOf(dir)
	if err != nil {
		return err
	}
	return store.Set(context.Background(), "quick", []byte("key derivation"))
}

func secretsOf(dir string) (secrets.Store, error) {
	return secrets.Open(context.Background(), secrets.Options{
		Dir: dir, WorkspaceID: "test", PreferFile: true, WorkFactor: 1,
		Passphrase: func() (string, error) { return passphrase, nil },
	})
}

// cmdLose is "lose PURPOSE": a secret of the script's workspace is gone.
func cmdLose(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: lose PURPOSE")
	}
	store, err := secretsOf(ts.Getenv("ROLLCALL_WORKSPACE"))
	ts.Check(err)
	ts.Check(store.Delete(context.Background(), args[0]))
}

// cmdExit is "rc CODE COMMAND ARGS": the command exits with exactly that code.
func cmdExit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: rc CODE COMMAND ARGS")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit %d, want %d", got, want)
	}
}

// cmdCapture is "capture VAR REGEXP": the first group of what stdout matches.
func cmdCapture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture VAR REGEXP")
	}
	m := regexp.MustCompile("(?m)" + args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if m == nil {
		ts.Fatalf("stdout does not match %q", args[1])
	}
	ts.Setenv(args[0], m[len(m)-1])
}

// cmdFlip is "flip FILE OFFSET": one byte becomes another; a negative offset
// counts from the end.
func cmdFlip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: flip FILE OFFSET")
	}
	name := ts.MkAbs(args[0])
	b, err := os.ReadFile(name)
	ts.Check(err)
	at, err := strconv.Atoi(args[1])
	ts.Check(err)
	if at < 0 {
		at += len(b)
	}
	if b[at] != 'A' { // a letter, so that base64 stays base64
		b[at] = 'A'
	} else {
		b[at] = 'B'
	}
	ts.Check(os.WriteFile(name, b, 0o600))
}

// cmdNoSecrets looks for the token and the passphrase in the last output and in
// every file under the script's folder.
func cmdNoSecrets(ts *testscript.TestScript, neg bool, args []string) {
	for _, stream := range []string{"stdout", "stderr"} {
		findSecret(ts, stream, ts.ReadFile(stream))
	}
	ts.Check(filepath.WalkDir(ts.Getenv("WORK"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(name)
		findSecret(ts, name, string(b))
		return err
	}))
}

func findSecret(ts *testscript.TestScript, where, text string) {
	for _, secret := range []string{token, passphrase} {
		if strings.Contains(text, secret) {
			ts.Fatalf("%s shows a secret", where)
		}
	}
}
