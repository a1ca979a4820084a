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

-- What the samples of a quarter of an hour add up to. For people and reports, too: a mean is sum / count of its figure.
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
  busy_ratio_count INTEGER NOT NULL,
  busy_ratio_min REAL,
  busy_ratio_max REAL,
  busy_ratio_sum REAL,
  busy_ratio_last REAL,
  hit_ratio_count INTEGER NOT NULL,
  hit_ratio_min REAL,
  hit_ratio_max REAL,
  hit_ratio_sum REAL,
  hit_ratio_last REAL,
  overdial_ratio_count INTEGER NOT NULL,
  overdial_ratio_min REAL,
  overdial_ratio_max REAL,
  overdial_ratio_sum REAL,
  overdial_ratio_last REAL,
  time_to_complete_seconds_count INTEGER NOT NULL,
  time_to_complete_seconds_min REAL,
  time_to_complete_seconds_max REAL,
  time_to_complete_seconds_sum REAL,
  time_to_complete_seconds_last REAL,
  PRIMARY KEY (group_no, start_ms)
) WITHOUT ROWID;

CREATE TABLE list_quarter_hours (
  list_no INTEGER NOT NULL,
  start_ms INTEGER NOT NULL,
  newest_ms INTEGER NOT NULL,
  hit_ratio_count INTEGER NOT NULL,
  hit_ratio_min REAL,
  hit_ratio_max REAL,
  hit_ratio_sum REAL,
  hit_ratio_last REAL,
  time_to_complete_seconds_count INTEGER NOT NULL,
  time_to_complete_seconds_min REAL,
  time_to_complete_seconds_max REAL,
  time_to_complete_seconds_sum REAL,
  time_to_complete_seconds_last REAL,
  PRIMARY KEY (list_no, start_ms)
) WITHOUT ROWID;

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
