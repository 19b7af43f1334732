package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"rollcall/app/demo"
	"rollcall/app/reconcile"
)

// demoClock runs as the true one, some days behind until the past was played.
type demoClock struct {
	now    func() time.Time
	behind atomic.Int64 // days
}

// Now implements Config.Now.
func (c *demoClock) Now() time.Time { return c.now().AddDate(0, 0, -int(c.behind.Load())) }

// teller prints one line of what is done.
type teller func(format string, args ...any)

// demoPast is what happened on some days before today, the oldest first.
var demoPast = []struct {
	ago int // days
	do  func(*demonstration, context.Context, teller) error
}{
	{45, (*demonstration).connect},
	{45, (*demonstration).importRoster},
	{45, (*demonstration).syncAll},
	{44, (*demonstration).syncAll},
	{44, (*demonstration).closeForgotten},
	{30, (*demonstration).syncAll},
	{30, (*demonstration).decide},
	{16, (*demonstration).importRoster},
	{16, (*demonstration).importFiles},
	{16, (*demonstration).syncAll},
	{15, (*demonstration).hand},
	{7, (*demonstration).syncAll},
	{7, (*demonstration).closeAndUndo},
	{0, (*demonstration).importRoster},
	{0, (*demonstration).importFiles},
	{0, (*demonstration).syncToday},
}

// play lets the past happen, each day at this hour, up to today.
func (d *demonstration) play(ctx context.Context, say teller) error {
	for i, p := range demoPast {
		switch {
		case i > 0 && demoPast[i-1].ago == p.ago:
		case p.ago > 0:
			say("%d days ago", p.ago)
		default:
			say("Today")
		}
		d.clock.behind.Store(int64(p.ago))
		d.servers.On(p.ago)
		if err := p.do(d, ctx, say); err != nil {
			return fmt.Errorf("the demo, %d days ago: %w", p.ago, err)
		}
	}
	return nil
}

// connect adds the tenants that have SCIM.
func (d *demonstration) connect(ctx context.Context, say teller) error {
	for _, t := range d.servers.Tenants {
		added, err := d.app.AddTenant(ctx, TenantSpec{Name: t.Name, BaseURL: t.URL, Token: t.Token, AllowWrites: "a demo tenant on this machine"})
		if err != nil {
			return err
		}
		say("  Connected %s at %s.", added.Name, added.BaseURL)
	}
	return nil
}

func (d *demonstration) importRoster(ctx context.Context, say teller) error {
	file := filepath.Join(d.dir, "people.csv")
	if err := os.WriteFile(file, d.data.RosterOn(int(d.clock.behind.Load())), 0o600); err != nil {
		return err
	}
	defer os.Remove(file)
	r, err := d.app.ImportRoster(ctx, RosterImport{File: file})
	if err == nil {
		say("  Imported the roster %s, revision %d: %d people, %d of whom have left.", r.Source, r.Revision, r.People, r.Leavers)
	}
	return err
}

// importFiles brings the lists of the tenants without SCIM.
func (d *demonstration) importFiles(ctx context.Context, say teller) error {
	for _, f := range d.data.Files {
		if err := d.importFile(ctx, f, say); err != nil {
			return err
		}
	}
	return nil
}

func (d *demonstration) importFile(ctx context.Context, f demo.File, say teller) error {
	file := filepath.Join(d.dir, f.Base)
	if err := os.WriteFile(file, f.CSV, 0o600); err != nil {
		return err
	}
	defer os.Remove(file)
	in := FileImport{File: file, ExportedBy: f.ExportedBy, ExportedAt: d.clock.Now().Add(-f.Age), Screen: f.Screen, Filter: f.Filter}
	s, err := d.addOrImport(ctx, f.Name, in)
	if err != nil {
		return err
	}
	if !s.Sealed {
		return fmt.Errorf("the demo tenant %s did not seal: %v", f.Name, s.Problems)
	}
	say("  Imported %s, which has no SCIM: %d accounts. %s", f.Name, s.Accounts, s.Certificate)
	return nil
}

func (d *demonstration) addOrImport(ctx context.Context, name string, in FileImport) (s Sync, err error) {
	if _, unknown := d.app.Tenant(ctx, name); unknown != nil {
		_, s, err = d.app.AddFileTenant(ctx, name, in)
		return s, err
	}
	return d.app.ImportFile(ctx, name, in)
}

