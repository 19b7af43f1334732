package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"rollcall/audit"
	"rollcall/db/storeq"
	"rollcall/scim"
)

// SyncRequest says which tenants to sync.
type SyncRequest struct {
	Tenants      []string       // names or ids; none: all
	AcceptShrink map[string]int // tenant name or id -> number of accounts accepted
}

// How many tenants are listed at the same time; the network is what is waited for.
const syncsAtOnce = 4

// bigMerge is the number of changed accounts from which the query planner is
// told about the new sizes.
const bigMerge = 1000

type syncTarget struct {
	id, name string
	accept   *int
}

// Sync lists each tenant and merges what was listed completely; tenants without
// SCIM are left out, ImportFile is their sync. One result a
// tenant, in order; an error only where nothing could be tried. A tenant that
// cannot be reached is a result with problems, and in the record, as is a list
// that is not complete; an interrupted sync leaves no trace.
func (a *App) Sync(ctx context.Context, r SyncRequest) ([]Sync, error) {
	targets, err := a.syncTargets(ctx, r)
	if err != nil {
		return nil, err
	}
	return a.syncAll(ctx, targets)
}

// StartSync does the same in the background; Overview tells how it goes.
func (a *App) StartSync(r SyncRequest) error {
	ctx, ok := a.know.background()
	if !ok {
		return &Error{Kind: KindFailed, Text: "The workspace is being closed."}
	}
	targets, err := a.syncTargets(ctx, r)
	if err != nil {
		a.know.syncs.Done()
		return err
	}
	go func() {
		defer a.know.syncs.Done()
		if _, err := a.syncAll(ctx, targets); err != nil {
			slog.Warn("sync in the background", "error", err)
		}
	}()
	return nil
}

func (a *App) syncTargets(ctx context.Context, r SyncRequest) ([]syncTarget, error) {
	rows, err := a.liveTenants(ctx, r.Tenants)
	if err != nil {
		return nil, err
	}
	if rows, err = overSCIM(rows, len(r.Tenants) > 0); err != nil {
		return nil, err
	}
	targets := make([]syncTarget, len(rows))
	accepted := 0
	for i, t := range rows {
		targets[i] = syncTarget{id: t.ID, name: t.Name}
		for given, n := range r.AcceptShrink {
			if row, err := a.tenantBy(ctx, given); err != nil {
				return nil, err
			} else if row.ID == t.ID {
				targets[i].accept, accepted = &n, accepted+1
			}
		}
	}
	if accepted < len(r.AcceptShrink) {
		return nil, usage("A shrink is accepted for a tenant that is not to be synced.")
	}
	return targets, nil
}

// overSCIM leaves out tenants that are listed by files; naming one is an error.
func overSCIM(rows []storeq.Tenant, named bool) ([]storeq.Tenant, error) {
	var out []storeq.Tenant
	for _, t := range rows {
		if t.Source != SourceFile {
			out = append(out, t)
		} else if named {
			return nil, usage("%s has no SCIM; its list comes from a file. Bring in a newer one with rollcall tenant import %s FILE.", t.Name, quoted(t.Name))
		}
	}
	return out, nil
}

// liveTenants returns the tenants named, without repeats, or all.
func (a *App) liveTenants(ctx context.Context, names []string) (rows []storeq.Tenant, err error) {
	if len(names) == 0 {
		err = a.read(ctx, func(q *storeq.Queries) (err error) {
			rows, err = q.Tenants(ctx)
			return err
		})
		if err == nil && len(rows) == 0 {
			err = notFound("There is no tenant in this workspace.", "Add one with rollcall tenant add.")
		}
		return rows, err
	}
	seen := map[string]bool{}
	for _, name := range names {
		row, err := a.tenantBy(ctx, name)
		if err != nil {
			return nil, err
		}
		if !seen[row.ID] {
			rows = append(rows, row)
		}
		seen[row.ID] = true
	}
	return rows, nil
}

// syncAll syncs a few tenants at a time. Every tenant is tried; the first
// error that was no result is returned with the results that there are.
func (a *App) syncAll(ctx context.Context, targets []syncTarget) ([]Sync, error) {
	results, errs := make([]Sync, len(targets)), make([]error, len(targets))
	slots := make(chan struct{}, syncsAtOnce)
	var wg sync.WaitGroup
	for i, t := range targets {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			results[i], errs[i] = a.syncOne(ctx, t)
		})
	}
	wg.Wait()
	done := results[:0]
	for i := range targets {
		if errs[i] == nil {
			done = append(done, results[i])
		}
	}
	return done, errors.Join(errs...)
}

func (a *App) syncOne(ctx context.Context, t syncTarget) (result Sync, err error) {
	p := Progress{What: "sync", Tenant: t.name, Stage: "users", Started: a.cfg.Now().UTC().Truncate(time.Millisecond)}
	if !a.know.begin(t.id, p) {
		return Sync{}, refused1("A sync of "+t.name+" is already running.", "Wait for it to end.")
	}
	defer func() { a.know.end(t.id, problemOf(t, err)) }()
	err = a.mutate(ctx, func(w *writer) error {
		if err := a.bulk(ctx, 1); err != nil {
			return err
		}
		defer a.bulk(context.WithoutCancel(ctx), -1)
		result, err = a.list(ctx, w, t, p)
		return err
	})
	return result, err
}

func problemOf(t syncTarget, err error) *Problem {
	if err == nil || errors.Is(err, context.Canceled) {
		return nil
	}
	e := Explain(err)
	return &Problem{Code: "sync-failed", Text: fmt.Sprintf("%s could not be synced. %s", t.name, e.Text), Do: e.Do}
}

