// Rollcall calls the roll on every SaaS tenant: it lists the accounts, matches
// them to the people, and takes away what nobody answers for, with a record
// that proves it.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"golang.org/x/term"

	"rollcall/app/cli"
)

// version is set by the linker in a release.
var version = ""

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// run wires the terminal to the window and the served pages, and returns the
// exit code.
func run(ctx context.Context, args []string) int {
	return cli.Run(ctx, args, cli.Env{
		Stdin:           os.Stdin,
		Stdout:          os.Stdout,
		Stderr:          os.Stderr,
		StdinIsTerminal: term.IsTerminal(int(os.Stdin.Fd())),
		Getenv:          os.Getenv,
		Version:         versionOf(debug.ReadBuildInfo()),
		Window:          openWindow,
		Failed:          showFailure,
		Serve:           servePages,
	})
}

// versionOf is the release, or the commit that the binary was built from.
func versionOf(info *debug.BuildInfo, ok bool) string {
	if version != "" || !ok {
		return version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "dev-" + s.Value[:12]
		}
	}
	return "dev"
}
