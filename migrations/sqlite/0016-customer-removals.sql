-- Customers who were forgotten, without their numbers: by these what is removed is removed again from a copy that is
-- restored.
CREATE TABLE customer_removals (
  removal_no INTEGER PRIMARY KEY,
  -- Keyed hash of the number, as in callbacks.phone_hash, and the fingerprint of the key.
  number_hash TEXT NOT NULL,
  key_fingerprint TEXT NOT NULL,
  -- How many digits the number has; NULL: not known.
  digits INTEGER,
  -- What was received later stays.
  asked_ms INTEGER NOT NULL,
  -- How far it is: table, and its last row that was looked at. NULL: not begun.
  at_table TEXT,
  at_row ANY,
  -- Rows looked through and found by table, JSON.
  counts TEXT NOT NULL,
  -- NULL: it goes on.
  done_ms INTEGER,
  UNIQUE (number_hash, key_fingerprint)
) STRICT;
CREATE INDEX customer_removals_open ON customer_removals (removal_no) WHERE done_ms IS NULL;

-- Zeros that are laid over free pages, and removed at once.
CREATE TABLE wiped_pages (
  wiped_no INTEGER PRIMARY KEY,
  zeros BLOB NOT NULL
) STRICT;
