-- What changed lately, so that whoever follows the service over /api/v1/stream goes on where the connection broke.
-- Transitions in the order in which they were made and withdrawn. Bounded: the oldest go (src/sqlite/change-log.ts).
CREATE TABLE transition_changes (
  change_no INTEGER PRIMARY KEY,
  recorded_ms INTEGER NOT NULL,
  group_no INTEGER NOT NULL,
  withdrawn INTEGER NOT NULL,
  -- The transition, JSON; '' where history was told again as a whole.
  transition TEXT NOT NULL
);
CREATE INDEX transition_changes_by_time ON transition_changes (recorded_ms);

CREATE INDEX callbacks_by_change ON callbacks (
  max(coalesce(last_event_ms, 0), coalesce(attached_received_ms, 0), coalesce(live_ms, 0))
);
