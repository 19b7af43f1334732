-- name: FindingState :one
SELECT generation, built FROM finding_state;

-- name: PutFindingState :exec
INSERT INTO finding_state (only, generation, built) VALUES (1, ?, ?)
ON CONFLICT (only) DO UPDATE SET generation = excluded.generation, built = excluded.built;

-- name: DeleteFindings :exec
DELETE FROM finding;

-- name: DeleteFindingTenants :exec
DELETE FROM finding_tenant;

-- name: InsertFindingTenant :exec
INSERT INTO finding_tenant (tenant_id, active, matched, orphaned, leavers, disputed, collisions, entitled)
VALUES (?, ?, ?, ?, ?, ?, ?, ?);

-- name: FindingTenant :one
SELECT * FROM finding_tenant WHERE tenant_id = ?;

-- name: DeleteFindingSources :exec
DELETE FROM finding_source;

-- name: InsertFindingSource :exec
INSERT INTO finding_source (source, leavers) VALUES (?, ?);

-- name: FindingSource :one
SELECT leavers FROM finding_source WHERE source = ?;

-- name: FindingByID :one
SELECT * FROM finding_shown WHERE id = ?;

-- name: CountAllFindings :one
SELECT cast(coalesce(sum(orphaned), 0) AS INTEGER) AS orphaned, cast(coalesce(sum(leavers), 0) AS INTEGER) AS leavers,
  cast(coalesce(sum(disputed), 0) AS INTEGER) AS disputed, cast(coalesce(sum(collisions), 0) AS INTEGER) AS collisions,
  cast(coalesce(sum(entitled), 0) AS INTEGER) AS entitled
FROM finding_tenant WHERE (tenant_id = sqlc.arg(tenant_id) OR sqlc.arg(tenant_id) = '');

-- name: CountFindings :many
SELECT rank, count(*) AS n FROM finding
WHERE rank >= sqlc.arg(low) AND rank < sqlc.arg(high)
  AND instr(search, sqlc.arg(search)) > 0 AND (tenant_id = sqlc.arg(tenant_id) OR sqlc.arg(tenant_id) = '')
GROUP BY rank;

-- name: FindingsOf :many
SELECT * FROM finding_shown
WHERE rank = sqlc.arg(rank)
  AND (tenant_name, sort_key, id) > (sqlc.arg(after_tenant), sqlc.arg(after_key), sqlc.arg(after_id))
  AND instr(search, sqlc.arg(search)) > 0
ORDER BY tenant_name, sort_key, id
LIMIT sqlc.arg(most);

-- name: TenantFindingsOf :many
SELECT * FROM finding_shown
WHERE rank = sqlc.arg(rank) AND tenant_name = sqlc.arg(tenant_name)
  AND (sort_key, id) > (sqlc.arg(after_key), sqlc.arg(after_id))
  AND instr(search, sqlc.arg(search)) > 0
ORDER BY sort_key, id
LIMIT sqlc.arg(most);

-- name: CountLeaverPeople :one
SELECT count(DISTINCT person) FROM finding WHERE rank < 100 AND kind = 'leaver-still-active';

-- name: LongestLeaver :one
SELECT cast(coalesce(min(since), 0) AS INTEGER) FROM finding
WHERE rank < 100 AND kind = 'leaver-still-active' AND since > 0;
