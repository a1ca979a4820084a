/**
 * The spool: posts that were acknowledged while the database was away, durable on this machine's disk until the database has
 * them. Several processes may have it open: what is put in by one is taken out by whichever comes first, and twice at worst.
 */
import { messageOf, MonitorError } from '../../domain/errors.js';
import type { Endpoint } from '../../domain/quarantine.js';
import type { SpoolStatus } from '../../domain/spool.js';
import type { Delivery } from '../../domain/store.js';
import type { Connection } from '../database.js';
import { asideFiles, fileNumber, isDamage, moveAside, openSpoolFile } from './spool-file.js';

/** What a row takes beside its body. */
const ROW_BYTES = 128;
/** An empty file that is larger is made small. */
const EMPTY_BYTES = 16 * 1024 * 1024;

export interface SpoolOptions {
  readonly path: string;
  /** Beyond it nothing more is taken in. */
  readonly limitBytes: number;
  readonly nowMs: () => number;
  /** Told of a damaged file that was moved aside. */
  readonly onAside: (file: string, why: string) => void;
}

export interface SpooledPost {
  readonly no: number;
  /** How often it has failed by itself. */
  readonly tries: number;
  readonly delivery: Delivery;
}

/** Of a commit of which nobody knows whether it was done. */
export interface Doubt {
  readonly lane: string;
  readonly seq: number;
}

interface Open {
  readonly db: Connection;
  readonly fileNo: number | null;
  readonly run: ReturnType<typeof statements>;
}

interface Row {
  readonly no: number;
  readonly endpoint: Endpoint;
  readonly source: string;
  readonly received_ms: number;
  readonly body: Buffer;
  readonly more: string | null;
  readonly tries: number;
}

export class Spool {
  readonly #options: SpoolOptions;
  #open: Open | null = null;

  /** Opens the file with the first question. One that is damaged is moved aside. */
  constructor(options: SpoolOptions) {
    this.#options = options;
  }

