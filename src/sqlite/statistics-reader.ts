/** Reads of a group's statistics: the samples as they were sent, and steps of them. */
import { aggregateBySteps, rowOf, type StatisticsSample } from '../domain/aggregate.js';
import { readCursor, writeCursor } from '../domain/cursor.js';
import { LocalTime } from '../domain/local-time.js';
import type { Page, PageRequest, StatisticsRow, Step, TimeRange } from '../domain/store.js';
import type { Connection } from './database.js';

/** Samples read for one page of steps: the page ends early then, with a cursor, so that other readers get their turn. */
const SAMPLES_READ = 50_000;
/** Time read at once for steps, unless one step is longer. */
const WINDOW_MS = 86_400_000;

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
    const items = rows.slice(0, limit).map((row) => rowOf(row.time_ms, [sampleOf(row)]));
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    if (!last) return { items, nextCursor: null };
    return { items, nextCursor: writeCursor('samples', [last.time_ms, last.received_ms, last.statement_no, last.tag]) };
  }

  /** Windows of whole steps, backwards, until the page is full, enough samples were read, or the range ends. */
  steps(groupNo: number, range: TimeRange, step: Step, { limit, cursor }: PageRequest): Page<StatisticsRow> {
    const time = new LocalTime(step.timeZone);
    const startOf = (ms: number) => time.startOfStep(step.ms, ms);
    const windowMs = step.ms * Math.max(1, Math.min(limit, Math.floor(WINDOW_MS / step.ms)));
    const [beforeMs] = cursor === null ? [range.toMs] : readCursor('steps', cursor, ['number']);
    let toMs = Math.min(range.toMs, Number(beforeMs));
    const items: StatisticsRow[] = [];
    let samples = 0;
    while (toMs > range.fromMs && items.length < limit && samples < SAMPLES_READ) {
      const fromMs = Math.max(range.fromMs, startOf(toMs - windowMs));
      const rows = this.#sql.samplesBetween.all({ group: groupNo, from: fromMs, to: toMs }) as StoredSample[];
      samples += rows.length;
      items.push(...aggregateBySteps(rows.map(sampleOf), startOf));
      toMs = rows.length === 0 ? this.#afterLastSample(groupNo, { fromMs: range.fromMs, toMs: fromMs }) : fromMs;
    }
    const page = items.slice(0, limit);
    const last = page.at(-1);
    const hasMore =
      items.length > limit || this.#afterLastSample(groupNo, { fromMs: range.fromMs, toMs }) > range.fromMs;
    return { items: page, nextCursor: hasMore && last ? writeCursor('steps', [last.atMs]) : null };
  }

  /** The moment after the last sample of a range, or its begin: skips empty stretches at once. */
  #afterLastSample(groupNo: number, { fromMs, toMs }: TimeRange): number {
    if (toMs <= fromMs) return fromMs;
    return Number(this.#sql.lastSample.pluck().get({ group: groupNo, from: fromMs, to: toMs })) + 1;
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
      SELECT max(
        coalesce((SELECT time_ms FROM (${SAMPLES}) ORDER BY time_ms DESC LIMIT 1), @from - 1),
        coalesce((SELECT max(time_ms) FROM (${REPEATS})), @from - 1)
      )`),
  };
}
