package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"rollcall/app/reconcile"
	"rollcall/db/storeq"
)

// Closed says that a run closed the account of a finding, confirmed by reading
// it back, after the list on show was read: the next sync takes the finding off
// the list. It counts nowhere until then.
type Closed struct {
	Plan string    `json:"plan"` // hash
	At   time.Time `json:"at"`   // of the call

	Groups int `json:"-"` // that the list has the account in and no run took it out of
}

// Words is a sentence for a person who reads it now.
func (c Closed) Words(now time.Time) string {
	ago := "just now"
	if d := now.Sub(c.At); d >= time.Minute {
		ago = ageWords(d) + " ago"
	}
	words := fmt.Sprintf("Closed by run %s %s; the next sync will take it off the list.", c.Plan[:min(len(c.Plan), leastPrefix)], ago)
	if c.Groups > 0 {
		words += fmt.Sprintf(" The list has it in %s; the next one tells whether it still is.", counted(c.Groups, "group"))
	}
	return words
}

// closedInStore is how a run closed the account, confirmed, since the list on
// show was read; nil: none did, or it was given back.
func closedInStore(ctx context.Context, q *storeq.Queries, tenantID, account string) (*Closed, error) {
	ours, err := maybe(q.Deactivated(ctx, storeq.DeactivatedParams{TenantID: tenantID, Account: account}))
	if err != nil || ours == nil {
		return nil, err
	}
	shown, err := onShow(ctx, q, tenantID)
	if err != nil || shown == nil || ours.At < shown.Started {
		return nil, err
	}
	return &Closed{Plan: ours.Plan, At: fromMillis(ours.At)}, nil
}

// closedFindings are those of one tenant, or of all with "", by finding id.
func closedFindings(ctx context.Context, q *storeq.Queries, tenantID string) (map[string]storeq.FindingClosed, error) {
	rows, err := q.ClosedFindings(ctx, tenantID)
	if err != nil {
		return nil, fmt.Errorf("findings that were closed since: %w", err)
	}
	byID := make(map[string]storeq.FindingClosed, len(rows))
	for _, r := range rows {
		byID[r.ID] = r
	}
	return byID, nil
}

// closedByTenant counts them by kind for each tenant, but for what is left alone.
func closedByTenant(ctx context.Context, q *storeq.Queries) (map[string]map[reconcile.Kind]int, error) {
	closed, err := closedFindings(ctx, q, "")
	n := map[string]map[reconcile.Kind]int{}
	for _, c := range closed {
		if c.Rank >= exceptedRank {
			continue
		}
		if n[c.TenantID] == nil {
			n[c.TenantID] = map[reconcile.Kind]int{}
		}
		n[c.TenantID][kinds[c.Rank]]++
	}
	return n, err
}

// closedKinds counts them, either among what is left alone or among the rest.
func closedKinds(closed map[string]storeq.FindingClosed, search string, excepted bool) map[reconcile.Kind]int {
	n := map[reconcile.Kind]int{}
	for _, c := range closed {
		if c.Rank >= exceptedRank == excepted && strings.Contains(c.Search, search) {
			n[kinds[c.Rank%exceptedRank]]++
		}
	}
	return n
}
