// Package cli is the service from a terminal: it parses a command line, calls
// the one method of the service that the command stands for, and prints what
// came of it for a person or, with --json, for a machine.
//
// It decides nothing: whether something may be done is the service's business.
// It trusts no value that came from a server or a file: on a terminal each is
// shown with its control characters made visible, in CSV it cannot become a
// formula. Tokens and passphrases are never taken from arguments and never
// printed.
package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/alecthomas/kong"

	"rollcall/app"
)

// Env is what the process gives to a command.
type Env struct {
	Stdin           io.Reader
	Stdout, Stderr  io.Writer // an *os.File on a terminal gets widths, colour and a progress line
	StdinIsTerminal bool      // whether a person can be asked for a passphrase or token
	Getenv          func(string) string
	Version         string

	// Window opens the window on a workspace and returns when it is closed.
	// nil: this build has no window.
	Window func(ctx context.Context, a *app.App) error
	// Failed shows in a window why the workspace could not be opened, and
	// returns when it is closed. nil: stderr alone tells.
	Failed func(ctx context.Context, err error)
	// Serve serves the pages on listen until ctx ends, and prints where to out.
	// With dev the components have a page too. nil: this build has no pages.
	Serve func(ctx context.Context, a *app.App, listen string, dev bool, out io.Writer) error
}

// model is the whole command line; kong reads it.
type model struct {
	globals

	Window   windowCmd   `cmd:"" default:"1" help:"Open the window. The same as rollcall without a command."`
	Demo     demoCmd     `cmd:"" help:"Try everything on a fresh workspace with demo tenants on this machine."`
	Tenant   tenantCmd   `cmd:"" help:"Tenants: add, list, allow writes, remove."`
	Roster   rosterCmd   `cmd:"" help:"The authoritative list of people."`
	Sync     syncCmd     `cmd:"" help:"List the accounts and groups of tenants completely."`
	Findings findingsCmd `cmd:"" help:"Show what a person should look at, and why."`
	Plan     planCmd     `cmd:"" help:"Fix exact calls under a hash; list and show plans."`
	Run      runCmd      `cmd:"" help:"Execute exactly one plan, once."`
	Undo     undoCmd     `cmd:"" help:"Plan the way back from a run or from one action."`
	Offboard offboardCmd `cmd:"" help:"Close every account of one person, in all tenants."`
	Step     stepCmd     `cmd:"" help:"What has to be done by hand in tenants without SCIM."`
	Settle   settleCmd   `cmd:"" help:"Read back every call whose outcome is unknown. Sends no change."`
	Link     linkCmd     `cmd:"" help:"Say whose an account is, where the rules cannot."`
	Except   exceptCmd   `cmd:"" help:"Leave a finding alone until a day."`
	Protect  protectCmd  `cmd:"" help:"Accounts that are never written to."`
	Setting  settingCmd  `cmd:"" help:"What may be relied on, and for how long."`
	Record   recordCmd   `cmd:"" help:"The record of every decision and action."`
	Verify   verifyCmd   `cmd:"" help:"Check an evidence pack. Needs no workspace and no network."`
	Serve    serveCmd    `cmd:"" help:"Serve the pages to a browser on this machine."`
	Version  versionCmd  `cmd:"" help:"Print the version."`
}

// globals are the flags that every command takes.
type globals struct {
	Workspace string        `placeholder:"DIR" help:"Where the data lives (default: $$ROLLCALL_WORKSPACE, else the system's data folder)."`
	JSON      bool          `name:"json" help:"Machine output on stdout; the same as --format json."`
	Wait      time.Duration `default:"30s" placeholder:"DURATION" help:"How long to wait for another writer (default 30s)."`
	Quiet     bool          `help:"No progress and no hints on stderr."`
}

// Validate refuses a negative --wait.
func (g *globals) Validate() error {
	if g.Wait < 0 {
		return errors.New("--wait must not be negative")
	}
	return nil
}

const description = `Call the roll on every SaaS tenant: match accounts to people, deprovision what no one answers for, and keep a record that verifies.

Exit codes: 0 done, 1 failed, 2 usage, 3 ran, and what it checked does not hold.`

// Run executes one command line, without the program's name, and returns the
// process's exit code. It never calls os.Exit and reads no environment but env.
func Run(ctx context.Context, args []string, env Env) int {
	var m model
	stdout := bufio.NewWriterSize(env.Stdout, 1<<16)
	s := &session{ctx: ctx, env: env, globals: &m.globals, out: stdout}
	s.look = lookOf(env.Stdout, env.Getenv)
	err := s.execute(&m, args)
	s.progress.clear()
	flushErr := stdout.Flush() // what was found out comes before what went wrong
	if err == nil {
		err = flushErr
	}
	if err != nil {
		s.printError(err, m.JSON || wantsJSON(args))
		_ = stdout.Flush()
	}
	return exitCode(err)
}

