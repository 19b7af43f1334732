package cli

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strings"

	"rollcall/app"
)

type windowCmd struct{}

// Run opens the window on the workspace.
func (c *windowCmd) Run(s *session) error {
	err := s.pages(s.window)
	if errors.As(err, new(unopened)) && s.env.Failed != nil {
		s.env.Failed(s.ctx, err) // whoever started it by a click sees no terminal
	}
	return err
}

type serveCmd struct {
	Listen loopback `default:"127.0.0.1:0" placeholder:"ADDR" help:"Loopback address (default 127.0.0.1:0, any free port)."`
	Dev    bool     `help:"Show the components that the pages are made of too, at /gallery."`
}

// Run serves the workspace's pages.
func (c *serveCmd) Run(s *session) error {
	return s.pages(s.server(string(c.Listen), c.Dev))
}

// pages opens the workspace without progress on stderr: the pages show it.
func (s *session) pages(show func(*app.App) error) error {
	cfg, err := s.config()
	if err != nil {
		return err
	}
	// A question on the terminal would be asked behind the page's back.
	cfg.AskLater = true
	cfg.Passphrase = func() (string, error) { return s.env.Getenv(envPassphrase), nil }
	return s.withConfig(cfg, show)
}

func (s *session) window(a *app.App) error {
	if s.env.Window == nil {
		return noPages("window", "Use the terminal commands; rollcall --help lists them.")
	}
	return untilDone(s.ctx, s.env.Window(s.ctx, a))
}

func (s *session) server(listen string, dev bool) func(*app.App) error {
	return func(a *app.App) error {
		if s.env.Serve == nil {
			return noPages("pages", "Use the terminal commands; rollcall --help lists them.")
		}
		return untilDone(s.ctx, s.env.Serve(s.ctx, a, listen, dev, s.env.Stdout))
	}
}

func noPages(what, do string) error {
	return &app.Error{Kind: app.KindFailed, Text: "This build has no " + what + ".", Do: do}
}

// untilDone takes the end that a person asked for as a good end.
func untilDone(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

type demoCmd struct {
	Headless bool     `xor:"how" help:"Do the main job once and print it, step by step."`
	Serve    bool     `xor:"how" help:"Show the demo in a browser instead of the window."`
	Listen   loopback `default:"127.0.0.1:0" placeholder:"ADDR" help:"Loopback address for --serve (default 127.0.0.1:0)."`
}

// Run shows the demo on a fresh workspace: a temporary one that goes at the
// end, or an empty folder that --workspace names and that stays.
func (c *demoCmd) Run(s *session) error {
	if c.Headless {
		return app.HeadlessDemo(s.ctx, s.Workspace, calledAs(os.Args[0]), s.env.Stdout)
	}
	s.hint("Making the demo's tenants and its people.\n")
	show := s.window
	if c.Serve {
		show = s.server(string(c.Listen), false)
	}
	a, stop, err := app.StartDemo(s.ctx, s.Workspace, app.Config{Version: s.version(), LockWait: s.Wait})
	if err != nil {
		return err
	}
	defer stop()
	return show(a)
}

// calledAs is how a person calls this program again: by its path where it was
// called by one.
func calledAs(arg0 string) string {
	if strings.ContainsAny(arg0, `/\`) {
		return arg0
	}
	return "rollcall"
}

type versionCmd struct{}

// versionJSON is the JSON of version.
type versionJSON struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

// Run prints the version.
func (c *versionCmd) Run(s *session) error {
	v := versionJSON{s.version(), runtime.Version(), runtime.GOOS, runtime.GOARCH}
	if s.JSON {
		return s.object(v)
	}
	s.printf("rollcall %s (%s, %s/%s)\n", v.Version, v.Go, v.OS, v.Arch)
	return nil
}
