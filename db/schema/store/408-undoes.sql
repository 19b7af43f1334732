-- The entry of the intent that the action takes back; NULL: none, or a plan of
-- before plans named it. With it a plan can tell what became of it.
ALTER TABLE action ADD COLUMN undoes INTEGER;
INSERT INTO action (plan, n, tenant_id, account, undoes)
SELECT p.hash, x.key + 1, '', '', json_extract(x.value, '$.undoes')
FROM plan AS p, json_each(cast(p.body AS TEXT), '$.actions') AS x
WHERE json_extract(x.value, '$.undoes') IS NOT NULL
ON CONFLICT (plan, n) DO UPDATE SET undoes = excluded.undoes;
CREATE INDEX action_undoes ON action (undoes) WHERE undoes IS NOT NULL;
