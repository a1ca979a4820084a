/** What stored quarters of an hour add up to. */
import { FIGURE_COLUMNS, type QuarterRow, sumsOfRow } from '../../apply/stored/quarter-row.js';
import type { TimeRange } from '../../domain/store.js';
import type { QuarterRows, QuarterSums } from '../../reports/statistics-quarters.js';
import type { Rows } from '../blocking/blocking-connection.js';
import { type FoundGroup, OF_GROUP } from './found-group.js';
import { type NamedSql, named } from './named-sql.js';

/** The newest stored quarter before a moment that says a figure: where it begins, and what each figure was last. */
interface Newest {
  readonly beforeMs: number;
  readonly startMs: number;
  readonly lasts: QuarterRow;
}

/** For one question: what was found for a step's begin serves for its figures. */
export function quarterRowsOf(db: Rows, group: FoundGroup): Omit<QuarterRows, 'fresh'> {
  let known: Newest | null = null;
  const newest = (fromMs: number, toMs: number): Newest | null => {
    if (known?.beforeMs === toMs && known.startMs >= fromMs) return known;
    const row = rowOf(db, NEWEST, { ...group, fromMs, toMs });
    known = row === null ? null : { beforeMs: toMs, startMs: row[0] ?? 0, lasts: row.slice(1) };
    return known;
  };
  return {
    stored: (range) => stored(db, { ...group, ...range }, () => newest(range.fromMs, range.toMs)?.lasts ?? []),
    newestStoredMs: ({ fromMs, toMs }) => newest(fromMs, toMs)?.startMs ?? null,
    oldestStoredMs: () => rowOf(db, OLDEST, group)?.[0] ?? null,
  };
}

function stored(db: Rows, asked: FoundGroup & TimeRange, lastsOf: () => QuarterRow): QuarterSums | null {
  const sums = rowOf(db, SUMS_OF_ONE_UNIT, asked) ?? [];
  // To divide each value by its unit costs more: in most cases all have one.
  const ofOneUnit = sums[1] === null ? (rowOf(db, SUMS, asked) ?? []) : sums;
  const lastOf = (last: NamedSql | undefined) => (last && rowOf(db, last, asked)?.[0]) ?? undefined;
  return sumsOfRow(ofOneUnit, lastsOf, (n) => lastOf(LASTS[n]));
}

function rowOf(db: Rows, asked: NamedSql, values: FoundGroup): QuarterRow | null {
  const [row] = db.all<object>(asked, values);
  return row === undefined ? null : (Object.values(row) as QuarterRow);
}

const OF_RANGE = `FROM quarter_hours_in_units WHERE ${OF_GROUP} AND start_ms >= @fromMs AND start_ms < @toMs`;
const NEWEST_FIRST = 'ORDER BY start_ms DESC LIMIT 1';

const inUnits = (name: string) => name;
const inOnes = (name: string) => `${name} / unit`;

/** Each column has a name of its own, or it would take the place of another. */
function sumsIn(unit: string, valueOf: (name: string) => string): NamedSql {
  const columns = FIGURE_COLUMNS.flatMap((name) => [
    `sum(${name}_count)::bigint AS ${name}_count`,
    ...['min', 'max', 'sum'].map((part) => `${part}(${valueOf(`${name}_${part}`)}) AS ${name}_${part}`),
  ]);
  return named(
    `SELECT sum(figures_count)::bigint AS figures_count, ${unit} AS unit, ${columns.join(', ')} ${OF_RANGE}`,
  );
}

/** The unit is null where quarters have several. */
const SUMS_OF_ONE_UNIT = sumsIn('CASE WHEN min(unit) = max(unit) THEN min(unit) END', inUnits);
const SUMS = sumsIn('1', inOnes);

const lasts = FIGURE_COLUMNS.map((name) => `${inOnes(`${name}_last`)} AS ${name}_last`);
/** Mostly the newest quarter says all figures; `LASTS` find those that it does not. */
const NEWEST = named(`SELECT start_ms, ${lasts.join(', ')} ${OF_RANGE} AND figures_count > 0 ${NEWEST_FIRST}`);
const LASTS = FIGURE_COLUMNS.map((name) =>
  named(`SELECT ${inOnes(`${name}_last`)} AS last ${OF_RANGE} AND ${name}_count > 0 ${NEWEST_FIRST}`),
);
const OLDEST = named(`SELECT min(start_ms) AS ms FROM quarter_hours WHERE ${OF_GROUP}`);
