-- Merges a staged roster into the versions of one source's people, like
-- merge_accounts.sql. @source; @revision: roster_revision.no; @low, @high: ids of
-- the stage; @last: the highest person id so far; @active: only active people are
-- listed, so that who is missing stays, as somebody who is presumed to have left.
DROP TABLE IF EXISTS temp.listed;
DROP TABLE IF EXISTS temp.diff;
DROP TABLE IF EXISTS temp.dead;
DROP TABLE IF EXISTS temp.yielded;

CREATE TEMP TABLE listed (
  number TEXT PRIMARY KEY,
  hash   BLOB NOT NULL,
  id     INTEGER NOT NULL
) WITHOUT ROWID;
INSERT OR REPLACE INTO temp.listed
SELECT number, hash, id FROM stage_person
WHERE id >= @low AND id < @high ORDER BY number, id;

CREATE TEMP TABLE diff (staged INTEGER, prev INTEGER, first INTEGER);
INSERT INTO temp.diff
SELECT l.id, p.id, p.first
FROM temp.listed AS l
LEFT JOIN person AS p ON p.source = @source AND p.number = l.number AND p.valid_to IS NULL
WHERE p.hash IS NOT l.hash
ORDER BY l.number;
INSERT INTO temp.diff
SELECT NULL, p.id, p.first
FROM person AS p
LEFT JOIN temp.listed AS l ON l.number = p.number
WHERE p.source = @source AND p.valid_to IS NULL AND l.number IS NULL AND (p.presumed = 0 OR NOT @active);

CREATE TEMP TABLE dead (key TEXT, person INTEGER, PRIMARY KEY (key, person)) WITHOUT ROWID;
INSERT INTO temp.dead
SELECT j.value, p.id
FROM temp.diff AS d CROSS JOIN person AS p ON p.id = d.prev, json_each(p.keys) AS j;
DELETE FROM person_key WHERE (key, person) IN (SELECT key, person FROM temp.dead);
UPDATE person SET valid_to = @revision
WHERE id IN (SELECT prev FROM temp.diff WHERE prev IS NOT NULL);

INSERT INTO person (
  source, number, valid_from, first, hash, name, name_key, emails, user_name,
  manager, type, status, starts, ends, keys
)
SELECT @source, s.number, @revision, coalesce(d.first, @revision), s.hash, s.name, s.name_key, s.emails, s.user_name,
  s.manager, s.type, s.status, s.starts, s.ends, s.keys
FROM temp.diff AS d CROSS JOIN stage_person AS s ON s.id = d.staged;

-- The hash is one that no row of a file has: whoever is listed again has changed.
INSERT INTO person (
  source, number, valid_from, first, hash, name, name_key, emails, user_name,
  manager, type, status, starts, ends, keys, presumed
)
SELECT p.source, p.number, @revision, p.first, x'00', p.name, p.name_key, p.emails, p.user_name,
  p.manager, p.type, 'left', p.starts, p.ends, p.keys, @revision
FROM temp.diff AS d CROSS JOIN person AS p ON p.id = d.prev
WHERE d.staged IS NULL AND @active;

INSERT INTO person_key (key, person)
SELECT j.value, p.id
FROM person AS p, json_each(p.keys) AS j
WHERE p.id > @last
ORDER BY 1, 2;

-- Who is presumed to have left yields to somebody listed: an address that both have
-- is the listed one's, as after HR numbered its people anew, or gave the address
-- again. With the same name it is the same person, and the old number is nobody's.
-- What was yielded before comes back first: that one may be missing now.
INSERT OR IGNORE INTO person_key (key, person)
SELECT j.value, p.id FROM person AS p, json_each(p.keys) AS j
WHERE p.source = @source AND p.status = 'left' AND p.presumed > 0 AND p.valid_to IS NULL;
CREATE TEMP TABLE yielded (key TEXT, person INTEGER, PRIMARY KEY (key, person)) WITHOUT ROWID;
INSERT OR IGNORE INTO temp.yielded
SELECT j.value, p.id FROM person AS p, json_each(p.keys) AS j
WHERE p.source = @source AND p.status = 'left' AND p.presumed > 0 AND p.valid_to IS NULL AND EXISTS (
  SELECT 1 FROM person_key AS k CROSS JOIN person AS l ON l.id = k.person
  WHERE k.key = j.value AND l.source = @source AND l.presumed = 0
);
INSERT OR IGNORE INTO temp.yielded
SELECT j.value, p.id FROM person AS p, json_each(p.keys) AS j
WHERE p.id IN (SELECT person FROM temp.yielded) AND p.name_key <> '' AND EXISTS (
  SELECT 1 FROM person AS l, json_each(l.keys) AS k JOIN temp.yielded AS y ON y.key = k.value AND y.person = p.id
  WHERE l.name_key = p.name_key AND l.valid_to IS NULL AND l.source = @source AND l.presumed = 0
);
DELETE FROM person_key WHERE (key, person) IN (SELECT key, person FROM temp.yielded);
DROP TABLE temp.yielded;

DROP TABLE temp.dead;
DROP TABLE temp.diff;
DROP TABLE temp.listed;
