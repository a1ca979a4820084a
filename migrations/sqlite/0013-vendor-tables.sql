-- Campaign groups in the shape of Genesys Info Mart and ICON, column for column (schemas/vendor-columns.csv). What each
-- column is: docs/vendor-reports.md.

-- The key of a transition as a fact, made of the group's public id and the transition's place (src/ocs/info-mart.ts).
ALTER TABLE steps ADD COLUMN fact_key INTEGER;
-- Which of the vendor's states a group enters with a transition: 1 Loaded, 2 Started, 3 Unloading, 0 none of them; NULL: it
-- stays where it was.
ALTER TABLE steps ADD COLUMN vendor_state INTEGER;
UPDATE steps SET vendor_state = CASE state
    WHEN 'active' THEN 1 WHEN 'running' THEN 2 WHEN 'waiting_unload' THEN 3 WHEN 'unload_in_progress' THEN 3 ELSE 0 END
  WHERE transition_id IS NOT NULL;
UPDATE steps SET vendor_state = NULL
  WHERE begins_session = 0 AND vendor_state = CASE from_state
    WHEN 'active' THEN 1 WHEN 'running' THEN 2 WHEN 'waiting_unload' THEN 3 WHEN 'unload_in_progress' THEN 3 ELSE 0 END;

-- By the columns that reports join and range over, in the very words of the views.
CREATE INDEX steps_begin_session_key ON steps (fact_key) WHERE begins_session = 1;
CREATE INDEX steps_begin_session_quarter ON steps (CAST(at_ms / 900000 * 900 AS INTEGER)) WHERE begins_session = 1;
CREATE INDEX steps_begin_session_second ON steps (CASE WHEN from_state IS NULL THEN NULL ELSE at_ms / 1000 END)
  WHERE begins_session = 1;
CREATE INDEX steps_begin_stay_quarter ON steps (CAST(at_ms / 900000 * 900 AS INTEGER)) WHERE vendor_state > 0;
CREATE INDEX steps_begin_stay_second ON steps (at_ms / 1000) WHERE vendor_state > 0;

-- Names that statements say, under keys made of them. Kept until all of their source is forgotten.
CREATE TABLE dimension_names (
  -- TENANT, CAMPAIGN or GROUP_.
  dimension TEXT NOT NULL,
  dimension_key INTEGER NOT NULL,
  source TEXT NOT NULL,
  tenant TEXT NOT NULL,
  -- '' but for tenants.
  tenant_ccid TEXT NOT NULL,
  -- '' for tenants.
  name TEXT NOT NULL,
  PRIMARY KEY (dimension, dimension_key),
  UNIQUE (dimension, source, tenant, tenant_ccid, name)
) WITHOUT ROWID;

-- Keys of the names that a statement says.
ALTER TABLE statements ADD COLUMN tenant_key INTEGER;
ALTER TABLE statements ADD COLUMN campaign_key INTEGER;
ALTER TABLE statements ADD COLUMN agent_group_key INTEGER;

-- Quarters of an hour from the first fact to the last, by their starts in seconds; and one of the far future, in which facts
-- end that last.
CREATE TABLE quarters (start_seconds INTEGER PRIMARY KEY);
CREATE INDEX quarters_by_day ON quarters (date(start_seconds, 'unixepoch'));
INSERT INTO quarters VALUES (2147482800);

