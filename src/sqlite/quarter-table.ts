import type { QuarterRows } from '../apply/tables.js';
import type { FigureOfQuarter, ListQuarterHour, QuarterHour } from '../evidence/quarter-hours.js';
import type { Connection } from './database.js';

const FIGURES = ['busy_ratio', 'hit_ratio', 'overdial_ratio', 'time_to_complete_seconds'] as const;
const LIST_FIGURES = ['hit_ratio', 'time_to_complete_seconds'] as const;
const PARTS = ['count', 'min', 'max', 'sum', 'last'] as const;

/** A row without its names: key and counts, then five columns for each figure. */
type Row = readonly (number | null)[];

export class QuarterTable implements QuarterRows {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = prepare(db);
  }

  quarter(groupNo: number, startMs: number): QuarterHour | null {
    const row = this.#sql.quarter.get(groupNo, startMs) as Row | undefined;
    return row === undefined ? null : quarterOfRow(row);
  }

  putQuarter(groupNo: number, { startMs, count, figuresCount, observedMs, newestMs, figures }: QuarterHour): void {
    this.#sql.putQuarter.run(
      groupNo,
      startMs,
      count,
      figuresCount,
      observedMs,
      newestMs,
      ...columnsOf(figures.busyRatio),
      ...columnsOf(figures.hitRatio),
      ...columnsOf(figures.overdialRatio),
      ...columnsOf(figures.timeToCompleteSeconds),
    );
  }

  listQuarter(listNo: number, startMs: number): ListQuarterHour | null {
    const row = this.#sql.listQuarter.get(listNo, startMs) as Row | undefined;
    if (row === undefined) return null;
    const [newestMs] = row;
    return {
      listNo,
      startMs,
      newestMs: newestMs ?? 0,
      hitRatio: figureAt(row, 1),
      timeToCompleteSeconds: figureAt(row, 1 + PARTS.length),
    };
  }

  putListQuarter({ listNo, startMs, newestMs, hitRatio, timeToCompleteSeconds }: ListQuarterHour): void {
    this.#sql.putListQuarter.run(
      listNo,
      startMs,
      newestMs,
      ...columnsOf(hitRatio),
      ...columnsOf(timeToCompleteSeconds),
    );
  }
}

/** In the order of `QUARTER_COLUMNS`. */
export function quarterOfRow(row: Row): QuarterHour {
  const [startMs, count, figuresCount, observedMs, newestMs] = row;
  const figure = (place: number) => figureAt(row, 5 + PARTS.length * place);
  return {
    startMs: startMs ?? 0,
    count: count ?? 0,
    figuresCount: figuresCount ?? 0,
    observedMs: observedMs ?? 0,
    newestMs: newestMs ?? 0,
    figures: {
      busyRatio: figure(0),
      hitRatio: figure(1),
      overdialRatio: figure(2),
      timeToCompleteSeconds: figure(3),
    },
  };
}

function figureAt(row: Row, at: number): FigureOfQuarter | null {
  const [count, min, max, sum, last] = row.slice(at, at + PARTS.length);
  if (!count) return null;
  return { count, min: min ?? 0, max: max ?? 0, sum: sum ?? 0, last: last ?? 0 };
}

function columnsOf(figure: FigureOfQuarter | null): (number | null)[] {
  return figure === null
    ? [0, null, null, null, null]
    : [figure.count, figure.min, figure.max, figure.sum, figure.last];
}

const columnsFor = (figures: readonly string[]) => figures.flatMap((name) => PARTS.map((part) => `${name}_${part}`));
export const QUARTER_COLUMNS = [
  'start_ms',
  'count',
  'figures_count',
  'observed_ms',
  'newest_ms',
  ...columnsFor(FIGURES),
].join(', ');

function prepare(db: Connection) {
  const put = (table: string, columns: number) =>
    db.prepare(`INSERT OR REPLACE INTO ${table} VALUES (${Array.from({ length: columns }, () => '?').join(', ')})`);
  const listColumns = ['newest_ms', ...columnsFor(LIST_FIGURES)].join(', ');
  return {
    quarter: db.prepare(`SELECT ${QUARTER_COLUMNS} FROM quarter_hours WHERE group_no = ? AND start_ms = ?`).raw(),
    putQuarter: put('quarter_hours', 6 + PARTS.length * FIGURES.length),
    listQuarter: db.prepare(`SELECT ${listColumns} FROM list_quarter_hours WHERE list_no = ? AND start_ms = ?`).raw(),
    putListQuarter: put('list_quarter_hours', 3 + PARTS.length * LIST_FIGURES.length),
  };
}
