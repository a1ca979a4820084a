/** How much of the file each class takes, told of some rows chosen at random: reading all would take minutes. */
import type { RetentionClass } from '../domain/retention.js';
import type { Connection } from './database.js';

/** Rows, or groups, that are looked at. */
const LOOKED_AT = 64;
/** Of groups rows are counted over so long. */
const WINDOW_MS = 2 * 86_400_000;
/** Bytes that rows take in their tables and indexes beside what is measured of each: see docs/retention.md. */
export const ROW_BYTES = {
  chunk: 60,
  journal: 62,
  quarter: 116,
  listQuarter: 70,
  step: 190,
  callback: 900,
  audit: 120,
  legacyEvent: 300,
} as const;

interface Asked {
  get(...values: number[]): unknown;
}

export function* estimates(db: Connection): Generator<void, Readonly<Record<RetentionClass, number>>> {
  const sql = statementsOf(db);
  const one = (statement: Asked, ...values: number[]) => (statement.get(...values) as number | null) ?? 0;
  const chunks = byNumber(
    (no) => sql.chunk.get(no) as [number, number] | undefined,
    sql.chunkNos.get() as [number | null, number | null],
  );
  yield;
  const journal = one(sql.journalRows) * ROW_BYTES.journal;
  yield;
  const groupNos = sql.someGroups.all(LOOKED_AT) as number[];
  const groups = one(sql.groups);
  let [quarters, steps] = [0, 0];
  for (const groupNo of groupNos) {
    const lists = one(sql.lists, groupNo);
    quarters +=
      spread(sql.quarterSpan.get(groupNo), (fromMs) => one(sql.quartersWithin, groupNo, fromMs, fromMs + WINDOW_MS)) *
      (ROW_BYTES.quarter + lists * ROW_BYTES.listQuarter);
    steps +=
      spread(sql.stepSpan.get(groupNo), (fromMs) => one(sql.stepsWithin, groupNo, fromMs, fromMs + WINDOW_MS)) *
      ROW_BYTES.step;
    yield;
  }
  const share = groupNos.length === 0 ? 0 : groups / groupNos.length;
  const callbacks = byNumber(
    (no) => sql.callback.get(no) as [number, number] | undefined,
    sql.callbackNos.get() as [number | null, number | null],
  );
  yield;
  const legacy = byNumber(
    (no) => sql.legacyEvent.get(no) as [number, number] | undefined,
    sql.legacyNos.get() as [number | null, number | null],
  );
  yield;
  return {
    notifications: Math.round(chunks.rows * (chunks.bytes + ROW_BYTES.chunk) + journal),
    rollups: Math.round(quarters * share),
    history: Math.round(steps * share),
    callbacks: Math.round(
      callbacks.rows * (callbacks.bytes + ROW_BYTES.callback) + legacy.rows * (legacy.bytes + ROW_BYTES.legacyEvent),
    ),
    quarantine: one(sql.quarantine),
    audit: one(sql.audit),
  };
}

/** Rows of a table whose numbers may have gaps, and their mean size: exact where they are few. */
function byNumber(
  rowFrom: (no: number) => [no: number, bytes: number] | undefined,
  [firstNo, lastNo]: readonly [number | null, number | null],
): { readonly rows: number; readonly bytes: number } {
  if (firstNo === null || lastNo === null) return { rows: 0, bytes: 0 };
  const range = lastNo - firstNo + 1;
  const looked = Math.min(LOOKED_AT, range);
  let [hits, bytes, found] = [0, 0, 0];
  for (let n = 0; n < looked; n++) {
    const no = range <= LOOKED_AT ? firstNo + n : firstNo + Math.floor(Math.random() * range);
    const row = rowFrom(no);
    if (row === undefined) continue;
    found++;
    bytes += row[1];
    if (row[0] === no) hits++;
  }
  return { rows: (range * hits) / looked, bytes: found === 0 ? 0 : bytes / found };
}

