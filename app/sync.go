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

	"github.com/go-json-experiment/json"
)

// SyncRequest says which tenants to sync.
type SyncRequest struct {
	Tenants      []string       // names or ids; none: all
	AcceptShrink map[string]int // tenant name or id -> number of accounts accepted
	Fresh        bool           // do not go on with what an interrupted sync left
}

// How many tenants are listed at the same time; the network is what is waited for.
const syncsAtOnce = 4

// bigMerge is the number of changed accounts from which the query planner is
// told about the new sizes.
const bigMerge = 1000

type syncTarget struct {
	id, name string
	accept   *int
	fresh    bool
	claimed  bool // for this sync, in this process
}

// Sync lists each tenant and merges what was listed completely; tenants without
// SCIM are left out, ImportFile is their sync. One result a
// tenant, in order; an error only where nothing could be tried. A tenant that
// cannot be reached is a result with problems, and in the record, as is a list
// that is not complete. A sync that was stopped is in no record. What it read,
// or what one read whose connection broke, is kept for an hour, and the next
// sync goes on there.
func (a *App) Sync(ctx context.Context, r SyncRequest) ([]Sync, error) {
	targets, err := a.syncTargets(ctx, r)
	if err != nil {
		return nil, err
	}
	a.claimTenants(targets)
	return a.syncAll(ctx, targets)
}

// StartSync does the same in the background; when it returns, each tenant is
// shown as being synced, also one whose turn is to come. Where every list comes
// from a file it is refused: nothing would begin.
func (a *App) StartSync(r SyncRequest) error {
	ctx, ok := a.know.background()
	if !ok {
		return closing()
	}
	targets, err := a.syncTargets(ctx, r)
	if err == nil && len(targets) == 0 {
		err = &Error{
			Kind: KindRefused, Text: "There is nothing to sync: the list of every tenant comes from a file.",
			Do: "Import a newer list of members.",
		}
	}
	if err != nil {
		a.know.syncs.Done()
		return err
	}
	began := a.cfg.Now()
	a.claimTenants(targets)
	go func() {
		defer a.know.syncs.Done()
		results, err := a.syncAll(ctx, targets)
		if err != nil {
			slog.Warn("sync in the background", "error", err)
		}
		e := endedSync(len(targets), results)
		e.Stopped = stopped(err)
		e.Short -= e.Stopped
		a.ended(e, began)
	}()
	return nil
}

