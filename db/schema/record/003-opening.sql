-- What opens the salted commitments that stand in the entries.
CREATE TABLE opening (
  digest  BLOB    NOT NULL UNIQUE CHECK (length(digest) = 32),
  seq     INTEGER NOT NULL REFERENCES entry (seq),
  salt    BLOB    NOT NULL CHECK (length(salt) = 32),
  value   BLOB    NOT NULL
) STRICT;

-- Which openings were erased, and by which entry. Inserting a row here is the
-- only way to remove an opening; the proof over the entry stays valid.
CREATE TABLE erasure (
  digest  BLOB    PRIMARY KEY NOT NULL CHECK (length(digest) = 32),
  seq     INTEGER NOT NULL REFERENCES entry (seq)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER opening_once BEFORE INSERT ON opening
WHEN EXISTS (SELECT 1 FROM opening WHERE digest = NEW.digest)
  OR EXISTS (SELECT 1 FROM erasure WHERE digest = NEW.digest)
BEGIN
  SELECT RAISE(ABORT, 'this commitment has or had its opening');
END;

CREATE TRIGGER opening_no_update BEFORE UPDATE ON opening
BEGIN
  SELECT RAISE(ABORT, 'an opening never changes');
END;

CREATE TRIGGER opening_no_delete BEFORE DELETE ON opening
WHEN NOT EXISTS (SELECT 1 FROM erasure WHERE digest = OLD.digest)
BEGIN
  SELECT RAISE(ABORT, 'an opening is removed by an erasure only');
END;
