-- Full tiles of the tree: 256 consecutive hashes of one level.
CREATE TABLE tile (
  level  INTEGER NOT NULL CHECK (level >= 0),
  n      INTEGER NOT NULL CHECK (n >= 0),
  data   BLOB    NOT NULL CHECK (length(data) = 8192),
  UNIQUE (level, n)
) STRICT;

CREATE TRIGGER tile_in_order BEFORE INSERT ON tile
WHEN NEW.n IS NOT (SELECT coalesce(max(n), -1) + 1 FROM tile WHERE level = NEW.level)
BEGIN
  SELECT RAISE(ABORT, 'tiles are appended one after the other');
END;

CREATE TRIGGER tile_no_update BEFORE UPDATE ON tile
BEGIN
  SELECT RAISE(ABORT, 'a tile never changes');
END;

CREATE TRIGGER tile_no_delete BEFORE DELETE ON tile
BEGIN
  SELECT RAISE(ABORT, 'a tile is never removed');
END;
