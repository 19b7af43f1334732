-- What the migrations named below make of an empty file. Written by TestStart.

CREATE TABLE applied (
  one                 INTEGER PRIMARY KEY CHECK (one = 1),
  log_id              TEXT    NOT NULL,
  size                INTEGER NOT NULL CHECK (size >= 0), -- entries applied
  leaf                BLOB    NOT NULL CHECK (length(leaf) = 32),
  projection_version  INTEGER NOT NULL
) STRICT;

CREATE TABLE tenant (
  id            TEXT PRIMARY KEY,
  name          TEXT NOT NULL,
  name_norm     TEXT NOT NULL,
  base_url      TEXT NOT NULL,
  preset        TEXT NOT NULL,
  auth          TEXT NOT NULL, -- bearer, basic or header:NAME
  auth_user     TEXT NOT NULL,
  ca_pem        BLOB,
  writes        INTEGER NOT NULL DEFAULT 0,
  writes_reason TEXT NOT NULL DEFAULT '',
  added         INTEGER NOT NULL, -- unix milliseconds
  removed       INTEGER           -- unix milliseconds; null while it is here
, source TEXT NOT NULL DEFAULT 'scim') STRICT;

CREATE UNIQUE INDEX tenant_by_name ON tenant (name_norm) WHERE removed IS NULL;

CREATE TABLE setting (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE protected (
  tenant_id TEXT NOT NULL,
  account   TEXT NOT NULL,
  user_name TEXT NOT NULL,
  name_norm TEXT NOT NULL,
  reason    TEXT NOT NULL,
  since     INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, account)
) STRICT;

