-- Events in which callbacks were reported before there were records of them (gms_* keys), once a content: kept beside the
-- callbacks, and in none of their views. sent_to_icon: 0, 1, or NULL where the log does not say.
CREATE TABLE legacy_callback_events (
  legacy_no INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  digest TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  dn TEXT,
  sent_to_icon INTEGER,
  origin TEXT,
  session_id TEXT,
  sequence INTEGER,
  service TEXT,
  user_id TEXT,
  external_id TEXT,
  started_ms INTEGER,
  waiting_ms INTEGER,
  agent_available_ms INTEGER,
  agent_connected_ms INTEGER,
  user_connected_ms INTEGER,
  completed_ms INTEGER,
  stopped_ms INTEGER,
  received TEXT NOT NULL,
  UNIQUE (source, digest)
);
CREATE INDEX legacy_callback_events_by_time ON legacy_callback_events (at_ms, legacy_no);

ALTER TABLE removals ADD COLUMN legacy_no INTEGER NOT NULL DEFAULT 0;
