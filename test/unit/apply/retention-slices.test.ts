/** How much retention does before it commits: told by rows on a clock that goes on with each row, never by time. */
import { describe, expect, it } from 'vitest';
import type { RetentionRows } from '../../../src/apply/retention-rows.js';
import type { Tables } from '../../../src/apply/tables.js';
import { QUARTER_HOUR_MS } from '../../../src/evidence/quarter-hours.js';
import { aGroup, aQuarter } from '../../contract/apply/contract-rows.js';
import { T0 } from '../../support/notifications.js';
import { slicesOf } from '../../support/retaining.js';
import { memoryStore } from '../../support/stores.js';

const DAY_MS = 86_400_000;
const START = T0 - (T0 % QUARTER_HOUR_MS);
/** As `retention.ts` and `pace.ts` have them: the time of a slice, the first statement of a run, and any. */
const SLICE_MS = 4;
const FIRST_ROWS = 16;
const MOST_ROWS = 256;

/** Quarters that go from each slice, where removing the n-th row takes so long. */
function rowsOfSlices(groups: number, quarters: number, msPerRow: (n: number) => number): number[] {
  let [nowMs, rows] = [0, 0];
  const slow = (tables: Tables): Tables => {
    const removeRollups: RetentionRows['removeRollups'] = (...args) => {
      const gone = tables.retention.removeRollups(...args);
      for (let n = 0; n < gone; n++) nowMs += msPerRow(rows++);
      return gone;
    };
    return { ...tables, retention: { ...tables.retention, removeRollups } };
  };
  const store = memoryStore({}, slow);
  for (let group = 0; group < groups; group++) {
    const groupNo = aGroup(store, String(group));
    store.within((tables) => {
      for (let n = 0; n < quarters; n++) tables.quarters.putQuarter(groupNo, aQuarter(START + n * QUARTER_HOUR_MS));
    });
  }
  const ofSlices: number[] = [];
  const slices = slicesOf(store, START + 400 * DAY_MS, { rollups: 30 * DAY_MS }, () => nowMs);
  for (let before = rows, slice = slices.next(); !slice.done; before = rows, slice = slices.next())
    ofSlices.push(rows - before);
  expect(rows).toBe(groups * quarters);
  return ofSlices.filter((count) => count > 0);
}

describe('a slice of retention', () => {
  it('ends in time though one group has far more rows than fit in it', () => {
    const [first = 0, ...others] = rowsOfSlices(2, 500, () => 0.5);
    expect(first).toBe(FIRST_ROWS);
    expect(Math.max(...others)).toBe(SLICE_MS / 0.5);
  });

  it('takes many rows where they cost little', () => {
    const counts = rowsOfSlices(3, 900, () => 0.002);
    expect(counts[0]).toBeGreaterThanOrEqual(2000);
    expect(counts[0]).toBeLessThan(2010);
    expect(counts).toHaveLength(2);
  });

  it('passes its end by one statement when rows begin to cost more, and then no more', () => {
    const counts = rowsOfSlices(1, 2000, (n) => (n < 1000 ? 0.01 : 1));
    const cheap = counts.findIndex((count) => count <= SLICE_MS);
    expect(counts.slice(0, cheap).reduce((sum, count) => sum + count)).toBeLessThanOrEqual(1000 + MOST_ROWS);
    expect(Math.max(...counts.slice(cheap))).toBe(SLICE_MS);
  });
});
