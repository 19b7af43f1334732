-- One row that names this log. The pepper keys what must be comparable inside
-- this workspace and meaningless outside of it; it never leaves the file.
CREATE TABLE log (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  id      TEXT    NOT NULL CHECK (length(id) = 32),
  format  INTEGER NOT NULL CHECK (format >= 1),
  pepper  BLOB    NOT NULL CHECK (length(pepper) = 32)
) STRICT;

CREATE TRIGGER log_no_insert BEFORE INSERT ON log
WHEN EXISTS (SELECT 1 FROM log)
BEGIN
  SELECT RAISE(ABORT, 'the log has its name already');
END;

CREATE TRIGGER log_no_update BEFORE UPDATE ON log
BEGIN
  SELECT RAISE(ABORT, 'the name of the log never changes');
END;

CREATE TRIGGER log_no_delete BEFORE DELETE ON log
BEGIN
  SELECT RAISE(ABORT, 'the name of the log never changes');
END;
