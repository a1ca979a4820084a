/** A group's samples, as they were sent. */
import { rowOf, type StatisticsSample } from '../domain/aggregate.js';
import { readCursor, writeCursor } from '../domain/cursor.js';
import type { Page, PageRequest, StatisticsRow, TimeRange } from '../domain/store.js';
import { pageOf } from '../reports/page.js';
import type { SampleRows } from '../reports/statistics-steps.js';
import type { Connection } from './database.js';

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

  samples(groupNo: number, range: TimeRange, { limit, cursor }: PageRequest): Page<StatisticsRow> {
    const types = ['number', 'number', 'number', 'number'] as const;
    const [time, received, statement, tag] =
      cursor === null ? [range.toMs, -1, -1, -1] : readCursor('samples', cursor, types);
    const { fromMs: from, toMs: to } = range;
    const place = { group: groupNo, from, to, time, received, statement, tag, limit: limit + 1 };
    const rows = this.#sql.samplesBackwards.all(place) as StoredSample[];
    return pageOf(
      rows,
      limit,
      (row) => rowOf(row.time_ms, [sampleOf(row)]),
      (row) => writeCursor('samples', [row.time_ms, row.received_ms, row.statement_no, row.tag]),
    );
  }

  rowsOf(groupNo: number): SampleRows {
    return {
      between: ({ fromMs, toMs }) => {
        const rows = this.#sql.samplesBetween.all({ group: groupNo, from: fromMs, to: toMs }) as StoredSample[];
        return rows.map(sampleOf);
      },
      newestMs: ({ fromMs, toMs }) =>
        this.#sql.lastSample.pluck().get({ group: groupNo, from: fromMs, to: toMs }) as number | null,
    };
  }
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
    `(${time}, at_ms + lag_ms, statement_no, tag) < (@time, @received, @statement, @tag)`;
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
