-- Evidence in the order of its arrival. All that an ordinary commit writes of a post that changes nothing. The number grows
-- by one from row to row; compaction moves rows into chunks, and removes them from the front.
CREATE TABLE journal (
  entry_no INTEGER PRIMARY KEY,
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
  -- Number, hit ratio and seconds of each calling list, as doubles; NULL for none.
  lists BLOB
);

-- Evidence of one group and one clock hour, compressed column by column (src/evidence/block.ts). Each compaction adds a row
-- behind all others and touches none that is there, so that an hour of a group may have several.
CREATE TABLE chunks (
  chunk_no INTEGER PRIMARY KEY,
  group_no INTEGER NOT NULL,
  -- Since 1970, UTC.
  hour INTEGER NOT NULL,
  count INTEGER NOT NULL,
  -- The journal's last row when it was written: no earlier row of the group is to be compacted any more.
  journal_no INTEGER NOT NULL,
  written_ms INTEGER NOT NULL,
  samples BLOB NOT NULL
);

-- Where the chunks of a group and hour are.
CREATE TABLE chunk_hours (
  group_no INTEGER NOT NULL,
  hour INTEGER NOT NULL,
  chunk_no INTEGER NOT NULL,
  -- The greatest date-time in it.
  newest_ms INTEGER NOT NULL,
  PRIMARY KEY (group_no, hour, chunk_no)
) WITHOUT ROWID;

-- Chunks whose samples cannot be read, as they were met: nothing leads to them any more. Their quarter hours stay.
CREATE TABLE damaged_chunks (
  chunk_no INTEGER PRIMARY KEY,
  group_no INTEGER NOT NULL,
  hour INTEGER NOT NULL,
  count INTEGER NOT NULL,
  found_ms INTEGER NOT NULL,
  why TEXT NOT NULL,
  samples BLOB NOT NULL
);

-- Samples of a date-time that stands still, but the first of each statement: where they are placed.
CREATE TABLE standing_samples (
  group_no INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  statement_no INTEGER NOT NULL,
  tag INTEGER NOT NULL,
  received_ms INTEGER NOT NULL,
  PRIMARY KEY (group_no, at_ms, statement_no, tag)
) WITHOUT ROWID;
CREATE INDEX standing_samples_newest ON standing_samples (group_no, at_ms, received_ms);

-- What the samples of a quarter of an hour add up to. Figures are whole numbers of a unit: ten-thousandths as a rule, in
-- which they take two bytes instead of eight. People and reports read the view statistics_by_quarter_hour.
CREATE TABLE quarter_hours (
  group_no INTEGER NOT NULL,
  start_ms INTEGER NOT NULL,
  count INTEGER NOT NULL,
  -- Of these, samples that say any figure.
  figures_count INTEGER NOT NULL,
  -- For how much of it its samples stand: each until the next, for a minute at most.
  observed_ms INTEGER NOT NULL,
  -- Place of the newest sample.
  newest_ms INTEGER NOT NULL,
  -- How many of the figures' units are one: 10000, or 1 where a figure has more decimals.
  unit INTEGER NOT NULL,
  busy_ratio_count INTEGER NOT NULL,
  busy_ratio_min INTEGER,
  busy_ratio_max INTEGER,
  busy_ratio_sum INTEGER,
  busy_ratio_last INTEGER,
  hit_ratio_count INTEGER NOT NULL,
  hit_ratio_min INTEGER,
  hit_ratio_max INTEGER,
  hit_ratio_sum INTEGER,
  hit_ratio_last INTEGER,
  overdial_ratio_count INTEGER NOT NULL,
  overdial_ratio_min INTEGER,
  overdial_ratio_max INTEGER,
  overdial_ratio_sum INTEGER,
  overdial_ratio_last INTEGER,
  time_to_complete_seconds_count INTEGER NOT NULL,
  time_to_complete_seconds_min INTEGER,
  time_to_complete_seconds_max INTEGER,
  time_to_complete_seconds_sum INTEGER,
  time_to_complete_seconds_last INTEGER,
  PRIMARY KEY (group_no, start_ms)
) WITHOUT ROWID;

CREATE TABLE list_quarter_hours (
  list_no INTEGER NOT NULL,
  start_ms INTEGER NOT NULL,
  newest_ms INTEGER NOT NULL,
  unit INTEGER NOT NULL,
  hit_ratio_count INTEGER NOT NULL,
  hit_ratio_min INTEGER,
  hit_ratio_max INTEGER,
  hit_ratio_sum INTEGER,
  hit_ratio_last INTEGER,
  time_to_complete_seconds_count INTEGER NOT NULL,
  time_to_complete_seconds_min INTEGER,
  time_to_complete_seconds_max INTEGER,
  time_to_complete_seconds_sum INTEGER,
  time_to_complete_seconds_last INTEGER,
  PRIMARY KEY (list_no, start_ms)
) WITHOUT ROWID;

