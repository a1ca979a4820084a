import type { JournalRows } from '../apply/evidence-rows.js';
import { type JournalRow, listBytes, sampleOf } from '../apply/stored/journal-row.js';
import type { JournalKey } from '../evidence/journal-index.js';
import type { TaggedSample } from '../evidence/sample.js';
import type { Connection } from './database.js';

export class JournalTable implements JournalRows {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = prepare(db);
  }

  bounds(): { readonly firstNo: number; readonly lastNo: number } | null {
    const firstNo = this.#sql.first.get() as number | null;
    const lastNo = this.#sql.last.get() as number | null;
    return firstNo === null || lastNo === null ? null : { firstNo, lastNo };
  }

  *keysFrom(from: number): Generator<JournalKey> {
    for (const row of this.#sql.keysFrom.iterate(from) as Iterable<[number, number, number, number, number]>) {
      const [entryNo, groupNo, atMs, statementNo, tag] = row;
      yield { entryNo, groupNo, atMs, statementNo, tag };
    }
  }

  insert(entryNo: number, groupNo: number, sample: TaggedSample): void {
    const { atMs, statementNo, tag, receivedMs, statistics, lists } = sample;
    this.#sql.insert.run(
      entryNo,
      groupNo,
      atMs,
      statementNo,
      tag,
      receivedMs - atMs,
      statistics.busyRatio,
      statistics.hitRatio,
      statistics.overdialRatio,
      statistics.timeToCompleteSeconds,
      lists.length === 0 ? null : listBytes(lists),
    );
  }

  samples(entryNos: readonly number[]): TaggedSample[] {
    const samples: TaggedSample[] = [];
    for (const entryNo of entryNos) {
      const row = this.#sql.sample.get(entryNo) as JournalRow | undefined;
      if (row !== undefined) samples.push(sampleOf(row));
    }
    return samples;
  }

  blank(entryNos: readonly number[]): void {
    for (const entryNo of entryNos) this.#sql.blank.run(entryNo);
  }

  removeUpTo(entryNo: number): void {
    this.#sql.removeUpTo.run(entryNo);
  }
}

function prepare(db: Connection) {
  return {
    first: db.prepare('SELECT min(entry_no) FROM journal').pluck(),
    last: db.prepare('SELECT max(entry_no) FROM journal').pluck(),
    keysFrom: db
      .prepare('SELECT entry_no, group_no, at_ms, statement_no, tag FROM journal WHERE entry_no >= ? ORDER BY entry_no')
      .raw(),
    insert: db.prepare('INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    sample: db
      .prepare(
        `SELECT at_ms, statement_no, tag, lag_ms, busy_ratio, hit_ratio, overdial_ratio, time_to_complete_seconds, lists
         FROM journal WHERE entry_no = ?`,
      )
      .raw(),
    blank: db.prepare(
      `UPDATE journal SET group_no = 0, at_ms = 0, statement_no = 0, tag = 0, lag_ms = 0, busy_ratio = NULL,
         hit_ratio = NULL, overdial_ratio = NULL, time_to_complete_seconds = NULL, lists = NULL WHERE entry_no = ?`,
    ),
    removeUpTo: db.prepare('DELETE FROM journal WHERE entry_no <= ?'),
  };
}
