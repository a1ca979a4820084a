-- When equal copies of a group's newest notification came, which leave no evidence: a source whose date-time stands still
-- may say the same for hours, and is not silent. One row per while in which they followed each other.
CREATE TABLE repeats (
  group_no INTEGER NOT NULL,
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  PRIMARY KEY (group_no, from_ms)
) WITHOUT ROWID;
