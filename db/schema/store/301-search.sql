-- A plan's bodies are large and stand before its ticket: lists and searches go
-- by this instead.
CREATE INDEX plan_listed ON plan (created, hash, ticket);
