/** Customers who were or are being forgotten, by the keyed hashes of their numbers; and what tells a copy of them. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import type { RemovalRegister, RemovalState } from '../../apply/customers/customer-tables.js';
import { isNumberHash, type RemovalMark } from '../../domain/customer.js';
import { type Connection, openForReading } from '../database.js';
import { prepared } from '../prepared.js';
import { filesAside } from './covered-files.js';
import { writeNewFile } from '../own-files.js';

/**
 * @bound customers who were forgotten, and are removed again from a copy that is restored
 * @beyond the one who was forgotten first is not removed again
 * @seen what `ocs-monitor restore` says
 */
const MAX_REMOVALS = 100_000;

interface StoredRemoval extends Omit<RemovalState, 'tables'> {
  readonly counts: string;
}

export class SqliteRemovals implements RemovalRegister {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = prepare(db);
  }

  note(mark: RemovalMark, how: 'again' | 'once'): void {
    this.#sql.note.run({ ...mark, again: Number(how === 'again') });
    this.#sql.trim.run(MAX_REMOVALS);
  }

  open(): RemovalState[] {
    return (this.#sql.open.all() as StoredRemoval[]).map(({ counts, ...state }) => ({
      ...state,
      tables: JSON.parse(counts) as RemovalState['tables'],
    }));
  }

  keep({ removalNo, atTable, atRow, tables }: RemovalState): void {
    this.#sql.keep.run({ removalNo, atTable, atRow, counts: JSON.stringify(tables) });
  }

  finish(removalNo: number, doneMs: number): void {
    this.#sql.finish.run({ removalNo, doneMs });
  }
}

function prepare(db: Connection) {
  return {
    note: prepared(
      db,
      `
      INSERT INTO customer_removals (number_hash, key_fingerprint, digits, asked_ms, counts)
      VALUES (@hash, @key, @digits, @askedMs, '{}')
      ON CONFLICT DO UPDATE SET digits = coalesce(excluded.digits, digits), asked_ms = excluded.asked_ms,
        at_table = NULL, at_row = NULL, counts = '{}', done_ms = NULL
      WHERE @again OR excluded.asked_ms > asked_ms`,
    ),
    trim: prepared(
      db,
      `
      DELETE FROM customer_removals WHERE done_ms IS NOT NULL
        AND removal_no <= (SELECT max(removal_no) FROM customer_removals) - ?`,
    ),
    open: prepared(
      db,
      `
      SELECT removal_no AS removalNo, number_hash AS hash, key_fingerprint AS key, digits, asked_ms AS askedMs,
        at_table AS atTable, at_row AS atRow, counts
      FROM customer_removals WHERE done_ms IS NULL ORDER BY removal_no`,
    ),
    keep: prepared(
      db,
      `
      UPDATE customer_removals SET at_table = @atTable, at_row = @atRow, counts = @counts WHERE removal_no = @removalNo`,
    ),
    finish: prepared(db, 'UPDATE customer_removals SET done_ms = @doneMs WHERE removal_no = @removalNo'),
  };
}

/** Everybody who was forgotten in a database, or is being; none where it is of an older version. */
function marksIn(db: Connection): RemovalMark[] {
  if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'customer_removals'").get() === undefined) return [];
  return db
    .prepare(
      'SELECT number_hash AS hash, key_fingerprint AS key, digits, asked_ms AS askedMs FROM customer_removals ORDER BY removal_no',
    )
    .all() as RemovalMark[];
}

/** Everybody who was forgotten in a database or in those that lie aside beside it; and which of them could not be read. */
export function marksBeside(path: string): { readonly marks: RemovalMark[]; readonly unread: string[] } {
  const marks = new Map<string, RemovalMark>();
  const unread: string[] = [];
  const files = existsSync(path) ? [path, ...filesAside(path).filter((file) => !file.endsWith('-wal'))] : [];
  for (const file of files) {
    try {
      for (const mark of marksOf(file)) {
        const known = marks.get(`${mark.hash} ${mark.key}`);
        if (known === undefined || known.askedMs < mark.askedMs) marks.set(`${mark.hash} ${mark.key}`, mark);
      }
    } catch {
      unread.push(file);
    }
  }
  return { marks: [...marks.values()], unread };
}

function marksOf(file: string): RemovalMark[] {
  const db = openForReading(file);
  try {
    return marksIn(db);
  } finally {
    db.close();
  }
}

/** Beside a database: who is to be forgotten in it when it is opened next. */
function marksFile(path: string): string {
  return `${path}.forget-again`;
}

/** Leaves word for whoever opens a database next; durable before this returns. */
export function leaveMarks(path: string, marks: readonly RemovalMark[]): void {
  writeNewFile(marksFile(path), marks.map((mark) => `${JSON.stringify(mark)}\n`).join(''));
}

/** Takes over what was left for this database. */
export function takeMarks(db: Connection, path: string): void {
  const file = marksFile(path);
  if (!existsSync(file)) return;
  const register = new SqliteRemovals(db);
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  const marks = lines.flatMap(markIn);
  db.transaction(() => {
    for (const mark of marks) register.note(mark, 'once');
  })();
  // One that somebody has changed stays: it may name somebody.
  if (marks.length === lines.length) rmSync(file);
}

function markIn(line: string): RemovalMark[] {
  try {
    const { hash, key, digits, askedMs } = JSON.parse(line) as RemovalMark;
    const isMark = isNumberHash(hash) && typeof key === 'string' && Number.isSafeInteger(askedMs);
    return isMark && (digits === null || Number.isSafeInteger(digits)) ? [{ hash, key, digits, askedMs }] : [];
  } catch {
    return [];
  }
}
