-- What the list of the record's entries is filtered by. It is a cache: it is
-- made from the entries alone, says of which, and may be emptied at any time.
CREATE TABLE listed_entry (
  seq        INTEGER PRIMARY KEY,
  at         INTEGER NOT NULL,
  type       TEXT    NOT NULL, -- empty where the entry cannot be read
  tenant_id  TEXT    NOT NULL,
  ticket     TEXT    NOT NULL,
  target     TEXT    NOT NULL, -- normalised
  actor      TEXT    NOT NULL, -- normalised
  outcome    TEXT    NOT NULL,
  intent     INTEGER           -- of an outcome
) STRICT;

CREATE INDEX listed_entry_by_ticket ON listed_entry (ticket, seq);
CREATE INDEX listed_entry_by_type ON listed_entry (type, seq);
CREATE INDEX listed_entry_by_intent ON listed_entry (intent) WHERE intent IS NOT NULL;

-- Up to where, in which log, and the leaf hash of the last entry.
CREATE TABLE listed (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  log_id  TEXT    NOT NULL,
  size    INTEGER NOT NULL CHECK (size > 0),
  leaf    BLOB    NOT NULL CHECK (length(leaf) = 32)
) STRICT;
