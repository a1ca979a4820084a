-- By what a receiver knows that nobody has changed anything of a group since it last held it: what it keeps of the group in
-- memory is right then. Together with the last `entry_no` of its journal; rows that came before this have the defaults.

-- The highest `entry_no` that left the journal; new rows get higher ones.
ALTER TABLE campaign_groups ADD COLUMN evidence_no bigint NOT NULL DEFAULT 0;
-- How often something of the group was changed without a new row in its journal.
ALTER TABLE campaign_groups ADD COLUMN changes bigint NOT NULL DEFAULT 0;
