-- The words that are stored, in order: what a search by the beginning of a word
-- looks at before it asks for everybody who has one of them.
CREATE VIRTUAL TABLE account_vocabulary USING fts5vocab (account_words, row);
CREATE VIRTUAL TABLE person_vocabulary USING fts5vocab (person_words, row);
