import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/domain/limits.js';
import { diskOutlook, StoreGrowth } from '../../../src/domain/store-growth.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

describe('the growth of the store', () => {
  it('is not known until it was measured for an hour, and says for how long it was', () => {
    const growth = new StoreGrowth();
    expect(growth.measured()).toEqual({ bytesPerDay: null, measuredSeconds: 0 });
    for (let ms = 0; ms < HOUR_MS; ms += MINUTE_MS) growth.note(ms, 1000 + ms / MINUTE_MS);
    expect(growth.measured()).toEqual({ bytesPerDay: null, measuredSeconds: 55 * 60 });
    growth.note(HOUR_MS, 1060);
    expect(growth.measured()).toEqual({ bytesPerDay: 60 * 24, measuredSeconds: 3600 });
  });

  it('goes by the last day alone, however long the process runs', () => {
    const growth = new StoreGrowth();
    // A week of growth, then two days of none.
    const bytesAt = (hour: number) => Math.min(hour, 168) * 1000;
    for (let hour = 0; hour <= 168; hour++) growth.note(hour * HOUR_MS, bytesAt(hour));
    expect(growth.measured()).toEqual({ bytesPerDay: 24_000, measuredSeconds: 86_400 });
    for (let hour = 169; hour <= 216; hour++) growth.note(hour * HOUR_MS, bytesAt(hour));
    expect(growth.measured()).toEqual({ bytesPerDay: 0, measuredSeconds: 86_400 });
  });

  it('keeps no more sizes than one in five minutes of a day', () => {
    const growth = new StoreGrowth();
    for (let second = 0; second <= 3 * 86_400; second += 10) growth.note(second * 1000, second);
    expect(growth.measured().measuredSeconds).toBe(86_400);
    expect(growth.kept).toBeLessThanOrEqual(289);
  });

  it('is measured anew when the clock is set back', () => {
    const growth = new StoreGrowth();
    growth.note(10 * HOUR_MS, 5000);
    growth.note(12 * HOUR_MS, 9000);
    growth.note(HOUR_MS, 9000);
    expect(growth.measured()).toEqual({ bytesPerDay: null, measuredSeconds: 0 });
    growth.note(2 * HOUR_MS, 9100);
    expect(growth.measured()).toEqual({ bytesPerDay: 2400, measuredSeconds: 3600 });
  });
});

describe('a disk', () => {
  it.each([
    ['that nobody knows of', null, 1000, { fullInSeconds: null, isNearlyFull: false }],
    ['with room, whose growth is not known', 2e9, null, { fullInSeconds: null, isNearlyFull: false }],
    ['with room for ten days', 10e9, 1e9, { fullInSeconds: 864_000, isNearlyFull: false }],
    ['with room for three days', 3e9, 1e9, { fullInSeconds: 259_200, isNearlyFull: true }],
    ['with hardly any room, whose growth is not known', 9e8, null, { fullInSeconds: null, isNearlyFull: true }],
    ['beside a database that shrinks', 2e9, -1e9, { fullInSeconds: null, isNearlyFull: false }],
  ])('%s', (_what, free, perDay, outlook) => {
    expect(diskOutlook(free, perDay, LIMITS)).toEqual(outlook);
  });
});
