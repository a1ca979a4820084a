-- Administrative actions, in the order in which they ended; the newest 10,000 are kept.
CREATE TABLE audit_log (
  audit_no INTEGER PRIMARY KEY,
  at_ms    INTEGER NOT NULL,
  action   TEXT    NOT NULL,
  actor    TEXT    NOT NULL,
  address  TEXT,             -- null: from this machine
  detail   TEXT    NOT NULL, -- JSON object
  result   TEXT    NOT NULL  -- 'done', or what it failed for
) STRICT;
