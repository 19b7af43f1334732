package app

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"

	"rollcall/app/reconcile"
	"rollcall/db"
	"rollcall/db/storeq"
	"rollcall/scim"

	"github.com/go-json-experiment/json"
)

// stager puts the pages of one sync on the stage, each in a transaction of its
// own together with the place where the next one begins. Until the snapshot is
// recorded nothing that is on show changes; a sync that ends before leaves
// nothing but a stage, which the next sync of that tenant goes on with or clears.
type stager struct {
	store    *db.Store
	run      int64 // stage_run.no
	tenant   int64 // tenant_no.no
	sync     string
	started  time.Time // of the sync; of one that was resumed, the first time
	stage    scim.Kind
	pass     int
	next     int64 // id of the next staged row
	accounts int
	active   int
	named    int // memberships that the accounts name
	groups   int
	members  int
	pages    int                // of this sync that are kept
	base     int                // of those, pages of the list before this one
	cursor   scim.Cursor        // where the list under way goes on
	claimed  int                // total that the last page named; 0: none
	lastPage time.Time          // when the page before the resumption came
	users    scim.Listing       // once it ended
	resumed  []Resumption       // the last one of them is this sync
	from     int                // accounts or groups that were there when it was resumed
	idsErr   error              // of reading the ids on the stage
	now      func() time.Time   // for the time of each page
	listed   func(n, total int) // progress
}

// newStager clears what an earlier sync of the tenant left and begins anew. A
// sync of the same shape may go on with it later; "" means none.
func newStager(ctx context.Context, store *db.Store, syncID, tenantID, shape string, now time.Time) (*stager, error) {
	s := &stager{store: store, stage: scim.Users, sync: syncID, started: now, now: func() time.Time { return now }}
	err := store.Write(ctx, func(tx *db.Tx) (err error) {
		if s.tenant, err = tx.PutTenantNo(ctx, tenantID); err != nil {
			return err
		}
		if err := dropStagesOf(ctx, tx, tenantID); err != nil {
			return err
		}
		shown, err := shownNo(ctx, tx, tenantID)
		if err != nil {
			return err
		}
		s.run, err = tx.InsertStageRun(ctx, storeq.InsertStageRunParams{
			SyncID: syncID, Tenant: s.tenant, Started: now.UnixMilli(), Digest: shape, Shown: shown,
		})
		return err
	})
	s.next, _ = stageRange(s.run)
	if err != nil {
		return nil, fmt.Errorf("begin the stage: %w", err)
	}
	return s, nil
}

// dropStage removes one run; with its resources, unless they have been taken
// over by a merge.
func dropStage(ctx context.Context, tx *db.Tx, run int64, resources bool) error {
	low, high := stageRange(run)
	if err := tx.DeleteStagedAccounts(ctx, storeq.DeleteStagedAccountsParams{Low: low, High: high}); err != nil {
		return err
	}
	if err := tx.DeleteStagedGroups(ctx, storeq.DeleteStagedGroupsParams{Low: low, High: high}); err != nil {
		return err
	}
	if err := tx.DeleteStagedMembers(ctx, storeq.DeleteStagedMembersParams{Low: low, High: high}); err != nil {
		return err
	}
	if resources {
		if err := tx.DeleteResources(ctx, storeq.DeleteResourcesParams{Low: low, High: high}); err != nil {
			return err
		}
	}
	return tx.DeleteStageRun(ctx, run)
}

// dropStagesOf removes whatever the syncs of a tenant left.
func dropStagesOf(ctx context.Context, tx *db.Tx, tenantID string) error {
	no, err := tx.PutTenantNo(ctx, tenantID)
	if err != nil {
		return err
	}
	left, err := tx.StageRuns(ctx, no)
	for _, run := range left {
		if err == nil {
			err = dropStage(ctx, tx, run.No, true)
		}
	}
	return err
}

// strayStages runs under a fresh lock, when no sync is under way in any process:
// it drops what syncs left of tenants that an older program removed. What
// cannot be dropped now keeps nobody from writing.
func (w *writer) strayStages(ctx context.Context) {
	var stray []string
	err := w.a.read(ctx, func(q *storeq.Queries) (err error) {
		stray, err = q.StrayStages(ctx)
		return err
	})
	for _, id := range stray {
		if err == nil {
			err = w.a.store.Write(ctx, func(tx *db.Tx) error { return dropStagesOf(ctx, tx, id) })
		}
	}
	if err != nil {
		slog.Warn("dropping what syncs of removed tenants left", "error", err)
	}
}

// drop gives up the run; its error does not matter, the next sync clears it.
func (s *stager) drop(ctx context.Context) error {
	return s.store.Write(ctx, func(tx *db.Tx) error { return dropStage(ctx, tx, s.run, true) })
}

