-- What an account was, and was in, by the account: an undo asks whether a later
-- list showed it back.
CREATE INDEX account_was ON account (tenant, scim_id) WHERE valid_to IS NOT NULL;
CREATE INDEX membership_was ON membership (tenant, account) WHERE valid_to IS NOT NULL;
