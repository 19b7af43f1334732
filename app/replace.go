package app

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"rollcall/db"
	"rollcall/db/storeq"
	"rollcall/scim"
)

// lacks says why a whole group must not be replaced by what was just read of it,
// or "". A server that cuts off a long list of members says so nowhere; whoever
// it left out would be out of the group. So nobody may be missing whom the list
// on show has in the group, or who names it there, unless we acted on them since;
// and where no account names it, its list may have been cut off then as now. Who joined
// since the list, behind a cut, is known nowhere: where as many members are shown
// as lists are commonly cut at, another group has to show more.
func (x *action) lacks(ctx context.Context, group scim.Group) (why string, err error) {
	k := knownMembers{but: map[string]bool{x.body().Account: true}}
	err = x.w.a.store.Read(ctx, func(tx *db.Tx) error { return k.read(ctx, tx, x.body().Tenant, group) })
	if err != nil {
		return "", fileError(err)
	}
	switch {
	case k.taken == 0:
		return "No list of this tenant is on show, so whether the group was read whole cannot be told, and replacing it would take out whoever is missing. Sync, then plan it again.", nil
	case k.missing > 0:
		return fmt.Sprintf("The group as it was just read lacks %s that the list of %s has in it, and replacing it would take them out. Sync, then plan it again.",
			counted(k.missing, "member"), stamp(fromMillis(k.taken))), nil
	case !k.named:
		return "No account names this group, so whether it was read whole cannot be told, and replacing it would take out whoever is missing.", nil
	}
	return x.mayBeCut(ctx, group, k.larger)
}

// mayBeCut speaks against replacing a group that shows as many members as lists are
// commonly cut off at, unless the tenant shows more: of the group itself earlier in
// this run, before we took some out, or now of one that is larger on the list on
// show. That the list had more of the group itself proves nothing: a cut may be new.
func (x *action) mayBeCut(ctx context.Context, group scim.Group, larger string) (why string, err error) {
	n, of := len(group.Members), [2]string{x.body().Tenant, group.ID}
	x.most[of] = max(x.most[of], n)
	if !scim.UsualPage(n) || x.most[of] > n {
		return "", nil
	}
	if larger != "" {
		other, err := x.client.Group(ctx, larger)
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if err == nil && len(other.Members) > n {
			return "", nil
		}
	}
	return fmt.Sprintf("The tenant shows %d members of the group, as many as lists are often cut off at, and no larger group that shows more. Whoever joined behind a cut since the list would be taken out, so the group is not replaced; change it in the tenant's own administration.", n), nil
}

// knownMembers are those of a group on the list on show, held against what was
// read of it.
type knownMembers struct {
	but     map[string]bool // accounts that do not count
	taken   int64           // when the list was begun; unix milliseconds; 0: there is none
	missing int             // known, and not among what was read
	named   bool            // an account names the group itself
	larger  string          // another group, where the list has more members of that; "": none
}

func (k *knownMembers) read(ctx context.Context, tx *db.Tx, tenantID string, group scim.Group) error {
	shown, err := onShow(ctx, tx.Queries, tenantID)
	if err != nil || shown == nil {
		return err
	}
	k.taken = shown.Started
	acted, err := tx.AccountsActedSince(ctx, storeq.AccountsActedSinceParams{TenantID: tenantID, At: shown.Started})
	if err != nil {
		return err
	}
	for _, id := range acted {
		k.but[id] = true
	}
	listed := map[string]bool{}
	for _, m := range group.Members {
		listed[m.Value] = true
	}
	known, err := tx.GroupMembers(ctx, storeq.GroupMembersParams{Tenant: shown.Tenant, Grp: group.ID})
	if err != nil {
		return err
	}
	for _, id := range known {
		k.count(id, listed)
	}
	larger, err := maybe(tx.LargerGroup(ctx, storeq.LargerGroupParams{Tenant: shown.Tenant, Members: int64(len(group.Members)), Grp: group.ID}))
	if err != nil {
		return err
	}
	if larger != nil {
		k.larger = *larger
	}
	return k.naming(ctx, tx, shown.Tenant, group.ID, listed)
}

// count holds a known member once against those that were read.
func (k *knownMembers) count(id string, listed map[string]bool) {
	if !k.but[id] && !listed[id] {
		k.missing++
		k.but[id] = true
	}
}

// naming counts those that name the group themselves. Their resources are read one
// after the other, those only that have its id in them.
func (k *knownMembers) naming(ctx context.Context, tx *db.Tx, tenant int64, group string, listed map[string]bool) error {
	rows, err := tx.SQL.QueryContext(ctx, `SELECT a.scim_id, r.body FROM account AS a JOIN resource AS r ON r.id = a.resource
WHERE a.tenant = ? AND a.valid_to IS NULL AND instr(r.body, ?) > 0`, tenant, []byte(asWritten(group)))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var body sql.RawBytes
		if err := rows.Scan(&id, &body); err != nil {
			return err
		}
		user, err := scim.DecodeUser([]byte(body))
		if err != nil {
			continue // it names no group that could be read
		}
		if in, _ := namesGroup(user, group); in {
			k.named = true
			k.count(id, listed)
		}
	}
	return rows.Err()
}

// asWritten is the part of an id that stands in JSON as it is: what comes before
// anything that some server escapes.
func asWritten(id string) string {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("._-", r)
	}
	if i := strings.IndexFunc(id, func(r rune) bool { return !plain(r) }); i >= 0 {
		return id[:i]
	}
	return id
}
