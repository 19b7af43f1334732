-- What a revision did to people never changes: it is counted when it is merged,
-- and not each time that the list of revisions is shown.
ALTER TABLE roster_revision ADD COLUMN added INTEGER NOT NULL DEFAULT 0;
ALTER TABLE roster_revision ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE roster_revision ADD COLUMN missing INTEGER NOT NULL DEFAULT 0;
ALTER TABLE roster_revision ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;
UPDATE roster_revision SET
  added = (SELECT count(*) FROM person AS p WHERE p.valid_from = roster_revision.no AND p.first = roster_revision.no),
  changed = (SELECT count(*) FROM person AS p WHERE p.valid_from = roster_revision.no AND p.first <> roster_revision.no AND p.presumed <> roster_revision.no),
  missing = (SELECT count(*) FROM person AS p WHERE p.valid_from = roster_revision.no AND p.presumed = roster_revision.no),
  removed = (
    SELECT count(*) FROM person AS p WHERE p.valid_to = roster_revision.no
      AND NOT EXISTS (SELECT 1 FROM person AS n INDEXED BY person_from WHERE n.valid_from = roster_revision.no AND n.number = p.number)
  );

-- The numbers that every page shows: leavers who still have an account.
CREATE INDEX finding_leaver ON finding (since, person, id) WHERE kind = 'leaver-still-active' AND rank < 100;
