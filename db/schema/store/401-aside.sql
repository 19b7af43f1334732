-- Which findings are left alone is kept apart from what else they stand on: a
-- decision on one of them derives none of the others anew.
ALTER TABLE finding_state ADD COLUMN aside TEXT NOT NULL DEFAULT '';
DELETE FROM finding_state;
