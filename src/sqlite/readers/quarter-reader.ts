/** What stored quarters of an hour add up to, in SQL: reading them row by row costs six times as much. */
import type { TimeRange } from '../../domain/store.js';
import { FIGURE_COLUMNS, type QuarterRow, sumsOfRow } from '../../apply/stored/quarter-row.js';
import type { QuarterRows, QuarterSums } from '../../reports/statistics-quarters.js';
import type { Connection } from '../database.js';

/** The newest stored quarter before a moment that says a figure: where it begins, and what each figure was last. */
interface Newest {
  readonly beforeMs: number;
  readonly startMs: number;
  readonly lasts: QuarterRow;
}

export class QuarterReader {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = prepare(db);
  }

  /** For one question: what was found for a step's begin serves for its figures. */
  rowsOf(group: number): Omit<QuarterRows, 'fresh'> {
    let known: Newest | null = null;
    const newest = (fromMs: number, beforeMs: number): Newest | null => {
      if (known?.beforeMs === beforeMs && known.startMs >= fromMs) return known;
      const row = this.#sql.newest.get(group, fromMs, beforeMs) as QuarterRow | undefined;
      known = row === undefined ? null : { beforeMs, startMs: row[0] ?? 0, lasts: row.slice(1) };
      return known;
    };
    return {
      stored: ({ fromMs, toMs }) => this.#stored(group, { fromMs, toMs }, () => newest(fromMs, toMs)?.lasts ?? []),
      newestStoredMs: ({ fromMs, toMs }) => newest(fromMs, toMs)?.startMs ?? null,
      oldestStoredMs: () => this.#sql.oldest.get(group) as number | null,
    };
  }

  /** To divide each value by its unit takes as long again: in most cases all have one. */
  #sums(group: number, fromMs: number, toMs: number): QuarterRow {
    const sums = this.#sql.sumsOfOneUnit.get(group, fromMs, toMs) as QuarterRow;
    return sums[1] === null ? (this.#sql.sums.get(group, fromMs, toMs) as QuarterRow) : sums;
  }

  #stored(group: number, { fromMs, toMs }: TimeRange, lastsOf: () => QuarterRow): QuarterSums | null {
    const sums = this.#sums(group, fromMs, toMs);
    return sumsOfRow(sums, lastsOf, (n) => this.#sql.last[n]?.get(group, fromMs, toMs) as number | undefined);
  }
}

function prepare(db: Connection) {
  const inUnits = (name: string) => name;
  const inOnes = (name: string) => `1.0 * ${name} / unit`;
  const ofRange = 'FROM quarter_hours WHERE group_no = ? AND start_ms >= ? AND start_ms < ?';
  const newestFirst = 'ORDER BY start_ms DESC LIMIT 1';
  const sums = (unit: string, valueOf: (name: string) => string) => {
    const parts = (name: string) => ['min', 'max', 'sum'].map((part) => `${part}(${valueOf(`${name}_${part}`)})`);
    const columns = FIGURE_COLUMNS.flatMap((name) => [`sum(${name}_count)`, ...parts(name)]);
    return db.prepare(`SELECT sum(figures_count), ${unit}, ${columns.join(', ')} ${ofRange}`).raw();
  };
  const lasts = FIGURE_COLUMNS.map((name) => inOnes(`${name}_last`));
  return {
    /** The unit is null where quarters have several. */
    sumsOfOneUnit: sums('CASE WHEN min(unit) = max(unit) THEN min(unit) END', inUnits),
    sums: sums('1', inOnes),
    /** Mostly the newest quarter says all figures; `last` finds those that it does not. */
    newest: db.prepare(`SELECT start_ms, ${lasts.join(', ')} ${ofRange} AND figures_count > 0 ${newestFirst}`).raw(),
    last: FIGURE_COLUMNS.map((name) =>
      db.prepare(`SELECT ${inOnes(`${name}_last`)} ${ofRange} AND ${name}_count > 0 ${newestFirst}`).pluck(),
    ),
    oldest: db.prepare('SELECT min(start_ms) FROM quarter_hours WHERE group_no = ?').pluck(),
  };
}
