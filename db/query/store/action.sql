-- A plan that was dropped may be made again, as of then: the way back from a run
-- was read anew.
-- name: InsertPlan :exec
INSERT INTO plan (hash, body, view, ticket, created, offboards, seq, actions, verb, tenants, tenant, left_tenants, left_accounts)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (hash) DO UPDATE SET view = excluded.view, created = excluded.created, seq = excluded.seq, dropped = NULL, dropped_why = '' WHERE dropped IS NOT NULL;

-- name: DropPlan :exec
UPDATE plan SET dropped = ?, dropped_why = ? WHERE hash = ?;

-- name: PlanByHash :one
SELECT * FROM plan WHERE hash = ?;

-- name: PlanHashes :many
SELECT hash FROM plan WHERE hash >= sqlc.arg(low) AND hash < sqlc.arg(high) ORDER BY hash LIMIT 2;

-- name: Plans :many
SELECT hash FROM plan ORDER BY created DESC, hash;

-- name: CountPlans :one
SELECT count(*) FROM plan WHERE (cast(sqlc.arg(ticket) AS TEXT) = '' OR ticket = cast(sqlc.arg(ticket) AS TEXT));

-- name: PlanLines :many
SELECT hash, ticket, created, started, done, dropped, offboards, actions, verb, tenants, tenant, left_tenants, left_accounts
FROM plan INDEXED BY plan_listed
WHERE (cast(sqlc.arg(ticket) AS TEXT) = '' OR ticket = cast(sqlc.arg(ticket) AS TEXT)) AND (created, hash) < (cast(sqlc.arg(created) AS INTEGER), cast(sqlc.arg(hash) AS TEXT))
ORDER BY created DESC, hash DESC LIMIT sqlc.arg(most);

-- Of a plan: its actions that are confirmed and that failed, its steps by hand that
-- are open and those that somebody says are done, and whether a plan gave something
-- back.
-- name: PlanCounts :one
SELECT
  (SELECT count(*) FROM action AS a WHERE a.plan = sqlc.arg(plan) AND a.outcome IN ('confirmed', 'confirmed-gone')) AS confirmed,
  (SELECT count(*) FROM action AS a WHERE a.plan = sqlc.arg(plan) AND a.outcome = 'failed') AS failed,
  (SELECT count(*) FROM step AS s WHERE s.plan = sqlc.arg(plan) AND s.closed_seq IS NULL) AS steps,
  (SELECT count(*) FROM step AS s WHERE s.plan = sqlc.arg(plan) AND s.closed_seq IS NULL AND s.done IS NOT NULL) AS marked,
  cast(EXISTS (
    SELECT 1 FROM action AS t JOIN action AS u ON u.undoes = t.intent_seq AND u.outcome = 'confirmed' WHERE t.plan = sqlc.arg(plan)
  ) AS INTEGER) AS undone;

-- name: StartPlan :exec
UPDATE plan SET started = coalesce(started, sqlc.arg(at)), confirm = max(confirm, sqlc.arg(confirm))
WHERE hash = sqlc.arg(hash);

-- name: FinishPlan :exec
UPDATE plan SET done = ? WHERE hash = ?;

-- name: InsertAction :exec
INSERT INTO action (plan, n, tenant_id, account, undoes) VALUES (?, ?, ?, ?, ?) ON CONFLICT (plan, n) DO NOTHING;

-- name: Actions :many
SELECT * FROM action WHERE plan = ? ORDER BY n;

-- The plans that give back what a plan took, for each of its actions: how many
-- actions that takes, and how many of these are confirmed.
-- name: UndoingActions :many
SELECT u.plan, a.n, count(*) AS planned, cast(sum(u.outcome = 'confirmed') AS INTEGER) AS confirmed
FROM action AS a JOIN action AS u ON u.undoes = a.intent_seq JOIN plan AS p ON p.hash = u.plan
WHERE a.plan = ? GROUP BY p.created, u.plan, a.n ORDER BY p.created, u.plan, a.n;

-- The confirmed actions of a plan with what was sent; empty for a step by hand.
-- name: ConfirmedActions :many
SELECT a.n, cast(coalesce(i.action, '') AS TEXT) AS verb FROM action AS a LEFT JOIN intent AS i ON i.seq = a.intent_seq
WHERE a.plan = ? AND a.outcome IN ('confirmed', 'confirmed-gone');

-- name: UndonePlans :many
SELECT DISTINCT i.plan FROM action AS u JOIN intent AS i ON i.seq = u.undoes WHERE u.plan = ? ORDER BY i.plan;

