-- name: InsertTenant :exec
INSERT INTO tenant (id, name, name_norm, base_url, preset, auth, auth_user, ca_pem, added, source)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: Tenants :many
SELECT * FROM tenant WHERE removed IS NULL ORDER BY name_norm;

-- name: TenantByID :one
SELECT * FROM tenant WHERE id = ?;

-- name: TenantByName :one
SELECT * FROM tenant WHERE name_norm = ? AND removed IS NULL;

-- name: TenantNames :many
SELECT id, name FROM tenant;

-- name: AllowWrites :exec
UPDATE tenant SET writes = 1, writes_reason = ? WHERE id = ?;

-- name: EndWrites :exec
UPDATE tenant SET writes = 0, writes_reason = '' WHERE id = ?;

-- name: RemoveTenant :exec
UPDATE tenant SET removed = ?, writes = 0 WHERE id = ?;

-- name: PutSetting :exec
INSERT INTO setting (key, value) VALUES (?, ?)
ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- name: Setting :one
SELECT value FROM setting WHERE key = ?;

-- name: PutProtected :exec
INSERT INTO protected (tenant_id, account, user_name, name_norm, reason, since)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (tenant_id, account) DO UPDATE SET reason = excluded.reason;

-- name: DeleteProtected :exec
DELETE FROM protected WHERE tenant_id = ? AND account = ?;

-- name: Protected :many
SELECT * FROM protected WHERE tenant_id = ? ORDER BY user_name, account;

-- name: ProtectedMatch :one
SELECT * FROM protected
WHERE tenant_id = sqlc.arg(tenant_id)
  AND (account = sqlc.arg(account) OR (name_norm <> '' AND name_norm = sqlc.arg(name_norm)))
LIMIT 1;

-- name: TenantAddresses :many
SELECT id, base_url, source, name_norm FROM tenant;

-- name: ListStates :many
SELECT t.id, t.name, cast(coalesce((
  SELECT s.sealed FROM snapshot AS s
  WHERE s.tenant = (SELECT n.no FROM tenant_no AS n WHERE n.tenant_id = t.id) ORDER BY s.no DESC LIMIT 1
), 0) AS INTEGER) AS sealed
FROM tenant AS t WHERE t.removed IS NULL ORDER BY t.name_norm;
