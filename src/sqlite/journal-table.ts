import type { JournalRows } from '../apply/evidence-rows.js';
import type { JournalKey } from '../evidence/journal-index.js';
import type { ListSample, TaggedSample } from '../evidence/sample.js';
import type { Connection } from './database.js';

type Row = readonly [
  atMs: number,
  statementNo: number,
  tag: number,
  lagMs: number,
  busyRatio: number | null,
  hitRatio: number | null,
  overdialRatio: number | null,
  timeToCompleteSeconds: number | null,
  lists: Buffer | null,
];

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
      lists.length === 0 ? null : bytesOf(lists),
    );
  }

  samples(entryNos: readonly number[]): TaggedSample[] {
    const samples: TaggedSample[] = [];
    for (const entryNo of entryNos) {
      const row = this.#sql.sample.get(entryNo) as Row | undefined;
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

function sampleOf(row: Row): TaggedSample {
  const [atMs, statementNo, tag, lagMs, busyRatio, hitRatio, overdialRatio, timeToCompleteSeconds, lists] = row;
  return {
    atMs,
    statementNo,
    tag,
    receivedMs: atMs + lagMs,
    statistics: { busyRatio, hitRatio, overdialRatio, timeToCompleteSeconds },
    lists: lists === null ? NO_LISTS : listsOf(lists),
  };
}

const NO_LISTS: readonly ListSample[] = [];
/** Doubles of a list in `lists`; NaN, which no sender can say, for null. */
const DOUBLES = 3;

function bytesOf(lists: readonly ListSample[]): Buffer {
  const bytes = Buffer.allocUnsafe(8 * DOUBLES * lists.length);
  lists.forEach(({ listNo, hitRatio, timeToCompleteSeconds }, n) => {
    const at = 8 * DOUBLES * n;
    bytes.writeDoubleLE(listNo, at);
    bytes.writeDoubleLE(hitRatio ?? NaN, at + 8);
    bytes.writeDoubleLE(timeToCompleteSeconds ?? NaN, at + 16);
  });
  return bytes;
}

function listsOf(bytes: Buffer): ListSample[] {
  const figure = (at: number) => {
    const value = bytes.readDoubleLE(at);
    return Number.isNaN(value) ? null : value;
  };
  return Array.from({ length: bytes.length / 8 / DOUBLES }, (_, n) => {
    const at = 8 * DOUBLES * n;
    return { listNo: bytes.readDoubleLE(at), hitRatio: figure(at + 8), timeToCompleteSeconds: figure(at + 16) };
  });
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
