-- Chunks are added behind all others; what retention, a removal or a block that is none does to those that are there is
-- counted, whoever does it: who keeps samples of chunks in memory, in whatever process, goes by it.
CREATE TRIGGER chunk_changes_replaced AFTER UPDATE ON chunks BEGIN
  INSERT INTO kept_numbers VALUES ('chunk_changes', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
CREATE TRIGGER chunk_changes_removed AFTER DELETE ON chunks BEGIN
  INSERT INTO kept_numbers VALUES ('chunk_changes', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
