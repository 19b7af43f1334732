-- name: Listed :one
SELECT log_id, size, leaf FROM listed;

-- name: PutListed :exec
INSERT INTO listed (one, log_id, size, leaf) VALUES (1, ?, ?, ?)
ON CONFLICT (one) DO UPDATE SET log_id = excluded.log_id, size = excluded.size, leaf = excluded.leaf;

-- name: InsertListedEntry :exec
INSERT INTO listed_entry (seq, at, type, tenant_id, ticket, target, actor, outcome, intent)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: ClearListedEntries :exec
DELETE FROM listed_entry;

-- name: ClearListed :exec
DELETE FROM listed;

-- name: OutcomesOf :many
SELECT seq FROM listed_entry WHERE intent = ? ORDER BY seq;
