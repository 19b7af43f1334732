CREATE TRIGGER erasure_once BEFORE INSERT ON erasure
WHEN NOT EXISTS (SELECT 1 FROM opening WHERE digest = NEW.digest)
BEGIN
  SELECT RAISE(ABORT, 'there is nothing to erase');
END;

CREATE TRIGGER erasure_erases AFTER INSERT ON erasure
BEGIN
  DELETE FROM opening WHERE digest = NEW.digest;
END;

CREATE TRIGGER erasure_no_update BEFORE UPDATE ON erasure
BEGIN
  SELECT RAISE(ABORT, 'an erasure never changes');
END;

CREATE TRIGGER erasure_no_delete BEFORE DELETE ON erasure
BEGIN
  SELECT RAISE(ABORT, 'an erasure is never removed');
END;
