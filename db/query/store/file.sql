-- name: InsertFileImport :exec
INSERT INTO file_import (snapshot, file, sha256, members, exported_by, exported_at, screen, filter)
VALUES (?, ?, ?, ?, ?, ?, ?, ?);

-- name: FileImport :one
SELECT * FROM file_import WHERE snapshot = ?;

-- name: OpenStep :exec
INSERT INTO step (plan, n, tenant_id, account, opened, opened_seq, list) VALUES (?, ?, ?, ?, ?, ?, ?);

-- name: StepDone :exec
UPDATE step SET done = ?, done_by = ?, note = ? WHERE plan = ? AND n = ?;

-- name: CloseStep :exec
UPDATE step SET closed_seq = ? WHERE plan = ? AND n = ?;

-- name: Step :one
SELECT * FROM step WHERE plan = ? AND n = ?;

-- name: OpenSteps :many
SELECT * FROM step WHERE closed_seq IS NULL ORDER BY opened_seq;

-- Those that somebody said were done and a later list showed were not: the account
-- is still there and active, nothing was done about it and it was not linked since, and
-- it is not left alone.
-- name: FailedSteps :many
SELECT s.plan, s.tenant_id, a.user_name FROM step AS s
JOIN action AS x ON x.plan = s.plan AND x.n = s.n AND x.outcome = 'failed'
JOIN tenant_no AS t ON t.tenant_id = s.tenant_id
JOIN account AS a ON a.tenant = t.no AND a.scim_id = s.account AND a.valid_to IS NULL AND a.active <> 0
WHERE s.closed_seq IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM step AS o WHERE o.tenant_id = s.tenant_id AND o.account = s.account AND o.opened_seq > s.opened_seq)
  AND NOT EXISTS (SELECT 1 FROM decided AS d WHERE d.tenant_id = s.tenant_id AND d.account = s.account AND d.seq > s.closed_seq)
  AND NOT EXISTS (SELECT 1 FROM exception AS e WHERE e.tenant_id = s.tenant_id AND e.account = s.account AND e.ends > sqlc.arg(now))
ORDER BY s.opened_seq;

-- name: OpenStepsOf :many
SELECT * FROM step WHERE closed_seq IS NULL AND tenant_id = ? AND account = ? ORDER BY opened_seq;

-- name: SteppedSince :many
SELECT DISTINCT account FROM step WHERE tenant_id = ? AND opened >= ?;

-- name: CountSteppedSince :one
SELECT count(*) FROM step WHERE tenant_id = ? AND account = ? AND opened >= ?;

-- Open ones are told of in words of their own.
-- name: CountOtherStepsAfter :one
SELECT count(*) FROM step WHERE closed_seq IS NOT NULL AND tenant_id = ? AND account = ? AND plan <> ? AND opened_seq > ?;

-- name: AccountsShown :many
SELECT a.scim_id, a.user_name, a.active, a.emails FROM account AS a
WHERE a.tenant = (SELECT no FROM tenant_no WHERE tenant_id = ?) AND a.valid_to IS NULL;

-- name: StepsOfPlan :many
SELECT * FROM step WHERE plan = ? ORDER BY n;
