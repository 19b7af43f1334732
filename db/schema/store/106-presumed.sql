-- Who was on a list of active people and is not on a newer one: presumed to have
-- left since the revision (roster_revision.no) that first lacked them; 0: listed.
ALTER TABLE person ADD COLUMN presumed INTEGER NOT NULL DEFAULT 0;

-- What a revision lists (active-only or includes-leavers), and the fields that
-- the columns of kept were read as, in the same order.
ALTER TABLE roster_revision ADD COLUMN contents TEXT NOT NULL DEFAULT 'includes-leavers';
ALTER TABLE roster_revision ADD COLUMN fields TEXT NOT NULL DEFAULT '[]';
