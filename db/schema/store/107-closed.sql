-- Findings whose account a run closed, confirmed, since the list on show was
-- read, and that nobody gave back since: the next list will be without them.
-- An account that was deleted is in no group either. Few intents lead to it, so
-- they come first (CROSS JOIN keeps it so).
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
  );