func (a *App) syncTargets(ctx context.Context, r SyncRequest) ([]syncTarget, error) {
	rows, err := a.liveTenants(ctx, r.Tenants)
	if err == nil && len(rows) == 0 {
		err = notFound("There is no tenant in this workspace.", "Add one with rollcall tenant add.")
	}
	if err != nil {
		return nil, err
	}
	if rows, err = overSCIM(rows, len(r.Tenants) > 0); err != nil {
		return nil, err
	}
	targets := make([]syncTarget, len(rows))
	accepted := 0
	for i, t := range rows {
		targets[i] = syncTarget{id: t.ID, name: t.Name, fresh: r.Fresh}
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

// claimTenants takes the tenants for one sync in this process, but for those of which
// another one is running.
func (a *App) claimTenants(targets []syncTarget) {
	for i := range targets {
		targets[i].claimed = a.know.begin(targets[i].id, a.listing(targets[i]))
	}
}

// listing is how far a sync is that begins.
func (a *App) listing(t syncTarget) Progress {
	return Progress{What: "sync", Tenant: t.name, Stage: "users", Started: a.cfg.Now().UTC().Truncate(time.Millisecond)}
}

// syncAll syncs a few of the claimed tenants at a time. Every tenant is tried; the first
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
	if !t.claimed {
		return Sync{}, refused1("A sync of "+t.name+" is already running.", "Wait for it to end.")
	}
	p := a.listing(t)
	a.know.step(t.id, p)
	all := ctx
	ctx, cancel := a.know.stoppable(ctx, t.id)
	defer func() {
		cancel()
		a.deriveLast(all, t.id)
		a.know.end(t.id, problemOf(t, err))
	}()
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
	b := &a.know.bulk
	b.Lock()
	defer b.Unlock()
	before := b.n
	b.n += more
	if (before == 0) == (b.n == 0) {
		return nil
	}
	return fileError(a.store.SetBulk(ctx, b.n > 0))
}

// list stages, judges and records one attempt; recording it merges it.
func (a *App) list(ctx context.Context, w *writer, t syncTarget, p Progress) (Sync, error) {
	if err := w.upToDate(ctx); err != nil {
		return Sync{}, err // what is staged may be a list that is recorded already
	}
	stage, err := a.openStage(ctx, t, p.Started)
	if err != nil {
		return Sync{}, fileError(err)
	}
	d := snapshotTaken{Sync: stage.sync, Snapshot: "n_" + randomID(), Started: stage.started, Accepted: t.accept}
	stage.listed = func(done, total int) {
		p.Done, p.Total, p.Resumed = done, total, stage.from
		a.step(t.id, p)
	}
	try, err := a.attempt(ctx, t, stage, &p)
	if err == nil {
		err = a.fill(ctx, &d, try, stage)
	}
	if try.kept = stage.pages > 0 && cutOff(try.usersErr); err == nil && try.kept {
		err = fileError(stage.keep(ctx))
	}
	if err != nil {
		return Sync{}, errors.Join(err, stage.leave(context.WithoutCancel(ctx)))
	}
	p.Stage, p.Resumed = "merging", 0
	a.step(t.id, p)
	result, err := a.recordAttempt(ctx, w, t, try, d)
	if err == nil && result.Sealed {
		_, err = w.settleLate(ctx, t.id)
	}
	return result, err
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
	if stage.stage == scim.Groups {
		try.users = stage.users
	} else {
		try.users, try.usersErr, err = stage.walk(ctx, client)
		if err != nil || try.usersErr != nil {
			return try, err
		}
		if err := stage.turn(ctx, try.users); err != nil {
			return try, fileError(err)
		}
	}
	*p = Progress{What: p.What, Tenant: p.Tenant, Stage: "groups", Started: p.Started}
	if try.groups, try.groupsErr, err = stage.walk(ctx, client); err == nil && try.users.Complete {
		try.missed, err = stage.missed(ctx, client)
	}
	if err == nil && try.users.Complete {
		try.turnover, err = stage.turnover(ctx, t.id, try.maxShrink)
	}
	return try, err
}

// walk lists what is to be listed next, from where the stage says. The second
// error is not the client's.
func (s *stager) walk(ctx context.Context, client *scim.Client) (l scim.Listing, listErr, err error) {
	if s.from > 0 {
		s.listed(s.count(), s.claimed)
	}
	l, listErr = client.List(ctx, s.stage, s.options(ctx), s.sink(ctx))
	if err := foreign(ctx, listErr); err != nil {
		return l, listErr, err
	}
	return l, listErr, fileError(s.idsErr)
}

// cutOff tells whether a listing ended by something that passes, so that it is
// worth going on where it stopped. What is wrong with the credential, the
// address or the answers is no such thing: who puts it right may see another
// list.
func cutOff(err error) bool {
	var e *scim.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Kind {
	case scim.KindNoHost, scim.KindNetwork, scim.KindTimeout, scim.KindLost, scim.KindThrottled, scim.KindServer:
		return true
	}
	return false
}

// foreign returns err unless it is the client's, that is, about the tenant.
func foreign(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &Error{Kind: KindFailed, Text: "The sync was interrupted.", Do: "Nothing was changed; a sync within the hour goes on where this one stopped.", Err: ctx.Err()}
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

// lastSealed tells what the lists are measured against: the largest complete ones
// of the last days, or since a person last vouched for a size.
func (a *App) lastSealed(ctx context.Context, tenantID string, try *attempt) error {
	return a.read(ctx, func(q *storeq.Queries) (err error) {
		if try.maxShrink, err = settingNumber(ctx, q, settingShrinkMax, 20); err != nil {
			return err
		}
		s, err := sealedBefore(ctx, q, tenantID)
		if err != nil || s == nil {
			return err
		}
		if err := try.wasLost(ctx, q, tenantID, *s); err != nil {
			return err
		}
		since := a.cfg.Now().Add(-shrinkWindow).UnixMilli()
		most, err := q.LargestSealed(ctx, storeq.LargestSealedParams{Tenant: s.Tenant, Since: since, Latest: s.No})
		if err != nil {
			return err
		}
		try.sealed, try.before, try.beforeAt = true, int(most.Accounts), fromMillis(most.Started)
		lists, err := q.GroupLists(ctx, storeq.GroupListsParams{Tenant: s.Tenant, Since: since})
		if err == nil {
			try.had, err = largest(ctx, q, lists)
		}
		return err
	})
}

// wasLost tells of the last complete list where none is on show any more.
func (t *attempt) wasLost(ctx context.Context, q *storeq.Queries, tenantID string, last storeq.Snapshot) error {
	shown, err := onShow(ctx, q, tenantID)
	if err != nil || shown != nil {
		return err
	}
	var c certificate
	t.lost, t.lostAt = true, fromMillis(last.Started)
	if err := json.Unmarshal([]byte(last.Certificate), &c); err != nil {
		return fmt.Errorf("certificate of snapshot %s: %w", last.ID, err)
	}
	t.lostWas = c.Content
	return nil
}

// largest takes each size from the list that had the most, the newest of equals;
// lists come newest first. What our own calls took since need not be there any more.
func largest(ctx context.Context, q *storeq.Queries, lists []storeq.GroupListsRow) (most groupSizes, err error) {
	for _, l := range lists {
		most.groups.raise(l.GroupsListed, l.Started)
		if int(l.Memberships) <= most.listed.n && int(l.Named) <= most.named.n {
			continue
		}
		taken, err := q.MembershipsTaken(ctx, l.No)
		if err != nil {
			return most, err
		}
		most.listed.raise(l.Memberships-taken, l.Started)
		most.named.raise(l.Named-taken, l.Started)
	}
	return most, nil
}

// fill completes the entry's data from what was listed.
func (a *App) fill(ctx context.Context, d *snapshotTaken, try attempt, stage *stager) error {
	pepper := a.rec.Pepper()
	var err error
	if d.Certificate.Content, err = stage.content(ctx, pepper[:]); err != nil {
		return fileError(err)
	}
	d.Certificate.Users, d.Certificate.Groups = factsOf(try.users), factsOf(try.groups)
	d.Pages = pagesOf(try.users, try.groups)
	d.Certificate.Resumed = stage.resumptions(d.Pages)
	cert, err := canonical(d.Certificate)
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	sum := sha256.Sum256(cert)
	d.Digest, d.Words = hex.EncodeToString(sum[:]), try.words()+resumedWords(d.Certificate.Resumed)
	d.Accounts, d.Active, d.Groups, d.Memberships = stage.accounts, stage.active, stage.groups, stage.members
	d.Named = stage.named
	d.Finished = a.cfg.Now().UTC().Truncate(time.Millisecond)
	return nil
}

// recordAttempt judges and records. From here on the wish to stop comes too
// late: what is recorded is merged.
func (a *App) recordAttempt(ctx context.Context, w *writer, t syncTarget, try attempt, d snapshotTaken) (Sync, error) {
	try.staged, try.listed, try.named, try.content = d.Accounts, d.Memberships, d.Named, d.Certificate.Content
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
