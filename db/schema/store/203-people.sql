-- For looking around among people. Whose accounts the rules found is derived
-- with the findings, and kept only of people who have any.
CREATE TABLE person_account (
  person   INTEGER PRIMARY KEY, -- person.id
  accounts INTEGER NOT NULL,
  active   INTEGER NOT NULL, -- of those, active or unknown
  tenants  INTEGER NOT NULL
) STRICT;

-- How many people there are of each state, by whether they have accounts and
-- active ones.
CREATE TABLE person_count (
  state   TEXT    NOT NULL,
  has     INTEGER NOT NULL,
  active  INTEGER NOT NULL,
  people  INTEGER NOT NULL,
  PRIMARY KEY (state, has, active)
) STRICT, WITHOUT ROWID;

-- yyyy-mm-dd in the time zone of the source: what a last day is compared with.
ALTER TABLE finding_source ADD COLUMN today TEXT NOT NULL DEFAULT '';
DELETE FROM finding_state;

CREATE INDEX finding_of_person ON finding (person, rank) WHERE person <> 0;
CREATE INDEX person_ended ON person (name_key) WHERE valid_to IS NULL AND (status = 'left' OR ends <> '');
CREATE INDEX person_from ON person (valid_from, number);
CREATE INDEX person_until ON person (valid_to, number) WHERE valid_to IS NOT NULL;
CREATE INDEX action_of_account ON action (tenant_id, account);

-- Who imported a revision; empty where this was not kept yet.
ALTER TABLE roster_revision ADD COLUMN actor TEXT NOT NULL DEFAULT '';

-- Of a plan that offboards a person: who, as their accounts are asked for.
ALTER TABLE plan ADD COLUMN offboards TEXT NOT NULL DEFAULT '';
CREATE INDEX plan_offboards ON plan (offboards, created) WHERE offboards <> '';
