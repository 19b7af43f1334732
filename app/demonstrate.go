package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"rollcall/app/demo"
	"rollcall/app/reconcile"
	"rollcall/app/secrets"
)

// StartDemo makes a fresh workspace in dir ("" chooses a new temporary folder),
// starts the embedded tenants on loopback and plays some weeks of their past:
// rosters, syncs, decisions and runs, whose times in the record are made up like
// the people. Its secrets are kept in memory only. stop closes the workspace,
// ends the tenants and removes a folder that it chose itself.
func StartDemo(ctx context.Context, dir string, cfg Config) (a *App, stop func(), err error) {
	d, err := newDemo(ctx, dir, cfg)
	if err != nil {
		return nil, nil, err
	}
	if err := d.play(ctx, func(string, ...any) {}); err != nil {
		d.stop()
		return nil, nil, err
	}
	return d.app, d.stop, nil
}

// TryDemo opens the demo beside this workspace, in a temporary folder of its
// own. It ends with stop, or when this workspace is closed.
func (a *App) TryDemo(ctx context.Context) (demo *App, stop func(), err error) {
	demo, end, err := StartDemo(ctx, "", Config{Version: a.cfg.Version, Actor: a.cfg.Actor, Now: a.cfg.Now})
	if err != nil {
		return nil, nil, err
	}
	stop = sync.OnceFunc(end)
	a.demoMu.Lock()
	defer a.demoMu.Unlock()
	a.demos = append(a.demos, stop)
	return demo, stop, nil
}

// endDemos ends those that were tried and not left.
func (a *App) endDemos() {
	a.demoMu.Lock()
	defer a.demoMu.Unlock()
	for _, stop := range a.demos {
		stop()
	}
	a.demos = nil
}

// demonstration is a workspace on the embedded tenants.
type demonstration struct {
	app     *App
	servers *demo.Servers
	data    demo.Data
	clock   *demoClock
	dir     string
	own     bool // the folder is ours to remove
}

func newDemo(ctx context.Context, dir string, cfg Config) (*demonstration, error) {
	d := &demonstration{dir: dir}
	if dir == "" {
		var err error
		if d.dir, err = os.MkdirTemp("", "rollcall-demo-"); err != nil {
			return nil, folderError("No temporary folder can be made", err)
		}
		d.own = true
	} else if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return nil, usage("The demo needs an empty folder, and %s is not.", dir)
	}
	now := time.Now
	if cfg.Now != nil {
		now = cfg.Now
	}
	d.data = demo.Build(now())
	d.clock = &demoClock{now: now}
	var err error
	if d.servers, err = demo.Start(d.data); err != nil {
		d.stop()
		return nil, fmt.Errorf("start the demo's tenants: %w", err)
	}
	cfg.Dir, cfg.Demo, cfg.Secrets, cfg.MustExist, cfg.Now = d.dir, true, secrets.Memory(), false, d.clock.Now
	if d.app, err = Open(ctx, cfg); err != nil {
		d.stop()
		return nil, err
	}
	return d, nil
}

func (d *demonstration) stop() {
	if d.app != nil {
		d.app.Close()
	}
	if d.servers != nil {
		d.servers.Close()
	}
	if d.own {
		os.RemoveAll(d.dir)
	}
}

// HeadlessDemo does the main job on the demo and prints each step: connect,
// sync, match, see the orphans, deprovision, export, verify. The pack stays, and
// the workspace where dir names it; program is how its last lines call this one.
func HeadlessDemo(ctx context.Context, dir, program string, w io.Writer) error {
	d, err := newDemo(ctx, dir, Config{})
	if err != nil {
		return err
	}
	defer d.stop()
	say := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
	say("1. Connect, import, sync: some weeks, played in a moment")
	if err := d.play(ctx, say); err != nil {
		return err
	}
	first, err := d.showFindings(ctx, say)
	if err != nil {
		return err
	}
	if err := d.deprovision(ctx, first, say); err != nil {
		return err
	}
	pack, key, err := d.handOver(ctx, say)
	if err != nil {
		return err
	}
	d.next(pack, key, program, say)
	return nil
}

