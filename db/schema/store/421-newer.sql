-- Whether the account of an orphan is newer than the roster, so that it is
-- planned by its name only.
ALTER TABLE finding ADD COLUMN newer INTEGER NOT NULL DEFAULT 0;

-- The same view with it.
DROP VIEW finding_shown;
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
