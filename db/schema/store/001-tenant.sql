-- Tenants, settings and protected accounts: projections of recorded decisions.
CREATE TABLE tenant (
  id            TEXT PRIMARY KEY,
  name          TEXT NOT NULL,
  name_norm     TEXT NOT NULL,
  base_url      TEXT NOT NULL,
  preset        TEXT NOT NULL,
  auth          TEXT NOT NULL, -- bearer, basic or header:NAME
  auth_user     TEXT NOT NULL,
  ca_pem        BLOB,
  writes        INTEGER NOT NULL DEFAULT 0,
  writes_reason TEXT NOT NULL DEFAULT '',
  added         INTEGER NOT NULL, -- unix milliseconds
  removed       INTEGER           -- unix milliseconds; null while it is here
) STRICT;
CREATE UNIQUE INDEX tenant_by_name ON tenant (name_norm) WHERE removed IS NULL;

CREATE TABLE setting (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

-- account is an id where the account was known, otherwise what the person
-- typed; name_norm is its normalised user name. Either protects.
CREATE TABLE protected (
  tenant_id TEXT NOT NULL,
  account   TEXT NOT NULL,
  user_name TEXT NOT NULL,
  name_norm TEXT NOT NULL,
  reason    TEXT NOT NULL,
  since     INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, account)
) STRICT;
