-- How what is kept came to this service: NULL for a post, else import, ocs-log, icon or tserver-log. A statement that both
-- a post and an import make has the origin of the first of the two.
ALTER TABLE statements ADD COLUMN origin TEXT;
ALTER TABLE callback_events ADD COLUMN origin TEXT;
ALTER TABLE quarantine ADD COLUMN origin TEXT;
