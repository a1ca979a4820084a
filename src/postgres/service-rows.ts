/** What a service keeps beside history, a statement each: the audit log, runs, intervals, leases, keys. */
import type { AuditEntry } from '../domain/audit.js';
import type { DamagedChunks } from '../domain/store-upkeep.js';
import type { BlockingWire } from './blocking/blocking-wire.js';
import type { LanePlace } from './fence.js';
import { PLACES } from './follow/sql.js';
import { LANE_LOG_KEPT_MS, LANE_LOG_PRUNED } from './lane-log.js';
import type { Statement } from './statements.js';
import type { Value } from './values.js';

/**
 * Rows kept; the oldest go.
 * @bound rows of the audit log on PostgreSQL
 * @beyond the oldest go
 * @seen `/api/v1/audit-log`
 */
const AUDIT_ROWS_KEPT = 10_000;
/**
 * Characters of a row's detail and result. What is longer is cut.
 * @bound text of one row of the audit log on PostgreSQL
 * @beyond it is cut
 * @seen `/api/v1/audit-log`
 */
const MAX_AUDIT_TEXT = 4000;
/**
 * Sources whose interval is kept; those written down first make room.
 * @bound learned intervals on PostgreSQL
 * @beyond those written down first go, and are learned anew
 * @seen `/api/v1/sources`
 */
const INTERVALS_KEPT = 1000;
/**
 * Runs of one receiver.
 * @bound runs of a receiver in the up-time ledger on PostgreSQL
 * @beyond the oldest go
 * @seen `/api/v1/service`
 */
const RUNS_KEPT = 1000;
/** How long a post may wait in the socket's queue, see `sqlite/uptime-ledger.ts`. */
const PATIENCE_MS = 5000;
/** A lease ends by itself, so that others take over from a receiver that is gone: with a beat, within 15 s. */
export const LEASE_MS = 12_000;

/** Beats come every two seconds; receivers' clocks are apart. */
export const OTHERS_ALIVE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DATABASE_NOW = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint';

export interface HeldGroup {
  readonly groupNo: number;
  readonly source: string;
  readonly dbid: string;
}

export class ServiceRows {
  readonly #wire: BlockingWire;
  /** Whose runs these are. */
  readonly #receiver: string;
  /** Whose leases: of one process, for two may go by the same name. */
  readonly #holder: string;

  constructor(wire: BlockingWire, { receiver, holder }: { readonly receiver: string; readonly holder: string }) {
    this.#wire = wire;
    this.#receiver = receiver;
    this.#holder = holder;
  }

