-- When it was last decided whose an account is, by a link or by its end: what
-- was planned before that entry does not hold any more.
CREATE TABLE decided (
  tenant_id TEXT NOT NULL,
  account   TEXT NOT NULL, -- SCIM id
  seq       INTEGER NOT NULL, -- of the entry
  PRIMARY KEY (tenant_id, account)
) STRICT, WITHOUT ROWID;

-- Of the entry plan.created. 0: from before this column; everything is later.
ALTER TABLE plan ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
