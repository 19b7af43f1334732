-- Merges one run's stage into the versions of a tenant's accounts: one sorted
-- pass over what was listed and what is on show, by content hash. Rows that
-- are the same are not touched.
-- @tenant, @snapshot: numbers; @low, @high: ids of the run; @last: the highest
-- account id so far.
DROP TABLE IF EXISTS temp.listed;
DROP TABLE IF EXISTS temp.diff;
DROP TABLE IF EXISTS temp.dead;

CREATE TEMP TABLE listed (
  scim_id TEXT PRIMARY KEY,
  hash    BLOB NOT NULL,
  id      INTEGER NOT NULL
) WITHOUT ROWID;
INSERT OR REPLACE INTO temp.listed
SELECT scim_id, hash, id FROM stage_account
WHERE id >= @low AND id < @high ORDER BY scim_id, id;

-- New: no prev. Changed: both. Gone: no staged.
CREATE TEMP TABLE diff (staged INTEGER, prev INTEGER, first INTEGER);
INSERT INTO temp.diff
SELECT l.id, a.id, a.first
FROM temp.listed AS l
LEFT JOIN account AS a ON a.tenant = @tenant AND a.scim_id = l.scim_id AND a.valid_to IS NULL
WHERE a.hash IS NOT l.hash
ORDER BY l.scim_id;
INSERT INTO temp.diff
SELECT NULL, a.id, a.first
FROM account AS a
LEFT JOIN temp.listed AS l ON l.scim_id = a.scim_id
WHERE a.tenant = @tenant AND a.valid_to IS NULL AND l.scim_id IS NULL;

CREATE TEMP TABLE dead (key TEXT, account INTEGER, PRIMARY KEY (key, account)) WITHOUT ROWID;
INSERT INTO temp.dead
SELECT j.value, a.id
FROM temp.diff AS d CROSS JOIN account AS a ON a.id = d.prev, json_each(a.keys) AS j;
DELETE FROM account_key WHERE (key, account) IN (SELECT key, account FROM temp.dead);
UPDATE account SET valid_to = @snapshot
WHERE id IN (SELECT prev FROM temp.diff WHERE prev IS NOT NULL);

INSERT INTO account (
  tenant, scim_id, valid_from, first, hash, resource,
  user_name, display_name, external_id, active, emails, keys
)
SELECT @tenant, s.scim_id, @snapshot, coalesce(d.first, @snapshot), s.hash, s.id,
  s.user_name, s.display_name, s.external_id, s.active, s.emails, s.keys
FROM temp.diff AS d CROSS JOIN stage_account AS s ON s.id = d.staged;

INSERT INTO account_key (key, account)
SELECT j.value, a.id
FROM account AS a, json_each(a.keys) AS j
WHERE a.id > @last
ORDER BY 1, 2;

DROP TABLE temp.dead;
DROP TABLE temp.diff;
DROP TABLE temp.listed;
