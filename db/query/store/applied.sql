-- name: GetApplied :one
SELECT log_id, size, leaf, projection_version FROM applied;

-- name: SetApplied :exec
INSERT INTO applied (one, log_id, size, leaf, projection_version)
VALUES (1, ?, ?, ?, ?)
ON CONFLICT (one) DO UPDATE SET
  log_id             = excluded.log_id,
  size               = excluded.size,
  leaf               = excluded.leaf,
  projection_version = excluded.projection_version;
