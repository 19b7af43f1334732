-- Accounts that are inactive and still in groups are counted like other findings.
ALTER TABLE finding_tenant ADD COLUMN entitled INTEGER NOT NULL DEFAULT 0;
