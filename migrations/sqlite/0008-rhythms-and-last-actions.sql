-- The interval at which a source was seen to post, so that a restart need not learn it again.
CREATE TABLE source_rhythms (
  source TEXT PRIMARY KEY,
  interval_ms INTEGER NOT NULL,
  -- When it was written.
  kept_ms INTEGER NOT NULL
) WITHOUT ROWID;

-- Date-times of the last evidence that says an action; of the last that says it with an actor, where the last does not;
-- and of the last that says another action, where nothing says who did it. See src/sqlite/last-said.ts.
ALTER TABLE campaign_groups ADD COLUMN said_ms INTEGER;
ALTER TABLE campaign_groups ADD COLUMN actor_said_ms INTEGER;
ALTER TABLE campaign_groups ADD COLUMN other_said_ms INTEGER;

-- Of what was received before, the last explicit transition tells. Every row is written, so that all are of one shape.
UPDATE campaign_groups SET said_ms = (
  SELECT s.at_ms FROM steps AS s WHERE s.group_no = campaign_groups.group_no AND s.action IS NOT NULL
  ORDER BY s.at_ms DESC LIMIT 1);
