-- Tenants without SCIM: where their lists came from, and the steps that a
-- person does there by hand.
ALTER TABLE tenant ADD COLUMN source TEXT NOT NULL DEFAULT 'scim'; -- scim or file

-- Who vouches for a list that came as a file. One row an import, sealed or not.
CREATE TABLE file_import (
  snapshot    TEXT PRIMARY KEY, -- snapshot.id
  file        TEXT NOT NULL, -- base name
  sha256      TEXT NOT NULL, -- of the file, hex
  members     INTEGER NOT NULL,
  exported_by TEXT NOT NULL,
  exported_at INTEGER NOT NULL, -- unix milliseconds
  screen      TEXT NOT NULL,
  filter      TEXT NOT NULL
) STRICT;

-- A step is open from opened_seq until closed_seq, the entry of its outcome.
CREATE TABLE step (
  plan       TEXT NOT NULL REFERENCES plan (hash),
  n          INTEGER NOT NULL,
  tenant_id  TEXT NOT NULL,
  account    TEXT NOT NULL,
  opened     INTEGER NOT NULL, -- unix milliseconds
  opened_seq INTEGER NOT NULL,
  done       INTEGER, -- unix milliseconds; null until a person says so
  done_by    TEXT NOT NULL DEFAULT '',
  note       TEXT NOT NULL DEFAULT '',
  closed_seq INTEGER,
  PRIMARY KEY (plan, n)
) STRICT;
CREATE INDEX step_of_tenant ON step (tenant_id, opened);
