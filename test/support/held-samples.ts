/** What a database holds of evidence, wherever it lies: journal and chunks, each sample once. */
import Database from 'better-sqlite3';
import { Evidence } from '../../src/apply/evidence.js';
import type { TaggedSample } from '../../src/evidence/sample.js';
import { campaignTables } from '../../src/sqlite/campaign-tables.js';
import type { Connection } from '../../src/sqlite/database.js';

export interface HeldSample extends TaggedSample {
  readonly groupNo: number;
}

/** By group, and within it in place. */
export function heldSamples(db: Connection): HeldSample[] {
  const evidence = new Evidence(campaignTables(db));
  const groupNos = db.prepare('SELECT group_no FROM campaign_groups ORDER BY group_no').pluck().all() as number[];
  return groupNos.flatMap((groupNo) =>
    evidence.inOrder.placed(groupNo, -8.64e15, 8.64e15).map((sample) => ({ ...sample, groupNo })),
  );
}

/** The same of a database at rest. */
export function samplesIn(path: string): HeldSample[] {
  const db = new Database(path, { readonly: true });
  try {
    return heldSamples(db);
  } finally {
    db.close();
  }
}