/** Rows between two moments, counted in a part of it at random. */
function spread(span: unknown, countFrom: (fromMs: number) => number): number {
  const [firstMs, lastMs] = span as [number | null, number | null];
  if (firstMs === null || lastMs === null) return 0;
  const lengthMs = lastMs - firstMs + 1;
  if (lengthMs <= WINDOW_MS) return countFrom(firstMs);
  return (countFrom(firstMs + Math.floor(Math.random() * (lengthMs - WINDOW_MS))) * lengthMs) / WINDOW_MS;
}

/** Prepared once per connection: statements are kept for the process's life, see `retain.ts`. */
const prepared = new WeakMap<Connection, ReturnType<typeof prepare>>();

function statementsOf(db: Connection): ReturnType<typeof prepare> {
  const known = prepared.get(db) ?? prepare(db);
  prepared.set(db, known);
  return known;
}

function prepare(db: Connection) {
  const quarantined = 'length(body) + length(violations) + 300';
  const events =
    '(SELECT coalesce(sum(length(received) + 500), 0) FROM callback_events AS e WHERE e.callback_no = c.callback_no)';
  return {
    chunkNos: db.prepare('SELECT (SELECT min(chunk_no) FROM chunks), (SELECT max(chunk_no) FROM chunks)').raw(),
    chunk: db
      .prepare('SELECT chunk_no, length(samples) FROM chunks WHERE chunk_no >= ? ORDER BY chunk_no LIMIT 1')
      .raw(),
    journalRows: db
      .prepare('SELECT coalesce((SELECT max(entry_no) FROM journal) - (SELECT min(entry_no) FROM journal) + 1, 0)')
      .pluck(),
    groups: db.prepare('SELECT count(*) FROM campaign_groups').pluck(),
    someGroups: db.prepare('SELECT group_no FROM campaign_groups ORDER BY random() LIMIT ?').pluck(),
    lists: db.prepare('SELECT count(*) FROM calling_lists WHERE group_no = ?').pluck(),
    quarterSpan: db
      .prepare(
        `SELECT (SELECT min(start_ms) FROM quarter_hours WHERE group_no = g.no),
           (SELECT max(start_ms) FROM quarter_hours WHERE group_no = g.no) FROM (SELECT ? AS no) AS g`,
      )
      .raw(),
    quartersWithin: db
      .prepare('SELECT count(*) FROM quarter_hours WHERE group_no = ? AND start_ms >= ? AND start_ms < ?')
      .pluck(),
    stepSpan: db
      .prepare(
        `SELECT (SELECT min(at_ms) FROM steps WHERE group_no = g.no), (SELECT max(at_ms) FROM steps WHERE group_no = g.no)
         FROM (SELECT ? AS no) AS g`,
      )
      .raw(),
    stepsWithin: db.prepare('SELECT count(*) FROM steps WHERE group_no = ? AND at_ms >= ? AND at_ms < ?').pluck(),
    callbackNos: db
      .prepare('SELECT (SELECT min(callback_no) FROM callbacks), (SELECT max(callback_no) FROM callbacks)')
      .raw(),
    callback: db
      .prepare(`SELECT callback_no, ${events} FROM callbacks AS c WHERE callback_no >= ? ORDER BY callback_no LIMIT 1`)
      .raw(),
    legacyNos: db
      .prepare(
        'SELECT (SELECT min(legacy_no) FROM legacy_callback_events), (SELECT max(legacy_no) FROM legacy_callback_events)',
      )
      .raw(),
    legacyEvent: db
      .prepare(
        'SELECT legacy_no, length(received) FROM legacy_callback_events WHERE legacy_no >= ? ORDER BY legacy_no LIMIT 1',
      )
      .raw(),
    // Bounded by OCM_QUARANTINE_LIMIT, counted of some rows as the others.
    quarantine: db
      .prepare(
        `SELECT cast(coalesce(avg(bytes), 0) * (SELECT count(*) FROM quarantine) AS INTEGER)
         FROM (SELECT ${quarantined} AS bytes FROM quarantine ORDER BY quarantine_no DESC LIMIT 64)`,
      )
      .pluck(),
    audit: db.prepare(`SELECT coalesce(sum(length(detail) + ${ROW_BYTES.audit}), 0) FROM audit_log`).pluck(),
  };
}
