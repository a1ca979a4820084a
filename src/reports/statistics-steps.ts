/** A group's statistics in steps, of the samples that a store holds. */
import { aggregateBySteps, type SampleColumns } from '../domain/aggregate.js';
import { readCursor, writeCursor } from '../domain/cursor.js';
import { LocalTime } from '../domain/local-time.js';
import type { Page, PageRequest, StatisticsRow, Resolution, TimeRange } from '../domain/store.js';

/** Samples read for one page of steps: the page ends early then, with a cursor, so that other readers get their turn. */
const SAMPLES_READ = 50_000;
/** Time read at once for steps, unless one step is longer. */
const WINDOW_MS = 86_400_000;

/** Samples of one group that carry any figure. Ranges are half-open. */
export interface SampleRows {
  /** All of the range, oldest first; those of one moment in the order of their receipt. */
  between(range: TimeRange): SampleColumns;
  /** The moment of the newest in the range; null: it holds none. */
  newestMs(range: TimeRange): number | null;
}

/** Windows of whole steps, backwards, until the page is full, enough samples were read, or the range ends. */
export function stepsPage(
  rows: SampleRows,
  range: TimeRange,
  step: Resolution,
  { limit, cursor }: PageRequest,
): Page<StatisticsRow> {
  const time = new LocalTime(step.timeZone);
  const startOf = (ms: number) => time.startOfStep(step.ms, ms);
  const windowMs = step.ms * Math.max(1, Math.min(limit, Math.floor(WINDOW_MS / step.ms)));
  const [beforeMs] = cursor === null ? [range.toMs] : readCursor('steps', cursor, ['number']);
  let toMs = Math.min(range.toMs, Number(beforeMs));
  const items: StatisticsRow[] = [];
  let read = 0;
  while (toMs > range.fromMs && items.length < limit && read < SAMPLES_READ) {
    const fromMs = Math.max(range.fromMs, startOf(toMs - windowMs));
    const samples = rows.between({ fromMs, toMs });
    read += samples.atMs.length;
    items.push(...aggregateBySteps(samples, startOf));
    toMs = samples.atMs.length === 0 ? afterNewest(rows, { fromMs: range.fromMs, toMs: fromMs }) : fromMs;
  }
  const page = items.slice(0, limit);
  const last = page.at(-1);
  const hasMore = items.length > limit || afterNewest(rows, { fromMs: range.fromMs, toMs }) > range.fromMs;
  return { items: page, nextCursor: hasMore && last ? writeCursor('steps', [last.atMs]) : null };
}

/** The moment after the newest sample of a range, or its begin: skips empty stretches at once. */
function afterNewest(rows: SampleRows, range: TimeRange): number {
  if (range.toMs <= range.fromMs) return range.fromMs;
  const newestMs = rows.newestMs(range);
  return newestMs === null ? range.fromMs : newestMs + 1;
}
