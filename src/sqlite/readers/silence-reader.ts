/** What tells of a group's silences, as rows. */
import type { Gap } from '../../domain/silence.js';
import type { Moments, SilenceRows } from '../../reports/past-silences.js';
import type { Connection } from '../database.js';
import { RepeatTable } from '../repeat-table.js';

type Query = ReturnType<Connection['prepare']>;

export class SilenceReader {
  readonly #repeats: RepeatTable;
  readonly #sql;

  constructor(db: Connection) {
    this.#repeats = new RepeatTable(db);
    this.#sql = prepare(db);
  }

  rowsOf(group: number): SilenceRows {
    const sql = this.#sql;
    return {
      told: momentsOf(group, sql.times, sql.timesAfter),
      repeated: momentsOf(group, sql.repeats, sql.repeatsAfter),
      newestMs: () => this.#newestMs(group),
      stateAt: (ms) => (sql.stateAt.pluck().get(group, ms) as string | undefined) ?? null,
      copies: (gap) => this.#repeats.within(group, gap),
      firstToldMs: () => sql.firstAt.pluck().get({ group }) as number | null,
      firstReceivedMs: (looked) => sql.firstHeard.pluck().get({ group, looked }) as number | null,
      firstRunMs: () => sql.firstRun.pluck().get() as number | null,
      downs: () => sql.downs.all() as Gap[],
    };
  }

  #newestMs(group: number): number | null {
    const newest = this.#sql.newest.get({ group }) as { at_ms: number; received_ms: number } | undefined;
    if (newest === undefined) return null;
    const repeat = this.#sql.newestRepeat.pluck().get({ group }) as number | null;
    return Math.max(newest.at_ms, newest.received_ms, repeat ?? 0);
  }
}

function momentsOf(group: number, within: Query, since: Query): Moments {
  return {
    within: ({ fromMs, toMs }, limit) => within.pluck().all({ group, from: fromMs, before: toMs, limit }) as number[],
    since: (ms, limit) => since.pluck().all({ group, from: ms, limit }) as number[],
  };
}

function prepare(db: Connection) {
  const times = 'SELECT DISTINCT at_ms FROM evidence WHERE group_no = @group';
  const repeats = `SELECT at_ms + lag_ms AS time_ms FROM evidence INDEXED BY evidence_repeats
    WHERE group_no = @group AND tag <> 0`;
  return {
    times: db.prepare(`${times} AND at_ms >= @from AND at_ms < @before ORDER BY at_ms DESC LIMIT @limit`),
    timesAfter: db.prepare(`${times} AND at_ms >= @from ORDER BY at_ms LIMIT @limit`),
    repeats: db.prepare(`${repeats} AND at_ms + lag_ms >= @from AND at_ms + lag_ms < @before
      ORDER BY at_ms + lag_ms DESC LIMIT @limit`),
    repeatsAfter: db.prepare(`${repeats} AND at_ms + lag_ms >= @from ORDER BY at_ms + lag_ms LIMIT @limit`),
    newest: db.prepare(`
      SELECT at_ms, at_ms + lag_ms AS received_ms FROM evidence WHERE group_no = @group ORDER BY at_ms DESC LIMIT 1`),
    newestRepeat: db.prepare(`
      SELECT max(at_ms + lag_ms) FROM evidence INDEXED BY evidence_repeats WHERE group_no = @group AND tag <> 0`),
    stateAt: db.prepare(`
      SELECT state FROM steps WHERE group_no = ? AND at_ms <= ?
      ORDER BY at_ms DESC, action_rank DESC, content_digest DESC LIMIT 1`),
    firstAt: db.prepare('SELECT min(at_ms) FROM evidence WHERE group_no = @group'),
    firstHeard: db.prepare(`
      SELECT min(received_ms) FROM (
        SELECT at_ms + lag_ms AS received_ms FROM evidence WHERE group_no = @group ORDER BY at_ms LIMIT @looked)`),
    firstRun: db.prepare('SELECT min(started_ms) FROM uptime'),
    downs: db.prepare(`
      SELECT alive_ms AS fromMs, next_ms AS toMs FROM (
        SELECT alive_ms, lead(started_ms) OVER (ORDER BY started_ms, run_no) AS next_ms FROM uptime)
      WHERE next_ms > alive_ms ORDER BY alive_ms`),
  };
}
