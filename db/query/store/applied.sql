-- name: GetApplied :one
SELECT log_id, seq, leaf, projection_version FROM applied;

-- name: SetApplied :exec
INSERT INTO applied (one, log_id, seq, leaf, projection_version)
VALUES (1, ?, ?, ?, ?)
ON CONFLICT (one) DO UPDATE SET
  log_id             = excluded.log_id,
  seq                = excluded.seq,
  leaf               = excluded.leaf,
  projection_version = excluded.projection_version;
