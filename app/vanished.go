package app

import (
	"context"

	"rollcall/db"
	"rollcall/db/storeq"
	"rollcall/scim"
)

// mostVanished is how many accounts that are missing from a list are asked for.
const mostVanished = 50

// missed counts the accounts that were on the list before and are not on this one,
// although the tenant, asked for each alone, still shows it as not inactive. So a
// list with a hole is found that pages, totals and a second pass do not show.
// Only what can be read counts: a 404, or any other answer, says nothing.
func (s *stager) missed(ctx context.Context, client *scim.Client) (n int, err error) {
	var ids []string
	low, high := stageRange(s.run)
	err = s.store.Read(ctx, func(tx *db.Tx) (err error) {
		ids, err = tx.Vanished(ctx, storeq.VanishedParams{Tenant: s.tenant, Low: low, High: high, Most: mostVanished})
		return err
	})
	for _, id := range ids {
		user, readErr := client.User(ctx, id)
		if err := foreign(ctx, readErr); err != nil {
			return n, err
		}
		if readErr == nil && user.Active != scim.ActiveFalse {
			n++
		}
	}
	return n, fileError(err)
}
