/** Whether a database is being filled by a migration, and its schema before that. */
import { MonitorError } from '../../domain/errors.js';
import { ENGINE_QUESTION, settled } from '../engine.js';
import { migrating, newestSchema } from '../migrate.js';
import { MARKS } from '../schema.js';
import type { Wire } from '../wire.js';
import { allRows } from './told-rows.js';

/** What it has moved so far, and in a row without a unit from where. Null: no migration is unfinished. Some hundred bytes a unit, and tens of thousands of units at most. */
export async function markRows(wire: Wire): Promise<ReadonlyMap<string, string> | null> {
  if (!(await hasTable(wire, MARKS))) return null;
  const rows = await allRows(wire, `SELECT unit, mark FROM ${MARKS}`);
  return new Map(rows.map(([unit, mark]) => [String(unit), String(mark)]));
}

/** The number of its schema; null: it has none of our tables. */
export async function schemaOf(wire: Wire): Promise<number | null> {
  if (!(await hasTable(wire, 'schema_version'))) return null;
  const [row] = await allRows(wire, 'SELECT version FROM schema_version');
  return Number(row?.[0] ?? 0);
}

async function hasTable(wire: Wire, name: string): Promise<boolean> {
  const sql = 'SELECT count(*) FROM pg_tables WHERE tablename = $1 AND schemaname = current_schema()';
  const [row] = await allRows(wire, sql, [name]);
  return Number(row?.[0]) > 0;
}

/** Throws OCM_NEWER_SCHEMA; OCM_CONFIG where names would not be kept. */
export async function bringToSchema(wire: Wire, shown: string): Promise<void> {
  const dialect = settled(await wire.exchange(ENGINE_QUESTION));
  const version = await schemaOf(wire);
  mustNotBeNewer(version, shown);
  const [row] = await allRows(wire, `SELECT current_setting('server_encoding')`);
  if (row?.[0] !== 'UTF8') {
    const message = `${shown} is ${String(row?.[0])}: make one with ENCODING 'UTF8' TEMPLATE template0, and name it with --to`;
    throw new MonitorError('OCM_CONFIG', message);
  }
  const statements = migrating(version === null ? null : { version, compatibleFrom: 0 }, { dialect });
  if (statements.length > 0) await wire.exchange(statements);
}

export function mustNotBeNewer(version: number | null, shown: string): void {
  if (version === null || version <= newestSchema()) return;
  const message = `${shown} has schema ${String(version)}, this version knows ${String(newestSchema())}: run the version that wrote it, or a later one`;
  throw new MonitorError('OCM_NEWER_SCHEMA', message);
}
