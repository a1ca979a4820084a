/**
 * Figures of quarters of an hour as whole numbers of a unit: ten-thousandths where all are decimals of that kind, so that sums
 * are what decimals make, and not what doubles do: 0.1 and 0.2 are 0.3.
 */
import { FIGURE_COLUMNS, LIST_FIGURES } from '../../apply/stored/quarter-row.js';
import { DECIMAL_UNIT, MOST_UNITS, SUM_IS_OFF } from '../../evidence/quarter-hours.js';

const UNIT = `${DECIMAL_UNIT}::float8`;
const VALUES = ['min', 'max', 'sum', 'last'] as const;

const isWhole = (name: string) => `round(${name} * ${UNIT}) / ${UNIT} = ${name}`;

/** As `isDecimal` takes a figure for one in decimals. */
function isDecimal(name: string): string {
  const units = `${name}_sum * ${UNIT}`;
  const values = ['min', 'max', 'last'].map((part) => isWhole(`${name}_${part}`));
  return `(${name}_count = 0 OR (${values.join(' AND ')} AND abs(${units}) < ${MOST_UNITS} AND abs(${units} - round(${units})) < ${SUM_IS_OFF}))`;
}

function inUnits(table: string, key: readonly string[], counts: readonly string[], figures: readonly string[]): string {
  const values = figures.flatMap((name) => [
    `${name}_count`,
    ...VALUES.map(
      (part) => `CASE WHEN unit = 1 THEN ${name}_${part} ELSE round(${name}_${part} * unit) END AS ${name}_${part}`,
    ),
  ]);
  return `
SELECT ${[...key, ...counts, 'unit', ...values].join(',\n  ')}
FROM (SELECT *, CASE WHEN ${figures.map(isDecimal).join('\n  AND ')} THEN ${DECIMAL_UNIT} ELSE 1 END AS unit FROM ${table}) AS q`;
}

export const QUARTERS_IN_UNITS = inUnits(
  'quarter_hours',
  ['source', 'group_no', 'start_ms'],
  ['count', 'figures_count', 'observed_ms', 'newest_ms'],
  FIGURE_COLUMNS,
);
export const LIST_QUARTERS_IN_UNITS = inUnits(
  'list_quarter_hours',
  ['source', 'group_no', 'list_no', 'start_ms'],
  ['newest_ms'],
  LIST_FIGURES,
);
