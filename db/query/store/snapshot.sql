-- name: PutTenantNo :one
INSERT INTO tenant_no (tenant_id) VALUES (?)
ON CONFLICT (tenant_id) DO UPDATE SET tenant_id = excluded.tenant_id
RETURNING no;

-- name: InsertSnapshot :one
INSERT INTO snapshot (
  id, sync_id, tenant, started, finished, sealed, groups_sealed, merged, accounts, active,
  groups_listed, memberships, pages, certificate, digest, words, problems
) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?)
RETURNING no;

-- name: MarkMerged :exec
UPDATE snapshot SET merged = 1 WHERE no = ?;

-- name: SnapshotKnown :one
SELECT count(*) FROM snapshot WHERE id = ?;

-- name: LatestAttempt :one
SELECT * FROM snapshot
WHERE tenant = (SELECT no FROM tenant_no WHERE tenant_id = ?) ORDER BY no DESC LIMIT 1;

-- name: LatestSealed :one
SELECT * FROM snapshot
WHERE tenant = (SELECT no FROM tenant_no WHERE tenant_id = ?) AND sealed = 1 ORDER BY no DESC LIMIT 1;

-- name: SnapshotOnShow :one
SELECT * FROM snapshot
WHERE tenant = (SELECT no FROM tenant_no WHERE tenant_id = ?) AND merged = 1 ORDER BY no DESC LIMIT 1;

-- name: InsertStageRun :one
INSERT INTO stage_run (sync_id, tenant, started, stage, pages, cursor)
VALUES (?, ?, ?, 'Users', 0, '')
RETURNING no;

-- name: StageRuns :many
SELECT * FROM stage_run WHERE tenant = ?;

-- name: StageRunOf :one
SELECT * FROM stage_run WHERE sync_id = ?;

-- name: AdvanceStageRun :exec
UPDATE stage_run SET stage = ?, pages = pages + 1, cursor = ? WHERE no = ?;

-- name: DeleteStageRun :exec
DELETE FROM stage_run WHERE no = ?;

-- name: DeleteStagedAccounts :exec
DELETE FROM stage_account WHERE id >= sqlc.arg(low) AND id < sqlc.arg(high);

-- name: DeleteStagedGroups :exec
DELETE FROM stage_group WHERE id >= sqlc.arg(low) AND id < sqlc.arg(high);

-- name: DeleteStagedMembers :exec
DELETE FROM stage_member WHERE id >= sqlc.arg(low) AND id < sqlc.arg(high);

-- name: DeleteResources :exec
DELETE FROM resource WHERE id >= sqlc.arg(low) AND id < sqlc.arg(high);

-- name: SnapshotByID :one
SELECT * FROM snapshot WHERE id = ?;
