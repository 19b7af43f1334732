-- Who protected the account; '': from before this column, the record tells.
ALTER TABLE protected ADD COLUMN actor TEXT NOT NULL DEFAULT '';
