-- The entries, in order and without gaps: seq is the index in the tree, body
-- the exact bytes that were hashed, leaf their RFC 6962 leaf hash.
CREATE TABLE entry (
  seq   INTEGER PRIMARY KEY CHECK (seq >= 0),
  body  BLOB NOT NULL CHECK (length(body) BETWEEN 1 AND 65535),
  leaf  BLOB NOT NULL CHECK (length(leaf) = 32)
) STRICT;

-- This also stops INSERT OR REPLACE, which fires no delete trigger.
CREATE TRIGGER entry_in_order BEFORE INSERT ON entry
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), -1) + 1 FROM entry)
BEGIN
  SELECT RAISE(ABORT, 'entries are appended one after the other');
END;

CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry
BEGIN
  SELECT RAISE(ABORT, 'an entry never changes');
END;

CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry
BEGIN
  SELECT RAISE(ABORT, 'an entry is never removed');
END;
