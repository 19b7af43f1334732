package app

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"rollcall/app/reconcile"
	"rollcall/db/storeq"
)

// Settings that say what may be relied on.
const (
	settingStaleAfter  = "stale-after"        // duration; of a tenant's list
	settingRosterStale = "roster-stale-after" // duration
	settingMatchMin    = "match-rate-min"     // percent
	settingShrinkMax   = "shrink-max-percent" // of accounts and of people
	settingTimeZone    = "time-zone"          // IANA name, of dates in rosters
)

const staleAfter = 24 * time.Hour

// settingText returns a setting, or what stands for it where nobody set it.
func settingText(ctx context.Context, q *storeq.Queries, key, otherwise string) (string, error) {
	v, err := q.Setting(ctx, key)
	if errors.Is(err, sql.ErrNoRows) {
		return otherwise, nil
	}
	return v, err
}

func settingNumber(ctx context.Context, q *storeq.Queries, key string, otherwise int) (int, error) {
	v, err := settingText(ctx, q, key, strconv.Itoa(otherwise))
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		return 0, fmt.Errorf("setting %s: %w", key, err)
	}
	return n, nil
}

func settingDuration(ctx context.Context, q *storeq.Queries, key string, otherwise time.Duration) (time.Duration, error) {
	v, err := settingText(ctx, q, key, otherwise.String())
	if err != nil {
		return 0, err
	}
	d, err := time.ParseDuration(v)
	if err != nil {
		return 0, fmt.Errorf("setting %s: %w", key, err)
	}
	return d, nil
}

// maybe turns "no such row" into nil.
func maybe[T any](row T, err error) (*T, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &row, nil
}

// latestAttempt decides what can be planned; nil before the first.
func latestAttempt(ctx context.Context, q *storeq.Queries, tenantID string) (*storeq.Snapshot, error) {
	return maybe(q.LatestAttempt(ctx, tenantID))
}

// sealedBefore is what the next list is measured against.
func sealedBefore(ctx context.Context, q *storeq.Queries, tenantID string) (*storeq.Snapshot, error) {
	return maybe(q.LatestSealed(ctx, tenantID))
}

// onShow is the newest snapshot whose accounts are in the store: what is
// browsed, even where a later attempt was not complete.
func onShow(ctx context.Context, q *storeq.Queries, tenantID string) (*storeq.Snapshot, error) {
	return maybe(q.SnapshotOnShow(ctx, tenantID))
}

// snapshotInfo is the snapshot that a plan stands on.
type snapshotInfo struct {
	ID       string // as in the record
	Digest   string // of the certificate, hex
	Taken    time.Time
	Active   int // accounts that are active or unknown
	Sentence string
}

// snapshotOnShow returns the snapshot on show; the error is of kind not-found
// where there is none.
func (a *App) snapshotOnShow(ctx context.Context, tenantID string) (snapshotInfo, error) {
	var info snapshotInfo
	err := a.read(ctx, func(q *storeq.Queries) error {
		s, err := onShow(ctx, q, tenantID)
		if err == nil && s == nil {
			err = notFound("The tenant was never listed completely.", "Sync it.")
		}
		if err != nil {
			return err
		}
		info = snapshotInfo{s.ID, s.Digest, fromMillis(s.Started), int(s.Active), s.Words}
		return nil
	})
	return info, err
}

// doubtsOf: without a complete list of groups nobody knows who is still in one.
func doubtsOf(t Tenant) []Problem {
	if t.Source == SourceFile || t.Sync == nil || !t.Sync.Sealed || t.Sync.GroupsSealed {
		return []Problem{}
	}
	do := "Sync it again."
	for _, p := range t.Sync.Problems {
		if p.Code == codeGroupShrunk {
			do = p.Do
		}
	}
	return []Problem{{
		"groups-unsealed", "The list of groups of " + t.Name + " is not complete: memberships cannot be changed there, and whether inactive accounts are still in groups is not known.", do,
	}}
}

