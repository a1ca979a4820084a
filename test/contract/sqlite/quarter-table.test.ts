import { describe, expect, it } from 'vitest';
import { addToQuarter, QUARTER_HOUR_MS, quarterOf } from '../../../src/evidence/quarter-hours.js';
import type { TaggedSample } from '../../../src/evidence/sample.js';
import { IN_MEMORY, connect } from '../../../src/sqlite/connection.js';
import { migrate } from '../../../src/sqlite/migrate.js';
import { QuarterTable } from '../../../src/sqlite/quarter-table.js';
import { QuarterReader } from '../../../src/sqlite/readers/quarter-reader.js';
import { T0 } from '../../support/notifications.js';

const START_MS = quarterOf(T0);

function samplesOf(startMs: number, ...figures: (number | null)[]): TaggedSample[] {
  return figures.map((figure, n) => {
    const atMs = startMs + 10_000 * n;
    const statistics = { busyRatio: figure, hitRatio: null, overdialRatio: figure, timeToCompleteSeconds: figure };
    return { atMs, receivedMs: atMs, statementNo: 1, tag: 0, statistics, lists: [] };
  });
}

function tableWith(...quarters: readonly (readonly (number | null)[])[]) {
  const db = connect(IN_MEMORY);
  migrate(db);
  db.exec("INSERT INTO campaign_groups (group_no, id, source, dbid, heard_ms) VALUES (1, 'g', 'default', '101', 0)");
  const table = new QuarterTable(db);
  quarters.forEach((figures, n) => {
    table.putQuarter(1, addToQuarter(null, samplesOf(START_MS + n * QUARTER_HOUR_MS, ...figures)));
  });
  return { db, table };
}

describe('quarters of an hour', () => {
  it.each([
    [[0.3127, 0.0213, null, 7200.1234]],
    [[1 / 3, 0.5]],
    [[0, 0]],
    [[1e300, 2e15]],
    [[123_456_789_012.5, 0.25]],
  ])('are given back as they were put, whatever decimals their figures have: %j', (figures) => {
    const { table } = tableWith(figures);
    expect(table.quarter(1, START_MS)).toEqual(addToQuarter(null, samplesOf(START_MS, ...figures)));
    expect(table.quarter(1, START_MS + 1)).toBeNull();
  });

  it('have the sum of decimals, and not what doubles make of it', () => {
    const { table } = tableWith([0.1, 0.2]);
    expect(table.quarter(1, START_MS)?.figures.busyRatio?.sum).toBe(0.3);
  });

  it('add up over units', () => {
    const { db } = tableWith([0.25, 0.5], [1 / 3, 0.125], [0.75]);
    const sums = new QuarterReader(db).rowsOf(1).stored({ fromMs: 0, toMs: Number.MAX_SAFE_INTEGER });
    const { count, min, max, sum, last } = sums?.figures.busyRatio ?? {};
    expect([count, min, max, last]).toEqual([5, 0.125, 0.75, 0.75]);
    expect(sum).toBeCloseTo(1.5 + 1 / 3 + 0.125, 12);
  });

  it('are read by people in seconds and fractions', () => {
    const { db } = tableWith([0.25, 0.5]);
    const [row] = db.prepare('SELECT * FROM statistics_by_quarter_hour').all();
    expect(row).toMatchObject({
      ...{ campaign_group_id: 'g', source: 'default', dbid: '101', start_ms: START_MS, notifications: 2 },
      ...{
        observed_seconds: 10,
        busy_ratio_min: 0.25,
        busy_ratio_mean: 0.375,
        busy_ratio_max: 0.5,
        busy_ratio_last: 0.5,
      },
      ...{ hit_ratio_mean: null, hit_ratio_count: 0, time_to_complete_seconds_count: 2 },
    });
  });

  it('take some ninety bytes each', () => {
    const { db } = tableWith([0.3127, 0.9213, 0.5, 0.0213]);
    const bytes = db.prepare("SELECT sum(payload) FROM dbstat WHERE name = 'quarter_hours'").pluck().get();
    expect(bytes).toBeLessThan(95);
  });
});
