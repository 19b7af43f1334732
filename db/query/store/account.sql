-- name: AccountNow :one
SELECT sqlc.embed(a), t.tenant_id FROM account AS a JOIN tenant_no AS t ON t.no = a.tenant
WHERE t.tenant_id = ? AND a.scim_id = ? AND a.valid_to IS NULL;

-- Some accounts of a tenant that are not inactive, those first that it had first.
-- name: SomeAccounts :many
SELECT a.* FROM account AS a WHERE a.tenant = sqlc.arg(tenant) AND a.valid_to IS NULL AND a.active <> 0 ORDER BY a.id LIMIT 5;

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

-- Some resources of a tenant's accounts, of those first that a group lists.
-- name: SomeResources :many
SELECT r.body FROM resource AS r WHERE r.id IN (
  SELECT a.resource FROM (SELECT n.tenant, n.account FROM membership AS n WHERE n.tenant = sqlc.arg(tenant) AND n.valid_to IS NULL LIMIT 20) AS m
  JOIN account AS a ON a.tenant = m.tenant AND a.scim_id = m.account AND a.valid_to IS NULL
) OR r.id IN (
  SELECT b.resource FROM (SELECT x.resource FROM account AS x WHERE x.tenant = sqlc.arg(tenant) AND x.valid_to IS NULL LIMIT 100) AS b
);

-- name: AnyMembership :one
SELECT EXISTS (SELECT 1 FROM membership AS m WHERE m.tenant = sqlc.arg(tenant) AND m.valid_to IS NULL) AS shown;

-- name: GroupMembers :many
SELECT account FROM membership WHERE tenant = ? AND grp = ? AND valid_to IS NULL;

-- The largest other group, of those that have more than so many members.
-- name: LargerGroup :one
SELECT scim_id FROM tenant_group WHERE tenant = sqlc.arg(tenant) AND valid_to IS NULL AND members > sqlc.arg(members) AND scim_id <> sqlc.arg(grp)
ORDER BY members DESC, scim_id LIMIT 1;

-- The versions of an account that lists begun since then showed, with the
-- beginning of the first of those lists.
-- name: AccountSeenSince :many
SELECT a.active, r.body, CAST(min(s.started) AS INTEGER) AS seen
FROM (
  SELECT n.* FROM account AS n JOIN tenant_no AS x ON x.no = n.tenant
  WHERE x.tenant_id = sqlc.arg(tenant_id) AND n.scim_id = sqlc.arg(account) AND n.valid_to IS NULL
  UNION ALL
  SELECT w.* FROM account AS w JOIN tenant_no AS y ON y.no = w.tenant
  WHERE y.tenant_id = sqlc.arg(tenant_id) AND w.scim_id = sqlc.arg(account) AND w.valid_to IS NOT NULL
) AS a
JOIN snapshot AS s ON s.tenant = a.tenant AND s.merged = 1 AND s.started >= sqlc.arg(since)
  AND s.no >= a.valid_from AND (a.valid_to IS NULL OR s.no < a.valid_to)
JOIN resource AS r ON r.id = a.resource
GROUP BY a.id ORDER BY seen;

-- The same of the groups that listed it.
-- name: MembershipsSeenSince :many
SELECT m.grp, CAST(min(s.started) AS INTEGER) AS seen
FROM (
  SELECT n.* FROM membership AS n JOIN tenant_no AS x ON x.no = n.tenant
  WHERE x.tenant_id = sqlc.arg(tenant_id) AND n.account = sqlc.arg(account) AND n.valid_to IS NULL
  UNION ALL
  SELECT w.* FROM membership AS w JOIN tenant_no AS y ON y.no = w.tenant
  WHERE y.tenant_id = sqlc.arg(tenant_id) AND w.account = sqlc.arg(account) AND w.valid_to IS NOT NULL
) AS m
JOIN snapshot AS s ON s.tenant = m.tenant AND s.merged = 1 AND s.groups_sealed = 1 AND s.started >= sqlc.arg(since)
  AND s.no >= m.valid_from AND (m.valid_to IS NULL OR s.no < m.valid_to)
GROUP BY m.grp ORDER BY seen;

-- What told a group from others in the list that a plan stands on.
-- name: GroupNamed :one
SELECT g.display_name, g.external_id FROM snapshot AS s
JOIN tenant_group AS g ON g.tenant = s.tenant AND g.scim_id = sqlc.arg(grp)
  AND g.valid_from <= s.no AND (g.valid_to IS NULL OR s.no < g.valid_to)
WHERE s.id = sqlc.arg(snapshot) AND s.merged = 1 AND s.groups_sealed = 1;
