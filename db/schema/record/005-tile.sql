-- Full tiles of the tree: 256 consecutive hashes of one level.
CREATE TABLE tile (
  level  INTEGER NOT NULL CHECK (level >= 0),
  n      INTEGER NOT NULL CHECK (n >= 0),
  data   BLOB    NOT NULL CHECK (length(data) = 8192),
  UNIQUE (level, n)
) STRICT;

CREATE TRIGGER tile_once BEFORE INSERT ON tile
WHEN EXISTS (SELECT 1 FROM tile WHERE level = NEW.level AND n = NEW.n)
BEGIN
  SELECT RAISE(ABORT, 'this tile is there already');
END;

CREATE TRIGGER tile_no_update BEFORE UPDATE ON tile
BEGIN
  SELECT RAISE(ABORT, 'a tile never changes');
END;

CREATE TRIGGER tile_no_delete BEFORE DELETE ON tile
BEGIN
  SELECT RAISE(ABORT, 'a tile is never removed');
END;
