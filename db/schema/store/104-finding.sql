-- Findings are derived: rebuilt whole, in one transaction, when what they
-- stand on has another generation. Nothing here is ever recorded.
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
) STRICT;
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
) STRICT;

CREATE TABLE finding_source (
  source  TEXT PRIMARY KEY,
  leavers INTEGER NOT NULL
) STRICT;

-- One row: what the three tables above stand on.
CREATE TABLE finding_state (
  only       INTEGER PRIMARY KEY CHECK (only = 1),
  generation TEXT NOT NULL,
  built      INTEGER NOT NULL
) STRICT;

-- A finding with all that a row of a list shows.
CREATE VIEW finding_shown AS
SELECT f.id, f.rank, f.kind, f.tenant_id, f.tenant_name, f.sort_key, f.account, f.person, f.rule, f.key, f.reason,
  f.since, f.search, a.scim_id, a.user_name, a.display_name, a.external_id, a.active, a.emails,
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