-- name: InsertIntent :exec
INSERT INTO intent (seq, plan, n, tenant_id, account, action, at, grp) VALUES (?, ?, ?, ?, ?, ?, ?, ?);

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
-- that showed no effect may still have it, however late.
-- name: TouchedSince :many
SELECT DISTINCT account FROM intent
WHERE tenant_id = ? AND at >= ? AND (outcome IS NULL OR outcome <> 'failed' OR status NOT IN (401, 405, 415))
  AND action NOT IN ('reactivate', 'add-membership');

-- Calls that failed, though the tenant did not refuse them outright, and that
-- are the last ones of ours about their account (and group): what they asked for
-- may still show.
-- name: LateIntents :many
SELECT i.* FROM intent AS i JOIN action AS a ON a.plan = i.plan AND a.n = i.n AND a.outcome = 'failed'
WHERE (i.tenant_id = sqlc.arg(tenant_id) OR sqlc.arg(tenant_id) = '') AND i.at >= sqlc.arg(at)
  AND i.action NOT IN ('reactivate', 'add-membership') AND i.outcome = 'failed' AND i.status NOT IN (0, 401, 405, 415)
  AND NOT EXISTS (
    SELECT 1 FROM intent AS l
    WHERE l.tenant_id = i.tenant_id AND l.account = i.account AND l.seq > i.seq AND (
      l.plan <> i.plan OR l.grp = i.grp AND (l.outcome IS NULL OR l.outcome <> 'failed' OR l.status NOT IN (0, 401, 405, 415)))
  )
ORDER BY i.seq;

-- Given back since, or perhaps given back since, is not deactivated.
-- Which of the accounts that a plan has yet to act on another plan changed after
-- a moment, confirmed.
-- name: ChangedByOthers :many
SELECT DISTINCT a.n, i.plan FROM action AS a
CROSS JOIN intent AS i ON i.tenant_id = a.tenant_id AND i.account = a.account AND i.at > sqlc.arg(after)
WHERE a.plan = sqlc.arg(plan) AND a.outcome = 'pending' AND i.plan <> a.plan AND i.outcome IN ('confirmed', 'confirmed-gone')
ORDER BY a.n, i.plan;

-- name: Deactivated :one
SELECT i.seq, i.at, i.plan, i.status, a.outcome_seq FROM intent AS i JOIN action AS a ON a.plan = i.plan AND a.n = i.n
WHERE i.tenant_id = ? AND i.account = ? AND i.action = 'deactivate' AND i.outcome = 'confirmed'
  AND NOT EXISTS (
    SELECT 1 FROM intent AS l
    WHERE l.tenant_id = i.tenant_id AND l.account = i.account AND l.seq > i.seq
      AND l.action = 'reactivate' AND (l.outcome IS NULL OR l.outcome <> 'failed')
  )
ORDER BY i.at DESC, i.seq DESC LIMIT 1;

-- name: CountSeenActive :one
SELECT count(*) FROM account AS a JOIN tenant_no AS t ON t.no = a.tenant
WHERE t.tenant_id = ? AND a.scim_id = ? AND a.active <> 0 AND EXISTS (
  SELECT 1 FROM snapshot AS s
  WHERE s.tenant = a.tenant AND s.merged = 1 AND s.started >= ? AND s.no >= a.valid_from AND (a.valid_to IS NULL OR s.no < a.valid_to)
);

-- The newest complete list begun since then whose accounts are not in the store,
-- because that was lost. 0: there is none.
-- name: LostSince :one
SELECT CAST(coalesce(max(s.no), 0) AS INTEGER) AS newest FROM snapshot AS s JOIN tenant_no AS t ON t.no = s.tenant
WHERE t.tenant_id = ? AND s.sealed = 1 AND s.merged = 0 AND s.started >= ?;

-- name: KnownAfter :one
SELECT CAST(coalesce(min(s.started), 0) AS INTEGER) AS started FROM snapshot AS s JOIN tenant_no AS t ON t.no = s.tenant
WHERE t.tenant_id = ? AND s.merged = 1 AND s.no > ?;

-- name: ActedSince :one
SELECT count(*) FROM intent WHERE tenant_id = ? AND account = ? AND at >= ?;

-- What other plans did to the account after this one was recorded; the calls of
-- this one do not count, so that it can be gone on with.
-- name: CountOthersAfter :one
SELECT count(*) FROM intent WHERE tenant_id = ? AND account = ? AND plan <> ? AND seq > ?;

