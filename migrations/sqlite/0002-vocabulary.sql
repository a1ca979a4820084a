-- The enumeration tables (JSON) under whose words `steps` was told. When a site overrides a number, the groups that
-- sent it are told again at the next start.
CREATE TABLE vocabulary (tables TEXT NOT NULL);
