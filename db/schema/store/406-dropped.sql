-- When a person decided that the plan is not to be run, and why; nothing of it
-- had been begun. NULL: nobody did, or it was planned again since.
ALTER TABLE plan ADD COLUMN dropped INTEGER;
ALTER TABLE plan ADD COLUMN dropped_why TEXT NOT NULL DEFAULT '';
