/** Every table that a batch writes to, as the row ports of `apply/`. */
import type { Tables } from '../apply/tables.js';
import { CallbackTable } from './callback-table.js';
import { campaignTables } from './campaign-tables.js';
import { ChangeTable } from './change-table.js';
import type { Connection } from './database.js';
import { DimensionTables } from './dimension-tables.js';
import { LegacyTable } from './legacy-table.js';
import { MissingKeyTable } from './missing-key-table.js';
import { QuarantineTable } from './quarantine-table.js';
import { RemovalTables } from './removal-tables.js';
import { RetentionTables } from './retention-tables.js';

export function sqliteTables(db: Connection): Tables {
  return {
    ...campaignTables(db),
    callbacks: new CallbackTable(db),
    dimensions: new DimensionTables(db),
    legacyEvents: new LegacyTable(db),
    missingKeys: new MissingKeyTable(db),
    quarantine: new QuarantineTable(db),
    changes: new ChangeTable(db),
    removals: new RemovalTables(db),
    retention: new RetentionTables(db),
  };
}
