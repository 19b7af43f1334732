-- What an interrupted sync needs to go on at the page, written in the same
-- transaction as the page.
ALTER TABLE stage_run ADD COLUMN digest TEXT NOT NULL DEFAULT ''; -- of what shapes the listing, hex; '' is never resumed
ALTER TABLE stage_run ADD COLUMN shown INTEGER NOT NULL DEFAULT 0; -- snapshot.no that rows with same = 1 lean on; 0: none
ALTER TABLE stage_run ADD COLUMN last_page INTEGER NOT NULL DEFAULT 0; -- when it was stored, milliseconds
ALTER TABLE stage_run ADD COLUMN pass INTEGER NOT NULL DEFAULT 0; -- of the list under way that the rows are of
ALTER TABLE stage_run ADD COLUMN claimed INTEGER NOT NULL DEFAULT 0; -- total that the last page named; 0: none
ALTER TABLE stage_run ADD COLUMN next INTEGER NOT NULL DEFAULT 0; -- id of the next staged row
ALTER TABLE stage_run ADD COLUMN accounts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stage_run ADD COLUMN active INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stage_run ADD COLUMN group_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stage_run ADD COLUMN members INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stage_run ADD COLUMN users TEXT NOT NULL DEFAULT ''; -- the listing of users once it ended, JSON
ALTER TABLE stage_run ADD COLUMN resumed TEXT NOT NULL DEFAULT '[]'; -- JSON list
