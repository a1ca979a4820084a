/** Quarter hours as columns of plain figures, as PostgreSQL has them; a sum is told to the precision that SQLite keeps. */
import type { FigureOfQuarter, ListQuarterHour, QuarterHour } from '../../evidence/quarter-hours.js';
import { listQuarterColumns, listQuarterOfRow, quarterColumns, quarterOfRow } from '../stored/quarter-row.js';
import type { Cells } from './moved-row.js';

export function quarterCells(quarter: QuarterHour): Cells {
  const { startMs, count, figuresCount, observedMs, newestMs, figures } = quarterOfRow(quarterColumns(quarter));
  return {
    start_ms: startMs,
    count,
    figures_count: figuresCount,
    observed_ms: observedMs,
    newest_ms: newestMs,
    ...figureCells('busy_ratio', figures.busyRatio),
    ...figureCells('hit_ratio', figures.hitRatio),
    ...figureCells('overdial_ratio', figures.overdialRatio),
    ...figureCells('time_to_complete_seconds', figures.timeToCompleteSeconds),
  };
}

export function quarterIn(cells: Cells): QuarterHour {
  return {
    startMs: Number(cells['start_ms']),
    count: Number(cells['count']),
    figuresCount: Number(cells['figures_count']),
    observedMs: Number(cells['observed_ms']),
    newestMs: Number(cells['newest_ms']),
    figures: {
      busyRatio: figureIn(cells, 'busy_ratio'),
      hitRatio: figureIn(cells, 'hit_ratio'),
      overdialRatio: figureIn(cells, 'overdial_ratio'),
      timeToCompleteSeconds: figureIn(cells, 'time_to_complete_seconds'),
    },
  };
}

/** Without its list. */
export function listQuarterCells(quarter: ListQuarterHour): Cells {
  const row = listQuarterColumns(quarter);
  const { startMs, newestMs, hitRatio, timeToCompleteSeconds } = listQuarterOfRow(quarter.listNo, row);
  return {
    start_ms: startMs,
    newest_ms: newestMs,
    ...figureCells('hit_ratio', hitRatio),
    ...figureCells('time_to_complete_seconds', timeToCompleteSeconds),
  };
}

export function listQuarterIn(listNo: number, cells: Cells): ListQuarterHour {
  return {
    listNo,
    startMs: Number(cells['start_ms']),
    newestMs: Number(cells['newest_ms']),
    hitRatio: figureIn(cells, 'hit_ratio'),
    timeToCompleteSeconds: figureIn(cells, 'time_to_complete_seconds'),
  };
}

function figureCells(name: string, figure: FigureOfQuarter | null): Cells {
  const parts = figure ?? { count: 0, min: null, max: null, sum: null, last: null };
  return Object.fromEntries(Object.entries(parts).map(([part, value]) => [`${name}_${part}`, value]));
}

function figureIn(cells: Cells, name: string): FigureOfQuarter | null {
  const part = (of: string) => Number(cells[`${name}_${of}`] ?? 0);
  if (part('count') === 0) return null;
  return { count: part('count'), min: part('min'), max: part('max'), sum: part('sum'), last: part('last') };
}
