/** The row ports of `apply/` over one working set. */
import type { Tables } from '../apply/tables.js';
import { DimensionTables, LegacyTable, MissingKeyTable } from './beside-tables.js';
import { CallbackTable } from './callback-table.js';
import { ChangeTable } from './change-table.js';
import { ChunkTable } from './chunk-table.js';
import { NumberTable, QuarterTable, RepeatTable, StandingTable } from './figure-tables.js';
import { GroupTable } from './group-table.js';
import { JournalTable } from './journal-table.js';
import { ListTable } from './list-table.js';
import { QuarantineTable } from './quarantine-table.js';
import { RemovalTables } from './removal-tables.js';
import { RetentionTables } from './retention-tables.js';
import { StatementTable } from './statement-table.js';
import { StepTable } from './step-table.js';
import type { WorkingSet } from './working-set.js';

export interface PostgresTables extends Tables {
  readonly journal: JournalTable;
  readonly changes: ChangeTable;
}

export function tablesOver(set: WorkingSet): PostgresTables {
  const groups = new GroupTable(set);
  return {
    groups,
    heads: groups,
    statements: new StatementTable(set),
    journal: new JournalTable(set),
    chunks: new ChunkTable(set),
    quarters: new QuarterTable(set),
    standing: new StandingTable(set),
    lists: new ListTable(set),
    steps: new StepTable(set),
    repeats: new RepeatTable(set),
    numbers: new NumberTable(set),
    callbacks: new CallbackTable(set),
    dimensions: new DimensionTables(set),
    legacyEvents: new LegacyTable(set),
    missingKeys: new MissingKeyTable(set),
    quarantine: new QuarantineTable(set),
    changes: new ChangeTable(set.log),
    removals: new RemovalTables(set, groups),
    retention: new RetentionTables(set, groups),
  };
}
