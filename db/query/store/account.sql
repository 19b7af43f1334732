-- name: AccountNow :one
SELECT sqlc.embed(a), t.tenant_id FROM account AS a JOIN tenant_no AS t ON t.no = a.tenant
WHERE t.tenant_id = ? AND a.scim_id = ? AND a.valid_to IS NULL;

-- name: AccountVersion :one
SELECT sqlc.embed(a), t.tenant_id FROM account AS a JOIN tenant_no AS t ON t.no = a.tenant
WHERE a.id = ?;

-- name: AccountsByKey :many
SELECT sqlc.embed(a), t.tenant_id FROM account_key AS k
JOIN account AS a ON a.id = k.account
JOIN tenant_no AS t ON t.no = a.tenant
WHERE k.key = ?
ORDER BY t.tenant_id, a.scim_id;

-- name: Resource :one
SELECT body FROM resource WHERE id = ?;

-- name: CountGroups :one
SELECT count(*) FROM tenant_group
WHERE tenant = (SELECT no FROM tenant_no WHERE tenant_id = ?) AND valid_to IS NULL;

-- name: CountMemberships :one
SELECT count(*) FROM membership AS m JOIN tenant_no AS t ON t.no = m.tenant
WHERE t.tenant_id = ? AND m.account = ? AND m.valid_to IS NULL;

-- name: Memberships :many
SELECT g.scim_id, g.display_name FROM membership AS m
JOIN tenant_no AS t ON t.no = m.tenant
JOIN tenant_group AS g ON g.tenant = m.tenant AND g.scim_id = m.grp AND g.valid_to IS NULL
WHERE t.tenant_id = ? AND m.account = ? AND m.valid_to IS NULL
ORDER BY g.display_name, g.scim_id;
