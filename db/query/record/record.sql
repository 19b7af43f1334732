-- name: SetLog :exec
INSERT INTO log (one, id, format, pepper) VALUES (1, ?, ?, ?);

-- name: GetLog :one
SELECT id, format, pepper FROM log;

-- name: Size :one
SELECT CAST(coalesce(max(seq), -1) + 1 AS INTEGER) AS size FROM entry;

-- name: AppendEntry :exec
INSERT INTO entry (seq, body, leaf) VALUES (?, ?, ?);

-- name: Entries :many
SELECT seq, body, leaf FROM entry
WHERE seq >= sqlc.arg(first) AND seq < sqlc.arg(past)
ORDER BY seq;

-- name: AppendOpening :exec
INSERT INTO opening (digest, seq, salt, value) VALUES (?, ?, ?, ?);

-- name: Openings :many
SELECT digest, seq, salt, value FROM opening
WHERE digest IN (sqlc.slice(digests));

-- name: AppendTile :exec
INSERT INTO tile (level, n, data) VALUES (?, ?, ?);

-- name: GetTile :one
SELECT data FROM tile WHERE level = ? AND n = ?;

-- name: AppendCheckpoint :exec
INSERT INTO checkpoint (size, note) VALUES (?, ?);

-- name: Checkpoints :many
SELECT size, note FROM checkpoint
WHERE size > sqlc.arg(after)
ORDER BY size
LIMIT sqlc.arg(count);

-- name: LatestCheckpoint :one
SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1;

-- name: CheckpointOver :one
SELECT size, note FROM checkpoint WHERE size > sqlc.arg(seq) ORDER BY size LIMIT 1;
