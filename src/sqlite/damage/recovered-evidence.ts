/** Evidence as it was recovered, in its shapes, as the notifications that it was made of. */
import type { NumberedList } from '../../apply/evidence-rows.js';
import type { CallingListFigures, Notification } from '../../domain/notification.js';
import { readBlock } from '../../evidence/block.js';
import type { TaggedSample } from '../../evidence/sample.js';
import type { Connection } from '../database.js';
import { JournalTable } from '../journal-table.js';
import { OldEvidence } from '../old-evidence.js';
import { statementRowOf, type StoredStatementRow } from '../../apply/stored/statement-row.js';

/** Tables that samples lie in, in the order in which they are brought over. The last is of the shape before. */
export const EVIDENCE_TABLES = ['chunks', 'journal', 'evidence'] as const;
type EvidenceTable = (typeof EVIDENCE_TABLES)[number];

interface Group {
  readonly groupNo: number;
  readonly source: string;
  readonly dbid: string;
  readonly lists: ReadonlyMap<number, NumberedList>;
}

export class RecoveredEvidence {
  readonly #db: Connection;
  readonly #has: (table: string) => boolean;
  readonly #sql;
  /** The one asked for last. */
  #group: Group | null = null;
  /** Chunks whose block is none. */
  unreadableChunks = 0;

  /** `has`: whether rows of a table were found. */
  constructor(db: Connection, has: (table: string) => boolean) {
    this.#db = db;
    this.#has = has;
    this.#sql = {
      group: db.prepare('SELECT source, dbid FROM campaign_groups WHERE group_no = ?'),
      // Those of a database of the shape before have no more columns.
      lists: db.prepare(
        "SELECT list_no AS listNo, name, nullif(dbid, '') AS dbid FROM calling_lists WHERE group_no = ?",
      ),
      statement: db.prepare('SELECT * FROM statements WHERE statement_no = ?'),
    };
  }

  /** How many samples the chunks say they have. */
  get compacted(): number {
    if (!this.#has('chunks')) return 0;
    return Number(this.#db.prepare('SELECT total(count) FROM chunks').pluck().get());
  }

  /** Null: what it belongs to is lost. They read while a query on their connection is open, which better-sqlite3 allows. */
  *notificationsIn(table: EvidenceTable): Generator<Notification | null> {
    if (!this.#has(table)) return;
    for (const [groupNo, sample] of this.#samplesIn(table)) yield this.#notificationOf(groupNo, sample);
  }

  #samplesIn(table: EvidenceTable): Iterable<readonly [groupNo: number, sample: TaggedSample]> {
    if (table === 'chunks') return this.#inChunks();
    return table === 'journal' ? this.#inJournal() : this.#inOldTables();
  }

  /** Hour by hour; the first sample of a date-time before those that repeat it, wherever they are placed. */
  *#inChunks(): Generator<readonly [number, TaggedSample]> {
    this.#db.exec('CREATE INDEX recovered_chunks ON chunks (group_no, hour, chunk_no)');
    const chunks = this.#db.prepare('SELECT group_no, samples FROM chunks ORDER BY group_no, hour, chunk_no').raw();
    let hasRepeats = false;
    for (const [groupNo, block] of chunks.iterate() as Iterable<[number, Buffer]>) {
      const samples = this.#samplesOf(block);
      if (samples === null) this.unreadableChunks++;
      for (const sample of samples ?? []) {
        if (sample.tag === 0) yield [groupNo, sample];
        else hasRepeats = true;
      }
    }
    if (!hasRepeats) return;
    for (const [groupNo, block] of chunks.iterate() as Iterable<[number, Buffer]>)
      for (const sample of this.#samplesOf(block) ?? []) if (sample.tag !== 0) yield [groupNo, sample];
  }

  #samplesOf(block: Buffer): TaggedSample[] | null {
    try {
      return readBlock(block);
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
  }

  *#inJournal(): Generator<readonly [number, TaggedSample]> {
    const journal = new JournalTable(this.#db);
    for (const { entryNo, groupNo } of journal.keysFrom(0))
      for (const sample of journal.samples([entryNo])) yield [groupNo, sample];
  }

  *#inOldTables(): Generator<readonly [number, TaggedSample]> {
    yield* new OldEvidence(this.#db).all();
  }

  #notificationOf(groupNo: number, sample: TaggedSample): Notification | null {
    const group = this.#groupOf(groupNo);
    const { statementNo, atMs, receivedMs, statistics, lists } = sample;
    const stored = this.#sql.statement.get(statementNo) as StoredStatementRow | undefined;
    if (group === null || stored === undefined) return null;
    const { source, dbid } = group;
    const callingLists = lists.flatMap(({ listNo, hitRatio, timeToCompleteSeconds }): CallingListFigures[] => {
      const list = group.lists.get(listNo);
      return list === undefined ? [] : [{ name: list.name, dbid: list.dbid, hitRatio, timeToCompleteSeconds }];
    });
    const { statement } = statementRowOf(stored);
    return { source, dbid, atMs, receivedAtMs: receivedMs, statement, statistics, callingLists };
  }

  #groupOf(groupNo: number): Group | null {
    if (this.#group?.groupNo === groupNo) return this.#group;
    const row = this.#sql.group.get(groupNo) as { source: string; dbid: string } | undefined;
    if (row === undefined) return null;
    const lists = new Map((this.#sql.lists.all(groupNo) as NumberedList[]).map((list) => [list.listNo, list]));
    this.#group = { ...row, groupNo, lists };
    return this.#group;
  }
}