-- For people and reports that read the database. Times are UTC milliseconds; ratios are fractions.
CREATE VIEW statistics_by_quarter_hour AS
SELECT g.id AS campaign_group_id, g.source, g.dbid, q.start_ms, q.count AS notifications,
  q.observed_ms / 1000.0 AS observed_seconds,
  1.0 * q.busy_ratio_min / q.unit AS busy_ratio_min,
  1.0 * q.busy_ratio_max / q.unit AS busy_ratio_max,
  1.0 * q.busy_ratio_last / q.unit AS busy_ratio_last,
  1.0 * q.busy_ratio_sum / q.unit / nullif(q.busy_ratio_count, 0) AS busy_ratio_mean,
  q.busy_ratio_count,
  1.0 * q.hit_ratio_min / q.unit AS hit_ratio_min,
  1.0 * q.hit_ratio_max / q.unit AS hit_ratio_max,
  1.0 * q.hit_ratio_last / q.unit AS hit_ratio_last,
  1.0 * q.hit_ratio_sum / q.unit / nullif(q.hit_ratio_count, 0) AS hit_ratio_mean,
  q.hit_ratio_count,
  1.0 * q.overdial_ratio_min / q.unit AS overdial_ratio_min,
  1.0 * q.overdial_ratio_max / q.unit AS overdial_ratio_max,
  1.0 * q.overdial_ratio_last / q.unit AS overdial_ratio_last,
  1.0 * q.overdial_ratio_sum / q.unit / nullif(q.overdial_ratio_count, 0) AS overdial_ratio_mean,
  q.overdial_ratio_count,
  1.0 * q.time_to_complete_seconds_min / q.unit AS time_to_complete_seconds_min,
  1.0 * q.time_to_complete_seconds_max / q.unit AS time_to_complete_seconds_max,
  1.0 * q.time_to_complete_seconds_last / q.unit AS time_to_complete_seconds_last,
  1.0 * q.time_to_complete_seconds_sum / q.unit / nullif(q.time_to_complete_seconds_count, 0) AS time_to_complete_seconds_mean,
  q.time_to_complete_seconds_count
FROM quarter_hours AS q JOIN campaign_groups AS g ON g.group_no = q.group_no
WHERE g.source <> '(forgotten)';

CREATE VIEW list_statistics_by_quarter_hour AS
SELECT g.id AS campaign_group_id, g.source, g.dbid, l.name AS calling_list, l.dbid AS calling_list_dbid, q.start_ms,
  1.0 * q.hit_ratio_min / q.unit AS hit_ratio_min,
  1.0 * q.hit_ratio_max / q.unit AS hit_ratio_max,
  1.0 * q.hit_ratio_last / q.unit AS hit_ratio_last,
  1.0 * q.hit_ratio_sum / q.unit / nullif(q.hit_ratio_count, 0) AS hit_ratio_mean,
  q.hit_ratio_count,
  1.0 * q.time_to_complete_seconds_min / q.unit AS time_to_complete_seconds_min,
  1.0 * q.time_to_complete_seconds_max / q.unit AS time_to_complete_seconds_max,
  1.0 * q.time_to_complete_seconds_last / q.unit AS time_to_complete_seconds_last,
  1.0 * q.time_to_complete_seconds_sum / q.unit / nullif(q.time_to_complete_seconds_count, 0) AS time_to_complete_seconds_mean,
  q.time_to_complete_seconds_count
FROM list_quarter_hours AS q JOIN calling_lists AS l ON l.list_no = q.list_no
  JOIN campaign_groups AS g ON g.group_no = l.group_no
WHERE g.source <> '(forgotten)';

-- The figures that compacted evidence said last of a list; what the journal holds is newer.
ALTER TABLE calling_lists ADD COLUMN said_at_ms INTEGER;
ALTER TABLE calling_lists ADD COLUMN said_received_ms INTEGER;
ALTER TABLE calling_lists ADD COLUMN hit_ratio REAL;
ALTER TABLE calling_lists ADD COLUMN time_to_complete_seconds REAL;

-- While the clock was ahead, evidence up to a date-time was received in what turned out to be the future: it counts as heard
-- when the clock was set back.
ALTER TABLE campaign_groups ADD COLUMN heard_limit_at_ms INTEGER;
ALTER TABLE campaign_groups ADD COLUMN heard_limit_ms INTEGER;

-- Numbers that outlive the rows they were read of: 'group', the highest number of a group that was removed, so that none is
-- given twice.
CREATE TABLE kept_numbers (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;

-- What retention must not remove: all of a campaign group, or of a source, until a moment.
CREATE TABLE holds (
  hold_no INTEGER PRIMARY KEY,
  source TEXT,
  -- Public id of a campaign group; of the two one.
  group_id TEXT,
  until_ms INTEGER NOT NULL,
  why TEXT NOT NULL,
  made_ms INTEGER NOT NULL
) STRICT;
