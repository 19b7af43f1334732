-- name: InsertPlan :exec
INSERT INTO plan (hash, body, view, ticket, created) VALUES (?, ?, ?, ?, ?);

-- name: PlanByHash :one
SELECT * FROM plan WHERE hash = ?;

-- name: PlanHashes :many
SELECT hash FROM plan WHERE hash >= sqlc.arg(low) AND hash < sqlc.arg(high) ORDER BY hash LIMIT 2;

-- name: Plans :many
SELECT hash FROM plan ORDER BY created DESC, hash;

-- name: StartPlan :exec
UPDATE plan SET started = coalesce(started, sqlc.arg(at)), confirm = max(confirm, sqlc.arg(confirm))
WHERE hash = sqlc.arg(hash);

-- name: FinishPlan :exec
UPDATE plan SET done = ? WHERE hash = ?;

-- name: InsertAction :exec
INSERT INTO action (plan, n, tenant_id, account) VALUES (?, ?, ?, ?);

-- name: Actions :many
SELECT * FROM action WHERE plan = ? ORDER BY n;

-- name: InsertIntent :exec
INSERT INTO intent (seq, plan, n, tenant_id, account, action, at) VALUES (?, ?, ?, ?, ?, ?, ?);

-- name: NoteIntent :exec
UPDATE action SET outcome = 'sent', why = '', calls = calls + 1, intent_seq = ?, at = ?
WHERE plan = ? AND n = ?;

-- name: SettleIntent :exec
UPDATE intent SET outcome = ?, status = ? WHERE seq = ?;

-- name: NoteOutcome :exec
UPDATE action SET outcome = ?, why = ?, outcome_seq = ?, at = ?
WHERE plan = ? AND n = ?;

-- name: IntentBySeq :one
SELECT * FROM intent WHERE seq = ?;

-- name: OpenIntents :many
SELECT * FROM intent WHERE outcome IS NULL ORDER BY seq;

-- name: UnknownIntents :many
SELECT * FROM intent WHERE outcome = 'unknown' ORDER BY seq;

-- name: CountUnsettled :one
SELECT count(*) FROM intent WHERE outcome IS NULL OR outcome = 'unknown';

-- Only a call that the tenant refused outright counts as not made: another one
-- that showed no effect may still have it later.
-- name: TouchedSince :many
SELECT DISTINCT account FROM intent
WHERE tenant_id = ? AND at >= ? AND (outcome IS NULL OR outcome <> 'failed' OR status NOT BETWEEN 400 AND 499)
  AND action NOT IN ('reactivate', 'add-membership');

-- name: Deactivated :one
SELECT cast(coalesce(max(at), 0) AS INTEGER) FROM intent
WHERE tenant_id = ? AND account = ? AND action = 'deactivate' AND outcome = 'confirmed';

-- name: ActedSince :one
SELECT count(*) FROM intent WHERE tenant_id = ? AND account = ? AND at >= ?;

-- name: ActionsBySeq :many
SELECT * FROM action WHERE intent_seq = sqlc.arg(seq) OR outcome_seq = sqlc.arg(seq);
