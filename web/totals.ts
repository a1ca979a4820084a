/** Rows of a summary added up, and shares of the sums. What is not reported is not known: never 0, and no share of it. Pure. */
import type { SummaryRow } from './callback-types.js';

/** Null: at least one row does not say. */
export type Totals = Readonly<Record<string, number | null>>;

export function added(rows: readonly SummaryRow[]): Totals {
  const totals: Record<string, number | null> = {};
  for (const row of rows)
    for (const [name, value] of Object.entries(row)) {
      if (typeof value === 'string') continue;
      const before = totals[name] ?? 0;
      totals[name] = value === null || totals[name] === null ? null : before + value;
    }
  return totals;
}

/** Null where one of both is not known, or there is nothing to have a share of. */
export function shareOf(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole === 0 ? null : part / whole;
}
