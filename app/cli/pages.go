package cli

import (
	"context"
	"errors"
	"runtime"

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
}

// Run serves the workspace's pages.
func (c *serveCmd) Run(s *session) error {
	return s.pages(s.server(string(c.Listen)))
}

// pages opens the workspace without progress on stderr: the pages show it.
func (s *session) pages(show func(*app.App) error) error {
	cfg, err := s.config()
	if err != nil {
		return err
	}
	return s.withConfig(cfg, show)
}

func (s *session) window(a *app.App) error {
	if s.env.Window == nil {
		return noPages("window", "Use the terminal commands; rollcall --help lists them.")
	}
	return untilDone(s.ctx, s.env.Window(s.ctx, a))
}

func (s *session) server(listen string) func(*app.App) error {
	return func(a *app.App) error {
		if s.env.Serve == nil {
			return noPages("pages", "Use the terminal commands; rollcall --help lists them.")
		}
		return untilDone(s.ctx, s.env.Serve(s.ctx, a, listen, s.env.Stdout))
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
		return app.HeadlessDemo(s.ctx, s.Workspace, s.env.Stdout)
	}
	s.hint("Making the demo's tenants and its people.\n")
	show := s.window
	if c.Serve {
		show = s.server(string(c.Listen))
	}
	a, stop, err := app.StartDemo(s.ctx, s.Workspace, app.Config{Version: s.version(), LockWait: s.Wait})
	if err != nil {
		return err
	}
	defer stop()
	return show(a)
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
