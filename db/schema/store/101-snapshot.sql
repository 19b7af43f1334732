-- Attempts to list a tenant completely, and the stage that pages are put on.

-- Short numbers for tenants keep the rows and indexes of bulk data narrow.
CREATE TABLE tenant_no (
  no        INTEGER PRIMARY KEY,
  tenant_id TEXT NOT NULL UNIQUE
) STRICT;

-- One row an attempt, sealed or not, in the order of the record. Only a merged
-- one has versions; the newest merged one of a tenant is on show.
CREATE TABLE snapshot (
  no            INTEGER PRIMARY KEY,
  id            TEXT NOT NULL UNIQUE, -- as in the record
  sync_id       TEXT NOT NULL,
  tenant        INTEGER NOT NULL REFERENCES tenant_no (no),
  started       INTEGER NOT NULL, -- unix milliseconds
  finished      INTEGER NOT NULL,
  sealed        INTEGER NOT NULL,
  groups_sealed INTEGER NOT NULL,
  merged        INTEGER NOT NULL, -- 0 for a sealed one: its stage was lost
  accounts      INTEGER NOT NULL,
  active        INTEGER NOT NULL, -- active or unknown
  groups_listed INTEGER NOT NULL,
  memberships   INTEGER NOT NULL,
  pages         INTEGER NOT NULL,
  certificate   TEXT NOT NULL, -- canonical JSON; empty where nothing was listed
  digest        TEXT NOT NULL, -- SHA-256 of certificate, hex
  words         TEXT NOT NULL, -- the certificate as one sentence
  problems      TEXT NOT NULL  -- JSON list
) STRICT;
CREATE INDEX snapshot_by_tenant ON snapshot (tenant, no);

-- One row a sync under way. What is staged for it has ids from no * 2^32 on, so
-- the tables below need no index, and an abandoned sync is one range to delete.
CREATE TABLE stage_run (
  no        INTEGER PRIMARY KEY AUTOINCREMENT,
  sync_id   TEXT NOT NULL UNIQUE,
  tenant    INTEGER NOT NULL REFERENCES tenant_no (no),
  started   INTEGER NOT NULL,
  stage     TEXT NOT NULL,   -- Users or Groups: what is being listed
  pages     INTEGER NOT NULL, -- stored so far, in the same transaction as the page
  cursor    TEXT NOT NULL    -- where the next page begins, JSON
) STRICT;

-- same = 1: the hash is that of the version on show; the row carries nothing else.
CREATE TABLE stage_account (
  id           INTEGER PRIMARY KEY,
  scim_id      TEXT NOT NULL,
  hash         BLOB NOT NULL,
  same         INTEGER NOT NULL,
  user_name    TEXT,
  display_name TEXT,
  external_id  TEXT,
  active       INTEGER,
  emails       TEXT, -- JSON list
  keys         TEXT  -- JSON list
) STRICT;

CREATE TABLE stage_group (
  id           INTEGER PRIMARY KEY,
  scim_id      TEXT NOT NULL,
  hash         BLOB NOT NULL,
  same         INTEGER NOT NULL,
  display_name TEXT,
  external_id  TEXT,
  members      INTEGER
) STRICT;

CREATE TABLE stage_member (
  id      INTEGER PRIMARY KEY,
  grp     TEXT NOT NULL, -- SCIM id of the group
  account TEXT NOT NULL  -- SCIM id of the member
) STRICT;
