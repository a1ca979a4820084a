-- Customers who were forgotten, without their numbers, as SQLite has them since 0016.
CREATE TABLE customer_removals (
  -- Keyed hash of the number, as in callbacks.phone_hash, and the fingerprint of the key.
  number_hash text COLLATE "C" NOT NULL,
  key_fingerprint text COLLATE "C" NOT NULL,
  -- In the order in which they were asked for.
  removal_no bigint NOT NULL,
  -- How many digits the number has; NULL: not known.
  digits bigint,
  -- What was received later stays.
  asked_ms bigint NOT NULL,
  -- How far it is: table, and its last row that was looked at, JSON. NULL: not begun.
  at_table text COLLATE "C",
  at_row text COLLATE "C",
  -- Rows looked through and found by table, JSON.
  counts text COLLATE "C" NOT NULL,
  -- NULL: it goes on.
  done_ms bigint,
  PRIMARY KEY (number_hash, key_fingerprint)
);

CREATE INDEX customer_removals_open ON customer_removals (removal_no) WHERE done_ms IS NULL;

-- Locked by whoever asks for a removal: the number that the last one was given.
INSERT INTO kept_numbers VALUES ('customer_removals', 0);
