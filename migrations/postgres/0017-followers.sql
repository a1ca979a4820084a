-- What several receivers need to show the same.

-- Later than that of every commit that held the same group, callback or body before: the order in which all of them show
-- what changed. Microseconds, as far as the database's clock goes on.
ALTER TABLE lane_log ADD COLUMN moment bigint NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;

CREATE INDEX lane_log_by_moment ON lane_log (moment);

-- The oldest version of the schema whose program may go on writing to it: of an older one nobody may.
ALTER TABLE schema_version ADD COLUMN IF NOT EXISTS compatible_from bigint NOT NULL DEFAULT 0;
