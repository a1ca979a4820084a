/** Bringing a database to this version's schema at the start of a receiver: one of them at a time. */
import { messageOf, MonitorError } from '../domain/errors.js';
import type { BlockingWire } from './blocking/blocking-wire.js';
import { ExchangeFailed } from './failures.js';
import { migrating, newestSchema } from './migrate.js';
import type { Statement } from './statements.js';

/** Another receiver does the same: it is there already, or was changed meanwhile. */
const OTHERS_DO_IT = new Set(['23505', '42P07', '42710', '40001', '40P01', 'XX000']);
/** Tries of a start, and how long it rests in between: others may be bringing it to the schema. */
const TRIES = 50;
const REST_MS = 200;

const plain = (text: string): Statement => ({ text, values: [] });

/** Throws OCM_NEWER_SCHEMA, OCM_UNAVAILABLE, OCM_CONFIG. */
export function bringToSchema(wire: BlockingWire): void {
  for (let tries = 1; ; tries++) {
    try {
      const version = schemaVersion(wire);
      if (version !== null && version > newestSchema()) throw newer(version);
      if (version === null) mustKeepNames(wire);
      const statements = migrating(version);
      if (statements.length > 0) wire.exchange(statements);
      if (statements.length === 0) return;
    } catch (error) {
      if (!isOthers(error) || tries >= TRIES) throw unmigrated(error);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, REST_MS);
    }
  }
}

/** There while a migration fills the database. */
export const MARKS = 'migration_marks';
/** "Object in use": it passes. */
const IN_USE = '55006';

/** Null: it has none of our tables. Throws OCM_UNAVAILABLE while a migration fills it. */
export function schemaVersion(wire: Pick<BlockingWire, 'exchange'>): number | null {
  const [exists] = wire.exchange([
    plain(`SELECT tablename FROM pg_tables WHERE tablename IN ('schema_version', '${MARKS}')
    AND schemaname = current_schema()`),
  ]);
  const names = (exists?.rows ?? []).map(([name]) => name);
  if (names.includes(MARKS)) throw beingFilled();
  if (!names.includes('schema_version')) return null;
  const [version] = wire.exchange([plain('SELECT version FROM schema_version')]);
  return Number(version?.rows[0]?.[0] ?? 0);
}

/** What is in no UTF8 refuses the names of others, or takes bytes for letters. Throws OCM_CONFIG. */
function mustKeepNames(wire: BlockingWire): void {
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

function newer(version: number): MonitorError {
  const message = `the database has schema ${String(version)}, this version knows ${String(newestSchema())}: run the version that wrote it, or a later one`;
  return new MonitorError('OCM_NEWER_SCHEMA', message);
}

/** What keeps a receiver from its schema, with what to do about it. */
function unmigrated(error: unknown): unknown {
  if (!(error instanceof ExchangeFailed)) return error;
  const isRight = error.sqlState === '42501';
  const next = isRight ? ': give its role the rights of docs/scaling.md, on the schema too' : '';
  const what = error.sqlState === null ? 'the database cannot be reached' : 'its tables cannot be made';
  return new MonitorError('OCM_UNAVAILABLE', `${what}: ${messageOf(error)}${next}`, { cause: error });
}
