-- name: FindingState :one
SELECT generation, aside, built FROM finding_state;

-- name: PutFindingState :exec
INSERT INTO finding_state (only, generation, aside, built) VALUES (1, ?, ?, ?)
ON CONFLICT (only) DO UPDATE SET generation = excluded.generation, aside = excluded.aside, built = excluded.built;

-- name: PutAside :exec
UPDATE finding_state SET aside = ?;

-- name: MisplacedFindings :many
SELECT f.id, f.rank, f.kind, f.tenant_id FROM finding AS f
WHERE f.rank >= 100 AND f.id NOT IN (SELECT e.finding FROM exception AS e WHERE e.ends > sqlc.arg(now))
UNION ALL
SELECT f.id, f.rank, f.kind, f.tenant_id FROM exception AS e CROSS JOIN finding AS f ON f.id = e.finding
WHERE e.ends > sqlc.arg(now) AND f.rank < 100;

-- name: MoveFinding :exec
UPDATE finding SET rank = ? WHERE id = ?;

-- name: AddToFindingTenant :exec
UPDATE finding_tenant SET orphaned = orphaned + sqlc.arg(orphaned), leavers = leavers + sqlc.arg(leavers),
  disputed = disputed + sqlc.arg(disputed), collisions = collisions + sqlc.arg(collisions), entitled = entitled + sqlc.arg(entitled), excepted = excepted - sqlc.arg(orphaned)
WHERE tenant_id = sqlc.arg(tenant_id);

-- name: DeleteFindings :exec
DELETE FROM finding;

-- name: DeleteFindingTenants :exec
DELETE FROM finding_tenant;

-- name: InsertFindingTenant :exec
INSERT INTO finding_tenant (tenant_id, active, matched, orphaned, leavers, disputed, collisions, entitled, excepted)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: FindingTenant :one
SELECT * FROM finding_tenant WHERE tenant_id = ?;

-- name: DeleteFindingSources :exec
DELETE FROM finding_source;

-- name: InsertFindingSource :exec
INSERT INTO finding_source (source, leavers, today) VALUES (?, ?, ?);

-- name: FindingSource :one
SELECT leavers FROM finding_source WHERE source = ?;

-- name: FindingByID :one
SELECT * FROM finding_shown WHERE id = ?;

-- name: CountAllFindings :one
SELECT cast(coalesce(sum(orphaned), 0) AS INTEGER) AS orphaned, cast(coalesce(sum(leavers), 0) AS INTEGER) AS leavers,
  cast(coalesce(sum(disputed), 0) AS INTEGER) AS disputed, cast(coalesce(sum(collisions), 0) AS INTEGER) AS collisions,
  cast(coalesce(sum(entitled), 0) AS INTEGER) AS entitled
FROM finding_tenant WHERE (tenant_id = sqlc.arg(tenant_id) OR sqlc.arg(tenant_id) = '');

-- name: CountExcepted :many
SELECT rank, count(*) AS n FROM finding
WHERE rank >= 100 AND (tenant_id = sqlc.arg(tenant_id) OR sqlc.arg(tenant_id) = '')
GROUP BY rank;

-- A search reads all findings as they lie (NOT INDEXED): in an order of theirs
-- each would be looked up.
-- name: CountSearched :many
SELECT rank, count(*) AS n FROM finding NOT INDEXED
WHERE instr(search, sqlc.arg(search)) > 0 AND (tenant_id = sqlc.arg(tenant_id) OR sqlc.arg(tenant_id) = '')
GROUP BY rank;

-- name: FindingsOf :many
SELECT * FROM finding_shown
WHERE rank = sqlc.arg(rank)
  AND (tenant_name, sort_key, id) > (sqlc.arg(after_tenant), sqlc.arg(after_key), sqlc.arg(after_id))
  AND instr(search, sqlc.arg(search)) > 0
ORDER BY tenant_name, sort_key, id
LIMIT sqlc.arg(most);

-- name: TenantFindingsOf :many
SELECT * FROM finding_shown
WHERE rank = sqlc.arg(rank) AND tenant_name = sqlc.arg(tenant_name)
  AND (sort_key, id) > (sqlc.arg(after_key), sqlc.arg(after_id))
  AND instr(search, sqlc.arg(search)) > 0
ORDER BY sort_key, id
LIMIT sqlc.arg(most);

-- name: Leavers :one
SELECT count(DISTINCT person) AS people, cast(coalesce(min(nullif(since, 0)), 0) AS INTEGER) AS since FROM finding INDEXED BY finding_leaver
WHERE rank < 100 AND kind = 'leaver-still-active' AND id NOT IN (SELECT id FROM finding_closed);

