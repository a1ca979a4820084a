-- What a replay asks for, in the order of arrival, without reading the bodies.
CREATE INDEX quarantine_held ON quarantine (quarantine_no, source, reason, id, replayed_ms) WHERE replayed_ms IS NULL;

-- The GUID last said since the group was loaded, and whether a session begins with the step. A step lies at the evidence
-- of its statement, so that those told before can be completed; what they tell stays as it was told.
ALTER TABLE steps ADD COLUMN guid TEXT;
ALTER TABLE steps ADD COLUMN begins_session INTEGER NOT NULL DEFAULT 0;
UPDATE steps SET
  guid = CASE WHEN state = 'not_loaded' THEN NULL ELSE (
    SELECT CASE WHEN trim(s.guid, ' {}0-') <> '' THEN lower(trim(s.guid, ' {}')) END FROM statements AS s
    WHERE s.group_no = steps.group_no AND s.content_digest = steps.content_digest) END,
  begins_session = transition_id IS NOT NULL AND state <> 'not_loaded' AND (
    coalesce(from_state, 'not_loaded') = 'not_loaded' OR coalesce(action, '') = 'load' OR implied_steps LIKE '%"load"%');

-- Whether a run ended by itself, and not by a crash: then its last beat is its end.
ALTER TABLE uptime ADD COLUMN ended INTEGER NOT NULL DEFAULT 0;

-- Runs do not overlap: those that end between two moments, and the one after, are all that lie between them.
CREATE INDEX uptime_by_end ON uptime (alive_ms, started_ms);

DROP VIEW transitions;
DROP VIEW CAMPAIGN_GROUP_STATE_FACT;
DROP VIEW CAMPAIGN_GROUP_SESSION_FACT;

-- History's order: at_ms, action_rank, content_digest.
CREATE VIEW transitions AS
SELECT g.id AS campaign_group_id, g.source, g.dbid, s.at_ms, s.transition_id, s.from_state, s.state AS to_state,
  s.from_dial_mode, s.dial_mode AS to_dial_mode, s.from_optimize_by, s.optimize_by AS to_optimize_by,
  s.from_optimize_goal, s.optimize_goal AS to_optimize_goal,
  s.action, s.actor, s.inferred, s.unexpected, s.implied_steps, s.not_before_ms, s.action_rank, s.content_digest
FROM steps AS s JOIN campaign_groups AS g ON g.group_no = s.group_no
WHERE s.transition_id IS NOT NULL AND g.source <> '(forgotten)';

-- One row per stay in a state; END_TS, TOTAL_DURATION null and ACTIVE_FLAG 1 while it lasts. Seconds since 1970.
-- OBSERVED_DURATION is the part of it in which this service listened. STAY_SEQUENCE: 1 for the first stay of the group.
CREATE VIEW CAMPAIGN_GROUP_STATE_FACT AS
SELECT campaign_group_id AS CAMPAIGN_GROUP_ID, source AS SOURCE, dbid AS CAMPAIGN_GROUP_DBID, to_state AS STATE,
  at_ms / 1000 AS START_TS, next_ms / 1000 AS END_TS, (next_ms - at_ms) / 1000 AS TOTAL_DURATION,
  next_ms IS NULL AS ACTIVE_FLAG, inferred AS INFERRED_FLAG,
  CASE WHEN next_ms IS NULL THEN NULL ELSE (
    SELECT coalesce(sum(max(0, min(u.alive_ms, next_ms) - max(u.started_ms, at_ms))), 0) / 1000 FROM uptime AS u
    WHERE u.alive_ms > at_ms AND u.alive_ms <= coalesce(
      (SELECT min(after.alive_ms) FROM uptime AS after WHERE after.alive_ms >= next_ms), next_ms)) END AS OBSERVED_DURATION,
  stay_sequence AS STAY_SEQUENCE
FROM (
  SELECT g.id AS campaign_group_id, g.source, g.dbid, s.state AS to_state, s.at_ms, s.inferred,
    lead(s.at_ms) OVER in_order AS next_ms, row_number() OVER in_order AS stay_sequence
  FROM steps AS s JOIN campaign_groups AS g ON g.group_no = s.group_no
  WHERE s.transition_id IS NOT NULL AND g.source <> '(forgotten)'
    AND (s.from_state IS NOT s.state OR s.begins_session = 1)
  WINDOW in_order AS (PARTITION BY s.group_no ORDER BY s.at_ms, s.action_rank, s.content_digest)
);

-- One row per life of a load. START_TS is null when the group was already loaded when it was first heard of; then
-- OBSERVED_DURATION begins there.
CREATE VIEW CAMPAIGN_GROUP_SESSION_FACT AS
SELECT campaign_group_id AS CAMPAIGN_GROUP_ID, source AS SOURCE, dbid AS CAMPAIGN_GROUP_DBID,
  CASE WHEN from_state IS NULL THEN NULL ELSE at_ms / 1000 END AS START_TS, end_ms / 1000 AS END_TS,
  CASE WHEN from_state IS NULL THEN NULL ELSE (end_ms - at_ms) / 1000 END AS TOTAL_DURATION, end_ms IS NULL AS ACTIVE_FLAG,
  CASE WHEN end_ms IS NULL THEN NULL ELSE (
    SELECT coalesce(sum(max(0, min(u.alive_ms, end_ms) - max(u.started_ms, at_ms))), 0) / 1000 FROM uptime AS u
    WHERE u.alive_ms > at_ms AND u.alive_ms <= coalesce(
      (SELECT min(after.alive_ms) FROM uptime AS after WHERE after.alive_ms >= end_ms), end_ms)) END AS OBSERVED_DURATION,
  session_sequence AS SESSION_SEQUENCE
FROM (
  SELECT borders.*, lead(at_ms) OVER in_order AS end_ms,
    sum(begins_session) OVER (in_order ROWS UNBOUNDED PRECEDING) AS session_sequence
  FROM (
    SELECT g.id AS campaign_group_id, g.source, g.dbid, s.from_state, s.at_ms, s.begins_session, s.group_no, s.action_rank,
      s.content_digest
    FROM steps AS s JOIN campaign_groups AS g ON g.group_no = s.group_no
    WHERE s.transition_id IS NOT NULL AND g.source <> '(forgotten)'
      AND (s.begins_session = 1 OR (s.state = 'not_loaded' AND s.from_state IS NOT s.state))
  ) AS borders
  WINDOW in_order AS (PARTITION BY group_no ORDER BY at_ms, action_rank, content_digest)
)
WHERE begins_session = 1;
