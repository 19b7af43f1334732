-- The group of a membership's call, SCIM id; '': none, or from before this column.
ALTER TABLE intent ADD COLUMN grp TEXT NOT NULL DEFAULT '';

-- As before, and in addition: an inactive account is in no group any more once
-- runs took it, confirmed, out of every group that the list on show has it in,
-- and gave none of them back.
DROP VIEW finding_closed;
CREATE VIEW finding_closed AS
SELECT f.id, f.rank, f.tenant_id, f.search, i.plan, i.at
FROM tenant_no AS t
CROSS JOIN intent AS i ON i.tenant_id = t.tenant_id AND i.at >= (
  SELECT s.started FROM snapshot AS s WHERE s.tenant = t.no AND s.merged = 1 ORDER BY s.no DESC LIMIT 1
)
CROSS JOIN account AS a ON a.tenant = t.no AND a.scim_id = i.account AND a.valid_to IS NULL
CROSS JOIN finding AS f ON f.account = a.id
WHERE i.outcome IN ('confirmed', 'confirmed-gone')
  AND (i.action = 'delete' OR i.action = 'deactivate' AND f.kind <> 'inactive-but-entitled')
  AND NOT EXISTS (
    SELECT 1 FROM intent AS l
    WHERE l.tenant_id = i.tenant_id AND l.account = i.account AND l.at >= i.at AND l.seq > i.seq
      AND (l.action = 'reactivate' OR l.action IN ('deactivate', 'delete') AND l.outcome IN ('confirmed', 'confirmed-gone'))
  )
UNION ALL
SELECT f.id, f.rank, f.tenant_id, f.search, i.plan, i.at
FROM tenant_no AS t
CROSS JOIN intent AS i ON i.tenant_id = t.tenant_id AND i.at >= (
  SELECT s.started FROM snapshot AS s WHERE s.tenant = t.no AND s.merged = 1 ORDER BY s.no DESC LIMIT 1
)
CROSS JOIN account AS a ON a.tenant = t.no AND a.scim_id = i.account AND a.valid_to IS NULL
CROSS JOIN finding AS f ON f.account = a.id AND f.kind = 'inactive-but-entitled'
WHERE i.outcome = 'confirmed' AND i.action = 'remove-membership'
  AND NOT EXISTS (
    SELECT 1 FROM intent AS l
    WHERE l.tenant_id = i.tenant_id AND l.account = i.account AND l.at >= i.at AND l.seq > i.seq
      AND (l.action IN ('reactivate', 'add-membership') OR l.action IN ('remove-membership', 'delete') AND l.outcome IN ('confirmed', 'confirmed-gone'))
  )
  AND NOT EXISTS (
    SELECT 1 FROM membership AS m
    WHERE m.tenant = t.no AND m.account = a.scim_id AND m.valid_to IS NULL AND NOT EXISTS (
      SELECT 1 FROM intent AS r
      WHERE r.tenant_id = i.tenant_id AND r.account = i.account AND r.grp = m.grp AND r.action = 'remove-membership'
        AND r.outcome = 'confirmed' AND r.seq <= i.seq AND r.at >= (
          SELECT s.started FROM snapshot AS s WHERE s.tenant = t.no AND s.merged = 1 ORDER BY s.no DESC LIMIT 1
        )
        AND NOT EXISTS (
          SELECT 1 FROM intent AS b
          WHERE b.tenant_id = r.tenant_id AND b.account = r.account AND b.at >= r.at AND b.seq > r.seq AND b.action = 'add-membership' AND b.grp = r.grp
        )
    )
  );
