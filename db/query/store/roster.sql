-- name: InsertRosterRevision :one
INSERT INTO roster_revision (
  id, source, revision, sha256, file, imported, people, zone, key, kept, dropped, held, merged, problems, contents, fields, actor, vouched
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?)
RETURNING no;

-- name: RosterRevisionKnown :one
SELECT count(*) FROM roster_revision WHERE id = ?;

-- name: MarkRosterMerged :exec
-- A person's versions tell what a revision did: one that begins with it is of
-- somebody new, changed or missing; one that ends with it, without another
-- that begins, of somebody who was removed.
UPDATE roster_revision SET merged = 1,
  added = (SELECT count(*) FROM person AS p WHERE p.valid_from = roster_revision.no AND p.first = roster_revision.no),
  changed = (SELECT count(*) FROM person AS p WHERE p.valid_from = roster_revision.no AND p.first <> roster_revision.no AND p.presumed <> roster_revision.no),
  missing = (SELECT count(*) FROM person AS p WHERE p.valid_from = roster_revision.no AND p.presumed = roster_revision.no),
  removed = (
    SELECT count(*) FROM person AS p WHERE p.valid_to = roster_revision.no
      AND NOT EXISTS (SELECT 1 FROM person AS n INDEXED BY person_from WHERE n.valid_from = roster_revision.no AND n.number = p.number)
  )
WHERE roster_revision.no = ?;

-- name: LatestImport :one
SELECT * FROM roster_revision ORDER BY no DESC LIMIT 1;

-- name: LatestImportOf :one
SELECT * FROM roster_revision WHERE source = ? ORDER BY no DESC LIMIT 1;

-- name: LatestRevisionOf :one
SELECT * FROM roster_revision WHERE source = ? AND held = 0 ORDER BY no DESC LIMIT 1;

-- name: LargestRevisionOf :one
SELECT r.* FROM roster_revision r
WHERE r.source = sqlc.arg(source) AND r.held = 0 AND (r.imported >= sqlc.arg(since) OR r.no = sqlc.arg(latest))
  AND r.no >= (SELECT coalesce(max(v.no), 0) FROM roster_revision v WHERE v.source = r.source AND v.held = 0 AND v.vouched = 1)
ORDER BY r.people DESC, r.merged DESC, r.no LIMIT 1;

-- The earliest of those that LargestRevisionOf looks at.
-- name: FirstRevisionOf :one
SELECT r.* FROM roster_revision r
WHERE r.source = sqlc.arg(source) AND r.held = 0 AND (r.imported >= sqlc.arg(since) OR r.no = sqlc.arg(latest))
  AND r.no >= (SELECT coalesce(max(v.no), 0) FROM roster_revision v WHERE v.source = r.source AND v.held = 0 AND v.vouched = 1)
ORDER BY r.no LIMIT 1;

-- name: RosterOnShow :one
SELECT * FROM roster_revision WHERE source = ? AND merged = 1 ORDER BY no DESC LIMIT 1;

-- Of when the rosters on show are: the same bytes are of when they first came, unless
-- a person vouched for them since.
-- name: RosterDates :many
SELECT r.source, r.people, CAST((
  SELECT min(f.imported) FROM roster_revision AS f
  WHERE f.source = r.source AND f.no <= r.no AND (f.no = r.no OR f.sha256 = r.sha256 AND f.sha256 <> '') AND f.no >= coalesce((
    SELECT max(v.no) FROM roster_revision AS v
    WHERE v.source = r.source AND v.no <= r.no AND v.sha256 = r.sha256 AND v.held = 0 AND v.vouched = 1
  ), 0)
) AS INTEGER) AS dated
FROM roster_revision AS r
WHERE r.no IN (SELECT max(m.no) FROM roster_revision AS m WHERE m.merged = 1 GROUP BY m.source)
ORDER BY dated, r.source;

-- name: RosterRevisionByNo :one
SELECT * FROM roster_revision WHERE no = ?;

-- name: RosterSources :many
SELECT DISTINCT source FROM roster_revision ORDER BY source;

-- name: InsertStageRoster :one
INSERT INTO stage_roster (id, started) VALUES (?, ?) RETURNING no;

-- name: StageRosters :many
SELECT * FROM stage_roster;

-- name: StageRosterOf :one
SELECT * FROM stage_roster WHERE id = ?;

-- name: DeleteStageRoster :exec
DELETE FROM stage_roster WHERE no = ?;

-- name: DeleteStagedPeople :exec
DELETE FROM stage_person WHERE id >= sqlc.arg(low) AND id < sqlc.arg(high);

-- name: PeopleByKey :many
SELECT p.* FROM person_key AS k JOIN person AS p ON p.id = k.person
WHERE k.key = ? ORDER BY p.source, p.number;

-- name: PeopleByWords :many
SELECT p.* FROM person_words AS w CROSS JOIN person AS p NOT INDEXED ON p.id = w.rowid AND p.valid_to IS NULL
WHERE w.words MATCH sqlc.arg(words) ORDER BY p.source, p.number LIMIT 200;

-- name: PersonNow :one
SELECT * FROM person WHERE source = ? AND number = ? AND valid_to IS NULL;

-- name: PeopleNamed :many
SELECT * FROM person AS p
WHERE p.valid_to IS NULL AND (p.name_key = sqlc.arg(name) OR p.id IN (
  SELECT k.person FROM person_key AS k WHERE k.key IN (sqlc.arg(number_key), sqlc.arg(email_key), sqlc.arg(login_key))))
ORDER BY p.source, p.number LIMIT 10;

-- Whether a key names anybody but a person.
-- name: OthersByKey :one
SELECT EXISTS (SELECT 1 FROM person_key WHERE key = ? AND person <> ?);

-- name: RosterRevisionByID :one
SELECT * FROM roster_revision WHERE id = ?;

-- name: RosterRevisions :many
SELECT * FROM roster_revision WHERE no < sqlc.arg(before) ORDER BY no DESC LIMIT sqlc.arg(most);

-- Of the source that was imported last.
-- name: PeopleOnShow :one
SELECT cast(coalesce((
  SELECT r.people FROM roster_revision AS r WHERE r.source = l.source AND r.merged = 1 ORDER BY r.no DESC LIMIT 1
), l.people) AS INTEGER) AS people
FROM roster_revision AS l ORDER BY l.no DESC LIMIT 1;
