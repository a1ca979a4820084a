import type { QuarterRows } from '../apply/evidence-rows.js';
import type { FigureOfQuarter, ListQuarterHour, QuarterHour } from '../evidence/quarter-hours.js';
import type { Connection } from './database.js';

const FIGURES = ['busy_ratio', 'hit_ratio', 'overdial_ratio', 'time_to_complete_seconds'] as const;
const LIST_FIGURES = ['hit_ratio', 'time_to_complete_seconds'] as const;
const PARTS = ['count', 'min', 'max', 'sum', 'last'] as const;

/** Units of a figure that are one: in ten-thousandths most figures are short whole numbers. */
const DECIMAL_UNIT = 10_000;
/** Sums of decimals are off by as much as doubles are. */
const SUM_IS_OFF = 1e-3;
/** Whole numbers that a column of INTEGER holds, and doubles, too. */
const MOST = 2 ** 51;

/** A row without its names: key and counts, the unit, then five columns for each figure. */
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
    const { busyRatio, hitRatio, overdialRatio, timeToCompleteSeconds } = figures;
    const columns = columnsOf([busyRatio, hitRatio, overdialRatio, timeToCompleteSeconds]);
    this.#sql.putQuarter.run(groupNo, startMs, count, figuresCount, observedMs, newestMs, ...columns);
  }

  listQuarter(listNo: number, startMs: number): ListQuarterHour | null {
    const row = this.#sql.listQuarter.get(listNo, startMs) as Row | undefined;
    if (row === undefined) return null;
    const [newestMs] = row;
    const [hitRatio = null, timeToCompleteSeconds = null] = figuresIn(row.slice(1), LIST_FIGURES.length);
    return { listNo, startMs, newestMs: newestMs ?? 0, hitRatio, timeToCompleteSeconds };
  }

  putListQuarter({ listNo, startMs, newestMs, hitRatio, timeToCompleteSeconds }: ListQuarterHour): void {
    this.#sql.putListQuarter.run(listNo, startMs, newestMs, ...columnsOf([hitRatio, timeToCompleteSeconds]));
  }
}

/** In the order of `QUARTER_COLUMNS`. */
function quarterOfRow(row: Row): QuarterHour {
  const [startMs, count, figuresCount, observedMs, newestMs] = row;
  const [busyRatio = null, hitRatio = null, overdialRatio = null, timeToCompleteSeconds = null] = figuresIn(
    row.slice(5),
    FIGURES.length,
  );
  return {
    startMs: startMs ?? 0,
    count: count ?? 0,
    figuresCount: figuresCount ?? 0,
    observedMs: observedMs ?? 0,
    newestMs: newestMs ?? 0,
    figures: { busyRatio, hitRatio, overdialRatio, timeToCompleteSeconds },
  };
}

/** Of a row from its unit on. */
function figuresIn([unit, ...columns]: Row, figures: number): (FigureOfQuarter | null)[] {
  return Array.from({ length: figures }, (_, n) => {
    const [count, ...values] = columns.slice(PARTS.length * n, PARTS.length * (n + 1));
    if (!count) return null;
    const [min = 0, max = 0, sum = 0, last = 0] = values.map((value) => (value ?? 0) / (unit ?? 1));
    return { count, min, max, sum, last };
  });
}

/** The unit, then count, least, greatest, sum and last of each figure in it. */
function columnsOf(figures: readonly (FigureOfQuarter | null)[]): (number | null)[] {
  const unit = figures.every((figure) => figure === null || isDecimal(figure)) ? DECIMAL_UNIT : 1;
  const inUnit = (value: number) => (unit === 1 ? value : Math.round(value * unit));
  const columns = figures.map((figure) => {
    if (figure === null) return [0, null, null, null, null];
    const { count, min, max, sum, last } = figure;
    return [count, inUnit(min), inUnit(max), inUnit(sum), inUnit(last)];
  });
  return [unit, ...columns.flat()];
}

function isDecimal({ min, max, sum, last }: FigureOfQuarter): boolean {
  const units = sum * DECIMAL_UNIT;
  return (
    [min, max, last].every((value) => Math.round(value * DECIMAL_UNIT) / DECIMAL_UNIT === value) &&
    Math.abs(units) < MOST &&
    Math.abs(units - Math.round(units)) < SUM_IS_OFF
  );
}

const columnsFor = (figures: readonly string[]) => figures.flatMap((name) => PARTS.map((part) => `${name}_${part}`));
const QUARTER_COLUMNS = [
  'start_ms',
  'count',
  'figures_count',
  'observed_ms',
  'newest_ms',
  'unit',
  ...columnsFor(FIGURES),
].join(', ');

function prepare(db: Connection) {
  const put = (table: string, columns: number) =>
    db.prepare(`INSERT OR REPLACE INTO ${table} VALUES (${Array.from({ length: columns }, () => '?').join(', ')})`);
  const listColumns = ['newest_ms', 'unit', ...columnsFor(LIST_FIGURES)].join(', ');
  return {
    quarter: db.prepare(`SELECT ${QUARTER_COLUMNS} FROM quarter_hours WHERE group_no = ? AND start_ms = ?`).raw(),
    putQuarter: put('quarter_hours', 7 + PARTS.length * FIGURES.length),
    listQuarter: db.prepare(`SELECT ${listColumns} FROM list_quarter_hours WHERE list_no = ? AND start_ms = ?`).raw(),
    putListQuarter: put('list_quarter_hours', 4 + PARTS.length * LIST_FIGURES.length),
  };
}
