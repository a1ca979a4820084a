import { describe, expect, it } from 'vitest';
import { offsetsOf } from '../../../src/domain/zone-offsets.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const dayOf = (date: string) => Date.parse(date) / DAY_MS;
/** More than are kept. */
const ZONES = ['Berlin', 'Paris', 'Rome', 'Vienna', 'Madrid', 'Oslo', 'Prague', 'Athens', 'Riga', 'Sofia', 'Lisbon'];
const YEARS = 11;

describe('offsets of a zone', () => {
  it('are those before and after the change of a day', () => {
    const berlin = offsetsOf('Europe/Berlin');
    const day = dayOf('2026-03-29');
    expect([berlin?.atStartOf(day), berlin?.atStartOf(day + 1)]).toEqual([HOUR_MS, 2 * HOUR_MS]);
    expect(berlin?.changeOn(day)).toEqual({ atMs: day * DAY_MS + HOUR_MS, beforeMs: HOUR_MS, afterMs: 2 * HOUR_MS });
    expect(berlin?.changeOn(day + 1)).toBeNull();
  });

  it('are asked for once, by whoever asks', () => {
    expect(offsetsOf('Europe/Berlin')).toBe(offsetsOf('Europe/Berlin'));
    expect([offsetsOf('+01:00'), offsetsOf('Mars/Olympus'), offsetsOf('')]).toEqual([null, null, null]);
  });

  it('are the same when more days and zones were asked about than are kept', () => {
    const berlin = offsetsOf('Europe/Berlin');
    const first = dayOf('2020-01-01');
    const changes = () => Array.from({ length: 365 * YEARS }, (_, n) => berlin?.changeOn(first + n) ?? null);
    const told = changes();
    expect(told.filter((change) => change !== null).length).toBe(2 * YEARS);
    expect(changes()).toEqual(told);
    const changesOfYear = (zone: string) =>
      Array.from({ length: 120 }, (_, n) => offsetsOf(`Europe/${zone}`)?.changeOn(first + n));
    const once = ZONES.map(changesOfYear);
    expect(offsetsOf('Europe/Berlin')).not.toBe(berlin);
    expect(ZONES.map(changesOfYear)).toEqual(once);
  });
});
