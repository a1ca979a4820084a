/** The evidence that a database holds, wherever it lies: in the journal, in chunks, or for a while in both. Asks SQL alone. */
import Database from 'better-sqlite3';
import { readBlock } from '../../src/evidence/block.js';
import { inPlace, type TaggedSample } from '../../src/evidence/sample.js';
import type { Connection } from '../../src/sqlite/database.js';
import { JournalTable } from '../../src/sqlite/journal-table.js';

export interface HeldSample extends TaggedSample {
  readonly groupNo: number;
}

/** Each sample once, by group, then in its place; what is left of blanked rows is none. */
export function heldEvidence(db: Connection): HeldSample[] {
  const held = new Map<string, HeldSample>();
  const hold = (groupNo: number, sample: TaggedSample) => {
    const { atMs, statementNo, tag } = sample;
    held.set([groupNo, atMs, statementNo, tag].join(';'), { groupNo, ...sample });
  };
  const journal = new JournalTable(db);
  for (const { entryNo, groupNo } of [...journal.keysFrom(0)]) {
    if (groupNo !== 0) for (const sample of journal.samples([entryNo])) hold(groupNo, sample);
  }
  const chunks = db.prepare('SELECT group_no, samples FROM chunks').raw().all() as [number, Uint8Array][];
  for (const [groupNo, block] of chunks) for (const sample of readBlock(block)) hold(groupNo, sample);
  return [...held.values()].sort((a, b) => a.groupNo - b.groupNo || inPlace(a, b));
}

/** Of the database in a file. */
export function heldEvidenceIn(path: string): HeldSample[] {
  const db = new Database(path, { readonly: true });
  try {
    return heldEvidence(db);
  } finally {
    db.close();
  }
}

/** Children first: foreign keys hold. */
const TABLES = [
  ...['steps', 'repeats', 'journal', 'chunks', 'chunk_hours', 'standing_samples', 'quarter_hours'],
  ...['list_quarter_hours', 'calling_lists', 'statements', 'campaign_groups', 'kept_numbers'],
];

/** Leaves nothing of any campaign group. */
export function emptyCampaigns(db: Connection): void {
  db.exec(TABLES.map((table) => `DELETE FROM ${table}`).join('; '));
}
