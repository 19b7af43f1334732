-- How far this file has applied the record. One row, set in the transaction
-- that applied the entries.
CREATE TABLE applied (
  one                 INTEGER PRIMARY KEY CHECK (one = 1),
  log_id              TEXT    NOT NULL,
  size                INTEGER NOT NULL CHECK (size >= 0), -- entries applied
  leaf                BLOB    NOT NULL CHECK (length(leaf) = 32),
  projection_version  INTEGER NOT NULL
) STRICT;