// page stores one page. A later pass, unless it only verifies, replaces what
// the passes before it brought.
func (s *stager) page(ctx context.Context, p scim.Page) error {
	if p.Verify {
		return nil
	}
	s.claimed = 0
	if p.ClaimedTotal != nil {
		s.claimed = int(*p.ClaimedTotal)
	}
	err := s.store.Write(ctx, func(tx *db.Tx) error {
		if p.Anew || p.Pass > s.pass {
			if err := s.restart(ctx, tx); err != nil {
				return err
			}
			s.pass = p.Pass
		}
		if p.Anew && len(s.resumed) > 0 {
			s.resumed[len(s.resumed)-1].Anew = true
		}
		s.pages++
		s.cursor = p.Next
		if err := s.stageUsers(ctx, tx, p.Users); err != nil {
			return err
		}
		if err := s.stageGroups(ctx, tx, p.Groups); err != nil {
			return err
		}
		return s.advance(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("stage page %d: %w", p.Number, err)
	}
	s.listed(s.count(), s.claimed)
	return nil
}

func (s *stager) count() int {
	if s.stage == scim.Users {
		return s.accounts
	}
	return s.groups
}

// restart forgets what earlier passes over the present list brought.
func (s *stager) restart(ctx context.Context, tx *db.Tx) error {
	low, high := stageRange(s.run)
	s.pages, s.from = s.base, 0
	if s.stage == scim.Groups {
		s.groups, s.members = 0, 0
		if err := tx.DeleteStagedMembers(ctx, storeq.DeleteStagedMembersParams{Low: low, High: high}); err != nil {
			return err
		}
		return tx.DeleteStagedGroups(ctx, storeq.DeleteStagedGroupsParams{Low: low, High: high})
	}
	s.accounts, s.active, s.named = 0, 0, 0
	if err := tx.DeleteStagedAccounts(ctx, storeq.DeleteStagedAccountsParams{Low: low, High: high}); err != nil {
		return err
	}
	return tx.DeleteResources(ctx, storeq.DeleteResourcesParams{Low: low, High: high})
}

// begin turns to the next list.
func (s *stager) begin(kind scim.Kind) { s.stage, s.pass = kind, 0 }

const (
	insertResource = `INSERT INTO resource (id, body) VALUES (?, ?)`

	insertSame = `INSERT INTO stage_account (id, scim_id, hash, same) VALUES (?, ?, ?, 1)`

	insertAccount = `INSERT INTO stage_account
  (id, scim_id, hash, same, user_name, display_name, external_id, active, emails, keys)
VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, ?)`

	insertGroup = `INSERT INTO stage_group (id, scim_id, hash, same, display_name, external_id, members)
VALUES (?, ?, ?, ?, ?, ?, ?)`

	insertMember = `INSERT INTO stage_member (id, grp, account) VALUES (?, ?, ?)`

	// One look for a whole page: which of its ids are on show, and as what.
	accountsShown = `SELECT a.scim_id, a.hash FROM json_each(?) AS j
JOIN account AS a ON a.tenant = ? AND a.scim_id = j.value AND a.valid_to IS NULL`

	groupsShown = `SELECT g.scim_id, g.hash FROM json_each(?) AS j
JOIN tenant_group AS g ON g.tenant = ? AND g.scim_id = j.value AND g.valid_to IS NULL`

	accountsStaged = `SELECT scim_id, hash FROM stage_account
WHERE scim_id IN (SELECT value FROM json_each(?)) AND id >= ? AND id < ?`
)

func (s *stager) stageUsers(ctx context.Context, tx *db.Tx, users []scim.User) error {
	if len(users) == 0 {
		return nil
	}
	ids := make([]string, len(users))
	for i, u := range users {
		ids[i] = u.ID
	}
	shown, err := s.shown(ctx, tx, accountsShown, ids, s.tenant)
	if err != nil {
		return err
	}
	ins, err := prepareAll(ctx, tx, insertSame, insertAccount, insertResource)
	if err != nil {
		return err
	}
	defer ins.close()
	for _, u := range users {
		if err := s.user(ctx, ins, u, shown[u.ID]); err != nil {
			return err
		}
	}
	return nil
}

// user stages one account: only its id where the version on show has the same
// content, so that a sync costs what changed.
func (s *stager) user(ctx context.Context, ins statements, u scim.User, shown string) error {
	s.accounts++
	if u.Active != scim.ActiveFalse {
		s.active++
	}
	for _, g := range u.Groups {
		if g.Direct {
			s.named++
		}
	}
	id := s.next
	s.next++
	sum := contentHash(u.Raw)
	if string(sum) == shown {
		return ins.exec(ctx, 0, id, u.ID, sum)
	}
	row := accountOf(u)
	emails, err := encodeList(row.Emails)
	if err != nil {
		return err
	}
	keys, err := encodeKeys(reconcile.Keys(row))
	if err != nil {
		return err
	}
	if err := ins.exec(ctx, 1, id, u.ID, sum, u.UserName, u.DisplayName, u.ExternalID, activeNumber(u.Active), emails, keys); err != nil {
		return err
	}
	return ins.exec(ctx, 2, id, []byte(u.Raw))
}

func (s *stager) stageGroups(ctx context.Context, tx *db.Tx, groups []scim.Group) error {
	if len(groups) == 0 {
		return nil
	}
	ids := make([]string, len(groups))
	for i, g := range groups {
		ids[i] = g.ID
	}
	shown, err := s.shown(ctx, tx, groupsShown, ids, s.tenant)
	if err != nil {
		return err
	}
	both, err := s.nestedAsAccounts(ctx, tx, groups)
	if err != nil {
		return err
	}
	ins, err := prepareAll(ctx, tx, insertGroup, insertMember)
	if err != nil {
		return err
	}
	defer ins.close()
	for _, g := range groups {
		if err := s.group(ctx, ins, g, shown[g.ID], both); err != nil {
			return err
		}
	}
	return nil
}

// group stages one group, and its members unless the group is as it was. A group
// in it that has the id of an account (both) is not that account.
func (s *stager) group(ctx context.Context, ins statements, g scim.Group, shown string, both map[string]string) error {
	s.groups++
	s.members += len(g.Members)
	sum := contentHash(g.Raw)
	same := string(sum) == shown
	id := s.next
	s.next++
	if err := ins.exec(ctx, 0, id, g.ID, sum, whole(same), g.DisplayName, g.ExternalID, len(g.Members)); err != nil || same {
		return err
	}
	for _, m := range g.Members {
		if _, account := both[m.Value]; account && nested(m) {
			continue
		}
		id := s.next
		s.next++
		if err := ins.exec(ctx, 1, id, g.ID, m.Value); err != nil {
			return err
		}
	}
	return nil
}

// nestedAsAccounts are the ids of groups in groups that accounts have as well.
func (s *stager) nestedAsAccounts(ctx context.Context, tx *db.Tx, groups []scim.Group) (map[string]string, error) {
	var ids []string
	for _, g := range groups {
		for _, m := range g.Members {
			if nested(m) {
				ids = append(ids, m.Value)
			}
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	low, high := stageRange(s.run)
	return s.shown(ctx, tx, accountsStaged, ids, low, high)
}

// shown returns the content hashes, by SCIM id, of what is on show, or staged.
func (s *stager) shown(ctx context.Context, tx *db.Tx, query string, ids []string, args ...any) (map[string]string, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, fmt.Errorf("encode ids: %w", err)
	}
	rows, err := tx.SQL.QueryContext(ctx, query, append([]any{string(list)}, args...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := make(map[string]string, len(ids))
	for rows.Next() {
		var id string
		var sum sql.RawBytes
		if err := rows.Scan(&id, &sum); err != nil {
			return nil, err
		}
		found[id] = string(sum)
	}
	return found, rows.Err()
}

// content returns a keyed digest over what was listed, in the order of ids:
// the same for the same content, and no help in guessing it.
func (s *stager) content(ctx context.Context, pepper []byte) (string, error) {
	d := newContentDigest(pepper)
	err := s.store.Read(ctx, func(tx *db.Tx) error {
		low, high := stageRange(s.run)
		for _, table := range []string{"stage_account", "stage_group"} {
			query := `SELECT scim_id, hash FROM ` + table + ` WHERE id >= ? AND id < ? ORDER BY scim_id`
			if err := d.rows(ctx, tx, table, query, low, high); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("digest of what was listed: %w", err)
	}
	return d.hex(), nil
}

func accountOf(u scim.User) reconcile.Account {
	a := reconcile.Account{ID: u.ID, UserName: u.UserName, ExternalID: u.ExternalID, DisplayName: u.DisplayName, Active: activeWord(activeNumber(u.Active))}
	for _, e := range u.Emails {
		if e.Value != "" {
			a.Emails = append(a.Emails, e.Value)
		}
	}
	return a
}

func activeNumber(a scim.Active) int64 {
	switch a {
	case scim.ActiveTrue:
		return 1
	case scim.ActiveFalse:
		return 0
	}
	return 2
}

func activeWord(n int64) reconcile.Active {
	switch n {
	case 0:
		return reconcile.ActiveFalse
	case 1:
		return reconcile.ActiveTrue
	}
	return reconcile.ActiveUnknown
}

// statements are prepared for one transaction.
type statements []*sql.Stmt

func prepareAll(ctx context.Context, tx *db.Tx, queries ...string) (statements, error) {
	var s statements
	for _, q := range queries {
		stmt, err := tx.SQL.PrepareContext(ctx, q)
		if err != nil {
			s.close()
			return nil, err
		}
		s = append(s, stmt)
	}
	return s, nil
}

func (s statements) exec(ctx context.Context, i int, args ...any) error {
	_, err := s[i].ExecContext(ctx, args...)
	return err
}

// close releases the statements; they hold nothing that could be lost.
func (s statements) close() {
	for _, stmt := range s {
		stmt.Close()
	}
}
