-- The newest sealed list when the step was opened (snapshot.id): only one of the
-- same selection shows by an absence that it was done. '': from before this
-- column; the list that the plan stands on.
ALTER TABLE step ADD COLUMN list TEXT NOT NULL DEFAULT '';
