-- How many groups the accounts of a list name as their own, not indirect ones:
-- where groups show no members, this is what is known of memberships.
ALTER TABLE stage_run ADD COLUMN named INTEGER NOT NULL DEFAULT 0;
ALTER TABLE snapshot ADD COLUMN named INTEGER NOT NULL DEFAULT 0;
