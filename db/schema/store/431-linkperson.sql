-- What the roster said of the person of a link beside the number, when it was
-- linked: a number may be given to somebody else. A JSON list of addresses; '': the
-- entry does not tell.
ALTER TABLE link ADD COLUMN person_emails TEXT NOT NULL DEFAULT '';
