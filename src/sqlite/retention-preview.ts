/** What retention would remove, counted beside whoever writes. Reads what is older through, and nothing else. */
import { RETENTION_CLASSES, type RetentionClass, type Retentions, horizonMs } from '../domain/retention.js';
import type { Connection } from './database.js';
import { NumberTable } from './number-table.js';
import { FORGOTTEN } from './removal-tables.js';
import { RetentionTables } from './retention-tables.js';
import { ROW_BYTES } from './row-estimates.js';

/** Of `notifications` and `history` at most so much: what a transition stands on stays. */
export interface WouldGo {
  readonly rows: number;
  readonly bytes: number;
  /** When the oldest row is of that nothing holds; null: there is none. */
  readonly oldestMs: number | null;
}

export function previewRetention(
  db: Connection,
  retentionMs: Retentions,
  nowMs: number,
): Readonly<Record<RetentionClass, WouldGo>> {
  const rows = new RetentionTables(db);
  const held = rows.heldAt(nowMs);
  const thinnedNo = new NumberTable(db).kept('thinned') ?? 0;
  const sql = prepare(db);
  const asked = { groupNos: JSON.stringify([...held.groupNos]), held: JSON.stringify(held.sources), thinnedNo };
  const of = (name: RetentionClass): WouldGo => {
    const oldestMs = rows.oldestMs(name, held, thinnedNo);
    const beforeMs = horizonMs(retentionMs[name], nowMs);
    if (beforeMs === -Infinity || oldestMs === null || oldestMs >= beforeMs) return { rows: 0, bytes: 0, oldestMs };
    const found = sql[name].get({ ...asked, beforeMs }) as { rows: number; bytes: number | null };
    return { rows: found.rows, bytes: found.bytes ?? 0, oldestMs };
  };
  return Object.fromEntries(RETENTION_CLASSES.map((name) => [name, of(name)])) as Record<RetentionClass, WouldGo>;
}

function prepare(db: Connection) {
  const isFree = 'source NOT IN (SELECT value FROM json_each(@held))';
  const isFreeGroup = 'group_no NOT IN (SELECT value FROM json_each(@groupNos))';
  const perCallback =
    '(SELECT coalesce(sum(length(received) + 500), 0) FROM callback_events AS e WHERE e.callback_no = c.callback_no)';
  return {
    notifications: db.prepare(`
      SELECT coalesce(sum(count), 0) AS rows, sum(length(samples) + ${ROW_BYTES.chunk}) AS bytes FROM chunks
      WHERE chunk_no > @thinnedNo AND written_ms < @beforeMs AND ${isFreeGroup}`),
    rollups: db.prepare(`
      SELECT count(*) AS rows, count(*) * ${ROW_BYTES.quarter} AS bytes FROM campaign_groups AS g JOIN quarter_hours AS q
        ON q.group_no = g.group_no AND q.start_ms < @beforeMs
      WHERE g.${isFreeGroup} AND g.source <> '${FORGOTTEN}'`),
    history: db.prepare(`
      SELECT count(*) AS rows, count(*) * 190 AS bytes FROM steps
      WHERE transition_id IS NOT NULL AND at_ms < @beforeMs AND ${isFreeGroup}`),
    callbacks: db.prepare(`
      SELECT count(*) AS rows, sum(bytes) AS bytes FROM (
        SELECT 900 + ${perCallback} AS bytes FROM callbacks AS c
        WHERE ${isFree} AND ((is_final = 1 AND ended_ms < @beforeMs) OR (is_final = 0 AND alive_until_ms < @beforeMs))
        UNION ALL SELECT length(received) + ${ROW_BYTES.legacyEvent} FROM legacy_callback_events
        WHERE ${isFree} AND at_ms < @beforeMs)`),
    quarantine: db.prepare(`
      SELECT count(*) AS rows, sum(length(body) + length(violations) + 300) AS bytes FROM quarantine
      WHERE last_received_ms < @beforeMs AND ${isFree}`),
    audit: db.prepare(`
      SELECT count(*) AS rows, sum(length(detail) + 120) AS bytes FROM audit_log WHERE at_ms < @beforeMs`),
  } satisfies Record<RetentionClass, unknown>;
}
