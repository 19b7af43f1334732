package app

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"rollcall/app/reconcile"
	"rollcall/db"
	"rollcall/db/storeq"
)

// deriveFindings makes the findings stand on what is on show now: the newest
// merged snapshots and roster, the rules, people's decisions and today's date.
// It does nothing where they already do. Findings are derived and never
// recorded, so this needs no writer's lock; a merge in another process makes it
// wait for SQLite's.
func (a *App) deriveFindings(ctx context.Context) error {
	glance := glanceOf(ctx)
	if ctx.Value(derivedKey{}) != nil || glance != nil && glance.Load() {
		return nil
	}
	err := a.deriveNow(ctx, glance != nil)
	if err == nil && glance != nil {
		glance.Store(true)
	}
	return err
}

// deriveNow is deriveFindings, whatever was asked before.
func (a *App) deriveNow(ctx context.Context, glances bool) error {
	if glances && a.know.working() {
		if now, err := a.freshness(ctx); err != nil || now != none {
			a.deriveBehind(now)
			return err
		}
	}
	a.know.findings.Lock()
	defer a.know.findings.Unlock()
	if now, err := a.freshness(ctx); err != nil || now == fresh {
		return err
	}
	err := a.store.Write(ctx, func(tx *db.Tx) error {
		b, err := a.newBasis(ctx, tx)
		if err != nil {
			return err
		}
		if err := b.refresh(ctx, tx); err != nil {
			return fmt.Errorf("derive findings: %w", err)
		}
		return nil
	})
	if err == nil && a.know.index.used() {
		err = a.store.Read(ctx, func(tx *db.Tx) error {
			_, _, err := a.know.index.findings(ctx, tx)
			return err
		})
	}
	return fileError(err)
}

func (a *App) freshness(ctx context.Context) (now freshness, err error) {
	err = a.store.Read(ctx, func(tx *db.Tx) error {
		at, err := stateIn(ctx, tx)
		if err != nil {
			return err
		}
		if a.know.stand.hold(at, a.cfg.Now()) {
			now = fresh
			return nil
		}
		b, err := a.newBasis(ctx, tx)
		if err != nil {
			return err
		}
		if now, err = b.freshness(ctx, tx); err == nil && now == fresh {
			a.know.stand.keep(at, b)
		}
		return err
	})
	return now, fileError(err)
}

// derivedKey marks the context of an answer for which deriveFindings ran.
type derivedKey struct{}

// derivedOnce derives the findings, and returns a context in which that is not
// asked again: an answer that is put together from many tenants asks once. It
// is for reading only; whoever changes something in between has to ask anew.
func (a *App) derivedOnce(ctx context.Context) (context.Context, error) {
	if err := a.deriveFindings(ctx); err != nil {
		return ctx, err
	}
	return context.WithValue(ctx, derivedKey{}, true), nil
}

// basis is what findings stand on.
type basis struct {
	now        time.Time
	tenants    map[string]string    // id -> name
	zones      map[string]time.Time // source -> now in its time zone
	excepted   map[string]bool      // ids of findings that are left alone now
	generation string               // names all that they stand on but the next
	aside      string               // names which are left alone
	until      time.Time            // when another day, or an exception's end, makes it another; zero: never
}

// ends says that the basis is another one from a moment on.
func (b *basis) ends(at time.Time) {
	if b.until.IsZero() || at.Before(b.until) {
		b.until = at
	}
}

