-- Plans, their actions and every call that was recorded: projections.
CREATE TABLE plan (
  hash    TEXT PRIMARY KEY,
  body    BLOB NOT NULL, -- the canonical JSON that was hashed
  view    BLOB NOT NULL, -- the same for a person, with names
  ticket  TEXT NOT NULL,
  created INTEGER NOT NULL,
  started INTEGER,
  confirm INTEGER NOT NULL DEFAULT 0, -- the total that a person named
  done    INTEGER
) STRICT;

CREATE TABLE action (
  plan        TEXT NOT NULL REFERENCES plan (hash),
  n           INTEGER NOT NULL,
  tenant_id   TEXT NOT NULL,
  account     TEXT NOT NULL,
  outcome     TEXT NOT NULL DEFAULT 'pending',
  why         TEXT NOT NULL DEFAULT '',
  calls       INTEGER NOT NULL DEFAULT 0,
  intent_seq  INTEGER,
  outcome_seq INTEGER,
  at          INTEGER,
  PRIMARY KEY (plan, n)
) STRICT;

CREATE TABLE intent (
  seq       INTEGER PRIMARY KEY, -- of the entry
  plan      TEXT NOT NULL,
  n         INTEGER NOT NULL,
  tenant_id TEXT NOT NULL,
  account   TEXT NOT NULL,
  action    TEXT NOT NULL,
  at        INTEGER NOT NULL,
  outcome   TEXT, -- null until there is one
  status    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX intent_by_account ON intent (tenant_id, account, at);
CREATE INDEX intent_by_time ON intent (tenant_id, at);
CREATE INDEX intent_unsettled ON intent (seq) WHERE outcome IS NULL OR outcome = 'unknown';
