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

-- Links whose account says another thing of its person on show than it did then.
-- name: ChangedLinks :many
SELECT sqlc.embed(l), sqlc.embed(a) FROM link AS l JOIN tenant_no AS t ON t.tenant_id = l.tenant_id
JOIN account AS a ON a.tenant = t.no AND a.scim_id = l.account AND a.valid_to IS NULL
WHERE l.emails <> '' AND (l.user_name <> a.user_name OR l.external_id <> a.external_id OR l.emails <> a.emails) ORDER BY l.no;

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
INSERT INTO exception (finding, tenant_id, account, user_name, kind, until, ends, reason, actor, since, external_id, emails)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (finding) DO UPDATE SET
  user_name = excluded.user_name, until = excluded.until, ends = excluded.ends,
  reason = excluded.reason, actor = excluded.actor, since = excluded.since,
  external_id = excluded.external_id, emails = excluded.emails;

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

-- Links of a tenant, or of a removed one that it was before, about accounts that
-- its list on show has not; acted: whether we did anything to the account.
-- name: LinksAdrift :many
SELECT sqlc.embed(l), CAST(EXISTS (SELECT 1 FROM intent AS i WHERE i.tenant_id = l.tenant_id AND i.account = l.account)
  OR EXISTS (SELECT 1 FROM step AS s WHERE s.tenant_id = l.tenant_id AND s.account = l.account) AS INTEGER) AS acted
FROM link AS l WHERE l.tenant_id = sqlc.arg(kept) AND (NOT EXISTS (
  SELECT 1 FROM account AS o JOIN tenant_no AS t ON t.no = o.tenant
  WHERE t.tenant_id = sqlc.arg(listed) AND o.scim_id = l.account AND o.valid_to IS NULL) OR sqlc.arg(kept) <> sqlc.arg(listed))
ORDER BY l.user_name, l.account;

-- name: ExceptionsAdrift :many
SELECT sqlc.embed(e), CAST(EXISTS (SELECT 1 FROM intent AS i WHERE i.tenant_id = e.tenant_id AND i.account = e.account)
  OR EXISTS (SELECT 1 FROM step AS s WHERE s.tenant_id = e.tenant_id AND s.account = e.account) AS INTEGER) AS acted
FROM exception AS e WHERE e.tenant_id = sqlc.arg(kept) AND e.ends > sqlc.arg(now) AND (NOT EXISTS (
  SELECT 1 FROM account AS o JOIN tenant_no AS t ON t.no = o.tenant
  WHERE t.tenant_id = sqlc.arg(listed) AND o.scim_id = e.account AND o.valid_to IS NULL) OR sqlc.arg(kept) <> sqlc.arg(listed))
ORDER BY e.user_name, e.account, e.kind;

-- Accounts on a tenant's list that have a mark in common with one that somebody
-- decided about then, but for those that were on a list beside it already.
-- name: AccountsLike :many
SELECT a.scim_id FROM account_key AS k JOIN account AS a ON a.id = k.account JOIN tenant_no AS t ON t.no = a.tenant
WHERE k.key = sqlc.arg(key) AND t.tenant_id = sqlc.arg(tenant_id) AND NOT EXISTS (
  SELECT 1 FROM snapshot AS s WHERE s.no = a.valid_from AND s.started <= sqlc.arg(then))
AND NOT EXISTS (
  SELECT 1 FROM account AS w JOIN snapshot AS s ON s.no = w.valid_from
  WHERE w.tenant = a.tenant AND w.scim_id = a.scim_id AND w.valid_to IS NOT NULL AND s.started <= sqlc.arg(then))
ORDER BY a.scim_id LIMIT sqlc.arg(most);