func (a *App) newBasis(ctx context.Context, tx *db.Tx) (*basis, error) {
	b := &basis{now: a.cfg.Now(), tenants: map[string]string{}, zones: map[string]time.Time{}, excepted: map[string]bool{}}
	var g strings.Builder
	fmt.Fprintf(&g, "rules %s\n", reconcile.Version)
	tenants, err := tx.Tenants(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range tenants {
		s, err := onShow(ctx, tx.Queries, t.ID)
		if err != nil {
			return nil, err
		}
		if s != nil {
			b.tenants[t.ID] = t.Name
			fmt.Fprintf(&g, "tenant %s %s %q\n", t.ID, s.ID, t.Name)
		}
	}
	if err := b.decisions(ctx, tx, &g); err != nil {
		return nil, err
	}
	sources, err := tx.RosterSources(ctx)
	if err != nil {
		return nil, err
	}
	for _, source := range sources {
		if err := b.source(ctx, tx, source, &g); err != nil {
			return nil, err
		}
	}
	b.generation = g.String()
	return b, nil
}

// decisions takes in what people decided: links, and the exceptions that are in
// force now. There may be thousands, so only their hashes are kept.
func (b *basis) decisions(ctx context.Context, tx *db.Tx, g *strings.Builder) error {
	h := sha256.New()
	links, err := tx.Links(ctx)
	if err != nil {
		return err
	}
	for _, l := range links {
		fmt.Fprintf(h, "link %d %q %q %q %q %q %q %q %q %q\n", l.No, l.TenantID, l.Account, l.Source, l.Number, l.UserName, l.ExternalID, l.Emails, l.Name, l.PersonEmails)
	}
	exceptions, err := tx.ExceptionsAt(ctx, b.now.UnixMilli())
	if err != nil {
		return err
	}
	aside := sha256.New()
	for _, e := range exceptions {
		fmt.Fprintln(aside, e.Finding)
		b.excepted[e.Finding] = true
		b.ends(fromMillis(e.Ends))
	}
	fmt.Fprintf(g, "links %x\n", h.Sum(nil))
	b.aside = hex.EncodeToString(aside.Sum(nil))
	return nil
}

func (b *basis) source(ctx context.Context, tx *db.Tx, source string, g *strings.Builder) error {
	rev, err := maybe(tx.RosterOnShow(ctx, source))
	if err != nil || rev == nil {
		return err
	}
	zone, err := time.LoadLocation(rev.Zone)
	if err != nil {
		return fmt.Errorf("time zone of roster %s: %w", source, err)
	}
	b.zones[source] = b.now.In(zone)
	y, m, d := b.zones[source].Date()
	b.ends(time.Date(y, m, d+1, 0, 0, 0, 0, zone))
	fmt.Fprintf(g, "roster %q %s %s\n", source, rev.ID, b.zones[source].Format(time.DateOnly))
	return nil
}

func (b *basis) derive(ctx context.Context, tx *db.Tx) error {
	for _, clear := range []func(context.Context) error{tx.DeleteFindings, tx.DeleteFindingTenants, tx.DeleteFindingSources, tx.DeletePersonAccounts, tx.DeletePersonCounts} {
		if err := clear(ctx); err != nil {
			return err
		}
	}
	if len(b.zones) > 0 { // without a roster nobody is an orphan
		if err := b.correlate(ctx, tx); err != nil {
			return err
		}
		if err := b.keepCounts(ctx, tx); err != nil {
			return fmt.Errorf("keep the counts of the day: %w", err)
		}
	}
	for source, now := range b.zones {
		n, err := countLeavers(ctx, tx, source, now)
		if err != nil {
			return err
		}
		if err := tx.InsertFindingSource(ctx, storeq.InsertFindingSourceParams{Source: source, Leavers: int64(n), Today: now.Format(time.DateOnly)}); err != nil {
			return err
		}
	}
	if _, err := tx.SQL.ExecContext(ctx, countPeople); err != nil {
		return fmt.Errorf("count people: %w", err)
	}
	return tx.PutFindingState(ctx, storeq.PutFindingStateParams{Generation: b.generation, Aside: b.aside, Built: b.now.UnixMilli()})
}

// countLeavers counts the people of one source who have left by now.
func countLeavers(ctx context.Context, tx *db.Tx, source string, now time.Time) (int, error) {
	rows, err := tx.SQL.QueryContext(ctx, `SELECT p.status, p.starts, p.ends, r.revision, r.imported FROM person AS p
LEFT JOIN roster_revision AS r ON r.no = p.presumed
WHERE p.source = ? AND p.valid_to IS NULL AND (p.status = 'left' OR p.ends <> '')`, source)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var p reconcile.Person
		var starts, ends string
		var revision, imported sql.NullInt64
		if err := rows.Scan(&p.Status, &starts, &ends, &revision, &imported); err != nil {
			return 0, err
		}
		missingSince(&p, revision, imported)
		if p.Start, p.End, err = dates(starts, ends); err != nil {
			return 0, err
		}
		if left, _, _ := reconcile.HasLeft(p, now); left {
			n++
		}
	}
	return n, rows.Err()
}