-- name: ClosedFindings :many
SELECT id, rank, tenant_id, search, plan, at FROM finding_closed
WHERE (tenant_id = sqlc.arg(tenant_id) OR sqlc.arg(tenant_id) = '');

-- name: DeletePersonAccounts :exec
DELETE FROM person_account;

-- name: DeletePersonCounts :exec
DELETE FROM person_count;

-- name: FindingsOfAccount :many
SELECT * FROM finding_shown WHERE account = (
  SELECT a.id FROM account AS a JOIN tenant_no AS t ON t.no = a.tenant
  WHERE t.tenant_id = ? AND a.scim_id = ? AND a.valid_to IS NULL
) ORDER BY rank < 100, rank;

-- name: FindingsOfPerson :many
SELECT * FROM finding_shown WHERE id IN (SELECT f.id FROM finding AS f WHERE f.person = sqlc.arg(person) AND f.person <> 0)
ORDER BY rank, tenant_name, sort_key, id;

-- name: CountOpenFindings :one
SELECT cast(
  (SELECT coalesce(sum(t.orphaned + t.leavers + t.disputed + t.collisions + t.entitled), 0) FROM finding_tenant AS t)
  - (SELECT count(DISTINCT c.id) FROM finding_closed AS c WHERE c.rank < 100)
AS INTEGER) AS open;

-- name: FindingsListed :many
SELECT f.* FROM json_each(sqlc.arg(ids)) AS j CROSS JOIN finding_shown AS f ON f.id = j.value ORDER BY j.key;

-- The groups that the list on show has an account in and that no run took it out
-- of, confirmed, since that list was begun. A deleted account is in none.
-- name: GroupsKept :one
SELECT count(*) FROM tenant_no AS t
JOIN membership AS m ON m.tenant = t.no AND m.account = sqlc.arg(account) AND m.valid_to IS NULL
WHERE t.tenant_id = sqlc.arg(tenant_id) AND NOT EXISTS (
  SELECT 1 FROM intent AS i
  WHERE i.tenant_id = t.tenant_id AND i.account = m.account AND i.outcome IN ('confirmed', 'confirmed-gone')
    AND (i.action = 'delete' OR i.action = 'remove-membership' AND i.grp = m.grp)
    AND i.at >= (SELECT s.started FROM snapshot AS s WHERE s.tenant = t.no AND s.merged = 1 ORDER BY s.no DESC LIMIT 1)
);
-- All are counted in the index alone; those that a run closed since are few.
-- name: StrangeDomains :many
SELECT g.domain, CAST(g.n - coalesce(k.n, 0) AS INTEGER) AS n
FROM (
  SELECT f.domain, count(*) AS n FROM finding AS f INDEXED BY finding_of_domain
  WHERE f.domain <> '' AND f.rank < 100 AND (f.tenant_id = sqlc.arg(tenant_id) OR sqlc.arg(tenant_id) = '')
  GROUP BY f.domain HAVING count(*) > 1
) AS g LEFT JOIN (
  SELECT f.domain, count(*) AS n FROM (SELECT DISTINCT c.id FROM finding_closed AS c) AS c CROSS JOIN finding AS f ON f.id = c.id
  WHERE f.domain <> '' AND f.rank < 100 AND (f.tenant_id = sqlc.arg(tenant_id) OR sqlc.arg(tenant_id) = '')
  GROUP BY f.domain
) AS k ON k.domain = g.domain
WHERE g.n - coalesce(k.n, 0) > 1 ORDER BY n DESC, g.domain LIMIT sqlc.arg(most);

-- Which of a JSON list of findings are on the list and not left alone or closed
-- since.
-- name: StillOpen :many
SELECT f.id, f.sort_key FROM json_each(sqlc.arg(ids)) AS j CROSS JOIN finding AS f ON f.id = j.value
WHERE f.rank < 100 AND f.id NOT IN (SELECT c.id FROM finding_closed AS c);

-- Those of one rank that no run closed since, and that nobody says to have closed
-- by hand.
-- name: OpenFindingsOf :many
SELECT f.* FROM finding_shown AS f
WHERE f.rank = sqlc.arg(rank) AND f.id NOT IN (SELECT c.id FROM finding_closed AS c)
  AND NOT EXISTS (
    SELECT 1 FROM step AS s
    WHERE s.closed_seq IS NULL AND s.done IS NOT NULL AND s.tenant_id = f.tenant_id AND s.account = f.scim_id
  )
ORDER BY f.tenant_name, f.sort_key, f.id
LIMIT sqlc.arg(most);
