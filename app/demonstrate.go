package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"rollcall/app/demo"
	"rollcall/app/reconcile"
	"rollcall/app/secrets"
)

// StartDemo makes a fresh workspace in dir ("" chooses a new temporary folder),
// starts the embedded tenants on loopback, imports the roster and syncs. Its
// secrets are kept in memory only. stop closes the workspace, ends the tenants
// and removes a folder that it chose itself.
func StartDemo(ctx context.Context, dir string, cfg Config) (a *App, stop func(), err error) {
	d, err := newDemo(ctx, dir, cfg)
	if err != nil {
		return nil, nil, err
	}
	if err := d.fill(ctx, func(string, ...any) {}); err != nil {
		d.stop()
		return nil, nil, err
	}
	return d.app, d.stop, nil
}

// demonstration is a workspace on the embedded tenants.
type demonstration struct {
	app     *App
	servers *demo.Servers
	data    demo.Data
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
	var err error
	if d.servers, err = demo.Start(d.data); err != nil {
		d.stop()
		return nil, fmt.Errorf("start the demo's tenants: %w", err)
	}
	cfg.Dir, cfg.Demo, cfg.Secrets, cfg.MustExist = d.dir, true, secrets.Memory(), false
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

// fill connects the tenants, imports the roster and syncs.
func (d *demonstration) fill(ctx context.Context, say func(string, ...any)) error {
	for _, t := range d.servers.Tenants {
		added, err := d.app.AddTenant(ctx, TenantSpec{Name: t.Name, BaseURL: t.URL, Token: t.Token, AllowWrites: "a demo tenant on this machine"})
		if err != nil {
			return err
		}
		say("Connected %s at %s.", added.Name, added.BaseURL)
	}
	roster, err := d.importRoster(ctx)
	if err != nil {
		return err
	}
	say("Imported the roster %s, revision %d: %d people, %d of whom have left.", roster.Source, roster.Revision, roster.People, roster.Leavers)
	syncs, err := d.app.Sync(ctx, SyncRequest{})
	if err != nil {
		return err
	}
	for _, s := range syncs {
		if !s.Sealed {
			return fmt.Errorf("the demo tenant %s did not seal: %v", s.Tenant, s.Problems)
		}
		say("Synced %s: %d accounts, %d groups. %s", s.Tenant, s.Accounts, s.Groups, s.Certificate)
	}
	for _, f := range d.data.Files {
		if err := d.importFile(ctx, f, say); err != nil {
			return err
		}
	}
	return nil
}

// importFile adds a tenant without SCIM.
func (d *demonstration) importFile(ctx context.Context, f demo.File, say func(string, ...any)) error {
	file := filepath.Join(d.dir, f.Base)
	if err := os.WriteFile(file, f.CSV, 0o600); err != nil {
		return err
	}
	defer os.Remove(file)
	t, s, err := d.app.AddFileTenant(ctx, f.Name, FileImport{
		File: file, ExportedBy: f.ExportedBy, ExportedAt: d.app.cfg.Now().Add(-f.Age), Screen: f.Screen, Filter: f.Filter,
	})
	if err != nil {
		return err
	}
	if !s.Sealed {
		return fmt.Errorf("the demo tenant %s did not seal: %v", t.Name, s.Problems)
	}
	say("Imported %s, which has no SCIM: %d accounts. %s", t.Name, s.Accounts, s.Certificate)
	return nil
}

func (d *demonstration) importRoster(ctx context.Context) (Roster, error) {
	file := filepath.Join(d.dir, "people.csv")
	if err := os.WriteFile(file, d.data.RosterCSV, 0o600); err != nil {
		return Roster{}, err
	}
	defer os.Remove(file)
	return d.app.ImportRoster(ctx, RosterImport{File: file})
}

// HeadlessDemo does the main job on the demo and prints each step: connect,
// sync, match, see the orphans, deprovision, export, verify.
func HeadlessDemo(ctx context.Context, dir string, w io.Writer) error {
	d, err := newDemo(ctx, dir, Config{})
	if err != nil {
		return err
	}
	defer d.stop()
	say := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
	say("1. Connect, import, sync")
	if err := d.fill(ctx, say); err != nil {
		return err
	}
	first, err := d.showFindings(ctx, say)
	if err != nil {
		return err
	}
	if err := d.deprovision(ctx, first, say); err != nil {
		return err
	}
	return d.handOver(ctx, say)
}

// showFindings prints the counts and returns the first leaver to close.
func (d *demonstration) showFindings(ctx context.Context, say func(string, ...any)) (Finding, error) {
	page, err := d.app.Findings(ctx, FindingFilter{Limit: -1})
	if err != nil {
		return Finding{}, err
	}
	say("\n2. Who has no one to answer for them: %d findings", page.Total)
	for _, k := range []reconcile.Kind{reconcile.KindLeaver, reconcile.KindOrphaned, reconcile.KindDisputed, reconcile.KindCollision, reconcile.KindEntitled} {
		say("  %-20s %d", k, page.ByKind[k])
	}
	var first *Finding
	shown := 0
	for i, f := range page.Findings {
		if f.Kind != reconcile.KindLeaver && f.Kind != reconcile.KindOrphaned {
			continue
		}
		if shown++; shown <= 8 {
			say("  %s in %s: %s", f.Account.UserName, f.Tenant, f.Reason)
		}
		if first == nil && f.Kind == reconcile.KindLeaver {
			first = &page.Findings[i]
		}
	}
	if first == nil {
		return Finding{}, errors.New("the demo shows no leaver to close")
	}
	return *first, nil
}

func (d *demonstration) deprovision(ctx context.Context, f Finding, say func(string, ...any)) error {
	plan, err := d.app.Plan(ctx, PlanRequest{Tenant: f.TenantID, Accounts: []string{f.Account.ID}, Action: actionDeactivate, Ticket: "DEMO-1"})
	if err != nil {
		return err
	}
	call := plan.Actions[0].Calls[0]
	say("\n3. Plan %s for %s\n  %s %s\n  %s", plan.Hash[:leastPrefix], f.Account.UserName, call.Method, call.Path, call.Body)
	res, err := d.app.Run(ctx, plan.Hash, 0)
	if err != nil {
		return err
	}
	for _, act := range res.Actions {
		say("  %s: %s. %s", act.Account.UserName, act.Outcome, act.Why)
	}
	if res.Confirmed != len(res.Actions) {
		return errors.New("the demo's deactivation was not confirmed")
	}
	return nil
}

func (d *demonstration) handOver(ctx context.Context, say func(string, ...any)) error {
	file := filepath.Join(d.dir, "evidence.zip")
	info, err := d.app.Export(ctx, file, EntryFilter{After: -1, Limit: -1})
	if err != nil {
		return err
	}
	say("\n4. Evidence pack: %d entries, %d bytes, signed by %s", info.Entries, info.Bytes, info.Fingerprint)
	report, err := Verify(ctx, file, info.Key, nil)
	if err != nil {
		return err
	}
	if !report.OK {
		return fmt.Errorf("the demo's pack does not verify: %s", report.Reason)
	}
	say("  Verified: all %d entries hold, signer %s, %s.", report.Entries, report.Signer, report.Anchoring)
	return nil
}
