-- Evidence first: a group's rows in `evidence`, sorted by time, are its history. `steps` is derived from them.
-- Times are UTC milliseconds. Codes are the vendor's numbers as sent.

CREATE TABLE campaign_groups (
  group_no INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL,
  dbid TEXT NOT NULL,
  -- Receive time of the newest duplicate or late notification; that of the others stands in `evidence`.
  heard_ms INTEGER NOT NULL,
  UNIQUE (source, dbid)
);

-- What a notification says apart from time and figures, once for each distinct content of a group.
CREATE TABLE statements (
  statement_no INTEGER PRIMARY KEY,
  group_no INTEGER NOT NULL REFERENCES campaign_groups,
  content_digest TEXT NOT NULL,
  state_code INTEGER NOT NULL,
  dial_mode_code INTEGER,
  optimize_by_code INTEGER,
  optimize_goal REAL,
  action_code INTEGER,
  actor_code INTEGER,
  name TEXT NOT NULL,
  tenant TEXT NOT NULL,
  tenant_ccid TEXT NOT NULL,
  guid TEXT NOT NULL,
  agent_group TEXT NOT NULL,
  campaign TEXT NOT NULL,
  template TEXT NOT NULL,
  queue TEXT NOT NULL,
  sends_statistics INTEGER NOT NULL,
  -- Unknown fields and values that could not be applied, JSON; '' for none.
  extras TEXT NOT NULL,
  UNIQUE (group_no, content_digest)
);

CREATE TABLE calling_lists (
  list_no INTEGER PRIMARY KEY,
  group_no INTEGER NOT NULL REFERENCES campaign_groups,
  name TEXT NOT NULL,
  -- '' when not said.
  dbid TEXT NOT NULL,
  UNIQUE (group_no, name, dbid)
);

-- All calling-list figures of one notification, once for each distinct content.
CREATE TABLE list_sets (
  list_set_no INTEGER PRIMARY KEY,
  group_no INTEGER NOT NULL REFERENCES campaign_groups,
  content_digest TEXT NOT NULL,
  UNIQUE (group_no, content_digest)
);

CREATE TABLE list_figures (
  list_set_no INTEGER NOT NULL REFERENCES list_sets,
  list_no INTEGER NOT NULL REFERENCES calling_lists,
  hit_ratio REAL,
  time_to_complete_seconds REAL,
  PRIMARY KEY (list_set_no, list_no)
) WITHOUT ROWID;

-- One row an applied notification, 60 bytes or less; clustered by group and time.
CREATE TABLE evidence (
  group_no INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  statement_no INTEGER NOT NULL,
  -- 0 for the first of its group, time and statement; of further ones (same date-time, other figures) 48 bits of their id.
  tag INTEGER NOT NULL,
  -- Receive time minus at_ms.
  lag_ms INTEGER NOT NULL,
  busy_ratio REAL,
  hit_ratio REAL,
  overdial_ratio REAL,
  time_to_complete_seconds REAL,
  -- 0 when the notification names no lists.
  list_set_no INTEGER NOT NULL,
  PRIMARY KEY (group_no, at_ms, statement_no, tag)
) WITHOUT ROWID;

-- Samples of a source whose date-time stands still are found by receive time.
CREATE INDEX evidence_repeats ON evidence (group_no, at_ms + lag_ms) WHERE tag <> 0;
-- The newest figures of a list.
CREATE INDEX evidence_lists ON evidence (group_no, at_ms) WHERE list_set_no <> 0;

-- Where the bearing of a group changes. A step with a transition_id is a transition; one without only tells
-- what mode or goal was first said. Ordered as history is: by time, the action's rank, and content.
CREATE TABLE steps (
  group_no INTEGER NOT NULL REFERENCES campaign_groups,
  at_ms INTEGER NOT NULL,
  action_rank INTEGER NOT NULL,
  content_digest TEXT NOT NULL,
  state TEXT NOT NULL,
  dial_mode TEXT,
  optimize_by TEXT,
  optimize_goal REAL,
  transition_id TEXT,
  from_state TEXT,
  from_dial_mode TEXT,
  from_optimize_by TEXT,
  from_optimize_goal REAL,
  action TEXT,
  actor TEXT,
  inferred INTEGER,
  unexpected INTEGER,
  implied_steps TEXT,
  not_before_ms INTEGER,
  PRIMARY KEY (group_no, at_ms, action_rank, content_digest)
) WITHOUT ROWID;

CREATE INDEX steps_transitions ON steps (at_ms, action_rank, content_digest, group_no) WHERE transition_id IS NOT NULL;

CREATE TABLE quarantine (
  quarantine_no INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  reason TEXT NOT NULL,
  violations TEXT NOT NULL,
  schema_version TEXT NOT NULL,
  body BLOB NOT NULL,
  size INTEGER NOT NULL,
  count INTEGER NOT NULL,
  first_received_ms INTEGER NOT NULL,
  last_received_ms INTEGER NOT NULL,
  replayed_ms INTEGER,
  applied_id TEXT
);

CREATE INDEX quarantine_newest ON quarantine (last_received_ms, quarantine_no);
CREATE INDEX quarantine_replayed ON quarantine (replayed_ms) WHERE replayed_ms IS NOT NULL;
CREATE INDEX quarantine_reasons ON quarantine (source, reason, last_received_ms) WHERE replayed_ms IS NULL;

-- When this service was up: a gap that overlaps our own downtime is unobserved, not silent.
CREATE TABLE uptime (
  run_no INTEGER PRIMARY KEY,
  started_ms INTEGER NOT NULL,
  alive_ms INTEGER NOT NULL
);

-- For people and reports that read the database.
CREATE VIEW transitions AS
SELECT g.id AS campaign_group_id, g.source, g.dbid, s.at_ms, s.transition_id, s.from_state, s.state AS to_state,
  s.from_dial_mode, s.dial_mode AS to_dial_mode, s.from_optimize_by, s.optimize_by AS to_optimize_by,
  s.from_optimize_goal, s.optimize_goal AS to_optimize_goal,
  s.action, s.actor, s.inferred, s.unexpected, s.implied_steps, s.not_before_ms
FROM steps AS s JOIN campaign_groups AS g ON g.group_no = s.group_no
WHERE s.transition_id IS NOT NULL;

-- One row a stay in a state; END_TS, TOTAL_DURATION null and ACTIVE_FLAG 1 while it lasts. Seconds since 1970.
CREATE VIEW CAMPAIGN_GROUP_STATE_FACT AS
SELECT campaign_group_id AS CAMPAIGN_GROUP_ID, source AS SOURCE, dbid AS CAMPAIGN_GROUP_DBID, to_state AS STATE,
  at_ms / 1000 AS START_TS, next_ms / 1000 AS END_TS, (next_ms - at_ms) / 1000 AS TOTAL_DURATION,
  next_ms IS NULL AS ACTIVE_FLAG, inferred AS INFERRED_FLAG
FROM (
  SELECT g.id AS campaign_group_id, g.source, g.dbid, s.state AS to_state, s.at_ms, s.inferred,
    lead(s.at_ms) OVER (PARTITION BY s.group_no ORDER BY s.at_ms, s.action_rank, s.content_digest) AS next_ms
  FROM steps AS s JOIN campaign_groups AS g ON g.group_no = s.group_no
  WHERE s.transition_id IS NOT NULL AND s.from_state IS NOT s.state
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
  WHERE s.transition_id IS NOT NULL AND s.from_state IS NOT s.state
)
WHERE state <> 'not_loaded' AND (from_state IS NULL OR from_state = 'not_loaded');
