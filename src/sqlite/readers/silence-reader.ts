/** What tells of a group's silences, as rows. */
import type { Evidence } from '../../apply/evidence.js';
import { firstReceivedMs, heardNewestMs, momentsOf } from '../../apply/heard-moments.js';
import type { Gap } from '../../domain/silence.js';
import type { SilenceRows } from '../../reports/past-silences.js';
import type { Connection } from '../database.js';
import { RepeatTable } from '../repeat-table.js';

interface Limit {
  readonly atMs: number | null;
  readonly limitMs: number | null;
}

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
      newestMs: () => heardNewestMs(evidence, group, () => sql.limit.get(group) as Limit | undefined),
      stateAt: (ms) => (sql.stateAt.get(group, ms) as string | undefined) ?? null,
      copies: (gap) => this.#repeats.within(group, gap),
      firstToldMs: () => evidence.timesFrom(group, 0, 1)[0] ?? null,
      firstReceivedMs: (looked) => firstReceivedMs(evidence, group, looked),
      firstRunMs: () => sql.firstRun.get() as number | null,
      downs: () => sql.downs.all() as Gap[],
    };
  }
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
