-- What a service keeps beside history.

-- Key of the hashes of customers' numbers, one for all receivers, and its fingerprint.
CREATE TABLE service_settings (
  name text COLLATE "C" NOT NULL PRIMARY KEY,
  value text COLLATE "C" NOT NULL
);

-- The words under which history was told.
CREATE TABLE vocabulary (
  place bigint NOT NULL PRIMARY KEY,
  tables text COLLATE "C" NOT NULL
);

-- The learned interval of each source.
CREATE TABLE source_rhythms (
  source text COLLATE "C" NOT NULL PRIMARY KEY,
  interval_ms bigint NOT NULL,
  kept_ms bigint NOT NULL
);

-- Work that one receiver does at a time: whose it is, and until when, by the clock of the database.
CREATE TABLE leases (
  name text COLLATE "C" NOT NULL PRIMARY KEY,
  holder text COLLATE "C" NOT NULL,
  until_ms bigint NOT NULL
);

-- Locked by whoever writes to the audit log: the last number that an entry was given.
INSERT INTO kept_numbers VALUES ('audit', 0);