// syncAll lists all tenants; in the past each of them is complete.
func (d *demonstration) syncAll(ctx context.Context, say teller) error {
	say("  Synced all tenants.")
	syncs, err := d.app.Sync(ctx, SyncRequest{})
	for _, s := range syncs {
		if err == nil && !s.Sealed {
			err = fmt.Errorf("the demo tenant %s did not seal: %v", s.Tenant, s.Problems)
		}
	}
	return err
}

// syncToday lists all tenants, one of which does not show all it has any more.
func (d *demonstration) syncToday(ctx context.Context, say teller) error {
	syncs, err := d.app.Sync(ctx, SyncRequest{})
	if err != nil {
		return err
	}
	for _, s := range syncs {
		if s.Sealed == d.data.Incomplete(s.Tenant) {
			return fmt.Errorf("the demo tenant %s: sealed is %t: %v", s.Tenant, s.Sealed, s.Problems)
		}
		if !s.Sealed {
			say("  Synced %s: not complete, so nothing can be planned there. %s", s.Tenant, s.Problems[0].Text)
			continue
		}
		say("  Synced %s: %d accounts, %d groups. %s", s.Tenant, s.Accounts, s.Groups, s.Certificate)
	}
	return nil
}

// closeForgotten closes what the first review found.
func (d *demonstration) closeForgotten(ctx context.Context, say teller) error {
	say("  Closed what the first review found, under the ticket REV-7.")
	_, err := d.planAndRun(ctx, PlanRequest{Tenant: d.data.Tenants[0].Name, Kind: reconcile.KindLeaver, Action: actionDeactivate, Ticket: "REV-7"})
	return err
}

// decide answers what no rule can know.
func (d *demonstration) decide(ctx context.Context, say teller) error {
	say("  Protected an account, excepted a finding, linked an account to its person.")
	if _, err := d.app.Protect(ctx, "Acme Chat", "front-desk", "The reception works with it day and night; the office manager answers for it."); err != nil {
		return err
	}
	_, err := d.app.ExceptFinding(ctx, ExceptRequest{
		Tenant: "Forge", Account: "ci-runner-02", Kind: reconcile.KindOrphaned, Until: d.clock.now().AddDate(0, 0, 60).Format(time.DateOnly),
		Reason: "Builds the releases. The platform team answers for it until the new runners are there.",
	})
	if err != nil {
		return err
	}
	for _, t := range d.data.Tenants {
		if t.Renamed.UserName == "" {
			continue
		}
		if _, err := d.app.LinkAccount(ctx, t.Name, t.Renamed.UserName, t.Renamed.Person, "Name before the wedding; the manager confirmed it."); err != nil {
			return err
		}
	}
	return nil
}

// hand gives the record of the first weeks away, as an auditor would ask for it.
func (d *demonstration) hand(ctx context.Context, say teller) error {
	say("  Exported the record for an auditor.")
	file := filepath.Join(d.dir, "review-7.zip")
	defer os.Remove(file)
	_, err := d.app.Export(ctx, file, EntryFilter{})
	return err
}

// closeAndUndo closes the wrong account and gives it back.
func (d *demonstration) closeAndUndo(ctx context.Context, say teller) error {
	say("  Closed the wrong account, and undid it, under the ticket HD-4790.")
	t := d.data.Tenants[0]
	var wrong string
	for _, u := range t.Users {
		if u.Active && u.ExternalID != "" {
			wrong = u.ID
			break
		}
	}
	r := PlanRequest{Tenant: t.Name, Accounts: []string{wrong}, Action: actionDeactivate, Ticket: "HD-4790"}
	hash, err := d.planAndRun(ctx, r)
	if err != nil {
		return err
	}
	back, err := d.app.Undo(ctx, hash, "", false)
	if err != nil {
		return err
	}
	return d.run(ctx, back.Hash)
}

func (d *demonstration) planAndRun(ctx context.Context, r PlanRequest) (hash string, err error) {
	plan, err := d.app.Plan(ctx, r)
	if err != nil {
		return "", err
	}
	return plan.Hash, d.run(ctx, plan.Hash)
}

func (d *demonstration) run(ctx context.Context, hash string) error {
	res, err := d.app.Run(ctx, hash)
	if err == nil && res.Confirmed != len(res.Actions) {
		err = fmt.Errorf("the demo's run %s was not confirmed whole", hash[:leastPrefix])
	}
	return err
}
