-- name: PutTenantNo :one
INSERT INTO tenant_no (tenant_id) VALUES (?)
ON CONFLICT (tenant_id) DO UPDATE SET tenant_id = excluded.tenant_id
RETURNING no;

-- name: InsertSnapshot :one
INSERT INTO snapshot (
  id, sync_id, tenant, started, finished, sealed, groups_sealed, merged, accounts, active,
  groups_listed, memberships, named, pages, certificate, digest, words, problems, vouched
) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
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

-- name: LargestSealed :one
SELECT s.* FROM snapshot s
WHERE s.tenant = sqlc.arg(tenant) AND s.sealed = 1 AND (s.finished >= sqlc.arg(since) OR s.no = sqlc.arg(latest))
  AND s.no >= (SELECT coalesce(max(v.no), 0) FROM snapshot v WHERE v.tenant = s.tenant AND v.sealed = 1 AND v.vouched = 1)
ORDER BY s.accounts DESC, s.no DESC LIMIT 1;

-- The complete lists of groups that a new one is measured against, the newest first.
-- name: GroupLists :many
SELECT s.no, s.started, s.groups_listed, s.memberships, s.named FROM snapshot s
WHERE s.tenant = sqlc.arg(tenant) AND s.sealed = 1 AND s.groups_sealed = 1
  AND (s.finished >= sqlc.arg(since) OR s.no = (SELECT max(l.no) FROM snapshot l WHERE l.tenant = s.tenant AND l.sealed = 1 AND l.groups_sealed = 1))
  AND s.no >= (SELECT coalesce(max(v.no), 0) FROM snapshot v WHERE v.tenant = s.tenant AND v.sealed = 1 AND v.groups_sealed = 1 AND v.vouched = 1)
ORDER BY s.no DESC;

-- The memberships that a list had and that calls of ours, confirmed since, took
-- or may have taken: a tenant may drop them with the account.
-- name: MembershipsTaken :one
SELECT count(*) FROM (
  SELECT DISTINCT m.grp, m.account FROM snapshot AS s
  CROSS JOIN tenant_no AS t ON t.no = s.tenant
  CROSS JOIN intent AS i ON i.tenant_id = t.tenant_id AND i.at >= s.started
  CROSS JOIN (
    SELECT n.* FROM membership AS n WHERE n.valid_to IS NULL
    UNION ALL SELECT w.* FROM membership AS w WHERE w.valid_to IS NOT NULL
  ) AS m ON m.tenant = s.tenant AND m.account = i.account AND m.valid_from <= s.no AND (m.valid_to IS NULL OR s.no < m.valid_to)
  WHERE s.no = sqlc.arg(no) AND i.outcome IN ('confirmed', 'confirmed-gone')
    AND (i.action IN ('deactivate', 'delete') OR i.action = 'remove-membership' AND i.grp = m.grp)
);

-- name: SnapshotOnShow :one
SELECT * FROM snapshot
WHERE tenant = (SELECT no FROM tenant_no WHERE tenant_id = ?) AND merged = 1 ORDER BY no DESC LIMIT 1;

-- name: InsertStageRun :one
INSERT INTO stage_run (sync_id, tenant, started, stage, pages, cursor, digest, shown)
VALUES (?, ?, ?, 'Users', 0, '', ?, ?)
RETURNING no;

-- name: StageRuns :many
SELECT * FROM stage_run WHERE tenant = ?;

-- name: StrayStages :many
SELECT DISTINCT t.id FROM stage_run AS s
JOIN tenant_no AS n ON n.no = s.tenant
JOIN tenant AS t ON t.id = n.tenant_id
WHERE t.removed IS NOT NULL;

-- name: StageRunOf :one
SELECT * FROM stage_run WHERE sync_id = ?;

-- name: AdvanceStageRun :exec
UPDATE stage_run SET stage = ?, pages = ?, cursor = ?, last_page = ?, pass = ?, claimed = ?, next = ?,
  accounts = ?, active = ?, named = ?, group_count = ?, members = ?, users = ?, resumed = ?
WHERE no = ?;

-- name: ForbidResuming :exec
UPDATE stage_run SET digest = '' WHERE tenant = ?;

-- name: RenameStageRun :exec
UPDATE stage_run SET sync_id = sqlc.arg(later) WHERE no = sqlc.arg(no);

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

-- Accounts on show, not known to be inactive, that a stage has not.
-- name: Vanished :many
SELECT a.scim_id FROM account AS a
WHERE a.tenant = sqlc.arg(tenant) AND a.valid_to IS NULL AND a.active <> 0
  AND a.scim_id NOT IN (SELECT g.scim_id FROM stage_account AS g WHERE g.id >= sqlc.arg(low) AND g.id < sqlc.arg(high))
ORDER BY a.scim_id LIMIT sqlc.arg(most);
