-- Sources that are being forgotten, until nothing is left of what was asked for: a restart goes on with them. What comes
-- later of the same source has higher numbers and is kept.
CREATE TABLE removals (
  removal_no INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  -- The newest callback and body that are meant; 0: none is left.
  callback_no INTEGER NOT NULL,
  quarantine_no INTEGER NOT NULL
) STRICT;
