-- What was found in each tenant on show, as last derived on a day. It
-- cannot be derived again: in a store that is made anew it begins anew.
CREATE TABLE finding_count (
  day       TEXT NOT NULL, -- yyyy-mm-dd on this machine
  tenant_id TEXT NOT NULL,
  active    INTEGER NOT NULL, -- active or unknown
  matched   INTEGER NOT NULL, -- of those, with at least one candidate
  orphaned  INTEGER NOT NULL, -- without those that a run closed or that are left alone
  leavers   INTEGER NOT NULL, -- likewise
  PRIMARY KEY (day, tenant_id)
) STRICT, WITHOUT ROWID;
