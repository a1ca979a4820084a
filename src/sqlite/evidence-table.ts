import type { EvidenceRows, Sample } from '../apply/tables.js';
import type { Connection } from './database.js';

export interface SampleRow {
  at_ms: number;
  statement_no: number;
  lag_ms: number;
  busy_ratio: number | null;
  hit_ratio: number | null;
  overdial_ratio: number | null;
  time_to_complete_seconds: number | null;
  list_set_no: number;
}

const SAMPLE = `at_ms, statement_no, lag_ms, busy_ratio, hit_ratio, overdial_ratio, time_to_complete_seconds, list_set_no`;

export class EvidenceTable implements EvidenceRows {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = prepare(db);
  }

  insert(groupNo: number, tag: number, { atMs, statementNo, receivedMs, statistics, listSetNo }: Sample): void {
    this.#sql.insert.run(
      groupNo,
      atMs,
      statementNo,
      tag,
      receivedMs - atMs,
      statistics.busyRatio,
      statistics.hitRatio,
      statistics.overdialRatio,
      statistics.timeToCompleteSeconds,
      listSetNo,
    );
  }

  sample(groupNo: number, atMs: number, statementNo: number, tag: number): Sample | null {
    return foundSample(this.#sql.sample.get(groupNo, atMs, statementNo, tag));
  }

  newestRepeat(groupNo: number, atMs: number): Sample | null {
    return foundSample(this.#sql.newestRepeat.get(groupNo, atMs));
  }

  newestAtMs(groupNo: number): number | null {
    return this.#sql.newestAt.get(groupNo) as number | null;
  }

  lastAtMsBefore(groupNo: number, atMs: number): number | null {
    return this.#sql.lastAtBefore.get(groupNo, atMs) as number | null;
  }

  timesFrom(groupNo: number, fromMs: number, limit: number): number[] {
    return this.#sql.timesFrom.all(groupNo, fromMs, limit) as number[];
  }

  statementNosAt(groupNo: number, atMs: number): number[] {
    return this.#sql.statementNosAt.all({ group: groupNo, at: atMs }) as number[];
  }

  secondsLeft(groupNo: number, fromMs: number, toMs: number): number | null {
    return (this.#sql.secondsLeft.get(groupNo, fromMs, toMs) as number | undefined) ?? null;
  }
}

function foundSample(row: unknown): Sample | null {
  return row === undefined ? null : sampleOf(row as SampleRow);
}

export function sampleOf(row: SampleRow): Sample {
  const statistics = {
    busyRatio: row.busy_ratio,
    hitRatio: row.hit_ratio,
    overdialRatio: row.overdial_ratio,
    timeToCompleteSeconds: row.time_to_complete_seconds,
  };
  const receivedMs = row.at_ms + row.lag_ms;
  return { atMs: row.at_ms, statementNo: row.statement_no, receivedMs, statistics, listSetNo: row.list_set_no };
}

function prepare(db: Connection) {
  return {
    insert: db.prepare(`
      INSERT INTO evidence (group_no, at_ms, statement_no, tag, lag_ms, busy_ratio, hit_ratio, overdial_ratio,
        time_to_complete_seconds, list_set_no)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    sample: db.prepare(
      `SELECT ${SAMPLE} FROM evidence WHERE group_no = ? AND at_ms = ? AND statement_no = ? AND tag = ?`,
    ),
    newestRepeat: db.prepare(
      `SELECT ${SAMPLE} FROM evidence INDEXED BY evidence_repeats
       WHERE group_no = ? AND tag <> 0 AND at_ms = ? ORDER BY at_ms + lag_ms DESC LIMIT 1`,
    ),
    newestAt: db.prepare('SELECT max(at_ms) FROM evidence WHERE group_no = ?').pluck(),
    // Of samples of one date-time the one received last. Bounded: a clock may stand still, and nulls may go on for days.
    secondsLeft: db
      .prepare(
        `
      SELECT time_to_complete_seconds FROM (
        SELECT at_ms, lag_ms, time_to_complete_seconds FROM evidence
        WHERE group_no = ? AND at_ms BETWEEN ? AND ? ORDER BY at_ms DESC, statement_no DESC, tag DESC LIMIT 100)
      WHERE time_to_complete_seconds IS NOT NULL ORDER BY at_ms DESC, lag_ms DESC LIMIT 1`,
      )
      .pluck(),
    lastAtBefore: db.prepare('SELECT max(at_ms) FROM evidence WHERE group_no = ? AND at_ms < ?').pluck(),
    // From each to the next: a scan would read every repeat.
    statementNosAt: db
      .prepare(
        `
      WITH RECURSIVE found (no) AS (
        SELECT min(statement_no) FROM evidence WHERE group_no = @group AND at_ms = @at
        UNION ALL
        SELECT (SELECT min(statement_no) FROM evidence
          WHERE group_no = @group AND at_ms = @at AND statement_no > found.no)
        FROM found WHERE found.no IS NOT NULL)
      SELECT no FROM found WHERE no IS NOT NULL`,
      )
      .pluck(),
    timesFrom: db
      .prepare('SELECT DISTINCT at_ms FROM evidence WHERE group_no = ? AND at_ms >= ? ORDER BY at_ms LIMIT ?')
      .pluck(),
  };
}
