-- What a list of plans shows of each, so that it reads no plan whole.
ALTER TABLE plan ADD COLUMN actions INTEGER NOT NULL DEFAULT 0;
ALTER TABLE plan ADD COLUMN verb TEXT NOT NULL DEFAULT ''; -- of all its actions; empty where they differ
ALTER TABLE plan ADD COLUMN tenants INTEGER NOT NULL DEFAULT 0; -- in which it has actions
ALTER TABLE plan ADD COLUMN tenant TEXT NOT NULL DEFAULT ''; -- name of the first of them
ALTER TABLE plan ADD COLUMN left_tenants INTEGER NOT NULL DEFAULT 0;
ALTER TABLE plan ADD COLUMN left_accounts INTEGER NOT NULL DEFAULT 0;

UPDATE plan SET (actions, verb, tenants, tenant) = (
  SELECT count(*), iif(min(x.value ->> '$.action') = max(x.value ->> '$.action'), min(x.value ->> '$.action'), ''),
    count(DISTINCT x.value ->> '$.tenantId'), coalesce(CAST(plan.view AS TEXT) ->> '$.plan.actions[0].tenant', '')
  FROM json_each(CAST(plan.view AS TEXT), '$.plan.actions') AS x
), (left_tenants, left_accounts) = (
  SELECT count(DISTINCT iif(coalesce(x.value ->> '$.userName', '') = '', x.value ->> '$.tenant', NULL)),
    count(DISTINCT iif(coalesce(x.value ->> '$.userName', '') = '', NULL, json_array(x.value ->> '$.tenant', x.value ->> '$.userName')))
  FROM json_each(CAST(plan.view AS TEXT), '$.plan.notCovered') AS x
);

-- Behind the plan itself a column is as far as the plan is long: the index has
-- them all.
DROP INDEX plan_listed;
CREATE INDEX plan_listed ON plan (
  created, hash, ticket, started, done, dropped, offboards, actions, verb, tenants, tenant, left_tenants, left_accounts
);
