-- For looking around: orders that a person can choose, and the words by which
-- accounts and people are found while one types.
CREATE INDEX account_by_name ON account (tenant, lower(user_name)) WHERE valid_to IS NULL;
CREATE INDEX account_by_display ON account (tenant, lower(display_name)) WHERE valid_to IS NULL;
CREATE INDEX account_by_state ON account (tenant, (active = 0), lower(user_name)) WHERE valid_to IS NULL;
CREATE INDEX account_by_state_display ON account (tenant, (active = 0), lower(display_name)) WHERE valid_to IS NULL;
CREATE INDEX tenant_group_by_name ON tenant_group (tenant, lower(display_name)) WHERE valid_to IS NULL;
CREATE INDEX person_by_status ON person (status, name_key) WHERE valid_to IS NULL;

-- The row's number is that of the version on show. facet holds what a search
-- is narrowed by: the tenant's number, and on or off.
CREATE VIRTUAL TABLE account_words USING fts5 (
  words, facet, content = '', contentless_delete = 1, prefix = '1 2 3', tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO account_words (rowid, words, facet)
SELECT id, user_name || ' ' || display_name || ' ' || external_id || ' ' || emails, 't' || tenant || iif(active = 0, ' off', ' on')
FROM account WHERE valid_to IS NULL;

CREATE TRIGGER account_shown AFTER INSERT ON account WHEN new.valid_to IS NULL BEGIN
  INSERT INTO account_words (rowid, words, facet)
  VALUES (new.id, new.user_name || ' ' || new.display_name || ' ' || new.external_id || ' ' || new.emails,
    't' || new.tenant || iif(new.active = 0, ' off', ' on'));
END;
CREATE TRIGGER account_closed AFTER UPDATE OF valid_to ON account WHEN old.valid_to IS NULL AND new.valid_to IS NOT NULL BEGIN
  DELETE FROM account_words WHERE rowid = old.id;
END;

CREATE VIRTUAL TABLE person_words USING fts5 (
  words, facet, content = '', contentless_delete = 1, prefix = '1 2 3', tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO person_words (rowid, words, facet)
SELECT id, name || ' ' || number || ' ' || user_name || ' ' || emails, replace(status, ' ', '')
FROM person WHERE valid_to IS NULL;

CREATE TRIGGER person_shown AFTER INSERT ON person WHEN new.valid_to IS NULL BEGIN
  INSERT INTO person_words (rowid, words, facet)
  VALUES (new.id, new.name || ' ' || new.number || ' ' || new.user_name || ' ' || new.emails, replace(new.status, ' ', ''));
END;
CREATE TRIGGER person_closed AFTER UPDATE OF valid_to ON person WHEN old.valid_to IS NULL AND new.valid_to IS NOT NULL BEGIN
  DELETE FROM person_words WHERE rowid = old.id;
END;
