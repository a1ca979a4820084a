-- For exports that go on where an earlier one ended (src/sqlite/export/): every change of a transition or a callback has a
-- number; none is given twice.
ALTER TABLE steps ADD COLUMN change_no INTEGER NOT NULL DEFAULT 0;
CREATE INDEX steps_by_change ON steps (change_no) WHERE transition_id IS NOT NULL AND change_no > 0;
ALTER TABLE callbacks ADD COLUMN change_no INTEGER NOT NULL DEFAULT 0;
CREATE INDEX callbacks_by_change_no ON callbacks (change_no) WHERE change_no > 0;

-- Transitions that later evidence disproved, or took from their places. The oldest go (src/sqlite/change-numbers.ts).
CREATE TABLE withdrawn_transitions (
  change_no INTEGER PRIMARY KEY,
  group_no INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  transition_id TEXT NOT NULL,
  began_session INTEGER NOT NULL
);

-- One row. era: of which run of numbers a mark is, another one in every database and after every removal. told_no: of what was
-- withdrawn up to this change not all is told any more.
CREATE TABLE change_numbers (era INTEGER NOT NULL, last_no INTEGER NOT NULL, told_no INTEGER NOT NULL);
INSERT INTO change_numbers VALUES (abs(random() % 1000000000000), 0, 0);
