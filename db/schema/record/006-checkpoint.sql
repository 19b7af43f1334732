-- Signed notes over the tree, by size.
CREATE TABLE checkpoint (
  size  INTEGER PRIMARY KEY CHECK (size >= 0),
  note  BLOB NOT NULL CHECK (length(note) > 0)
) STRICT;

CREATE TRIGGER checkpoint_in_order BEFORE INSERT ON checkpoint
WHEN NEW.size <= (SELECT coalesce(max(size), -1) FROM checkpoint)
  OR NEW.size > (SELECT coalesce(max(seq), -1) + 1 FROM entry)
BEGIN
  SELECT RAISE(ABORT, 'a checkpoint is newer than the last and covers what is there');
END;

CREATE TRIGGER checkpoint_no_update BEFORE UPDATE ON checkpoint
BEGIN
  SELECT RAISE(ABORT, 'a checkpoint never changes');
END;

CREATE TRIGGER checkpoint_no_delete BEFORE DELETE ON checkpoint
BEGIN
  SELECT RAISE(ABORT, 'a checkpoint is never removed');
END;
