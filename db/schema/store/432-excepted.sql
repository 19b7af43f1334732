-- Active accounts that match nobody and that a person decided to leave alone.
ALTER TABLE finding_tenant ADD COLUMN excepted INTEGER NOT NULL DEFAULT 0;
