-- How complete the lists of the last weeks were is asked on the first page: it
-- is answered from here, past the certificates.
CREATE INDEX snapshot_by_day ON snapshot (tenant, finished, sealed);
