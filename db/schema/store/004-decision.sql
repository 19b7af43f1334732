-- What people decided about accounts: projections of recorded decisions.

-- Whose an account is, whatever the rules find. The number of a row is used as
-- a negative person id where that person is not on the roster any more.
CREATE TABLE link (
  no        INTEGER PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  account   TEXT NOT NULL, -- SCIM id
  user_name TEXT NOT NULL, -- as it was then
  source    TEXT NOT NULL,
  number    TEXT NOT NULL,
  name      TEXT NOT NULL, -- as it was then
  reason    TEXT NOT NULL,
  actor     TEXT NOT NULL,
  since     INTEGER NOT NULL, -- unix milliseconds
  UNIQUE (tenant_id, account)
) STRICT;
CREATE INDEX link_of_person ON link (source, number);

-- A finding that is not acted upon for a while.
CREATE TABLE exception (
  finding   TEXT PRIMARY KEY, -- finding.id
  tenant_id TEXT NOT NULL,
  account   TEXT NOT NULL, -- SCIM id
  user_name TEXT NOT NULL, -- as it was then
  kind      TEXT NOT NULL,
  until     TEXT NOT NULL, -- yyyy-mm-dd, the last day
  ends      INTEGER NOT NULL, -- unix milliseconds; the moment after that day
  reason    TEXT NOT NULL,
  actor     TEXT NOT NULL,
  since     INTEGER NOT NULL -- unix milliseconds
) STRICT;
