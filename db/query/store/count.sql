-- name: DeleteFindingCounts :exec
DELETE FROM finding_count WHERE day = ?;

-- name: KeepFindingCounts :exec
INSERT INTO finding_count (day, tenant_id, active, matched, orphaned, leavers)
SELECT cast(sqlc.arg(day) AS TEXT), t.tenant_id, t.active, t.matched,
  t.orphaned - coalesce(c.orphaned, 0), t.leavers - coalesce(c.leavers, 0)
FROM finding_tenant AS t
LEFT JOIN (
  SELECT f.tenant_id, sum(f.rank = sqlc.arg(orphaned_rank)) AS orphaned, sum(f.rank = sqlc.arg(leaver_rank)) AS leavers
  FROM finding_closed AS f GROUP BY f.tenant_id
) AS c ON c.tenant_id = t.tenant_id;

-- name: FindingCounts :many
SELECT day, cast(sum(active) AS INTEGER) AS active, cast(sum(matched) AS INTEGER) AS matched,
  cast(sum(orphaned) AS INTEGER) AS orphaned, cast(sum(leavers) AS INTEGER) AS leavers
FROM finding_count WHERE day >= sqlc.arg(first) AND day <= sqlc.arg(last)
GROUP BY day ORDER BY day;

-- name: AttemptsSince :many
SELECT n.tenant_id, s.finished, s.sealed FROM tenant_no AS n
CROSS JOIN snapshot AS s ON s.tenant = n.no
WHERE s.finished >= sqlc.arg(since) ORDER BY n.no, s.finished;
