-- name: PutLink :exec
INSERT INTO link (tenant_id, account, user_name, source, number, name, reason, actor, since)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (tenant_id, account) DO UPDATE SET
  user_name = excluded.user_name, source = excluded.source, number = excluded.number, name = excluded.name,
  reason = excluded.reason, actor = excluded.actor, since = excluded.since;

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