  /**
   * Takes deliveries in; durable when it returns. `doubt`: what of them may be in the database already; `subjects`: of what
   * each tells, as far as that is one. Throws OCM_OVERLOADED at the bound, OCM_UNAVAILABLE where the disk fails: then nothing
   * of it is kept.
   */
  append(deliveries: readonly Delivery[], doubt: Doubt | null = null, subjects: readonly (string | null)[] = []): void {
    this.#within(({ run }) => {
      let bytes = 0;
      for (const [n, delivery] of deliveries.entries()) bytes += put(run.insert, delivery, doubt, subjects[n] ?? null);
      run.addUp.run(deliveries.length, bytes);
      this.#refuseBeyond(run);
    });
  }

  #refuseBeyond({ tally }: Open['run']): void {
    const { limitBytes } = this.#options;
    if ((tally.get()?.bytes ?? 0) <= limitBytes) return;
    const what = `the spool is full: it holds the ${String(limitBytes)} bytes of OCM_SPOOL_LIMIT while the database is away; bring the database back, or raise the limit`;
    throw new SpoolFailed('OCM_OVERLOADED', what);
  }

  /**
   * The oldest posts of which nothing is in doubt, each with those that tell of the same: what a database reads for one of them
   * it reads for all. Of those that failed before, one. They stay until `remove`.
   */
  take(limit: number): readonly SpooledPost[] {
    return this.#with(({ run }) => {
      const turn = run.turn.all(limit);
      const [first] = turn;
      const rows = first !== undefined && first.tries > 0 ? run.byNo.all(first.no) : together(run, turn, limit);
      return rows.map((row) => ({ no: row.no, tries: row.tries, delivery: deliveryOf(row) }));
    });
  }

  /** Posts that the database has: those that are here again after a power cut are drained twice, and known as duplicates. */
  remove(nos: readonly number[]): void {
    this.#unsynced(() => {
      this.#within(({ run }) => {
        takeOff(run, run.remove.all(listOf(nos)));
      });
    });
    this.#makeSmall();
  }

  /** These failed by themselves: all others come first. */
  putBehind(nos: readonly number[]): void {
    this.#with(({ run }) => run.putBehind.run(listOf(nos)));
  }

  /** Nobody knows whether the database has these now. */
  doubt(nos: readonly number[], { lane, seq }: Doubt): void {
    this.#with(({ run }) => run.doubt.run(lane, seq, listOf(nos)));
  }

  /** The commits that are in doubt. */
  doubts(): readonly Doubt[] {
    return this.#with(({ run }) => run.doubts.all());
  }

  /** What became of a commit: its posts go, or wait like the others. */
  settle({ lane, seq }: Doubt, wasDone: boolean): void {
    this.#within(({ run }) => {
      if (wasDone) takeOff(run, run.removeDone.all(lane, seq));
      else run.believe.run(lane, seq);
    });
    this.#makeSmall();
  }

  /** Throws OCM_OVERLOADED or OCM_UNAVAILABLE when nothing can be taken in. */
  probe(): void {
    this.append([]);
  }

  status(): Omit<SpoolStatus, 'away'> {
    const { path, limitBytes } = this.#options;
    const held = this.#with(({ run }) => {
      const { items = 0, bytes = 0 } = run.tally.get() ?? {};
      return { items, bytes, oldestMs: run.oldest.get()?.received_ms ?? null };
    });
    return { ...held, limitBytes, aside: asideFiles(path) };
  }

  close(): void {
    this.#open?.db.close();
    this.#open = null;
  }

  /** Another process may keep it from that: then the file stays large, and is filled again. */
  #makeSmall(): void {
    if (this.#open === null) return;
    const { db, run } = this.#open;
    try {
      if ((run.tally.get()?.items ?? 0) > 0) return;
      const pages = Number(db.pragma('page_count', { simple: true }));
      if (pages * Number(db.pragma('page_size', { simple: true })) < EMPTY_BYTES) return;
      db.exec('VACUUM');
      db.pragma('wal_checkpoint(TRUNCATE)');
    } catch {
      // As said above.
    }
  }

  /** In one transaction, durable when it returns. */
  #within(work: (open: Open) => void): void {
    this.#with((open) => {
      const { db } = open;
      db.exec('BEGIN IMMEDIATE');
      try {
        work(open);
        db.exec('COMMIT');
      } catch (error) {
        if (db.inTransaction) db.exec('ROLLBACK');
        throw error;
      }
    });
  }

  /** What is committed is not synced: a drain has as many commits as the database, and live posts wait for each. */
  #unsynced(work: () => void): void {
    this.#with(({ db }) => db.pragma('synchronous = NORMAL'));
    try {
      work();
    } finally {
      // Nothing may be acknowledged over a connection that does not sync.
      if (!isSynced(this.#open?.db ?? null)) this.close();
    }
  }

  /** Once more with a new file where this one is damaged or was taken away. */
  #with<T>(work: (open: Open) => T): T {
    try {
      return work(this.#opened());
    } catch (error) {
      if (!isDamage(error)) throw asFailed(error);
      this.#renew(error);
    }
    try {
      return work(this.#opened());
    } catch (error) {
      throw asFailed(error);
    }
  }

  #renew(why: unknown): void {
    const { path, nowMs, onAside } = this.#options;
    this.close();
    onAside(moveAside(path, nowMs()), messageOf(why));
  }

  /** A file that somebody removed is written to by nobody any more. */
  #opened(): Open {
    const { path } = this.#options;
    if (this.#open !== null && this.#open.fileNo === fileNumber(path)) return this.#open;
    this.close();
    const db = openSpoolFile(path);
    return (this.#open = { db, fileNo: fileNumber(path), run: statements(db) });
  }
}

/** Whether what it commits is synced, from here on. */
function isSynced(db: Connection | null): boolean {
  try {
    db?.pragma('synchronous = FULL');
    return true;
  } catch {
    return false;
  }
}

const LISTED = 'no IN (SELECT value FROM json_each(?))';

function statements(db: Connection) {
  return {
    insert: db.prepare<
      [string, string, number, Buffer, string | null, number, string | null, number | null, string | null]
    >(
      `INSERT INTO posts (endpoint, source, received_ms, body, more, bytes, lane, seq, subject)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    addUp: db.prepare<[number, number]>('UPDATE tally SET items = items + ?, bytes = bytes + ? WHERE place = 0'),
    tally: db.prepare<[], { items: number; bytes: number }>('SELECT items, bytes FROM tally WHERE place = 0'),
    oldest: db.prepare<[], { received_ms: number }>('SELECT received_ms FROM posts ORDER BY no LIMIT 1'),
    turn: db.prepare<[number], Turn>(
      'SELECT no, tries, source, subject FROM posts WHERE lane IS NULL ORDER BY tries, no LIMIT ?',
    ),
    byNo: db.prepare<[number], Row>('SELECT * FROM posts WHERE no = ?'),
    ofSubject: db.prepare<[string, string, number], Row>(
      'SELECT * FROM posts WHERE lane IS NULL AND tries = 0 AND source = ? AND subject = ? ORDER BY no LIMIT ?',
    ),
    remove: db.prepare<[string], Gone>(`DELETE FROM posts WHERE ${LISTED} RETURNING bytes`),
    putBehind: db.prepare<[string]>(`UPDATE posts SET tries = tries + 1 WHERE ${LISTED}`),
    doubt: db.prepare<[string, number, string]>(`UPDATE posts SET lane = ?, seq = ? WHERE ${LISTED}`),
    doubts: db.prepare<[], Doubt>('SELECT DISTINCT lane, seq FROM posts WHERE lane IS NOT NULL ORDER BY lane, seq'),
    removeDone: db.prepare<[string, number], Gone>('DELETE FROM posts WHERE lane = ? AND seq = ? RETURNING bytes'),
    believe: db.prepare<[string, number]>('UPDATE posts SET lane = NULL, seq = NULL WHERE lane = ? AND seq = ?'),
  };
}

/** Of a post whose turn it is. */
interface Turn {
  readonly no: number;
  readonly tries: number;
  readonly source: string;
  readonly subject: string | null;
}

/** Those whose turn it is first, and with each all that tell of the same, as long as there is room. */
function together({ byNo, ofSubject }: Open['run'], turn: readonly Turn[], limit: number): Row[] {
  const rows = new Map<number, Row>();
  for (const { no, tries, source, subject } of turn) {
    if (rows.size >= limit) break;
    if (tries > 0 || rows.has(no)) continue;
    const next = subject === null ? byNo.all(no) : ofSubject.all(source, subject, limit - rows.size);
    for (const row of next) rows.set(row.no, row);
  }
  return [...rows.values()];
}

interface Gone {
  readonly bytes: number;
}

function takeOff({ addUp }: Open['run'], gone: readonly Gone[]): void {
  addUp.run(-gone.length, -gone.reduce((sum, { bytes }) => sum + bytes, 0));
}

function listOf(nos: readonly number[]): string {
  return JSON.stringify(nos);
}

function put(insert: Open['run']['insert'], delivery: Delivery, doubt: Doubt | null, subject: string | null): number {
  const { endpoint, source, receivedAtMs, bytes: text, ...more } = delivery;
  const rest = Object.keys(more).length === 0 ? null : JSON.stringify(more);
  const bytes = text.length + (rest?.length ?? 0) + ROW_BYTES;
  const body = Buffer.from(text, 'latin1');
  insert.run(endpoint, source, receivedAtMs, body, rest, bytes, doubt?.lane ?? null, doubt?.seq ?? null, subject);
  return bytes;
}

function deliveryOf({ endpoint, source, received_ms: receivedAtMs, body, more }: Row): Delivery {
  const rest = more === null ? {} : (JSON.parse(more) as Omit<Delivery, 'endpoint' | 'source'>);
  return { ...rest, endpoint, source, receivedAtMs, bytes: body.toString('latin1') };
}

/** Its disk fails, or it is full. */
export class SpoolFailed extends MonitorError {}

function asFailed(error: unknown): unknown {
  if (error instanceof SpoolFailed) return error;
  const what = `the spool cannot be written: ${messageOf(error)}; check the disk of OCM_STATE_FOLDER`;
  return new SpoolFailed('OCM_UNAVAILABLE', what, { cause: error });
}
