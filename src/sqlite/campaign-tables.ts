/** The tables that the history of campaign groups lies in, as the row ports of `apply/`. */
import type { CampaignTables } from '../apply/tables.js';
import { ChunkTable } from './chunk-table.js';
import type { Connection } from './database.js';
import { GroupTable } from './group-table.js';
import { HeadReader } from './head-reader.js';
import { JournalTable } from './journal-table.js';
import { ListTable } from './list-table.js';
import { NumberTable } from './number-table.js';
import { QuarterTable } from './quarter-table.js';
import { RepeatTable } from './repeat-table.js';
import { StandingTable } from './standing-table.js';
import { StatementTable } from './statement-table.js';
import { StepTable } from './step-table.js';

export function campaignTables(db: Connection): CampaignTables {
  return {
    groups: new GroupTable(db),
    heads: new HeadReader(db),
    statements: new StatementTable(db),
    journal: new JournalTable(db),
    chunks: new ChunkTable(db),
    quarters: new QuarterTable(db),
    standing: new StandingTable(db),
    lists: new ListTable(db),
    steps: new StepTable(db),
    repeats: new RepeatTable(db),
    numbers: new NumberTable(db),
  };
}
