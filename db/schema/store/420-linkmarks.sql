-- What a linked account said of its person when it was linked: an id may be
-- given to somebody else. emails is a JSON list; '': the entry does not tell.
ALTER TABLE link ADD COLUMN external_id TEXT NOT NULL DEFAULT '';
ALTER TABLE link ADD COLUMN emails TEXT NOT NULL DEFAULT '';