// bulk makes the store's journal longer while any sync of this process runs.
func (a *App) bulk(ctx context.Context, more int) error {
	a.know.mu.Lock()
	defer a.know.mu.Unlock()
	before := a.know.bulk
	a.know.bulk += more
	if (before == 0) == (a.know.bulk == 0) {
		return nil
	}
	return fileError(a.store.SetBulk(ctx, a.know.bulk > 0))
}

// list stages, judges and records one attempt; recording it merges it.
func (a *App) list(ctx context.Context, w *writer, t syncTarget, p Progress) (Sync, error) {
	d := snapshotTaken{Sync: "s_" + randomID(), Snapshot: "n_" + randomID(), Started: p.Started, Accepted: t.accept}
	stage, err := newStager(ctx, a.store, d.Sync, t.id, p.Started)
	if err != nil {
		return Sync{}, fileError(err)
	}
	stage.listed = func(done, total int) {
		p.Done, p.Total = done, total
		a.step(t.id, p)
	}
	try, err := a.attempt(ctx, t, stage, &p)
	if err == nil {
		err = a.fill(ctx, &d, try, stage)
	}
	if err != nil {
		return Sync{}, errors.Join(err, stage.drop(context.WithoutCancel(ctx)))
	}
	p.Stage = "merging"
	a.step(t.id, p)
	return a.recordAttempt(ctx, w, t, try, d)
}

func (a *App) step(tenantID string, p Progress) {
	a.know.step(tenantID, p)
	a.progress(p)
}

// attempt lists users, then groups. What the tenant or the network does wrong
// is part of the result; an error is a matter of this machine, or the wish of
// the caller to stop.
func (a *App) attempt(ctx context.Context, t syncTarget, stage *stager, p *Progress) (attempt, error) {
	try := attempt{tenant: t.name, accept: t.accept}
	if err := a.lastSealed(ctx, t.id, &try); err != nil {
		return try, err
	}
	client, err := a.client(ctx, t.id)
	if err != nil {
		return try, err // nothing could be tried
	}
	try.users, try.usersErr = client.List(ctx, scim.Users, scim.ListOptions{}, stage.sink(ctx))
	if err := foreign(ctx, try.usersErr); err != nil || try.usersErr != nil {
		return try, err
	}
	stage.begin(scim.Groups)
	p.Stage, p.Done, p.Total = "groups", 0, 0
	try.groups, try.groupsErr = client.List(ctx, scim.Groups, scim.ListOptions{}, stage.sink(ctx))
	return try, foreign(ctx, try.groupsErr)
}

// foreign returns err unless it is the client's, that is, about the tenant.
func foreign(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &Error{Kind: KindFailed, Text: "The sync was interrupted.", Do: "Nothing was changed.", Err: ctx.Err()}
	}
	var e *scim.Error
	if err == nil || errors.As(err, &e) {
		return nil
	}
	return fileError(err)
}

func (s *stager) sink(ctx context.Context) func(scim.Page) error {
	return func(p scim.Page) error { return s.page(ctx, p) }
}

func (a *App) lastSealed(ctx context.Context, tenantID string, try *attempt) error {
	return a.read(ctx, func(q *storeq.Queries) (err error) {
		if try.maxShrink, err = settingNumber(ctx, q, settingShrinkMax, 20); err != nil {
			return err
		}
		s, err := sealedBefore(ctx, q, tenantID)
		if s != nil {
			try.sealed, try.before = true, int(s.Accounts)
		}
		return err
	})
}

// fill completes the entry's data from what was listed.
func (a *App) fill(ctx context.Context, d *snapshotTaken, try attempt, stage *stager) error {
	pepper := a.rec.Pepper()
	var err error
	if d.Certificate.Content, err = stage.content(ctx, pepper[:]); err != nil {
		return fileError(err)
	}
	d.Certificate.Users, d.Certificate.Groups = factsOf(try.users), factsOf(try.groups)
	cert, err := canonical(d.Certificate)
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	sum := sha256.Sum256(cert)
	d.Digest, d.Words = hex.EncodeToString(sum[:]), try.words()
	d.Accounts, d.Active, d.Groups, d.Memberships = stage.accounts, stage.active, stage.groups, stage.members
	d.Pages = pagesOf(try.users, try.groups)
	d.Finished = a.cfg.Now().UTC().Truncate(time.Millisecond)
	return nil
}

// recordAttempt judges and records. From here on the wish to stop comes too
// late: what is recorded is merged.
func (a *App) recordAttempt(ctx context.Context, w *writer, t syncTarget, try attempt, d snapshotTaken) (Sync, error) {
	try.staged = d.Accounts
	sealed, groups, problems := try.judge()
	d.GroupsSealed, d.Problems = sealed && groups, toRecorded(append(problems, try.notes...))
	entry := audit.Draft{Type: typeSnapshotUnsealed, Tenant: t.id, Data: d}
	if sealed {
		entry.Type = typeSnapshotSealed
	}
	if d.File != nil {
		entry.Target = d.File.Name
	}
	ctx = context.WithoutCancel(ctx)
	if _, err := w.record(ctx, entry); err != nil {
		return Sync{}, err
	}
	if sealed {
		if err := w.bindProtections(ctx, t.id); err != nil {
			return Sync{}, err
		}
	}
	if sealed && try.changed() {
		if err := a.store.Analyze(ctx); err != nil {
			slog.Warn("analyzing the store", "error", err)
		}
	}
	var s Sync
	err := a.read(ctx, func(q *storeq.Queries) error {
		row, err := latestAttempt(ctx, q, t.id)
		if err != nil || row == nil {
			return err
		}
		s, err = syncOf(*row, t.id, t.name)
		return err
	})
	return s, err
}

// changed says whether so much may have changed that the planner should know.
func (t attempt) changed() bool {
	n := t.users.Distinct - t.before
	return n >= bigMerge || -n >= bigMerge
}
