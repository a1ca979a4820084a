-- Sources that are being forgotten, until nothing is left of what was asked for: a restart goes on with them. What comes
-- later of the same source has higher numbers and is kept.
CREATE TABLE removals (
  removal_no INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  -- The newest callback and body that are meant; 0: none is left.
  callback_no INTEGER NOT NULL,
  quarantine_no INTEGER NOT NULL
) STRICT;

-- The views as they were, without groups that are being forgotten: their steps go in slices.
DROP VIEW transitions;
DROP VIEW CAMPAIGN_GROUP_STATE_FACT;
DROP VIEW CAMPAIGN_GROUP_SESSION_FACT;

CREATE VIEW transitions AS
SELECT g.id AS campaign_group_id, g.source, g.dbid, s.at_ms, s.transition_id, s.from_state, s.state AS to_state,
  s.from_dial_mode, s.dial_mode AS to_dial_mode, s.from_optimize_by, s.optimize_by AS to_optimize_by,
  s.from_optimize_goal, s.optimize_goal AS to_optimize_goal,
  s.action, s.actor, s.inferred, s.unexpected, s.implied_steps, s.not_before_ms
FROM steps AS s JOIN campaign_groups AS g ON g.group_no = s.group_no
WHERE s.transition_id IS NOT NULL AND g.source <> '(forgotten)';

-- One row a stay in a state; END_TS, TOTAL_DURATION null and ACTIVE_FLAG 1 while it lasts. Seconds since 1970.
CREATE VIEW CAMPAIGN_GROUP_STATE_FACT AS
SELECT campaign_group_id AS CAMPAIGN_GROUP_ID, source AS SOURCE, dbid AS CAMPAIGN_GROUP_DBID, to_state AS STATE,
  at_ms / 1000 AS START_TS, next_ms / 1000 AS END_TS, (next_ms - at_ms) / 1000 AS TOTAL_DURATION,
  next_ms IS NULL AS ACTIVE_FLAG, inferred AS INFERRED_FLAG
FROM (
  SELECT g.id AS campaign_group_id, g.source, g.dbid, s.state AS to_state, s.at_ms, s.inferred,
    lead(s.at_ms) OVER (PARTITION BY s.group_no ORDER BY s.at_ms, s.action_rank, s.content_digest) AS next_ms
  FROM steps AS s JOIN campaign_groups AS g ON g.group_no = s.group_no
  WHERE s.transition_id IS NOT NULL AND g.source <> '(forgotten)' AND s.from_state IS NOT s.state
);

-- One row a life of a load. START_TS is null when the group was already loaded when it was first heard of.
CREATE VIEW CAMPAIGN_GROUP_SESSION_FACT AS
SELECT campaign_group_id AS CAMPAIGN_GROUP_ID, source AS SOURCE, dbid AS CAMPAIGN_GROUP_DBID,
  CASE WHEN from_state IS NULL THEN NULL ELSE at_ms / 1000 END AS START_TS, end_ms / 1000 AS END_TS,
  CASE WHEN from_state IS NULL THEN NULL ELSE (end_ms - at_ms) / 1000 END AS TOTAL_DURATION, end_ms IS NULL AS ACTIVE_FLAG
FROM (
  SELECT g.id AS campaign_group_id, g.source, g.dbid, s.from_state, s.state, s.at_ms,
    min(CASE WHEN s.state = 'not_loaded' THEN s.at_ms END) OVER (
      PARTITION BY s.group_no ORDER BY s.at_ms, s.action_rank, s.content_digest
      ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS end_ms
  FROM steps AS s JOIN campaign_groups AS g ON g.group_no = s.group_no
  WHERE s.transition_id IS NOT NULL AND g.source <> '(forgotten)' AND s.from_state IS NOT s.state
)
WHERE state <> 'not_loaded' AND (from_state IS NULL OR from_state = 'not_loaded');
