/**
 * Bringing a database to this version's schema at the start of a receiver: one of them at a time, while others that run an
 * older version go on writing. Where their version may not write any more afterwards it is said before, and they stop first.
 */
import { messageOf, MonitorError } from '../domain/errors.js';
import type { BlockingWire } from './blocking/blocking-wire.js';
import type { Dialect } from './dialect.js';
import { ENGINE_QUESTION, settled } from './engine.js';
import { ExchangeFailed } from './failures.js';
import { migrating, type Migration, migrations, newestSchema, type Schema, schemaAfter } from './migrate.js';
import type { Statement } from './statements.js';

/** Another receiver does the same: it is there already, or was changed meanwhile. */
const OTHERS_DO_IT = new Set(['23505', '42P07', '42701', '42710', '40001', '40P01', 'XX000']);
/** Tries of a start, and how long it rests in between: others may be bringing it to the schema. */
const TRIES = 50;
const REST_MS = 200;
/** Within this whoever may not write any more has stopped: it looks with every beat, which comes every two seconds. */
const STOPPED_WITHIN_MS = 6000;
/** Whose beat is older is not alive; clocks are apart. */
const ALIVE_MS = 60_000;

const plain = (text: string): Statement => ({ text, values: [] });

type Wire = Pick<BlockingWire, 'exchange'>;

export interface Bringing {
  readonly nowMs: number;
  readonly all?: readonly Migration[];
  /** How long who may not write any more has to stop. */
  readonly stopsWithinMs?: number;
}

/** Answers the dialect of its engine. Throws OCM_NEWER_SCHEMA, OCM_UNAVAILABLE, OCM_CONFIG. */
export function bringToSchema(wire: Wire, bringing: Bringing): Dialect {
  const { all = migrations() } = bringing;
  for (let tries = 1; ; tries++) {
    try {
      const dialect = settled(wire.exchange(ENGINE_QUESTION));
      const held = schemaOf(wire);
      const why = whyNotWritten(held, newestSchema(all));
      if (why !== null) throw new MonitorError('OCM_NEWER_SCHEMA', why);
      if (held === null) mustKeepNames(wire);
      const statements = migrating(held, { all, dialect });
      if (statements.length === 0) return dialect;
      stopOthers(wire, held, bringing);
      wire.exchange(statements);
      return dialect;
    } catch (error) {
      if (!isOthers(error) || tries >= TRIES) throw unmigrated(error);
      sleep(REST_MS);
    }
  }
}

/** There while a migration fills the database. */
export const MARKS = 'migration_marks';
/** "Object in use": it passes. */
const IN_USE = '55006';

/** Says that an older version may not write any more, and waits until none does. */
function stopOthers(wire: Wire, held: Schema | null, { nowMs, all, stopsWithinMs = STOPPED_WITHIN_MS }: Bringing) {
  const after = schemaAfter(held, all);
  if (held === null || after === null || after.compatibleFrom <= held.version || !isSaid(wire)) return;
  const [, alive] = wire.exchange([
    {
      text: 'UPDATE schema_version SET compatible_from = $1 WHERE compatible_from < $1::bigint',
      values: [after.compatibleFrom],
    },
    { text: 'SELECT count(*) FROM uptime WHERE ended = 0 AND alive_ms >= $1', values: [nowMs - ALIVE_MS] },
  ]);
  if (alive?.rows[0]?.[0] !== 0) sleep(stopsWithinMs);
}

/** Null: it has none of our tables. Throws OCM_UNAVAILABLE while a migration fills it. */
export function schemaOf(wire: Wire): Schema | null {
  const [exists] = wire.exchange([
    plain(`SELECT tablename FROM pg_tables WHERE tablename IN ('schema_version', '${MARKS}')
    AND schemaname = current_schema()`),
  ]);
  const names = (exists?.rows ?? []).map(([name]) => name);
  if (names.includes(MARKS)) throw beingFilled();
  if (!names.includes('schema_version')) return null;
  const from = isSaid(wire) ? 'compatible_from' : '0::bigint';
  const [answer] = wire.exchange([plain(`SELECT version, ${from} FROM schema_version`)]);
  const [version, compatibleFrom] = answer?.rows[0] ?? [];
  return { version: Number(version ?? 0), compatibleFrom: Number(compatibleFrom ?? 0) };
}

/** Whether the database says who may write to it: versions before 17 did not. */
function isSaid(wire: Wire): boolean {
  const [answer] = wire.exchange([
    plain(`SELECT count(*) FROM information_schema.columns WHERE table_name = 'schema_version'
      AND column_name = 'compatible_from' AND table_schema = current_schema()`),
  ]);
  return answer?.rows[0]?.[0] !== 0;
}

/** What keeps a program that knows one schema from writing to a database with another; null: nothing. */
export function whyNotWritten(held: Schema | null, known: number): string | null {
  if (held === null || held.compatibleFrom <= known) return null;
  const { version, compatibleFrom } = held;
  return `the database has schema ${String(version)}, to which programs may write that know ${String(compatibleFrom)} or a later one; this one knows ${String(known)}: run the version that brought it there, or a later one`;
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** What is in no UTF8 refuses the names of others, or takes bytes for letters. Throws OCM_CONFIG. */
function mustKeepNames(wire: Wire): void {
  const [answer] = wire.exchange([plain(`SELECT current_setting('server_encoding')`)]);
  const encoding = String(answer?.rows[0]?.[0]);
  if (encoding === 'UTF8') return;
  const message = `the database is ${encoding}: make one with ENCODING 'UTF8' TEMPLATE template0, and name it in OCM_STORE`;
  throw new MonitorError('OCM_CONFIG', message);
}

function isOthers(error: unknown): boolean {
  return error instanceof ExchangeFailed && error.sqlState !== null && OTHERS_DO_IT.has(error.sqlState);
}

function beingFilled(): MonitorError {
  const message =
    'the database is being filled by ocs-monitor migrate: run that command again until it says that it has finished';
  return new MonitorError('OCM_UNAVAILABLE', message, { cause: new ExchangeFailed(message, IN_USE) });
}

/** What keeps a receiver from its schema, with what to do about it. */
function unmigrated(error: unknown): unknown {
  if (!(error instanceof ExchangeFailed)) return error;
  const isRight = error.sqlState === '42501';
  const next = isRight ? ': give its role the rights of docs/scaling.md, on the schema too' : '';
  const what = error.sqlState === null ? 'the database cannot be reached' : 'its tables cannot be made';
  return new MonitorError('OCM_UNAVAILABLE', `${what}: ${messageOf(error)}${next}`, { cause: error });
}