// addSnapshot adds what the latest attempt, if any, and the list on show say.
func addSnapshot(ctx context.Context, q *storeq.Queries, t *Tenant, latest *storeq.Snapshot) error {
	if latest == nil {
		return nil
	}
	s, err := syncOf(*latest, t.ID, t.Name)
	if err != nil {
		return err
	}
	t.Sync = &s
	if t.File, err = listFile(ctx, q, latest.ID); err != nil {
		return err
	}
	shown := latest
	if latest.Merged == 0 {
		if shown, err = onShow(ctx, q, t.ID); err != nil || shown == nil {
			return err
		}
	}
	t.Accounts, t.Active = int(shown.Accounts), int(shown.Active)
	closed, err := q.ClosedSince(ctx, storeq.ClosedSinceParams{TenantID: t.ID, At: shown.Started})
	if err != nil {
		return err
	}
	t.Closed, t.ClosedMatched = int(closed.Closed), int(closed.Matched)
	groups, err := q.CountGroups(ctx, t.ID)
	t.Groups = int(groups)
	return err
}

// addCounts adds the numbers that are kept, without what a run closed since.
func addCounts(ctx context.Context, q *storeq.Queries, t *Tenant, closed map[reconcile.Kind]int) error {
	n, err := maybe(q.FindingTenant(ctx, t.ID))
	if err != nil || n == nil {
		return err
	}
	t.Matched, t.Excepted = int(n.Matched), int(n.Excepted)
	t.Orphaned, t.Leavers = int(n.Orphaned)-closed[reconcile.KindOrphaned], int(n.Leavers)-closed[reconcile.KindLeaver]
	t.Disputed, t.Collisions = int(n.Disputed)-closed[reconcile.KindDisputed], int(n.Collisions)-closed[reconcile.KindCollision]
	t.Entitled = int(n.Entitled) - closed[reconcile.KindEntitled]
	return nil
}

// readiness says why nothing can be planned in a tenant; none: it can. Only
// the latest attempt counts: an older complete list does not stand in for it.
func (a *App) readiness(ctx context.Context, q *storeq.Queries, tenantID, name string) ([]Problem, error) {
	latest, err := latestAttempt(ctx, q, tenantID)
	if err != nil {
		return nil, err
	}
	t, err := q.TenantByID(ctx, tenantID)
	if err != nil {
		return nil, err
	}
	t.Name = name
	most, err := settingDuration(ctx, q, settingStaleAfter, staleAfter)
	if err != nil {
		return nil, err
	}
	problems, err := tenantProblems(t, latest, most, a.cfg.Now())
	if err != nil {
		return nil, err
	}
	roster, err := a.rosterReadiness(ctx, q)
	return append(problems, roster...), err
}

// tenantProblems is readiness as far as the tenant's own list goes, which may
// be most old.
func tenantProblems(t storeq.Tenant, latest *storeq.Snapshot, most time.Duration, now time.Time) ([]Problem, error) {
	problems, err := listProblems(t.Name, latest, most, now)
	if t.Source == SourceFile {
		problems = asFile(t.Name, problems)
	}
	return problems, err
}

func listProblems(name string, latest *storeq.Snapshot, most time.Duration, now time.Time) ([]Problem, error) {
	if latest == nil {
		return []Problem{{"never-synced", name + " was never synced.", "Sync it."}}, nil
	}
	if latest.Sealed == 0 {
		s, err := syncOf(*latest, "", name)
		return usersProblems(s.Problems), err
	}
	if latest.Merged == 0 {
		return []Problem{{"snapshot-lost", "The accounts of the last sync of " + name + " are not in this workspace any more.", "Sync it again."}}, nil
	}
	switch age := age(now, fromMillis(latest.Started)); {
	case age == math.MaxInt64:
		return []Problem{{"stale", name + " was last synced at a time that has not come yet: this machine's clock was set back.", "Check the clock, then sync it."}}, nil
	case age > most:
		return []Problem{{"stale", fmt.Sprintf("%s was last synced %s ago; a plan needs a list that is at most %s old.", name, ageWords(age), ageWords(most)), "Sync it."}}, nil
	}
	return nil, nil
}

// usersProblems leaves out what is only about groups, unless that is all.
func usersProblems(all []Problem) []Problem {
	var users []Problem
	for _, p := range all {
		if len(p.Code) < 7 || p.Code[:7] != "groups-" {
			users = append(users, p)
		}
	}
	if len(users) == 0 {
		return all
	}
	return users
}