CREATE TABLE vendor_states (state_no INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO vendor_states VALUES (1, 'Loaded'), (2, 'Started'), (3, 'Unloading');

-- Groups up to this number have keys; there is no row when all have.
INSERT INTO kept_numbers VALUES ('keyed_group', 0);

CREATE VIEW DATE_TIME AS
SELECT start_seconds AS DATE_TIME_KEY, date(start_seconds, 'unixepoch') AS CAL_DATE, start_seconds AS START_TS,
  strftime('%Y-%m-%dT%H:%M:%SZ', start_seconds, 'unixepoch') AS START_ISO,
  CAST(strftime('%Y', start_seconds, 'unixepoch') AS INTEGER) AS YEAR_NUM,
  (CAST(strftime('%m', start_seconds, 'unixepoch') AS INTEGER) + 2) / 3 AS QUARTER_NUM,
  CAST(strftime('%m', start_seconds, 'unixepoch') AS INTEGER) AS MONTH_NUM,
  CAST(strftime('%d', start_seconds, 'unixepoch') AS INTEGER) AS DAY_NUM,
  start_seconds / 3600 % 24 AS HOUR_NUM,
  start_seconds / 900 % 4 + 1 AS QUARTER_HOUR_NUM
FROM quarters;

CREATE VIEW TENANT AS
SELECT dimension_key AS TENANT_KEY, coalesce(nullif(tenant, ''), 'UNKNOWN') AS TENANT_NAME, tenant_ccid AS TENANT_CCID,
  source AS SOURCE
FROM dimension_names WHERE dimension = 'TENANT';

CREATE VIEW CAMPAIGN AS
SELECT dimension_key AS CAMPAIGN_KEY, coalesce(nullif(name, ''), 'UNKNOWN') AS CAMPAIGN_NAME, tenant AS TENANT_NAME,
  source AS SOURCE
FROM dimension_names WHERE dimension = 'CAMPAIGN';

CREATE VIEW GROUP_ AS
SELECT dimension_key AS GROUP_KEY, coalesce(nullif(name, ''), 'UNKNOWN') AS GROUP_NAME, tenant AS TENANT_NAME,
  source AS SOURCE
FROM dimension_names WHERE dimension = 'GROUP_';

CREATE VIEW CAMPAIGN_GROUP_STATE AS
SELECT state_no AS CAMPAIGN_GROUP_STATE_KEY, name AS STATE_NAME FROM vendor_states;

DROP VIEW CAMPAIGN_GROUP_STATE_FACT;
DROP VIEW CAMPAIGN_GROUP_SESSION_FACT;

-- The lives of a load, for the views that follow: each from the step that begins it to the moment that ends it, under the
-- GUID said first in it, if that looks like one.
CREATE VIEW campaign_group_lives AS
SELECT s.group_no, s.at_ms, s.action_rank, s.content_digest, s.from_state, s.inferred, s.fact_key,
  -- Not a join: where nobody asks for it, it costs nothing.
  (SELECT n.at_ms FROM steps AS n
    WHERE n.group_no = s.group_no
      AND (n.at_ms, n.action_rank, n.content_digest) > (s.at_ms, s.action_rank, s.content_digest)
      AND (n.begins_session = 1 OR (n.state = 'not_loaded' AND n.transition_id IS NOT NULL AND n.from_state IS NOT n.state))
    ORDER BY n.at_ms, n.action_rank, n.content_digest LIMIT 1) AS end_ms,
  (SELECT CASE WHEN n.begins_session = 1 AND (n.at_ms, n.action_rank, n.content_digest) > (s.at_ms, s.action_rank, s.content_digest) THEN NULL
      WHEN length(replace(n.guid, '-', '')) = 32 AND n.guid NOT GLOB '*[^0-9a-f-]*' THEN n.guid END
    FROM steps AS n
    WHERE n.group_no = s.group_no AND (n.at_ms, n.action_rank, n.content_digest) >= (s.at_ms, s.action_rank, s.content_digest)
      AND (n.guid IS NOT NULL OR n.state = 'not_loaded' OR (n.begins_session = 1
        AND (n.at_ms, n.action_rank, n.content_digest) > (s.at_ms, s.action_rank, s.content_digest)))
    ORDER BY n.at_ms, n.action_rank, n.content_digest LIMIT 1) AS guid
FROM steps AS s
WHERE s.begins_session = 1;

-- One row per life of a load. START_TS is null when the group was already loaded when it was first heard of; then
-- OBSERVED_DURATION begins there.
CREATE VIEW CAMPAIGN_GROUP_SESSION_FACT AS
SELECT s.fact_key AS CAMP_GROUP_SESSION_FACT_KEY,
  w.agent_group_key AS GROUP_KEY, w.campaign_key AS CAMPAIGN_KEY, w.tenant_key AS TENANT_KEY,
  CAST(s.at_ms / 900000 * 900 AS INTEGER) AS START_DATE_TIME_KEY,
  coalesce(CAST(s.end_ms / 900000 * 900 AS INTEGER), 2147482800) AS END_DATE_TIME_KEY,
  0 AS CREATE_AUDIT_KEY, 0 AS UPDATE_AUDIT_KEY,
  CASE WHEN s.from_state IS NULL THEN NULL ELSE s.at_ms / 1000 END AS START_TS,
  s.end_ms / 1000 AS END_TS,
  CASE WHEN s.from_state IS NULL THEN NULL ELSE (s.end_ms - s.at_ms) / 1000 END AS TOTAL_DURATION,
  s.guid AS CAMPAIGN_GROUP_SESSION_ID,
  s.end_ms IS NULL AS ACTIVE_FLAG,
  NULL AS PURGE_FLAG, NULL AS PRODUCER_BATCH_ID,
  s.inferred AS INFERRED_FLAG,
  CASE WHEN s.end_ms IS NULL THEN NULL ELSE (
    SELECT coalesce(sum(max(0, min(u.alive_ms, s.end_ms) - max(u.started_ms, s.at_ms))), 0) / 1000 FROM uptime AS u
    WHERE u.alive_ms > s.at_ms AND u.alive_ms <= coalesce(
      (SELECT min(after.alive_ms) FROM uptime AS after WHERE after.alive_ms >= s.end_ms), s.end_ms)) END AS OBSERVED_DURATION,
  g.source AS SOURCE, g.dbid AS CAMPAIGN_GROUP_DBID, g.id AS CAMPAIGN_GROUP_ID
FROM campaign_group_lives AS s
JOIN campaign_groups AS g ON g.group_no = s.group_no AND g.source <> '(forgotten)'
JOIN statements AS w ON w.group_no = s.group_no AND w.content_digest = s.content_digest;

-- One row per stay in one of the vendor's states: s begins it, e ends it, b is the life it belongs to, if retention has not
-- removed where that began.
CREATE VIEW CAMPAIGN_GROUP_STATE_FACT AS
SELECT s.fact_key AS CAMP_GROUP_STATE_FACT_KEY,
  w.tenant_key AS TENANT_KEY, w.campaign_key AS CAMPAIGN_KEY, w.agent_group_key AS GROUP_KEY,
  s.vendor_state AS CAMPAIGN_GROUP_STATE_KEY,
  CAST(b.at_ms / 900000 * 900 AS INTEGER) AS CAMP_GROUP_SESS_FACT_SDT_KEY,
  b.fact_key AS CAMP_GROUP_SESSION_FACT_KEY,
  CAST(s.at_ms / 900000 * 900 AS INTEGER) AS START_DATE_TIME_KEY,
  coalesce(CAST(e.at_ms / 900000 * 900 AS INTEGER), 2147482800) AS END_DATE_TIME_KEY,
  0 AS CREATE_AUDIT_KEY, 0 AS UPDATE_AUDIT_KEY,
  s.at_ms / 1000 AS START_TS,
  e.at_ms / 1000 AS END_TS,
  (e.at_ms - s.at_ms) / 1000 AS TOTAL_DURATION,
  b.guid AS CAMPAIGN_GROUP_SESSION_ID,
  e.at_ms IS NULL AS ACTIVE_FLAG,
  NULL AS PURGE_FLAG, NULL AS PRODUCER_BATCH_ID,
  s.inferred AS INFERRED_FLAG,
  CASE WHEN e.at_ms IS NULL THEN NULL ELSE (
    SELECT coalesce(sum(max(0, min(u.alive_ms, e.at_ms) - max(u.started_ms, s.at_ms))), 0) / 1000 FROM uptime AS u
    WHERE u.alive_ms > s.at_ms AND u.alive_ms <= coalesce(
      (SELECT min(after.alive_ms) FROM uptime AS after WHERE after.alive_ms >= e.at_ms), e.at_ms)) END AS OBSERVED_DURATION,
  g.source AS SOURCE, g.dbid AS CAMPAIGN_GROUP_DBID, g.id AS CAMPAIGN_GROUP_ID
FROM steps AS s
JOIN campaign_groups AS g ON g.group_no = s.group_no AND g.source <> '(forgotten)'
JOIN statements AS w ON w.group_no = s.group_no AND w.content_digest = s.content_digest
LEFT JOIN campaign_group_lives AS b ON b.group_no = +s.group_no AND (b.at_ms, b.action_rank, b.content_digest) = (
  SELECT n.at_ms, n.action_rank, n.content_digest FROM steps AS n
  WHERE n.group_no = s.group_no AND n.begins_session = 1
    AND (n.at_ms, n.action_rank, n.content_digest) <= (s.at_ms, s.action_rank, s.content_digest)
  ORDER BY n.at_ms DESC, n.action_rank DESC, n.content_digest DESC LIMIT 1)
LEFT JOIN steps AS e ON e.group_no = s.group_no AND (e.at_ms, e.action_rank, e.content_digest) = (
  SELECT n.at_ms, n.action_rank, n.content_digest FROM steps AS n
  WHERE n.group_no = s.group_no AND n.vendor_state IS NOT NULL
    AND (n.at_ms, n.action_rank, n.content_digest) > (s.at_ms, s.action_rank, s.content_digest)
  ORDER BY n.at_ms, n.action_rank, n.content_digest LIMIT 1)
WHERE s.vendor_state > 0;

-- As ICON has it: one row per life of a load. State is 0 when it has ended; a group that is inactive is loaded.
CREATE VIEW GO_Campaign AS
SELECT s.fact_key AS ID, coalesce(s.guid, CAST(s.fact_key AS TEXT)) AS SessID,
  w.campaign_key AS CampaignID, CAST(g.dbid AS INTEGER) AS GroupID,
  CASE WHEN e.at_ms IS NOT NULL THEN 0 ELSE (
    SELECT CASE n.state WHEN 'not_loaded' THEN 0 WHEN 'running' THEN 2 WHEN 'waiting_unload' THEN 3
    WHEN 'unload_in_progress' THEN 3 ELSE 1 END FROM steps AS n
    WHERE n.group_no = s.group_no ORDER BY n.at_ms DESC, n.action_rank DESC, n.content_digest DESC LIMIT 1) END AS State,
  0 AS OCSID,
  (SELECT nw.dial_mode_code FROM steps AS n
    JOIN statements AS nw ON nw.group_no = n.group_no AND nw.content_digest = n.content_digest
    WHERE n.group_no = s.group_no AND (n.at_ms, n.action_rank, n.content_digest) >= (s.at_ms, s.action_rank, s.content_digest)
      AND (e.at_ms IS NULL OR (n.at_ms, n.action_rank, n.content_digest) < (e.at_ms, e.action_rank, e.content_digest))
      AND nw.dial_mode_code > 0
    ORDER BY n.at_ms DESC, n.action_rank DESC, n.content_digest DESC LIMIT 1) AS DialMode,
  CASE WHEN s.from_state IS NULL THEN NULL ELSE s.at_ms / 1000 END AS START_TS, e.at_ms / 1000 AS END_TS,
  s.inferred AS INFERRED_FLAG, g.source AS SOURCE, g.dbid AS CAMPAIGN_GROUP_DBID, g.id AS CAMPAIGN_GROUP_ID
FROM campaign_group_lives AS s
JOIN campaign_groups AS g ON g.group_no = s.group_no AND g.source <> '(forgotten)'
JOIN statements AS w ON w.group_no = s.group_no AND w.content_digest = s.content_digest
LEFT JOIN steps AS e ON e.group_no = s.group_no AND (e.at_ms, e.action_rank, e.content_digest) = (
  SELECT n.at_ms, n.action_rank, n.content_digest FROM steps AS n
  WHERE n.group_no = s.group_no
    AND (n.at_ms, n.action_rank, n.content_digest) > (s.at_ms, s.action_rank, s.content_digest)
    AND (n.begins_session = 1 OR (n.state = 'not_loaded' AND n.transition_id IS NOT NULL AND n.from_state IS NOT n.state))
  ORDER BY n.at_ms, n.action_rank, n.content_digest LIMIT 1);

-- As ICON has it: one row per change of its states, of the dialing mode or of the optimisation; and one with a negative ID
-- per end of a life that only the load after it tells.
CREATE VIEW GO_CampaignHistory AS
SELECT s.fact_key AS ID, coalesce(b.guid, CAST(b.fact_key AS TEXT), '') AS SessID,
  CASE s.state WHEN 'not_loaded' THEN 0 WHEN 'running' THEN 2 WHEN 'waiting_unload' THEN 3
    WHEN 'unload_in_progress' THEN 3 ELSE 1 END AS State,
  CASE WHEN s.begins_session = 1 THEN NULL ELSE CASE s.from_state WHEN 'not_loaded' THEN 0 WHEN 'running' THEN 2 WHEN 'waiting_unload' THEN 3
    WHEN 'unload_in_progress' THEN 3 ELSE 1 END END AS PrevState,
  CASE WHEN s.inferred = 1 THEN 0 ELSE coalesce(w.action_code, 0) END AS Cause,
  s.at_ms / 1000 AS CHANGED_TS, s.at_ms AS CHANGED_MS,
  s.dial_mode AS DIAL_MODE, s.from_dial_mode AS PREV_DIAL_MODE,
  s.optimize_by AS OPTIMIZE_BY, s.from_optimize_by AS PREV_OPTIMIZE_BY,
  s.optimize_goal AS OPTIMIZE_GOAL, s.from_optimize_goal AS PREV_OPTIMIZE_GOAL,
  s.action AS ACTION, s.actor AS ACTOR, s.inferred AS INFERRED_FLAG,
  g.source AS SOURCE, g.dbid AS CAMPAIGN_GROUP_DBID, g.id AS CAMPAIGN_GROUP_ID
FROM steps AS s
JOIN campaign_groups AS g ON g.group_no = s.group_no AND g.source <> '(forgotten)'
JOIN statements AS w ON w.group_no = s.group_no AND w.content_digest = s.content_digest
LEFT JOIN campaign_group_lives AS b ON b.group_no = +s.group_no AND (b.at_ms, b.action_rank, b.content_digest) = (
  SELECT n.at_ms, n.action_rank, n.content_digest FROM steps AS n
  WHERE n.group_no = s.group_no AND n.begins_session = 1
    AND (n.at_ms, n.action_rank, n.content_digest) <= (s.at_ms, s.action_rank, s.content_digest)
  ORDER BY n.at_ms DESC, n.action_rank DESC, n.content_digest DESC LIMIT 1)
WHERE s.transition_id IS NOT NULL
  AND (s.begins_session = 1 OR s.from_state = s.state
    OR CASE s.state WHEN 'not_loaded' THEN 0 WHEN 'running' THEN 2 WHEN 'waiting_unload' THEN 3
    WHEN 'unload_in_progress' THEN 3 ELSE 1 END
    <> CASE s.from_state WHEN 'not_loaded' THEN 0 WHEN 'running' THEN 2 WHEN 'waiting_unload' THEN 3
    WHEN 'unload_in_progress' THEN 3 ELSE 1 END)
UNION ALL
SELECT -s.fact_key, coalesce(b.guid, CAST(b.fact_key AS TEXT), ''), 0,
  CASE s.from_state WHEN 'not_loaded' THEN 0 WHEN 'running' THEN 2 WHEN 'waiting_unload' THEN 3
    WHEN 'unload_in_progress' THEN 3 ELSE 1 END, 0,
  s.at_ms / 1000, s.at_ms, NULL, s.from_dial_mode, NULL, s.from_optimize_by, NULL, s.from_optimize_goal,
  NULL, 'unknown', 1, g.source, g.dbid, g.id
FROM steps AS s
JOIN campaign_groups AS g ON g.group_no = s.group_no AND g.source <> '(forgotten)'
LEFT JOIN campaign_group_lives AS b ON b.group_no = +s.group_no AND (b.at_ms, b.action_rank, b.content_digest) = (
  SELECT n.at_ms, n.action_rank, n.content_digest FROM steps AS n
  WHERE n.group_no = s.group_no AND n.begins_session = 1
    AND (n.at_ms, n.action_rank, n.content_digest) < (s.at_ms, s.action_rank, s.content_digest)
  ORDER BY n.at_ms DESC, n.action_rank DESC, n.content_digest DESC LIMIT 1)
WHERE s.transition_id IS NOT NULL AND s.begins_session = 1 AND s.from_state <> 'not_loaded';
