/** Who writes to a database that is to be moved, and how much it holds. */
import { MOVED } from '../../apply/migration/moved-tables.js';
import { ExchangeFailed } from '../failures.js';
import type { Wire } from '../wire.js';
import { allRows, plain } from './told-rows.js';

/** A receiver writes a sign of life every two seconds: one that is silent for so long is gone. */
const SILENT_MS = 20_000;
/** What PostgreSQL says when somebody holds the lock. */
const LOCK_NOT_AVAILABLE = '55P03';

/** Receivers that run, by their names. */
export async function writersOf(wire: Wire): Promise<string[]> {
  const rows = await allRows(
    wire,
    `SELECT DISTINCT receiver FROM uptime
     WHERE ended = 0 AND alive_ms > (extract(epoch FROM clock_timestamp()) * 1000)::bigint - $1::bigint ORDER BY 1`,
    [SILENT_MS],
  );
  return rows.map(([receiver]) => String(receiver));
}

/**
 * As long as this connection lives nobody commits a batch: each writes to the log of its lane. False: somebody is about to
 * commit one.
 */
export async function stopWriters(wire: Wire): Promise<boolean> {
  try {
    await wire.exchange([plain('BEGIN'), plain('LOCK TABLE lane_log IN SHARE MODE NOWAIT')]);
    return true;
  } catch (error) {
    if (error instanceof ExchangeFailed && error.sqlState === LOCK_NOT_AVAILABLE) return false;
    throw error;
  }
}

export async function sizesIn(
  wire: Wire,
): Promise<{ readonly tables: ReadonlyMap<string, number>; readonly bytes: number }> {
  const here = await allRows(wire, 'SELECT tablename FROM pg_tables WHERE schemaname = current_schema()');
  const names = new Set(here.map(([name]) => String(name)));
  const tables = new Map<string, number>();
  for (const table of MOVED.filter((name) => names.has(name))) {
    const [row] = await allRows(wire, `SELECT count(*) FROM ${table}`);
    tables.set(table, Number(row?.[0]));
  }
  const [size] = await allRows(wire, 'SELECT pg_database_size(current_database())');
  return { tables, bytes: Number(size?.[0]) };
}

/** Whether a customer is being forgotten. */
export async function isForgetting(wire: Wire): Promise<boolean> {
  return (await allRows(wire, 'SELECT 1 FROM customer_removals WHERE done_ms IS NULL LIMIT 1')).length > 0;
}