// ageWords is a duration for a person: hours, from two days on days.
func ageWords(d time.Duration) string {
	switch {
	case d < time.Hour:
		return counted(int(d.Minutes()), "minute")
	case d < 48*time.Hour:
		return counted(int(d.Hours()), "hour")
	}
	return counted(int(d.Hours())/24, "day")
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// leastMatched is the share of active accounts, in percent, below which no
// finding is trusted: with a wrong column mapped, a leaver may be somebody else.
const leastMatched = 50

// Unplannable says why no finding of that kind can be planned in a tenant,
// although its list may be in order: where few accounts match anybody, the
// roster or a key is the wrong one. Orphans need the rate that is set, whatever
// else stands on a match half of the accounts at least. That an inactive
// account is still in groups is seen without one, and in a tenant without SCIM
// nothing can be done about it from here.
func (a *App) Unplannable(ctx context.Context, tenantID string, k reconcile.Kind) ([]Problem, error) {
	if k == reconcile.KindEntitled {
		return a.groupsByHand(ctx, tenantID)
	}
	if err := a.deriveFindings(ctx); err != nil {
		return nil, err
	}
	var problems []Problem
	err := a.read(ctx, func(q *storeq.Queries) error {
		least, err := settingNumber(ctx, q, settingMatchMin, 80)
		if err != nil {
			return err
		}
		if k != reconcile.KindOrphaned {
			least = min(least, leastMatched)
		}
		n, err := maybe(q.FindingTenant(ctx, tenantID))
		if err != nil || n == nil {
			return err
		}
		rate := reconcile.MatchRate{Active: int(n.Active - n.Excepted), Matched: int(n.Matched)}
		if !rate.Below(least) {
			return nil
		}
		t, err := q.TenantByID(ctx, tenantID)
		problems = []Problem{lowRate(rate, t.Name, least)}
		return err
	})
	return problems, err
}

// groupsByHand is what stands in the way of changing groups where there is no SCIM.
func (a *App) groupsByHand(ctx context.Context, tenantID string) ([]Problem, error) {
	t, err := a.tenantBy(ctx, tenantID)
	if err != nil || t.Source != SourceFile {
		return nil, err
	}
	return []Problem{{"groups-by-hand", t.Name + " has no SCIM; only a person can take accounts out of its groups.", "Do it there and import its newer list, or leave the finding alone until a day."}}, nil
}

// matchesFew says why a list that shows no account of somebody does not show that
// they have none: where few accounts match anybody, nobody can tell.
func (t Tenant) matchesFew() []Problem {
	rate := reconcile.MatchRate{Active: t.Active - t.Excepted, Matched: t.Matched}
	if !rate.Below(leastMatched) {
		return nil
	}
	return []Problem{{
		"match-rate", fmt.Sprintf("Only %d of its %d active accounts match anybody on the roster (%d %%), so that none is known to be theirs does not say that they have none.", rate.Matched, rate.Active, rate.Percent()),
		"Look in the tenant itself. Link the accounts that are somebody's, make exceptions for those of machines, or check the roster's e-mail and number columns.",
	}}
}

// shortList is how many active accounts make a list in which a few that match
// nobody are no sign of a wrong roster.
const shortList = 20

func lowRate(rate reconcile.MatchRate, tenant string, least int) Problem {
	if rate.Active < shortList {
		do := "Link the accounts that are somebody's, make exceptions for those that are to stay, and close the others in the tenant itself."
		if rate.Percent() >= leastMatched {
			do = fmt.Sprintf("Link the accounts that are somebody's. If the others are nobody's, set %s to %d, plan, and set it back.", settingMatchMin, rate.Percent())
		}
		return Problem{
			"match-rate", fmt.Sprintf("Only %d of %d active accounts in %s match anybody on the roster (%d %%); under %d %% none of them can be planned as a finding, and in a short list a few are enough for that.", rate.Matched, rate.Active, tenant, rate.Percent(), least),
			do,
		}
	}
	do := "Check the roster's e-mail and number columns, and import it again."
	if rate.Percent() >= leastMatched {
		do += " If they are right, link the accounts that are somebody's and make exceptions for those that are to stay: these do not count."
	}
	return Problem{
		"match-rate", fmt.Sprintf("Only %d of %d active accounts in %s match anybody on the roster (%d %%); below %d %% the roster, or a column of it, is likely the wrong one.", rate.Matched, rate.Active, tenant, rate.Percent(), least),
		do,
	}
}
