-- The roster: revisions, and people as versions between them.
CREATE TABLE roster_revision (
  no       INTEGER PRIMARY KEY, -- order of imports
  id       TEXT NOT NULL UNIQUE, -- as in the record
  source   TEXT NOT NULL,
  revision INTEGER NOT NULL, -- counts what was taken; 0: held
  sha256   TEXT NOT NULL, -- of the file, hex
  file     TEXT NOT NULL, -- base name
  imported INTEGER NOT NULL, -- unix milliseconds
  people   INTEGER NOT NULL,
  zone     TEXT NOT NULL, -- IANA name
  key      TEXT NOT NULL, -- column that identifies a person
  kept     TEXT NOT NULL, -- JSON list of columns
  dropped  TEXT NOT NULL, -- JSON list of columns
  held     INTEGER NOT NULL,
  merged   INTEGER NOT NULL, -- 0 for one not held: its stage was lost
  problems TEXT NOT NULL -- JSON list
) STRICT;
CREATE INDEX roster_revision_by_source ON roster_revision (source, no);

CREATE TABLE person (
  id         INTEGER PRIMARY KEY, -- of this version
  source     TEXT NOT NULL,
  number     TEXT NOT NULL,
  valid_from INTEGER NOT NULL, -- roster_revision.no
  valid_to   INTEGER,
  first      INTEGER NOT NULL, -- the revision that first held this person
  hash       BLOB NOT NULL,
  name       TEXT NOT NULL,
  name_key   TEXT NOT NULL, -- normalised
  emails     TEXT NOT NULL, -- JSON list
  user_name  TEXT NOT NULL,
  manager    TEXT NOT NULL,
  type       TEXT NOT NULL,
  status     TEXT NOT NULL,
  starts     TEXT NOT NULL, -- yyyy-mm-dd or empty
  ends       TEXT NOT NULL, -- the same; last day
  keys       TEXT NOT NULL  -- JSON list of what is in person_key
) STRICT;
CREATE UNIQUE INDEX person_now ON person (source, number) WHERE valid_to IS NULL;
CREATE INDEX person_by_name ON person (name_key) WHERE valid_to IS NULL;

-- As account_key.
CREATE TABLE person_key (
  key    TEXT NOT NULL,
  person INTEGER NOT NULL,
  PRIMARY KEY (key, person)
) STRICT, WITHOUT ROWID;

CREATE TABLE stage_roster (
  no      INTEGER PRIMARY KEY AUTOINCREMENT,
  id      TEXT NOT NULL UNIQUE,
  started INTEGER NOT NULL
) STRICT;

-- Ids from stage_roster.no * 2^32 on.
CREATE TABLE stage_person (
  id        INTEGER PRIMARY KEY,
  number    TEXT NOT NULL,
  hash      BLOB NOT NULL,
  name      TEXT NOT NULL,
  name_key  TEXT NOT NULL,
  emails    TEXT NOT NULL,
  user_name TEXT NOT NULL,
  manager   TEXT NOT NULL,
  type      TEXT NOT NULL,
  status    TEXT NOT NULL,
  starts    TEXT NOT NULL,
  ends      TEXT NOT NULL,
  keys      TEXT NOT NULL
) STRICT;
