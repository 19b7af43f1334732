package app

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"rollcall/db/storeq"
)

// A link and an exception hold for an id. Where a vendor gives its accounts new
// ones, they are adrift: the list has the user name that somebody decided about
// under another id, about which nobody decided anything. Whether that is the same
// account only a person can say, and until one did it is not closed with others.

// adrift are those decisions of one tenant, by the ids that have their user names.
func (a *App) adrift(ctx context.Context, q *storeq.Queries, tenantID string) (map[string]storeq.AdriftRow, error) {
	rows, err := q.Adrift(ctx, storeq.AdriftParams{TenantID: tenantID, Now: a.cfg.Now().UnixMilli()})
	byID := make(map[string]storeq.AdriftRow, len(rows))
	for _, r := range rows {
		if old, ok := byID[r.NowID]; !ok || old.What != "link" {
			byID[r.NowID] = r
		}
	}
	return byID, err
}

// adriftDoubt tells of them under To do.
func adriftDoubt(ctx context.Context, q *storeq.Queries, t Tenant, now time.Time) ([]Problem, error) {
	rows, err := q.Adrift(ctx, storeq.AdriftParams{TenantID: t.ID, Now: now.UnixMilli()})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	const most = 5
	var names []string
	for _, r := range rows[:min(len(rows), most)] {
		names = append(names, fmt.Sprintf("the %s of %s", r.What, quoted(r.UserName)))
	}
	if more := len(rows) - most; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	text := fmt.Sprintf("What was decided about accounts of %s holds for ids that its list has no more, while it has their user names under others: %s.", t.Name, strings.Join(names, ", "))
	return []Problem{{"decisions-adrift", text, "Look at each account under its new id, and decide about it anew with rollcall link or rollcall except, or end the old decision with --remove and its old id."}}, nil
}

// sparing tells of a finding of one tenant why it is not planned with others of
// its kind, or "": only whoever names such an account may plan it.
type sparing struct{ adrift map[string]storeq.AdriftRow }

func (a *App) sparing(ctx context.Context, tenantID string) (s sparing, err error) {
	err = a.read(ctx, func(q *storeq.Queries) (err error) {
		s.adrift, err = a.adrift(ctx, q, tenantID)
		return err
	})
	return s, err
}

func (s sparing) why(f Finding) string {
	if r, ok := s.adrift[f.Account.ID]; ok {
		return fmt.Sprintf("A person decided about this user name under the id %s (%s), which is not listed any more. Decide about it anew, or plan the account by its name.", quoted(r.Account), r.What)
	}
	if f.Newer {
		return "It is newer than the roster, and may be of somebody who is not on it yet. Import the present roster, or plan the account by its name."
	}
	return ""
}

// Spared says of each of these findings why it is not planned with others of its
// kind, by its id. Whoever names the account may plan it, as far as [App.Barred]
// lets them.
func (a *App) Spared(ctx context.Context, list []Finding) (map[string]string, error) {
	tenants, out := map[string]sparing{}, map[string]string{}
	for _, f := range list {
		s, seen := tenants[f.TenantID]
		if !seen {
			var err error
			if s, err = a.sparing(ctx, f.TenantID); err != nil {
				return nil, err
			}
			tenants[f.TenantID] = s
		}
		if why := s.why(f); why != "" {
			out[f.ID] = why
		}
	}
	return out, nil
}

// leaveAdrift names accounts that only a link to an id of before gives to the
// person who is offboarded; theirs are the others.
func (d *draftTenant) leaveAdrift(ctx context.Context, theirs []claim) error {
	who := d.view.Plan.Offboards
	return d.a.read(ctx, func(q *storeq.Queries) error {
		rows, err := d.a.adrift(ctx, q, d.tenant.ID)
		for _, c := range theirs {
			delete(rows, c.row.ScimID)
		}
		for _, id := range slices.Sorted(maps.Keys(rows)) {
			if r := rows[id]; r.Source == who.Source && r.Number == who.Number {
				d.leave(r.UserName, fmt.Sprintf("It was linked to them under the id %s, which is not listed any more; the list has the user name under %s. If that is theirs too, link it to them.", quoted(r.Account), quoted(id)))
			}
		}
		return err
	})
}