  append({ atMs, action, actor, address, detail, result }: AuditEntry): void {
    const text = JSON.stringify(detail);
    const cut = text.length <= MAX_AUDIT_TEXT ? text : JSON.stringify({ cut: text.slice(0, MAX_AUDIT_TEXT) });
    this.#transaction([
      // Receivers give numbers one after the other.
      { text: `UPDATE kept_numbers SET value = value + 1 WHERE name = 'audit'`, values: [] },
      {
        text: `INSERT INTO audit_log (audit_no, at_ms, action, actor, address, detail, result)
          SELECT value, $1::bigint, $2, $3, $4, $5, $6 FROM kept_numbers WHERE name = 'audit'`,
        values: [atMs, action, actor, address, cut, result.slice(0, MAX_AUDIT_TEXT)],
      },
      {
        text: `DELETE FROM audit_log WHERE audit_no <= (SELECT value FROM kept_numbers WHERE name = 'audit') - $1::bigint`,
        values: [AUDIT_ROWS_KEPT],
      },
    ]);
  }

  /** Source to interval, milliseconds. */
  intervals(): ReadonlyMap<string, number> {
    const rows = this.#ask('SELECT source, interval_ms FROM source_rhythms');
    return new Map(rows.map(([source, intervalMs]) => [String(source), Number(intervalMs)]));
  }

  keepIntervals(intervals: ReadonlyMap<string, number>, nowMs: number): void {
    const sources = [...intervals.keys()].sort();
    this.#transaction(
      sources.map((source) => ({
        text: `INSERT INTO source_rhythms (source, interval_ms, kept_ms) VALUES ($1, $2, $3)
          ON CONFLICT (source) DO UPDATE SET interval_ms = excluded.interval_ms, kept_ms = excluded.kept_ms`,
        values: [source, intervals.get(source) ?? 0, nowMs],
      })),
    );
    // Apart, for these are others than it has written; in their order, as they are written by others.
    const tooMany = 'SELECT o.source FROM source_rhythms AS o ORDER BY o.kept_ms DESC, o.source OFFSET $1::bigint';
    this.#transaction([
      {
        text: `SELECT 1 FROM source_rhythms AS r WHERE r.source IN (${tooMany}) ORDER BY r.source FOR UPDATE OF r`,
        values: [INTERVALS_KEPT],
      },
      { text: `DELETE FROM source_rhythms WHERE source IN (${tooMany})`, values: [INTERVALS_KEPT] },
    ]);
  }

  /** The value of a setting that all receivers have in common; `made` becomes it where there is none. */
  setting(name: string, made: string): string {
    const [, answer] = this.#transaction([
      {
        text: `INSERT INTO service_settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`,
        values: [name, made],
      },
      { text: 'SELECT value FROM service_settings WHERE name = $1', values: [name] },
    ]);
    return String(answer?.rows[0]?.[0]);
  }

  /** The words under which history was told, as text; null: none was. */
  words(): string | null {
    const [row] = this.#ask('SELECT tables FROM vocabulary WHERE place = 0');
    return row === undefined ? null : String(row[0]);
  }

  rememberWords(text: string): void {
    this.#ask(
      `INSERT INTO vocabulary (place, tables) VALUES (0, $1) ON CONFLICT (place) DO UPDATE SET tables = excluded.tables`,
      [text],
    );
  }

  /** Groups of which a statement says one of these codes. */
  groupsSaying(column: string, codes: readonly number[]): readonly number[] {
    const list = `{${codes.join(',')}}`;
    const rows = this.#ask(`SELECT DISTINCT group_no FROM statements WHERE ${column} = ANY ($1::bigint[])`, [list]);
    return rows.map(([groupNo]) => Number(groupNo));
  }

  /** Takes or renews a lease; false: another receiver has it. */
  lease(name: string): boolean {
    const rows = this.#ask(
      `INSERT INTO leases AS l (name, holder, until_ms) VALUES ($1, $2, ${DATABASE_NOW} + $3::bigint)
       ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_ms = excluded.until_ms
         WHERE l.holder = excluded.holder OR l.until_ms < ${DATABASE_NOW}
       RETURNING holder`,
      [name, this.#holder, LEASE_MS],
    );
    return rows.length > 0;
  }

  endLeases(): void {
    this.#ask('DELETE FROM leases WHERE holder = $1', [this.#holder]);
  }

  /** Campaign groups that are held. */
  groups(): readonly HeldGroup[] {
    const rows = this.#ask(
      'SELECT group_no, source, dbid FROM campaign_groups WHERE forgotten = 0 ORDER BY source, dbid',
    );
    return rows.map(([groupNo, source, dbid]) => ({
      groupNo: Number(groupNo),
      source: String(source),
      dbid: String(dbid),
    }));
  }

  damagedChunks(): DamagedChunks {
    const [row] = this.#ask(
      `SELECT (SELECT count(*) FROM damaged_chunks), d.source, g.dbid, d.hour, d.count, d.why FROM damaged_chunks AS d
       LEFT JOIN campaign_groups AS g ON g.source = d.source AND g.group_no = d.group_no
       ORDER BY d.found_ms DESC, d.chunk_no DESC LIMIT 1`,
    );
    if (row === undefined) return { count: 0, newest: null };
    const [count, source, dbid, hour, samples, why] = row;
    const newest = {
      source: String(source),
      dbid: dbid === null ? null : String(dbid),
      hourMs: Number(hour) * HOUR_MS,
      samples: Number(samples),
      why: String(why),
    };
    return { count: Number(count), newest };
  }

  /** Up to where the log of each lane goes. */
  lanePlaces(): readonly LanePlace[] {
    return this.#ask(PLACES.text).map(([lane, seq]) => ({ lane: String(lane), seq: Number(seq) }));
  }

  pruneLaneLog(nowMs: number): void {
    const keptFromMs = nowMs - LANE_LOG_KEPT_MS;
    this.#transaction([
      {
        text: `INSERT INTO kept_numbers AS k (name, value) VALUES ($1, $2)
          ON CONFLICT (name) DO UPDATE SET value = greatest(k.value, excluded.value)`,
        values: [LANE_LOG_PRUNED, keptFromMs],
      },
      { text: 'DELETE FROM lane_log WHERE recorded_ms < $1::bigint', values: [keptFromMs] },
    ]);
  }

  /** The last sign of life of any receiver; null: there was none. */
  lastAliveMs(): number | null {
    const [row] = this.#ask('SELECT max(alive_ms) FROM uptime');
    const aliveMs = row?.[0] ?? null;
    return aliveMs === null ? null : Number(aliveMs);
  }

  /** Whether another receiver than this run is at work. */
  hasOthers(runNo: number, nowMs: number): boolean {
    const [row] = this.#ask(
      `SELECT count(*) FROM uptime WHERE ended = 0 AND alive_ms >= $1::bigint AND NOT (receiver = $2 AND run_no = $3::bigint)`,
      [nowMs - OTHERS_ALIVE_MS, this.#receiver, runNo],
    );
    return row?.[0] !== 0;
  }

  /**
   * Begins a run; returns its number. Where the socket outlived the process before, which ended by itself a moment ago, its run
   * goes on: connections waited.
   */
  beginRun(nowMs: number, socketOutlived: boolean): number {
    if (socketOutlived) {
      const [gone] = this.#ask(
        `UPDATE uptime SET alive_ms = greatest(alive_ms, $2::bigint), ended = 0 WHERE receiver = $1 AND ended = 1
           AND alive_ms >= $2::bigint - $3::bigint AND run_no = (SELECT max(u.run_no) FROM uptime AS u WHERE u.receiver = $1)
         RETURNING run_no`,
        [this.#receiver, nowMs, PATIENCE_MS],
      );
      if (gone !== undefined) return Number(gone[0]);
    }
    const [, answer] = this.#transaction([
      {
        text: `DELETE FROM uptime WHERE receiver = $1 AND run_no <= (
          SELECT max(u.run_no) FROM uptime AS u WHERE u.receiver = $1) - $2::bigint`,
        values: [this.#receiver, RUNS_KEPT - 1],
      },
      {
        text: `INSERT INTO uptime (receiver, run_no, started_ms, alive_ms)
          SELECT $1, coalesce(max(run_no), 0) + 1, $2::bigint, $2::bigint FROM uptime WHERE receiver = $1 RETURNING run_no`,
        values: [this.#receiver, nowMs],
      },
    ]);
    return Number(answer?.rows[0]?.[0]);
  }

  beat(runNo: number, nowMs: number, ended = 0): void {
    this.#wire.exchange([this.beatOf(runNo, nowMs, ended)]);
  }

  beatOf(runNo: number, nowMs: number, ended = 0): Statement {
    return {
      text: 'UPDATE uptime SET alive_ms = greatest(alive_ms, $3::bigint), ended = $4::bigint WHERE receiver = $1 AND run_no = $2::bigint',
      values: [this.#receiver, runNo, nowMs, ended],
    };
  }

  #ask(text: string, values: Statement['values'] = []): readonly (readonly Value[])[] {
    return this.#wire.exchange([{ text, values }])[0]?.rows ?? [];
  }

  #transaction(statements: readonly Statement[]) {
    const plain = (text: string): Statement => ({ text, values: [] });
    return this.#wire.exchange([plain('BEGIN'), ...statements, plain('COMMIT')]).slice(1);
  }
}
