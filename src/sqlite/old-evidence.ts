/** The tables that evidence lay in before the journal, as far as they are read and removed. */
import type { ListSample, TaggedSample } from '../evidence/sample.js';
import type { Connection } from './database.js';

/** In the order in which they can go: figures name their set. */
const TABLES = ['list_figures', 'list_sets', 'evidence'] as const;
export const OLD_TABLES: ReadonlySet<string> = new Set(TABLES);

type Row = readonly [
  atMs: unknown,
  statementNo: unknown,
  tag: unknown,
  lagMs: unknown,
  busyRatio: unknown,
  hitRatio: unknown,
  overdialRatio: unknown,
  timeToCompleteSeconds: unknown,
  listSetNo: unknown,
];

export class OldEvidence {
  readonly #db: Connection;
  readonly #sql;
  /** List sets of the hour that is read. */
  #sets = new Map<number, ListSample[]>();

  constructor(db: Connection) {
    this.#db = db;
    this.#sql = prepare(db);
  }

  static isIn(db: Connection): boolean {
    return db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'evidence'").get() !== undefined;
  }

  count(): number {
    return this.#sql.count.get() as number;
  }

  groupAfter(groupNo: number): number | null {
    return this.#sql.groupAfter.get(groupNo) as number | null;
  }

  countOf(groupNo: number): number {
    return this.#sql.countOf.get(groupNo) as number;
  }

  /** The first place from a moment on at which a group may have a sample; null: it has none any more. */
  placeFrom(groupNo: number, fromMs: number): number | null {
    const first = this.#sql.firstFrom.get(groupNo, fromMs) as number | null;
    const repeat = this.#sql.repeatFrom.get(groupNo, fromMs) as number | null;
    return first === null || repeat === null ? (first ?? repeat) : Math.min(first, repeat);
  }

  /** Samples of a group by their places, in any order; the range is half-open. Throws a RangeError for a row that is none. */
  placed(groupNo: number, fromMs: number, toMs: number): TaggedSample[] {
    this.#readSets(groupNo, fromMs, toMs);
    const rows = [
      ...(this.#sql.firsts.all(groupNo, fromMs, toMs) as Row[]),
      ...(this.#sql.repeats.all(groupNo, fromMs, toMs) as Row[]),
    ];
    return rows.map((row) => this.#sampleOf(row));
  }

  /** All of it with the number of its group, by group and time; the first of a date-time before those that repeat it. */
  *all(): Generator<readonly [groupNo: number, sample: TaggedSample]> {
    this.#sets = new Map();
    for (const [groupNo, ...row] of this.#sql.all.iterate() as Iterable<[number, ...Row]>)
      yield [groupNo, this.#sampleOf(row)];
  }

  /** Removes the tables. Within a transaction, and with foreign keys switched off: else each row would be looked after. */
  drop(): void {
    for (const table of TABLES) this.#db.exec(`DROP TABLE ${table}`);
  }

  #sampleOf(row: Row): TaggedSample {
    const [at, statement, tagged, lag, busy, hit, overdial, seconds, set] = row;
    const atMs = wholeIn(at);
    return {
      atMs,
      statementNo: wholeIn(statement),
      tag: wholeIn(tagged),
      receivedMs: atMs + wholeIn(lag),
      statistics: {
        busyRatio: figureIn(busy),
        hitRatio: figureIn(hit),
        overdialRatio: figureIn(overdial),
        timeToCompleteSeconds: figureIn(seconds),
      },
      lists: this.#listsOf(wholeIn(set)),
    };
  }

  /** Those of an hour at once: one by one they cost more than all the rest. */
  #readSets(groupNo: number, fromMs: number, toMs: number): void {
    this.#sets = new Map();
    for (const [set, ...figures] of this.#sql.sets.all(groupNo, fromMs, toMs) as unknown[][]) {
      const setNo = wholeIn(set);
      const lists = this.#sets.get(setNo) ?? [];
      const list = listOf(figures);
      // A set that several notifications name comes with each of them, its lists in the order of their numbers.
      if (list.listNo > (lists.at(-1)?.listNo ?? -Infinity)) lists.push(list);
      this.#sets.set(setNo, lists);
    }
  }

  #listsOf(setNo: number): readonly ListSample[] {
    if (setNo === 0) return NO_LISTS;
    return this.#sets.get(setNo) ?? (this.#sql.lists.all(setNo) as unknown[][]).map(listOf);
  }
}

function listOf([listNo, hitRatio, seconds]: unknown[]): ListSample {
  return { listNo: wholeIn(listNo), hitRatio: figureIn(hitRatio), timeToCompleteSeconds: figureIn(seconds) };
}

const NO_LISTS: readonly ListSample[] = [];

function wholeIn(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new RangeError(`${JSON.stringify(value)} is no number of the store's`);
}

function figureIn(value: unknown): number | null {
  if (value === null || (typeof value === 'number' && Number.isFinite(value))) return value;
  throw new RangeError(`${JSON.stringify(value)} is no figure`);
}

function prepare(db: Connection) {
  const columns = `at_ms, statement_no, tag, lag_ms, busy_ratio, hit_ratio, overdial_ratio, time_to_complete_seconds,
    list_set_no`;
  return {
    count: db.prepare('SELECT count(*) FROM evidence').pluck(),
    groupAfter: db.prepare('SELECT min(group_no) FROM evidence WHERE group_no > ?').pluck(),
    countOf: db.prepare('SELECT count(*) FROM evidence WHERE group_no = ?').pluck(),
    firstFrom: db.prepare('SELECT min(at_ms) FROM evidence WHERE group_no = ? AND at_ms >= ?').pluck(),
    // By the index of those that repeat a date-time: `evidence_repeats`.
    repeatFrom: db
      .prepare('SELECT min(at_ms + lag_ms) FROM evidence WHERE group_no = ? AND tag <> 0 AND at_ms + lag_ms >= ?')
      .pluck(),
    firsts: db
      .prepare(`SELECT ${columns} FROM evidence WHERE group_no = ? AND at_ms >= ? AND at_ms < ? AND tag = 0`)
      .raw(),
    repeats: db
      .prepare(
        `SELECT ${columns} FROM evidence
         WHERE group_no = ? AND tag <> 0 AND at_ms + lag_ms >= ? AND at_ms + lag_ms < ?`,
      )
      .raw(),
    all: db.prepare(`SELECT group_no, ${columns} FROM evidence ORDER BY group_no, at_ms, statement_no, tag`).raw(),
    sets: db
      .prepare(
        `SELECT f.list_set_no, f.list_no, f.hit_ratio, f.time_to_complete_seconds
         FROM evidence AS e CROSS JOIN list_figures AS f ON f.list_set_no = e.list_set_no
         WHERE e.group_no = ? AND e.at_ms >= ? AND e.at_ms < ? AND e.tag = 0 AND e.list_set_no <> 0
         ORDER BY e.at_ms, e.statement_no, f.list_no`,
      )
      .raw(),
    lists: db
      .prepare(
        'SELECT list_no, hit_ratio, time_to_complete_seconds FROM list_figures WHERE list_set_no = ? ORDER BY list_no',
      )
      .raw(),
  };
}
