package app

import (
	"context"
	"database/sql"
	_ "embed" // the bulk statements
	"errors"
	"fmt"

	"rollcall/audit"
	"rollcall/db"
	"rollcall/db/storeq"

	"github.com/go-json-experiment/json"
)

var (
	//go:embed sql/merge_accounts.sql
	mergeAccounts string
	//go:embed sql/merge_groups.sql
	mergeGroups string
)

// applySnapshot brings an attempt into the store. Of a sealed one it merges
// the stage; where the stage is gone, because the store was deleted or the
// entry came from a copy, the snapshot is kept as lost and must be listed anew.
func applySnapshot(ctx context.Context, tx *db.Tx, e audit.Stored) error {
	var d snapshotTaken
	if err := e.Decode(&d); err != nil {
		return err
	}
	if n, err := tx.SnapshotKnown(ctx, d.Snapshot); err != nil || n > 0 {
		return err
	}
	tenant, err := tx.PutTenantNo(ctx, e.Entry.Tenant)
	if err != nil {
		return err
	}
	sealed := e.Entry.Type == typeSnapshotSealed
	no, err := insertSnapshot(ctx, tx, tenant, sealed, d)
	if err != nil {
		return err
	}
	if err := applyFile(ctx, tx, e, d, sealed); err != nil {
		return err
	}
	run, err := tx.StageRunOf(ctx, d.Sync)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	whole, err := stageWhole(ctx, tx, run.No, d.Accounts)
	if err != nil {
		return err
	}
	if !sealed || !whole {
		return dropStage(ctx, tx, run.No, true)
	}
	if err := mergeStage(ctx, tx, tenant, no, run.No, d.GroupsSealed); err != nil {
		return fmt.Errorf("merge snapshot %s: %w", d.Snapshot, err)
	}
	if err := tx.MarkMerged(ctx, no); err != nil {
		return err
	}
	return dropStage(ctx, tx, run.No, false)
}

func insertSnapshot(ctx context.Context, tx *db.Tx, tenant int64, sealed bool, d snapshotTaken) (int64, error) {
	problems, err := encodeList(fromRecorded(d.Problems))
	if err != nil {
		return 0, err
	}
	cert, err := canonical(d.Certificate)
	if err != nil {
		return 0, err
	}
	return tx.InsertSnapshot(ctx, storeq.InsertSnapshotParams{
		ID: d.Snapshot, SyncID: d.Sync, Tenant: tenant, Started: d.Started.UnixMilli(), Finished: d.Finished.UnixMilli(),
		Sealed: whole(sealed), GroupsSealed: whole(d.GroupsSealed), Accounts: int64(d.Accounts), Active: int64(d.Active),
		GroupsListed: int64(d.Groups), Memberships: int64(d.Memberships), Named: int64(d.Named), Pages: int64(d.Pages),
		Certificate: string(cert), Digest: d.Digest, Words: certificateWords(d), Problems: problems,
		Vouched: whole(d.Accepted != nil && *d.Accepted == d.Accounts),
	})
}

// stageWhole checks that the stage holds what the entry says was listed.
func stageWhole(ctx context.Context, tx *db.Tx, run int64, accounts int) (bool, error) {
	low, high := stageRange(run)
	var n int
	err := tx.SQL.QueryRowContext(ctx, `SELECT count(*) FROM stage_account WHERE id >= ? AND id < ?`, low, high).Scan(&n)
	return n == accounts, err
}

func mergeStage(ctx context.Context, tx *db.Tx, tenant, snapshot, run int64, groups bool) error {
	var last int64
	if err := tx.SQL.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM account`).Scan(&last); err != nil {
		return err
	}
	low, high := stageRange(run)
	args := []any{
		sql.Named("tenant", tenant), sql.Named("snapshot", snapshot),
		sql.Named("low", low), sql.Named("high", high), sql.Named("last", last),
	}
	if _, err := tx.SQL.ExecContext(ctx, mergeAccounts, args...); err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	if !groups {
		return nil
	}
	if _, err := tx.SQL.ExecContext(ctx, mergeGroups, args...); err != nil {
		return fmt.Errorf("groups: %w", err)
	}
	return nil
}

// syncOf is the view of one attempt.
func syncOf(s storeq.Snapshot, tenantID, tenant string) (Sync, error) {
	v := Sync{
		ID: s.SyncID, TenantID: tenantID, Tenant: tenant, Started: fromMillis(s.Started), Finished: fromMillis(s.Finished),
		Sealed: s.Sealed != 0, GroupsSealed: s.GroupsSealed != 0, Accounts: int(s.Accounts), Groups: int(s.GroupsListed),
		Pages: int(s.Pages), Certificate: s.Words,
	}
	if err := json.Unmarshal([]byte(s.Problems), &v.Problems); err != nil {
		return v, fmt.Errorf("problems of sync %s: %w", s.SyncID, err)
	}
	var c struct {
		Resumed []Resumption `json:"resumed"`
	}
	if err := json.Unmarshal([]byte(s.Certificate), &c); err != nil {
		return v, fmt.Errorf("certificate of sync %s: %w", s.SyncID, err)
	}
	v.Resumed = c.Resumed
	return v, nil
}
