-- name: PutLink :exec
INSERT INTO link (tenant_id, account, user_name, source, number, name, reason, actor, since, external_id, emails, person_emails)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (tenant_id, account) DO UPDATE SET
  user_name = excluded.user_name, source = excluded.source, number = excluded.number, name = excluded.name,
  reason = excluded.reason, actor = excluded.actor, since = excluded.since,
  external_id = excluded.external_id, emails = excluded.emails, person_emails = excluded.person_emails;

-- Links whose number stands beside another name on the roster than it did then.
-- name: LinksOfOtherNames :many
SELECT sqlc.embed(l), sqlc.embed(p) FROM link AS l
JOIN person AS p ON p.source = l.source AND p.number = l.number AND p.valid_to IS NULL
WHERE l.person_emails <> '' AND l.name <> p.name ORDER BY l.no;

-- Links whose account has another user name on show than it had then.
-- name: RenamedLinks :many
SELECT sqlc.embed(l), sqlc.embed(a) FROM link AS l JOIN tenant_no AS t ON t.tenant_id = l.tenant_id
JOIN account AS a ON a.tenant = t.no AND a.scim_id = l.account AND a.valid_to IS NULL
WHERE l.emails <> '' AND l.user_name <> a.user_name ORDER BY l.no;

-- name: DeleteLink :exec
DELETE FROM link WHERE tenant_id = ? AND account = ?;

-- name: LinkOf :one
SELECT * FROM link WHERE tenant_id = ? AND account = ?;

-- name: LinksOf :many
SELECT * FROM link WHERE tenant_id = ? ORDER BY user_name, account;

-- name: LinksOfPerson :many
SELECT * FROM link WHERE source = ? AND number = ? ORDER BY tenant_id, account;

-- name: Links :many
SELECT * FROM link ORDER BY no;

-- name: PutException :exec
INSERT INTO exception (finding, tenant_id, account, user_name, kind, until, ends, reason, actor, since)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (finding) DO UPDATE SET
  user_name = excluded.user_name, until = excluded.until, ends = excluded.ends,
  reason = excluded.reason, actor = excluded.actor, since = excluded.since;

-- name: DeleteException :exec
DELETE FROM exception WHERE finding = ?;

-- name: Exception :one
SELECT * FROM exception WHERE finding = ?;

-- name: ExceptionsAt :many
SELECT * FROM exception WHERE ends > ? ORDER BY tenant_id, until, user_name, finding;

-- name: ExceptionsOfAccount :many
SELECT * FROM exception WHERE tenant_id = ? AND account = ? AND ends > ? ORDER BY until, finding;

-- name: PutDecided :exec
INSERT INTO decided (tenant_id, account, seq) VALUES (?, ?, ?)
ON CONFLICT (tenant_id, account) DO UPDATE SET seq = excluded.seq;

-- name: CountDecidedAfter :one
SELECT count(*) FROM decided WHERE tenant_id = ? AND account = ? AND seq > ?;

-- Decisions in force about accounts that the list on show has not, while it has
-- the user name under another id about which nothing was decided.
-- name: Adrift :many
SELECT 'link' AS what, l.account, l.user_name, a.scim_id AS now_id, l.source, l.number
FROM link AS l JOIN tenant_no AS t ON t.tenant_id = l.tenant_id
JOIN account AS a ON a.tenant = t.no AND lower(a.user_name) = lower(l.user_name) AND a.valid_to IS NULL
WHERE l.tenant_id = sqlc.arg(tenant_id) AND l.user_name <> ''
  AND NOT EXISTS (SELECT 1 FROM account AS o WHERE o.tenant = t.no AND o.scim_id = l.account AND o.valid_to IS NULL)
  AND NOT EXISTS (SELECT 1 FROM link AS n WHERE n.tenant_id = l.tenant_id AND n.account = a.scim_id)
UNION ALL
SELECT 'exception' AS what, e.account, e.user_name, a.scim_id AS now_id, '' AS source, '' AS number
FROM exception AS e JOIN tenant_no AS t ON t.tenant_id = e.tenant_id
JOIN account AS a ON a.tenant = t.no AND lower(a.user_name) = lower(e.user_name) AND a.valid_to IS NULL
WHERE e.tenant_id = sqlc.arg(tenant_id) AND e.ends > sqlc.arg(now) AND e.user_name <> ''
  AND NOT EXISTS (SELECT 1 FROM account AS o WHERE o.tenant = t.no AND o.scim_id = e.account AND o.valid_to IS NULL)
  AND NOT EXISTS (SELECT 1 FROM exception AS n WHERE n.tenant_id = e.tenant_id AND n.account = a.scim_id AND n.kind = e.kind AND n.ends > sqlc.arg(now))
ORDER BY 3, 1, 4;
