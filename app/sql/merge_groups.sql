-- Merges one run's groups and memberships, like merge_accounts.sql. The members
-- of a group that is the same were not staged and stay as they are.
-- @tenant, @snapshot: numbers; @low, @high: ids of the run.
DROP TABLE IF EXISTS temp.listed;
DROP TABLE IF EXISTS temp.diff;
DROP TABLE IF EXISTS temp.member;

CREATE TEMP TABLE listed (
  scim_id TEXT PRIMARY KEY,
  hash    BLOB NOT NULL,
  id      INTEGER NOT NULL
) WITHOUT ROWID;
INSERT OR REPLACE INTO temp.listed
SELECT scim_id, hash, id FROM stage_group
WHERE id >= @low AND id < @high ORDER BY scim_id, id;

CREATE TEMP TABLE diff (staged INTEGER, prev INTEGER, scim_id TEXT NOT NULL);
INSERT INTO temp.diff
SELECT l.id, g.id, l.scim_id
FROM temp.listed AS l
LEFT JOIN tenant_group AS g ON g.tenant = @tenant AND g.scim_id = l.scim_id AND g.valid_to IS NULL
WHERE g.hash IS NOT l.hash
ORDER BY l.scim_id;
INSERT INTO temp.diff
SELECT NULL, g.id, g.scim_id
FROM tenant_group AS g
LEFT JOIN temp.listed AS l ON l.scim_id = g.scim_id
WHERE g.tenant = @tenant AND g.valid_to IS NULL AND l.scim_id IS NULL;

CREATE TEMP TABLE member (
  grp     TEXT NOT NULL,
  account TEXT NOT NULL,
  PRIMARY KEY (grp, account)
) WITHOUT ROWID;
INSERT OR IGNORE INTO temp.member
SELECT grp, account FROM stage_member
WHERE id >= @low AND id < @high ORDER BY grp, account;

UPDATE membership SET valid_to = @snapshot WHERE id IN (
  SELECT m.id
  FROM temp.diff AS d
  CROSS JOIN membership AS m ON m.tenant = @tenant AND m.grp = d.scim_id AND m.valid_to IS NULL
  LEFT JOIN temp.member AS n ON n.grp = m.grp AND n.account = m.account
  WHERE n.grp IS NULL
);
INSERT INTO membership (tenant, grp, account, valid_from)
SELECT @tenant, n.grp, n.account, @snapshot
FROM temp.member AS n
LEFT JOIN membership AS m
  ON m.tenant = @tenant AND m.grp = n.grp AND m.account = n.account AND m.valid_to IS NULL
WHERE m.id IS NULL
ORDER BY n.grp, n.account;

UPDATE tenant_group SET valid_to = @snapshot
WHERE id IN (SELECT prev FROM temp.diff WHERE prev IS NOT NULL);
INSERT INTO tenant_group (tenant, scim_id, valid_from, hash, display_name, external_id, members)
SELECT @tenant, s.scim_id, @snapshot, s.hash, s.display_name, s.external_id, s.members
FROM temp.diff AS d CROSS JOIN stage_group AS s ON s.id = d.staged;

DROP TABLE temp.member;
DROP TABLE temp.diff;
DROP TABLE temp.listed;
