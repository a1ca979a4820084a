/** A group's samples, as they were sent. */
import type { StatisticsSample } from '../../domain/aggregate.js';
import type { GroupSampleRows, PlacedSample } from '../../reports/group-reports.js';
import type { Connection } from '../database.js';

interface StoredSample {
  time_ms: number;
  received_ms: number;
  statement_no: number;
  tag: number;
  busy_ratio: number | null;
  hit_ratio: number | null;
  overdial_ratio: number | null;
  time_to_complete_seconds: number | null;
}

export class StatisticsReader {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = prepare(db);
  }

  rowsOf(group: number): GroupSampleRows {
    const sql = this.#sql;
    return {
      before: ({ fromMs: from, toMs: to }, place, limit) =>
        (sql.samplesBackwards.all({ group, from, to, ...place, limit }) as StoredSample[]).map(placed),
      between: ({ fromMs: from, toMs: to }) =>
        (sql.samplesBetween.all({ group, from, to }) as StoredSample[]).map(sampleOf),
      newestMs: ({ fromMs: from, toMs: to }) => sql.lastSample.pluck().get({ group, from, to }) as number | null,
    };
  }
}

function placed(row: StoredSample): PlacedSample {
  const { time_ms: atMs, received_ms: receivedMs, statement_no: statementNo, tag } = row;
  return { atMs, receivedMs, statementNo, tag, sample: sampleOf(row) };
}

function sampleOf(row: StoredSample): StatisticsSample {
  return {
    atMs: row.time_ms,
    busyRatio: row.busy_ratio,
    hitRatio: row.hit_ratio,
    overdialRatio: row.overdial_ratio,
    timeToCompleteSeconds: row.time_to_complete_seconds,
  };
}

const FIGURES = 'busy_ratio, hit_ratio, overdial_ratio, time_to_complete_seconds';
const CARRIES_FIGURES = 'coalesce(busy_ratio, hit_ratio, overdial_ratio, time_to_complete_seconds) IS NOT NULL';
/**
 * A sample's time is its date-time; of one that repeats a date-time, its receive time. Those of one time come as they were
 * received, as the figures that are shown now do.
 */
const SAMPLES = `
  SELECT at_ms AS time_ms, at_ms + lag_ms AS received_ms, statement_no, tag, ${FIGURES} FROM evidence
  WHERE group_no = @group AND at_ms >= @from AND at_ms < @to AND tag = 0 AND ${CARRIES_FIGURES}`;
const REPEATS = `
  SELECT at_ms + lag_ms AS time_ms, at_ms + lag_ms AS received_ms, statement_no, tag, ${FIGURES} FROM evidence INDEXED BY evidence_repeats
  WHERE group_no = @group AND at_ms + lag_ms >= @from AND at_ms + lag_ms < @to AND tag <> 0 AND ${CARRIES_FIGURES}`;

function prepare(db: Connection) {
  const before = (time: string) =>
    `(${time}, at_ms + lag_ms, statement_no, tag) < (@atMs, @receivedMs, @statementNo, @tag)`;
  return {
    samplesBetween: db.prepare(`${SAMPLES} UNION ALL ${REPEATS} ORDER BY time_ms, received_ms, statement_no, tag`),
    samplesBackwards: db.prepare(`
      SELECT * FROM (${SAMPLES} AND ${before('at_ms')}
        ORDER BY at_ms DESC, lag_ms DESC, statement_no DESC, tag DESC LIMIT @limit)
      UNION ALL
      SELECT * FROM (${REPEATS} AND ${before('at_ms + lag_ms')}
        ORDER BY at_ms + lag_ms DESC, statement_no DESC, tag DESC LIMIT @limit)
      ORDER BY time_ms DESC, received_ms DESC, statement_no DESC, tag DESC LIMIT @limit`),
    lastSample: db.prepare(`
      SELECT max(time_ms) FROM (
        SELECT time_ms FROM (SELECT time_ms FROM (${SAMPLES}) ORDER BY time_ms DESC LIMIT 1)
        UNION ALL SELECT max(time_ms) FROM (${REPEATS}))`),
  };
}
