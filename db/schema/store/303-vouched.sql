-- Whether a person named the size of this list (--accept-shrink): what came
-- before it is nothing that a later one has to be as large as.
ALTER TABLE roster_revision ADD COLUMN vouched INTEGER NOT NULL DEFAULT 0;
ALTER TABLE snapshot ADD COLUMN vouched INTEGER NOT NULL DEFAULT 0;