// execute parses args and runs the command they name.
func (s *session) execute(m *model, args []string) error {
	left := false // kong asks to exit after --help
	parser, err := newParser(m, s.out, func(int) { left = true })
	if err != nil {
		return err
	}
	if len(args) > 0 && args[0] == "help" {
		args = append(args[1:len(args):len(args)], "--help")
	}
	parsed, err := parser.Parse(args)
	if left {
		return nil
	}
	if err != nil {
		return usageOf(err)
	}
	return parsed.Run(s)
}

func newParser(m *model, help io.Writer, exit func(int)) (*kong.Kong, error) {
	return kong.New(m,
		kong.Name("rollcall"),
		kong.Description(description),
		kong.Writers(help, help),
		kong.Exit(exit),
		kong.Help(printHelp),
		kong.ConfigureHelp(kong.HelpOptions{NoExpandSubcommands: true, WrapUpperBound: 100}),
	)
}

// printHelp shows a command with a default sub-command as what it does when
// typed alone, and the other sub-commands after it.
func printHelp(options kong.HelpOptions, ctx *kong.Context) error {
	node := ctx.Selected()
	if node == nil || node.DefaultCmd == nil {
		return kong.DefaultHelpPrinter(options, ctx)
	}
	inner := *ctx
	inner.Path = append(inner.Path[:len(inner.Path):len(inner.Path)], &kong.Path{
		Parent: node, Command: node.DefaultCmd, Flags: node.DefaultCmd.Flags,
	})
	if err := kong.DefaultHelpPrinter(options, &inner); err != nil {
		return err
	}
	fmt.Fprintf(ctx.Stdout, "\nThe word %s may be left out. Other commands of %s:\n", node.DefaultCmd.Name, node.Name)
	for _, child := range node.Children {
		if child != node.DefaultCmd {
			fmt.Fprintf(ctx.Stdout, "  %s\n    %s\n", child.Summary(), child.Help)
		}
	}
	return nil
}

// session is one command while it runs.
type session struct {
	*globals
	ctx      context.Context
	env      Env
	out      *bufio.Writer // stdout
	look     look
	progress *progress
	dir      string        // of the workspace, once it is opened
	lines    *bufio.Reader // stdin, where a person's lines do not come from a file
}

// with opens a workspace that exists, does something with it and closes it. A
// mistyped --workspace is an error and not an empty answer.
func (s *session) with(do func(*app.App) error) error {
	return s.working(true, do)
}

// begin does the same and makes the workspace where there is none.
func (s *session) begin(do func(*app.App) error) error {
	return s.working(false, do)
}

func (s *session) working(mustExist bool, do func(*app.App) error) error {
	cfg, err := s.config()
	if err != nil {
		return err
	}
	cfg.MustExist = mustExist
	if !s.Quiet {
		s.progress = newProgress(s.env.Stderr, time.Now)
		cfg.Progress = s.progress.report
	}
	return s.withConfig(cfg, do)
}

func (s *session) withConfig(cfg app.Config, do func(*app.App) error) error {
	a, err := app.Open(s.ctx, cfg)
	if err != nil {
		return unopened{err}
	}
	if err = s.notice(a); err == nil {
		err = do(a)
	}
	if closeErr := a.Close(); err == nil {
		err = closeErr
	}
	return err
}

// notice says on stderr, whatever the format of the output, what every answer
// from this workspace suffers from.
func (s *session) notice(a *app.App) error {
	p, err := a.Notice(s.ctx)
	if err == nil && p != nil {
		fmt.Fprintf(s.env.Stderr, "rollcall: %s\n  %s\n", indented(p.Text), indented(p.Do))
	}
	return err
}

// unopened is an error of opening the workspace.
type unopened struct{ error }

func (u unopened) Unwrap() error { return u.error }

func (s *session) config() (app.Config, error) {
	dir, err := workspaceDir(s.Workspace, s.env.Getenv)
	if err != nil {
		return app.Config{}, err
	}
	s.dir = dir
	return app.Config{
		Dir:        dir,
		Version:    s.version(),
		Passphrase: s.passphrase,
		LockWait:   max(s.Wait, time.Nanosecond), // 0 would ask for the service's default
	}, nil
}

func (s *session) version() string {
	if s.env.Version == "" {
		return "devel"
	}
	return s.env.Version
}