// next names what the demo left and what to do with it.
func (d *demonstration) next(pack, key, program string, say teller) {
	say("\n5. Next")
	for _, step := range []struct {
		what  string
		words []string
	}{
		{"Check the pack yourself", []string{program, "verify", "--key=" + key, pack}},
		{"Go through the same tenants in a browser", []string{program, "demo", "--serve"}},
	} {
		if words, ok := ShellWords(runtime.GOOS, step.words...); ok {
			say("  %s:\n    %s", step.what, strings.Join(words, " "))
		}
	}
	if d.own {
		return
	}
	if words, ok := ShellWords(runtime.GOOS, program, "serve", "--workspace="+d.dir); ok {
		say("  Look at what this one recorded; its tenants have ended:\n    %s", strings.Join(words, " "))
	}
}

// packFile is where the pack goes: into the workspace, or where that is removed
// at the end into a folder of its own that stays.
func (d *demonstration) packFile() (string, error) {
	if !d.own {
		return filepath.Join(d.dir, "evidence.zip"), nil
	}
	dir, err := os.MkdirTemp("", "rollcall-demo-pack-")
	if err != nil {
		return "", folderError("No temporary folder can be made", err)
	}
	return filepath.Join(dir, "evidence.zip"), nil
}

// showFindings prints the counts and returns the first leaver to close.
func (d *demonstration) showFindings(ctx context.Context, say teller) (Finding, error) {
	page, err := d.app.Findings(ctx, FindingFilter{Limit: -1})
	if err != nil {
		return Finding{}, err
	}
	say("\n2. Who has no one to answer for them: %d findings", page.Total)
	for _, k := range []reconcile.Kind{reconcile.KindLeaver, reconcile.KindOrphaned, reconcile.KindDisputed, reconcile.KindCollision, reconcile.KindEntitled} {
		say("  %-20s %d", k, page.ByKind[k])
	}
	const mostShown = 8
	var first *Finding
	shown := 0
	for i, f := range page.Findings {
		if f.Kind != reconcile.KindLeaver && f.Kind != reconcile.KindOrphaned {
			continue
		}
		if shown++; shown <= mostShown {
			say("  %s in %s: %s", f.Account.UserName, f.Tenant, f.Reason)
		}
		if first == nil && f.Kind == reconcile.KindLeaver {
			first = &page.Findings[i]
		}
	}
	if shown > mostShown {
		say("  and %d more of these two kinds", shown-mostShown)
	}
	if first == nil {
		return Finding{}, errors.New("the demo shows no leaver to close")
	}
	return *first, nil
}

func (d *demonstration) deprovision(ctx context.Context, f Finding, say teller) error {
	plan, err := d.app.Plan(ctx, PlanRequest{Tenant: f.TenantID, Accounts: []string{f.Account.ID}, Action: actionDeactivate, Ticket: "DEMO-1"})
	if err != nil {
		return err
	}
	call := plan.Actions[0].Calls[0]
	say("\n3. Plan %s for %s\n  %s %s\n  %s", plan.Hash[:leastPrefix], f.Account.UserName, call.Method, call.Path, call.Body)
	res, err := d.app.Run(ctx, plan.Hash)
	if err != nil {
		return err
	}
	for _, act := range res.Actions {
		say("  %s: %s. %s", act.Account.UserName, OutcomeWords(act.Outcome), act.Why)
	}
	if res.Confirmed != len(res.Actions) {
		return errors.New("the demo's deactivation was not confirmed")
	}
	return nil
}

func (d *demonstration) handOver(ctx context.Context, say teller) (pack, key string, err error) {
	file, err := d.packFile()
	if err != nil {
		return "", "", err
	}
	info, err := d.app.Export(ctx, file, EntryFilter{Limit: -1})
	if err != nil {
		return "", "", err
	}
	say("\n4. Evidence pack: %d entries, %d bytes, signed by %s\n  %s", info.Entries, info.Bytes, info.Fingerprint, info.File)
	report, err := Verify(ctx, file, info.Key, nil)
	if err != nil {
		return "", "", err
	}
	if !report.OK {
		return "", "", fmt.Errorf("the demo's pack does not verify: %s", report.Reason)
	}
	say("  Verified: all %d entries hold, signer %s; held against no earlier checkpoint, as there is none (%s).", report.Entries, report.Signer, report.Anchoring)
	return info.File, info.Key, nil
}