CREATE TABLE plan (
  hash    TEXT PRIMARY KEY,
  body    BLOB NOT NULL, -- the canonical JSON that was hashed
  view    BLOB NOT NULL, -- the same for a person, with names
  ticket  TEXT NOT NULL,
  created INTEGER NOT NULL,
  started INTEGER,
  confirm INTEGER NOT NULL DEFAULT 0, -- the total that a person named
  done    INTEGER
, offboards TEXT NOT NULL DEFAULT '', seq INTEGER NOT NULL DEFAULT 0, dropped INTEGER, dropped_why TEXT NOT NULL DEFAULT '', actions INTEGER NOT NULL DEFAULT 0, verb TEXT NOT NULL DEFAULT '', tenants INTEGER NOT NULL DEFAULT 0, tenant TEXT NOT NULL DEFAULT '', left_tenants INTEGER NOT NULL DEFAULT 0, left_accounts INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE action (
  plan        TEXT NOT NULL REFERENCES plan (hash),
  n           INTEGER NOT NULL,
  tenant_id   TEXT NOT NULL,
  account     TEXT NOT NULL,
  outcome     TEXT NOT NULL DEFAULT 'pending',
  why         TEXT NOT NULL DEFAULT '',
  calls       INTEGER NOT NULL DEFAULT 0,
  intent_seq  INTEGER,
  outcome_seq INTEGER,
  at          INTEGER, undoes INTEGER,
  PRIMARY KEY (plan, n)
) STRICT;

CREATE TABLE intent (
  seq       INTEGER PRIMARY KEY, -- of the entry
  plan      TEXT NOT NULL,
  n         INTEGER NOT NULL,
  tenant_id TEXT NOT NULL,
  account   TEXT NOT NULL,
  action    TEXT NOT NULL,
  at        INTEGER NOT NULL,
  outcome   TEXT, -- null until there is one
  status    INTEGER NOT NULL DEFAULT 0
, grp TEXT NOT NULL DEFAULT '') STRICT;

CREATE INDEX intent_by_account ON intent (tenant_id, account, at);

CREATE INDEX intent_by_time ON intent (tenant_id, at);

CREATE INDEX intent_unsettled ON intent (seq) WHERE outcome IS NULL OR outcome = 'unknown';

CREATE TABLE file_import (
  snapshot    TEXT PRIMARY KEY, -- snapshot.id
  file        TEXT NOT NULL, -- base name
  sha256      TEXT NOT NULL, -- of the file, hex
  members     INTEGER NOT NULL,
  exported_by TEXT NOT NULL,
  exported_at INTEGER NOT NULL, -- unix milliseconds
  screen      TEXT NOT NULL,
  filter      TEXT NOT NULL
) STRICT;

CREATE TABLE step (
  plan       TEXT NOT NULL REFERENCES plan (hash),
  n          INTEGER NOT NULL,
  tenant_id  TEXT NOT NULL,
  account    TEXT NOT NULL,
  opened     INTEGER NOT NULL, -- unix milliseconds
  opened_seq INTEGER NOT NULL,
  done       INTEGER, -- unix milliseconds; null until a person says so
  done_by    TEXT NOT NULL DEFAULT '',
  note       TEXT NOT NULL DEFAULT '',
  closed_seq INTEGER, list TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (plan, n)
) STRICT;

CREATE INDEX step_of_tenant ON step (tenant_id, opened);

CREATE TABLE link (
  no        INTEGER PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  account   TEXT NOT NULL, -- SCIM id
  user_name TEXT NOT NULL, -- as it was then
  source    TEXT NOT NULL,
  number    TEXT NOT NULL,
  name      TEXT NOT NULL, -- as it was then
  reason    TEXT NOT NULL,
  actor     TEXT NOT NULL,
  since     INTEGER NOT NULL, external_id TEXT NOT NULL DEFAULT '', emails TEXT NOT NULL DEFAULT '', person_emails TEXT NOT NULL DEFAULT '', -- unix milliseconds
  UNIQUE (tenant_id, account)
) STRICT;

CREATE INDEX link_of_person ON link (source, number);

CREATE TABLE exception (
  finding   TEXT PRIMARY KEY, -- finding.id
  tenant_id TEXT NOT NULL,
  account   TEXT NOT NULL, -- SCIM id
  user_name TEXT NOT NULL, -- as it was then
  kind      TEXT NOT NULL,
  until     TEXT NOT NULL, -- yyyy-mm-dd, the last day
  ends      INTEGER NOT NULL, -- unix milliseconds; the moment after that day
  reason    TEXT NOT NULL,
  actor     TEXT NOT NULL,
  since     INTEGER NOT NULL -- unix milliseconds
, external_id TEXT NOT NULL DEFAULT '', emails TEXT NOT NULL DEFAULT '') STRICT;

CREATE TABLE tenant_no (
  no        INTEGER PRIMARY KEY,
  tenant_id TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE snapshot (
  no            INTEGER PRIMARY KEY,
  id            TEXT NOT NULL UNIQUE, -- as in the record
  sync_id       TEXT NOT NULL,
  tenant        INTEGER NOT NULL REFERENCES tenant_no (no),
  started       INTEGER NOT NULL, -- unix milliseconds
  finished      INTEGER NOT NULL,
  sealed        INTEGER NOT NULL,
  groups_sealed INTEGER NOT NULL,
  merged        INTEGER NOT NULL, -- 0 for a sealed one: its stage was lost
  accounts      INTEGER NOT NULL,
  active        INTEGER NOT NULL, -- active or unknown
  groups_listed INTEGER NOT NULL,
  memberships   INTEGER NOT NULL,
  pages         INTEGER NOT NULL,
  certificate   TEXT NOT NULL, -- canonical JSON; empty where nothing was listed
  digest        TEXT NOT NULL, -- SHA-256 of certificate, hex
  words         TEXT NOT NULL, -- the certificate as one sentence
  problems      TEXT NOT NULL  -- JSON list
, vouched INTEGER NOT NULL DEFAULT 0, named INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE INDEX snapshot_by_tenant ON snapshot (tenant, no);

CREATE TABLE stage_run (
  no        INTEGER PRIMARY KEY AUTOINCREMENT,
  sync_id   TEXT NOT NULL UNIQUE,
  tenant    INTEGER NOT NULL REFERENCES tenant_no (no),
  started   INTEGER NOT NULL,
  stage     TEXT NOT NULL,   -- Users or Groups: what is being listed
  pages     INTEGER NOT NULL, -- stored so far, in the same transaction as the page
  cursor    TEXT NOT NULL    -- where the next page begins, JSON
, digest TEXT NOT NULL DEFAULT '', shown INTEGER NOT NULL DEFAULT 0, last_page INTEGER NOT NULL DEFAULT 0, pass INTEGER NOT NULL DEFAULT 0, claimed INTEGER NOT NULL DEFAULT 0, next INTEGER NOT NULL DEFAULT 0, accounts INTEGER NOT NULL DEFAULT 0, active INTEGER NOT NULL DEFAULT 0, group_count INTEGER NOT NULL DEFAULT 0, members INTEGER NOT NULL DEFAULT 0, users TEXT NOT NULL DEFAULT '', resumed TEXT NOT NULL DEFAULT '[]', named INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE stage_account (
  id           INTEGER PRIMARY KEY,
  scim_id      TEXT NOT NULL,
  hash         BLOB NOT NULL,
  same         INTEGER NOT NULL,
  user_name    TEXT,
  display_name TEXT,
  external_id  TEXT,
  active       INTEGER,
  emails       TEXT, -- JSON list
  keys         TEXT  -- JSON list
) STRICT;

CREATE TABLE stage_group (
  id           INTEGER PRIMARY KEY,
  scim_id      TEXT NOT NULL,
  hash         BLOB NOT NULL,
  same         INTEGER NOT NULL,
  display_name TEXT,
  external_id  TEXT,
  members      INTEGER
) STRICT;

CREATE TABLE stage_member (
  id      INTEGER PRIMARY KEY,
  grp     TEXT NOT NULL, -- SCIM id of the group
  account TEXT NOT NULL  -- SCIM id of the member
) STRICT;

CREATE TABLE account (
  id           INTEGER PRIMARY KEY, -- of this version
  tenant       INTEGER NOT NULL REFERENCES tenant_no (no),
  scim_id      TEXT NOT NULL, -- compared exactly
  valid_from   INTEGER NOT NULL,
  valid_to     INTEGER,
  first        INTEGER NOT NULL, -- the snapshot that first held this account
  hash         BLOB NOT NULL, -- first 16 bytes of SHA-256 of the resource
  resource     INTEGER NOT NULL REFERENCES resource (id),
  user_name    TEXT NOT NULL,
  display_name TEXT NOT NULL,
  external_id  TEXT NOT NULL,
  active       INTEGER NOT NULL, -- 0 no, 1 yes, 2 unknown: counts as active
  emails       TEXT NOT NULL, -- JSON list
  keys         TEXT NOT NULL  -- JSON list of what is in account_key
) STRICT;

CREATE UNIQUE INDEX account_now ON account (tenant, scim_id) WHERE valid_to IS NULL;

CREATE TABLE resource (
  id   INTEGER PRIMARY KEY,
  body BLOB NOT NULL
) STRICT;

CREATE TABLE account_key (
  key     TEXT NOT NULL,
  account INTEGER NOT NULL,
  PRIMARY KEY (key, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE tenant_group (
  id           INTEGER PRIMARY KEY,
  tenant       INTEGER NOT NULL REFERENCES tenant_no (no),
  scim_id      TEXT NOT NULL,
  valid_from   INTEGER NOT NULL,
  valid_to     INTEGER,
  hash         BLOB NOT NULL,
  display_name TEXT NOT NULL,
  external_id  TEXT NOT NULL,
  members      INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX tenant_group_now ON tenant_group (tenant, scim_id) WHERE valid_to IS NULL;

CREATE TABLE membership (
  id         INTEGER PRIMARY KEY,
  tenant     INTEGER NOT NULL REFERENCES tenant_no (no),
  grp        TEXT NOT NULL,
  account    TEXT NOT NULL,
  valid_from INTEGER NOT NULL,
  valid_to   INTEGER
) STRICT;

CREATE UNIQUE INDEX membership_now ON membership (tenant, grp, account) WHERE valid_to IS NULL;

CREATE INDEX membership_of_account ON membership (tenant, account) WHERE valid_to IS NULL;

CREATE TABLE roster_revision (
  no       INTEGER PRIMARY KEY, -- order of imports
  id       TEXT NOT NULL UNIQUE, -- as in the record
  source   TEXT NOT NULL,
  revision INTEGER NOT NULL, -- counts what was taken; 0: held
  sha256   TEXT NOT NULL, -- of the file, hex
  file     TEXT NOT NULL, -- base name
  imported INTEGER NOT NULL, -- unix milliseconds
  people   INTEGER NOT NULL,
  zone     TEXT NOT NULL, -- IANA name
  key      TEXT NOT NULL, -- column that identifies a person
  kept     TEXT NOT NULL, -- JSON list of columns
  dropped  TEXT NOT NULL, -- JSON list of columns
  held     INTEGER NOT NULL,
  merged   INTEGER NOT NULL, -- 0 for one not held: its stage was lost
  problems TEXT NOT NULL -- JSON list
, contents TEXT NOT NULL DEFAULT 'includes-leavers', fields TEXT NOT NULL DEFAULT '[]', actor TEXT NOT NULL DEFAULT '', vouched INTEGER NOT NULL DEFAULT 0, added INTEGER NOT NULL DEFAULT 0, changed INTEGER NOT NULL DEFAULT 0, missing INTEGER NOT NULL DEFAULT 0, removed INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE INDEX roster_revision_by_source ON roster_revision (source, no);

CREATE TABLE person (
  id         INTEGER PRIMARY KEY, -- of this version
  source     TEXT NOT NULL,
  number     TEXT NOT NULL,
  valid_from INTEGER NOT NULL, -- roster_revision.no
  valid_to   INTEGER,
  first      INTEGER NOT NULL, -- the revision that first held this person
  hash       BLOB NOT NULL,
  name       TEXT NOT NULL,
  name_key   TEXT NOT NULL, -- normalised
  emails     TEXT NOT NULL, -- JSON list
  user_name  TEXT NOT NULL,
  manager    TEXT NOT NULL,
  type       TEXT NOT NULL,
  status     TEXT NOT NULL,
  starts     TEXT NOT NULL, -- yyyy-mm-dd or empty
  ends       TEXT NOT NULL, -- the same; last day
  keys       TEXT NOT NULL  -- JSON list of what is in person_key
, presumed INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE UNIQUE INDEX person_now ON person (source, number) WHERE valid_to IS NULL;

CREATE INDEX person_by_name ON person (name_key) WHERE valid_to IS NULL;

CREATE TABLE person_key (
  key    TEXT NOT NULL,
  person INTEGER NOT NULL,
  PRIMARY KEY (key, person)
) STRICT, WITHOUT ROWID;

CREATE TABLE stage_roster (
  no      INTEGER PRIMARY KEY AUTOINCREMENT,
  id      TEXT NOT NULL UNIQUE,
  started INTEGER NOT NULL
) STRICT;

CREATE TABLE stage_person (
  id        INTEGER PRIMARY KEY,
  number    TEXT NOT NULL,
  hash      BLOB NOT NULL,
  name      TEXT NOT NULL,
  name_key  TEXT NOT NULL,
  emails    TEXT NOT NULL,
  user_name TEXT NOT NULL,
  manager   TEXT NOT NULL,
  type      TEXT NOT NULL,
  status    TEXT NOT NULL,
  starts    TEXT NOT NULL,
  ends      TEXT NOT NULL,
  keys      TEXT NOT NULL
) STRICT;

CREATE TABLE finding (
  id          TEXT PRIMARY KEY, -- hash of tenant id, account id and kind
  rank        INTEGER NOT NULL, -- order of the kinds; 100 more where it is excepted
  kind        TEXT NOT NULL,
  tenant_id   TEXT NOT NULL,
  tenant_name TEXT NOT NULL,
  sort_key    TEXT NOT NULL, -- normalised user name
  account     INTEGER NOT NULL, -- account.id
  person      INTEGER NOT NULL, -- person.id; 0: none
  rule        TEXT NOT NULL,
  key         TEXT NOT NULL,
  reason      TEXT NOT NULL,
  since       INTEGER NOT NULL, -- unix milliseconds
  search      TEXT NOT NULL -- normalised user name, display name and reason
, brief TEXT NOT NULL DEFAULT '', domain TEXT NOT NULL DEFAULT '', newer INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE UNIQUE INDEX finding_order ON finding (rank, tenant_name, sort_key, id);

CREATE INDEX finding_of_account ON finding (account);

CREATE TABLE finding_tenant (
  tenant_id  TEXT PRIMARY KEY,
  active     INTEGER NOT NULL, -- active or unknown
  matched    INTEGER NOT NULL, -- of those, with at least one candidate
  orphaned   INTEGER NOT NULL,
  leavers    INTEGER NOT NULL,
  disputed   INTEGER NOT NULL,
  collisions INTEGER NOT NULL
, entitled INTEGER NOT NULL DEFAULT 0, excepted INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE finding_source (
  source  TEXT PRIMARY KEY,
  leavers INTEGER NOT NULL
, today TEXT NOT NULL DEFAULT '') STRICT;

CREATE TABLE finding_state (
  only       INTEGER PRIMARY KEY CHECK (only = 1),
  generation TEXT NOT NULL,
  built      INTEGER NOT NULL
, aside TEXT NOT NULL DEFAULT '') STRICT;

CREATE INDEX account_by_name ON account (tenant, lower(user_name)) WHERE valid_to IS NULL;

CREATE INDEX account_by_display ON account (tenant, lower(display_name)) WHERE valid_to IS NULL;

CREATE INDEX account_by_state ON account (tenant, (active = 0), lower(user_name)) WHERE valid_to IS NULL;

CREATE INDEX account_by_state_display ON account (tenant, (active = 0), lower(display_name)) WHERE valid_to IS NULL;

CREATE INDEX tenant_group_by_name ON tenant_group (tenant, lower(display_name)) WHERE valid_to IS NULL;

CREATE INDEX person_by_status ON person (status, name_key) WHERE valid_to IS NULL;

CREATE VIRTUAL TABLE account_words USING fts5 (
  words, facet, content = '', contentless_delete = 1, prefix = '1 2 3', tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TRIGGER account_closed AFTER UPDATE OF valid_to ON account WHEN old.valid_to IS NULL AND new.valid_to IS NOT NULL BEGIN
  DELETE FROM account_words WHERE rowid = old.id;
END;

CREATE VIRTUAL TABLE person_words USING fts5 (
  words, facet, content = '', contentless_delete = 1, prefix = '1 2 3', tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TRIGGER person_closed AFTER UPDATE OF valid_to ON person WHEN old.valid_to IS NULL AND new.valid_to IS NOT NULL BEGIN
  DELETE FROM person_words WHERE rowid = old.id;
END;

CREATE TABLE listed_entry (
  seq        INTEGER PRIMARY KEY,
  at         INTEGER NOT NULL,
  type       TEXT    NOT NULL, -- empty where the entry cannot be read
  tenant_id  TEXT    NOT NULL,
  ticket     TEXT    NOT NULL,
  target     TEXT    NOT NULL, -- normalised
  actor      TEXT    NOT NULL, -- normalised
  outcome    TEXT    NOT NULL,
  intent     INTEGER           -- of an outcome
) STRICT;

CREATE INDEX listed_entry_by_ticket ON listed_entry (ticket, seq);

CREATE INDEX listed_entry_by_type ON listed_entry (type, seq);

CREATE INDEX listed_entry_by_intent ON listed_entry (intent) WHERE intent IS NOT NULL;

CREATE TABLE listed (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  log_id  TEXT    NOT NULL,
  size    INTEGER NOT NULL CHECK (size > 0),
  leaf    BLOB    NOT NULL CHECK (length(leaf) = 32)
) STRICT;

CREATE TABLE person_account (
  person   INTEGER PRIMARY KEY, -- person.id
  accounts INTEGER NOT NULL,
  active   INTEGER NOT NULL, -- of those, active or unknown
  tenants  INTEGER NOT NULL
) STRICT;

CREATE TABLE person_count (
  state   TEXT    NOT NULL,
  has     INTEGER NOT NULL,
  active  INTEGER NOT NULL,
  people  INTEGER NOT NULL,
  PRIMARY KEY (state, has, active)
) STRICT, WITHOUT ROWID;

CREATE INDEX finding_of_person ON finding (person, rank) WHERE person <> 0;

CREATE INDEX person_ended ON person (name_key) WHERE valid_to IS NULL AND (status = 'left' OR ends <> '');

CREATE INDEX person_from ON person (valid_from, number);

CREATE INDEX person_until ON person (valid_to, number) WHERE valid_to IS NOT NULL;

CREATE INDEX action_of_account ON action (tenant_id, account);

CREATE INDEX plan_offboards ON plan (offboards, created) WHERE offboards <> '';

CREATE VIRTUAL TABLE account_vocabulary USING fts5vocab (account_words, row);

CREATE VIRTUAL TABLE person_vocabulary USING fts5vocab (person_words, row);

CREATE TABLE decided (
  tenant_id TEXT NOT NULL,
  account   TEXT NOT NULL, -- SCIM id
  seq       INTEGER NOT NULL, -- of the entry
  PRIMARY KEY (tenant_id, account)
) STRICT, WITHOUT ROWID;

CREATE INDEX account_was ON account (tenant, scim_id) WHERE valid_to IS NOT NULL;

CREATE INDEX membership_was ON membership (tenant, account) WHERE valid_to IS NOT NULL;

CREATE TABLE finding_count (
  day       TEXT NOT NULL, -- yyyy-mm-dd on this machine
  tenant_id TEXT NOT NULL,
  active    INTEGER NOT NULL, -- active or unknown
  matched   INTEGER NOT NULL, -- of those, with at least one candidate
  orphaned  INTEGER NOT NULL, -- without those that a run closed or that are left alone
  leavers   INTEGER NOT NULL, -- likewise
  PRIMARY KEY (day, tenant_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX finding_leaver ON finding (since, person, id) WHERE kind = 'leaver-still-active' AND rank < 100;

CREATE INDEX snapshot_by_day ON snapshot (tenant, finished, sealed);

CREATE VIEW finding_closed AS
SELECT f.id, f.rank, f.tenant_id, f.search, i.plan, i.at
FROM tenant_no AS t
CROSS JOIN intent AS i ON i.tenant_id = t.tenant_id AND i.at >= (
  SELECT s.started FROM snapshot AS s WHERE s.tenant = t.no AND s.merged = 1 ORDER BY s.no DESC LIMIT 1
)
CROSS JOIN account AS a ON a.tenant = t.no AND a.scim_id = i.account AND a.valid_to IS NULL
CROSS JOIN finding AS f ON f.account = a.id
WHERE i.outcome IN ('confirmed', 'confirmed-gone')
  AND (i.action = 'delete' OR i.action = 'deactivate' AND f.kind <> 'inactive-but-entitled')
  AND NOT EXISTS (
    SELECT 1 FROM intent AS l
    WHERE l.tenant_id = i.tenant_id AND l.account = i.account AND l.at >= i.at AND l.seq > i.seq
      AND (l.action = 'reactivate' OR l.action IN ('deactivate', 'delete') AND l.outcome IN ('confirmed', 'confirmed-gone'))
  )
UNION ALL
SELECT f.id, f.rank, f.tenant_id, f.search, i.plan, i.at
FROM tenant_no AS t
CROSS JOIN intent AS i ON i.tenant_id = t.tenant_id AND i.at >= (
  SELECT s.started FROM snapshot AS s WHERE s.tenant = t.no AND s.merged = 1 ORDER BY s.no DESC LIMIT 1
)
CROSS JOIN account AS a ON a.tenant = t.no AND a.scim_id = i.account AND a.valid_to IS NULL
CROSS JOIN finding AS f ON f.account = a.id AND f.kind = 'inactive-but-entitled'
WHERE i.outcome = 'confirmed' AND i.action = 'remove-membership'
  AND NOT EXISTS (
    SELECT 1 FROM intent AS l
    WHERE l.tenant_id = i.tenant_id AND l.account = i.account AND l.at >= i.at AND l.seq > i.seq
      AND (l.action IN ('reactivate', 'add-membership') OR l.action IN ('remove-membership', 'delete') AND l.outcome IN ('confirmed', 'confirmed-gone'))
  )
  AND NOT EXISTS (
    SELECT 1 FROM membership AS m
    WHERE m.tenant = t.no AND m.account = a.scim_id AND m.valid_to IS NULL AND NOT EXISTS (
      SELECT 1 FROM intent AS r
      WHERE r.tenant_id = i.tenant_id AND r.account = i.account AND r.grp = m.grp AND r.action = 'remove-membership'
        AND r.outcome = 'confirmed' AND r.seq <= i.seq AND r.at >= (
          SELECT s.started FROM snapshot AS s WHERE s.tenant = t.no AND s.merged = 1 ORDER BY s.no DESC LIMIT 1
        )
        AND NOT EXISTS (
          SELECT 1 FROM intent AS b
          WHERE b.tenant_id = r.tenant_id AND b.account = r.account AND b.at >= r.at AND b.seq > r.seq AND b.action = 'add-membership' AND b.grp = r.grp
        )
    )
  );

CREATE INDEX action_undoes ON action (undoes) WHERE undoes IS NOT NULL;

CREATE INDEX finding_of_domain ON finding (domain, tenant_id, rank) WHERE domain <> '';

CREATE VIEW finding_shown AS
SELECT f.id, f.rank, f.kind, f.tenant_id, f.tenant_name, f.sort_key, f.account, f.person, f.rule, f.key, f.reason, f.brief,
  f.since, f.search, f.newer, a.scim_id, a.user_name, a.display_name, a.external_id, a.active, a.emails,
  (
    SELECT count(*) FROM membership AS m
    WHERE m.tenant = a.tenant AND m.account = a.scim_id AND m.valid_to IS NULL
  ) AS memberships,
  coalesce(p.source, '') AS person_source, coalesce(p.number, '') AS person_number,
  coalesce(p.name, '') AS person_name, coalesce(p.status, '') AS person_status, coalesce(p.ends, '') AS person_ends,
  EXISTS (
    SELECT 1 FROM protected AS x
    WHERE x.tenant_id = f.tenant_id AND (x.account = a.scim_id OR (x.name_norm <> '' AND x.name_norm = f.sort_key))
  ) AS is_protected
FROM finding AS f
JOIN account AS a ON a.id = f.account
LEFT JOIN person AS p ON p.id = f.person;

CREATE VIEW account_text AS
SELECT id, replace(replace(replace(replace(replace(replace(replace(replace(replace(user_name || ' ' || display_name || ' ' || external_id || ' ' || emails, 'ß', 'ss'), 'ẞ', 'ss'), 'ﬀ', 'ff'), 'ﬁ', 'fi'), 'ﬂ', 'fl'), 'ﬃ', 'ffi'), 'ﬄ', 'ffl'), 'ﬅ', 'st'), 'ﬆ', 'st') AS words,
  't' || tenant || iif(active = 0, ' off', ' on') AS facet
FROM account;

CREATE TRIGGER account_shown AFTER INSERT ON account WHEN new.valid_to IS NULL BEGIN
  INSERT INTO account_words (rowid, words, facet) SELECT t.id, t.words, t.facet FROM account_text AS t WHERE t.id = new.id;
END;

CREATE VIEW person_text AS
SELECT id, replace(replace(replace(replace(replace(replace(replace(replace(replace(name || ' ' || number || ' ' || user_name || ' ' || emails, 'ß', 'ss'), 'ẞ', 'ss'), 'ﬀ', 'ff'), 'ﬁ', 'fi'), 'ﬂ', 'fl'), 'ﬃ', 'ffi'), 'ﬄ', 'ffl'), 'ﬅ', 'st'), 'ﬆ', 'st') AS words,
  replace(status, ' ', '') AS facet
FROM person;

CREATE TRIGGER person_shown AFTER INSERT ON person WHEN new.valid_to IS NULL BEGIN
  INSERT INTO person_words (rowid, words, facet) SELECT t.id, t.words, t.facet FROM person_text AS t WHERE t.id = new.id;
END;

CREATE INDEX plan_listed ON plan (
  created, hash, ticket, started, done, dropped, offboards, actions, verb, tenants, tenant, left_tenants, left_accounts
);

INSERT INTO migration (name) VALUES
  ('000-applied.sql'),
  ('001-tenant.sql'),
  ('002-action.sql'),
  ('003-file.sql'),
  ('004-decision.sql'),
  ('101-snapshot.sql'),
  ('102-account.sql'),
  ('103-roster.sql'),
  ('104-finding.sql'),
  ('105-entitled.sql'),
  ('106-presumed.sql'),
  ('107-closed.sql'),
  ('108-resume.sql'),
  ('201-browse.sql'),
  ('202-listed.sql'),
  ('203-people.sql'),
  ('301-search.sql'),
  ('302-words.sql'),
  ('303-vouched.sql'),
  ('304-decided.sql'),
  ('305-was.sql'),
  ('401-aside.sql'),
  ('402-counts.sql'),
  ('403-counted.sql'),
  ('404-step.sql'),
  ('405-attempts.sql'),
  ('406-dropped.sql'),
  ('407-left.sql'),
  ('408-undoes.sql'),
  ('409-named.sql'),
  ('411-brief.sql'),
  ('420-linkmarks.sql'),
  ('421-newer.sql'),
  ('422-folded.sql'),
  ('423-planlines.sql'),
  ('430-exceptmarks.sql'),
  ('431-linkperson.sql'),
  ('432-excepted.sql');