-- name: LastAbout :one
SELECT CAST(max(
  coalesce((SELECT max(i.seq) FROM intent AS i WHERE i.tenant_id = sqlc.arg(tenant_id) AND i.account = sqlc.arg(account)), 0),
  coalesce((SELECT max(a.outcome_seq) FROM action AS a WHERE a.tenant_id = sqlc.arg(tenant_id) AND a.account = sqlc.arg(account)), 0)
) AS INTEGER) AS seq;

-- name: IntentsAfter :many
SELECT * FROM intent WHERE tenant_id = ? AND account = ? AND seq > ? ORDER BY seq;

-- name: ActionsBySeq :many
SELECT * FROM action WHERE intent_seq = sqlc.arg(seq) OR outcome_seq = sqlc.arg(seq);

-- name: WaitingPlans :many
SELECT hash, ticket, started FROM plan WHERE done IS NULL AND dropped IS NULL AND created >= ? ORDER BY created DESC, hash;

-- name: UnsettledPlans :many
SELECT i.plan, p.ticket, count(*) AS n FROM intent AS i JOIN plan AS p ON p.hash = i.plan
WHERE i.outcome IS NULL OR i.outcome = 'unknown' GROUP BY i.plan ORDER BY max(i.seq) DESC;

-- name: PlansFound :many
SELECT hash, ticket, created FROM plan INDEXED BY plan_listed
WHERE instr(lower(ticket), sqlc.arg(part)) > 0 OR (hash >= sqlc.arg(low) AND hash < sqlc.arg(high))
ORDER BY created DESC, hash LIMIT sqlc.arg(most);
-- name: Offboardings :many
SELECT hash FROM plan
WHERE offboards <> '' AND (created, hash) < (cast(sqlc.arg(created) AS INTEGER), cast(sqlc.arg(hash) AS TEXT))
ORDER BY created DESC, hash DESC LIMIT sqlc.arg(most);

-- name: OffboardingsOf :many
SELECT hash FROM plan WHERE offboards = ? AND offboards <> '' ORDER BY created DESC, hash DESC LIMIT 50;

-- What was begun for an account, the newest first; also by hand.
-- name: ActionsOfAccount :many
SELECT a.*, p.ticket, cast(coalesce((SELECT i.action FROM intent AS i WHERE i.seq = a.intent_seq), '') AS TEXT) AS verb,
  EXISTS (SELECT 1 FROM step AS s WHERE s.plan = a.plan AND s.n = a.n) AS by_hand
FROM action AS a JOIN plan AS p ON p.hash = a.plan
WHERE a.tenant_id = ? AND a.account = ? AND p.started IS NOT NULL AND a.outcome <> 'pending'
ORDER BY a.at DESC, a.plan, a.n LIMIT 50;

-- name: NewestTime :one
SELECT CAST(max(
  coalesce((SELECT max(at) FROM intent), 0), coalesce((SELECT max(opened) FROM step), 0),
  coalesce((SELECT max(finished) FROM snapshot), 0), coalesce((SELECT max(imported) FROM roster_revision), 0)
) AS INTEGER) AS newest;

-- Steps that are still open count whenever they were opened.
-- name: AccountsActedSince :many
SELECT account FROM intent WHERE intent.tenant_id = sqlc.arg(tenant_id) AND at >= sqlc.arg(at)
UNION SELECT account FROM step WHERE step.tenant_id = sqlc.arg(tenant_id) AND (opened >= sqlc.arg(at) OR closed_seq IS NULL);

-- Accounts that a run closed, confirmed, since the list on show was read and
-- that nobody gave back: how many of them the list has as active, and how many
-- of those match somebody. Few intents lead to them, so they come first.
-- name: ClosedSince :one
SELECT count(DISTINCT a.id) AS closed,
  count(DISTINCT a.id) - count(DISTINCT CASE WHEN EXISTS (SELECT 1 FROM finding AS f WHERE f.account = a.id AND f.kind = 'orphaned') THEN a.id END) AS matched
FROM tenant_no AS t
CROSS JOIN intent AS i ON i.tenant_id = t.tenant_id AND i.at >= sqlc.arg(at)
CROSS JOIN account AS a ON a.tenant = t.no AND a.scim_id = i.account AND a.valid_to IS NULL AND a.active <> 0
WHERE t.tenant_id = sqlc.arg(tenant_id)
  AND (i.action = 'deactivate' AND i.outcome = 'confirmed' OR i.action = 'delete' AND i.outcome IN ('confirmed', 'confirmed-gone'))
  AND NOT EXISTS (
    SELECT 1 FROM intent AS l
    WHERE l.tenant_id = i.tenant_id AND l.account = i.account AND l.seq > i.seq AND l.action = 'reactivate'
      AND (l.outcome IS NULL OR l.outcome <> 'failed')
  );
