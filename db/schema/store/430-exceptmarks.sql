-- What an excepted account said of its person then, by which it may be found under
-- another id. emails is a JSON list; '': the entry does not tell.
ALTER TABLE exception ADD COLUMN external_id TEXT NOT NULL DEFAULT '';
ALTER TABLE exception ADD COLUMN emails TEXT NOT NULL DEFAULT '';
