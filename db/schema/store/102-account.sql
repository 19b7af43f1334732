-- Accounts, groups and memberships as versions: a row holds from the snapshot
-- valid_from until before valid_to; null is "still". A sync writes what changed.
CREATE TABLE account (
  id           INTEGER PRIMARY KEY, -- of this version
  tenant       INTEGER NOT NULL REFERENCES tenant_no (no),
  scim_id      TEXT NOT NULL, -- compared exactly
  valid_from   INTEGER NOT NULL,
  valid_to     INTEGER,
  first        INTEGER NOT NULL, -- the snapshot that first held this account
  hash         BLOB NOT NULL, -- first 16 bytes of SHA-256 of the resource
  resource     INTEGER NOT NULL REFERENCES resource (id),
  user_name    TEXT NOT NULL,
  display_name TEXT NOT NULL,
  external_id  TEXT NOT NULL,
  active       INTEGER NOT NULL, -- 0 no, 1 yes, 2 unknown: counts as active
  emails       TEXT NOT NULL, -- JSON list
  keys         TEXT NOT NULL  -- JSON list of what is in account_key
) STRICT;
CREATE UNIQUE INDEX account_now ON account (tenant, scim_id) WHERE valid_to IS NULL;

-- The resource as the tenant sent it, without password; once a version. Pages
-- are staged right here, so that a merge moves no bulk.
CREATE TABLE resource (
  id   INTEGER PRIMARY KEY,
  body BLOB NOT NULL
) STRICT;

-- What accounts on show can be matched by: one letter for the rule, then the
-- normalised value, so that matching compares one column in order.
CREATE TABLE account_key (
  key     TEXT NOT NULL,
  account INTEGER NOT NULL,
  PRIMARY KEY (key, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE tenant_group (
  id           INTEGER PRIMARY KEY,
  tenant       INTEGER NOT NULL REFERENCES tenant_no (no),
  scim_id      TEXT NOT NULL,
  valid_from   INTEGER NOT NULL,
  valid_to     INTEGER,
  hash         BLOB NOT NULL,
  display_name TEXT NOT NULL,
  external_id  TEXT NOT NULL,
  members      INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX tenant_group_now ON tenant_group (tenant, scim_id) WHERE valid_to IS NULL;

CREATE TABLE membership (
  id         INTEGER PRIMARY KEY,
  tenant     INTEGER NOT NULL REFERENCES tenant_no (no),
  grp        TEXT NOT NULL,
  account    TEXT NOT NULL,
  valid_from INTEGER NOT NULL,
  valid_to   INTEGER
) STRICT;
CREATE UNIQUE INDEX membership_now ON membership (tenant, grp, account) WHERE valid_to IS NULL;
CREATE INDEX membership_of_account ON membership (tenant, account) WHERE valid_to IS NULL;
