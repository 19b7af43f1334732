package app

import (
	"context"
	"fmt"
	"time"

	"rollcall/app/reconcile"
	"rollcall/db"
	"rollcall/db/storeq"
)

// DayCounts is what was found over all tenants, as last counted on a day.
type DayCounts struct {
	Day      string `json:"day"` // yyyy-mm-dd on this machine
	Orphaned int    `json:"orphaned"`
	Leavers  int    `json:"leavers"` // accounts, not people
	Matched  int    `json:"matched"`
	Active   int    `json:"active"` // active or unknown accounts
}

// ListDays is how complete the lists of one tenant were.
type ListDays struct {
	TenantID string    `json:"tenantId"`
	Tenant   string    `json:"tenant"`
	Days     []ListDay `json:"days"` // days with an attempt, the oldest first
}

// ListDay counts the attempts to list a tenant that ended on a day.
type ListDay struct {
	Day      string `json:"day"` // yyyy-mm-dd on this machine
	Sealed   int    `json:"sealed"`
	Unsealed int    `json:"unsealed"`
}

// How many days the overview looks back, today among them for lists.
const (
	historyDays = 90
	listDays    = 30
)

// keepCounts keeps what was just derived as the counts of this day, in place of
// what was kept of it before. Every tenant on show is counted, also one whose
// list is older: so each day stands for itself.
func (b *basis) keepCounts(ctx context.Context, tx *db.Tx) error {
	day := b.now.Format(time.DateOnly)
	if err := tx.DeleteFindingCounts(ctx, day); err != nil {
		return err
	}
	return tx.KeepFindingCounts(ctx, storeq.KeepFindingCountsParams{
		Day: day, OrphanedRank: kindRank(reconcile.KindOrphaned), LeaverRank: kindRank(reconcile.KindLeaver),
	})
}

// history reads the days that have counts, the oldest first, and lets today
// stand as the rest of the overview says it: runs close findings without
// another derivation.
func (o *Overview) history(ctx context.Context, q *storeq.Queries, now time.Time) error {
	o.History = []DayCounts{}
	today := now.Format(time.DateOnly)
	rows, err := q.FindingCounts(ctx, storeq.FindingCountsParams{First: now.AddDate(0, 0, -historyDays).Format(time.DateOnly), Last: today})
	if err != nil {
		return fmt.Errorf("counts of the last days: %w", err)
	}
	for _, r := range rows {
		if r.Day != today {
			o.History = append(o.History, DayCounts{Day: r.Day, Orphaned: int(r.Orphaned), Leavers: int(r.Leavers), Matched: int(r.Matched), Active: int(r.Active)})
		}
	}
	if o.Roster == nil || len(rows) == 0 {
		return nil
	}
	last := DayCounts{Day: today, Orphaned: o.ByKind[reconcile.KindOrphaned], Leavers: o.ByKind[reconcile.KindLeaver]}
	for _, t := range o.Tenants {
		last.Matched, last.Active = last.Matched+t.Matched, last.Active+t.Active
	}
	o.History = append(o.History, last)
	return nil
}

// lists reads how the attempts of the last days ended, for each tenant.
func (o *Overview) lists(ctx context.Context, q *storeq.Queries, now time.Time) error {
	y, m, d := now.Date()
	rows, err := q.AttemptsSince(ctx, time.Date(y, m, d-listDays+1, 0, 0, 0, 0, now.Location()).UnixMilli())
	if err != nil {
		return fmt.Errorf("attempts of the last days: %w", err)
	}
	days := map[string][]ListDay{} // by tenant id
	for _, r := range rows {
		days[r.TenantID] = countAttempt(days[r.TenantID], fromMillis(r.Finished).In(now.Location()).Format(time.DateOnly), r.Sealed == 1)
	}
	o.Lists = make([]ListDays, 0, len(o.Tenants))
	for _, t := range o.Tenants {
		o.Lists = append(o.Lists, ListDays{t.ID, t.Name, append([]ListDay{}, days[t.ID]...)})
	}
	return nil
}

// countAttempt counts one that ended on this day or later than all before it.
func countAttempt(days []ListDay, day string, sealed bool) []ListDay {
	if len(days) == 0 || days[len(days)-1].Day != day {
		days = append(days, ListDay{Day: day})
	}
	if sealed {
		days[len(days)-1].Sealed++
	} else {
		days[len(days)-1].Unsealed++
	}
	return days
}
