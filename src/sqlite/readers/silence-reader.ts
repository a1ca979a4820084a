/** What tells of a group's silences, as rows. */
import type { Evidence } from '../../apply/evidence.js';
import type { Gap } from '../../domain/silence.js';
import type { Moments, SilenceRows } from '../../reports/past-silences.js';
import type { Connection } from '../database.js';
import { RepeatTable } from '../repeat-table.js';

const EVER_MS = Number.MAX_SAFE_INTEGER;

export class SilenceReader {
  readonly #evidence: Evidence;
  readonly #repeats: RepeatTable;
  readonly #sql;

  constructor(db: Connection, evidence: Evidence) {
    this.#evidence = evidence;
    this.#repeats = new RepeatTable(db);
    this.#sql = prepare(db);
  }

  rowsOf(group: number, samplesSinceMs: number | null): SilenceRows {
    const evidence = this.#evidence;
    const sql = this.#sql;
    return {
      told: momentsOf(evidence, group, 'told'),
      repeated: momentsOf(evidence, group, 'repeated'),
      samplesSinceMs,
      newestMs: () => this.#newestMs(group),
      stateAt: (ms) => (sql.stateAt.get(group, ms) as string | undefined) ?? null,
      copies: (gap) => this.#repeats.within(group, gap),
      firstToldMs: () => evidence.timesFrom(group, 0, 1)[0] ?? null,
      firstReceivedMs: (looked) => {
        let firstMs: number | null = null;
        let seen = 0;
        for (const { receivedMs } of evidence.inOrder.forwards(group, 0, EVER_MS)) {
          firstMs = Math.min(firstMs ?? Infinity, receivedMs);
          if (++seen === looked) break;
        }
        return firstMs;
      },
      firstRunMs: () => sql.firstRun.get() as number | null,
      downs: () => sql.downs.all() as Gap[],
    };
  }

  /** Receipts before the clock was set back may lie in the future. */
  #newestMs(group: number): number | null {
    const atMs = this.#evidence.newestAtMs(group);
    if (atMs === null) return null;
    const limit = this.#sql.limit.get(group) as { atMs: number | null; limitMs: number | null } | undefined;
    const { atMs: limitAtMs = null, limitMs = null } = limit ?? {};
    const isLimited = limitAtMs !== null && limitMs !== null && atMs <= limitAtMs;
    const heardMs = this.#evidence.newestReceivedMs(group, atMs);
    return Math.max(atMs, isLimited ? Math.min(heardMs, limitMs) : heardMs);
  }
}

function momentsOf(evidence: Evidence, group: number, kind: 'told' | 'repeated'): Moments {
  const take = (moments: Iterable<number>, limit: number) => {
    const taken: number[] = [];
    for (const ms of moments) if (taken.push(ms) === limit) break;
    return taken;
  };
  return {
    within: (range, limit) => take(evidence.inOrder.moments(group, range, kind, 'backwards'), limit),
    since: (fromMs, limit) => take(evidence.inOrder.moments(group, { fromMs, toMs: EVER_MS }, kind, 'forwards'), limit),
  };
}

function prepare(db: Connection) {
  return {
    limit: db.prepare(
      'SELECT heard_limit_at_ms AS atMs, heard_limit_ms AS limitMs FROM campaign_groups WHERE group_no = ?',
    ),
    stateAt: db
      .prepare(
        `SELECT state FROM steps WHERE group_no = ? AND at_ms <= ?
         ORDER BY at_ms DESC, action_rank DESC, content_digest DESC LIMIT 1`,
      )
      .pluck(),
    firstRun: db.prepare('SELECT min(started_ms) FROM uptime').pluck(),
    downs: db.prepare(`
      SELECT alive_ms AS fromMs, next_ms AS toMs FROM (
        SELECT alive_ms, lead(started_ms) OVER (ORDER BY started_ms, run_no) AS next_ms FROM uptime)
      WHERE next_ms > alive_ms ORDER BY alive_ms`),
  };
}
