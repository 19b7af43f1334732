-- The index of words folds a letter to one letter. What folds to several is
-- written out before, as it is in what is searched for (app/browse.go).
CREATE VIEW account_text AS
SELECT id, replace(replace(replace(replace(replace(replace(replace(replace(replace(user_name || ' ' || display_name || ' ' || external_id || ' ' || emails, 'ß', 'ss'), 'ẞ', 'ss'), 'ﬀ', 'ff'), 'ﬁ', 'fi'), 'ﬂ', 'fl'), 'ﬃ', 'ffi'), 'ﬄ', 'ffl'), 'ﬅ', 'st'), 'ﬆ', 'st') AS words,
  't' || tenant || iif(active = 0, ' off', ' on') AS facet
FROM account;

DROP TRIGGER account_shown;
CREATE TRIGGER account_shown AFTER INSERT ON account WHEN new.valid_to IS NULL BEGIN
  INSERT INTO account_words (rowid, words, facet) SELECT t.id, t.words, t.facet FROM account_text AS t WHERE t.id = new.id;
END;

CREATE VIEW person_text AS
SELECT id, replace(replace(replace(replace(replace(replace(replace(replace(replace(name || ' ' || number || ' ' || user_name || ' ' || emails, 'ß', 'ss'), 'ẞ', 'ss'), 'ﬀ', 'ff'), 'ﬁ', 'fi'), 'ﬂ', 'fl'), 'ﬃ', 'ffi'), 'ﬄ', 'ffl'), 'ﬅ', 'st'), 'ﬆ', 'st') AS words,
  replace(status, ' ', '') AS facet
FROM person;

DROP TRIGGER person_shown;
CREATE TRIGGER person_shown AFTER INSERT ON person WHEN new.valid_to IS NULL BEGIN
  INSERT INTO person_words (rowid, words, facet) SELECT t.id, t.words, t.facet FROM person_text AS t WHERE t.id = new.id;
END;

-- What is indexed already and has such a letter is indexed anew.
CREATE TEMP TABLE unfolded AS SELECT id FROM account
WHERE valid_to IS NULL AND user_name || display_name || external_id || emails GLOB '*[ßẞﬀﬁﬂﬃﬄﬅﬆ]*';
DELETE FROM account_words WHERE rowid IN (SELECT id FROM unfolded);
INSERT INTO account_words (rowid, words, facet) SELECT id, words, facet FROM account_text WHERE id IN (SELECT id FROM unfolded);
DELETE FROM unfolded;
INSERT INTO unfolded SELECT id FROM person
WHERE valid_to IS NULL AND name || number || user_name || emails GLOB '*[ßẞﬀﬁﬂﬃﬄﬅﬆ]*';
DELETE FROM person_words WHERE rowid IN (SELECT id FROM unfolded);
INSERT INTO person_words (rowid, words, facet) SELECT id, words, facet FROM person_text WHERE id IN (SELECT id FROM unfolded);
DROP TABLE unfolded;
