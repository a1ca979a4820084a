import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseInstant } from '../../../src/domain/instant.js';
import { LocalTime } from '../../../src/domain/local-time.js';

const UTC = new LocalTime('UTC');
const BERLIN = new LocalTime('Europe/Berlin');
const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

describe('parseInstant', () => {
  it.each([
    ['1763625600', '2025-11-20T08:00:00.000Z'],
    ['1763625600.25', '2025-11-20T08:00:00.250Z'],
    ['2026-11-20T08:00:00Z', '2026-11-20T08:00:00.000Z'],
    ['2026-11-20T08:00+01:00', '2026-11-20T07:00:00.000Z'],
    ['2026-11-20T08:00:00.1239-05:30', '2026-11-20T13:30:00.123Z'],
    ['2026-11-20T24:00Z', '2026-11-21T00:00:00.000Z'],
  ])('%s names one instant, whatever the zone', (text, expected) => {
    expect([iso(parseInstant(text, UTC)), iso(parseInstant(text, BERLIN))]).toEqual([expected, expected]);
  });

  it.each([
    ['2026-11-20', '2026-11-19T23:00:00.000Z'],
    ['2026-07-20T08:00', '2026-07-20T06:00:00.000Z'],
    ['2026-11', '2026-10-31T23:00:00.000Z'],
    ['2026-W47', '2026-11-15T23:00:00.000Z'],
    ['2026-W47-5', '2026-11-19T23:00:00.000Z'],
    ['2026-W47-5T08:30', '2026-11-20T07:30:00.000Z'],
    ['2026-W53', '2026-12-27T23:00:00.000Z'],
    ['2027-W01', '2027-01-03T23:00:00.000Z'],
    // The clock jumps over 02:30, and shows it twice.
    ['2026-03-29T02:30', '2026-03-29T01:00:00.000Z'],
    ['2026-10-25T02:30', '2026-10-25T00:30:00.000Z'],
  ])('%s goes by the clock of the zone', (text, expected) => {
    expect(iso(parseInstant(text, BERLIN))).toBe(expected);
  });

  it.each([
    ...[
      '',
      'yesterday',
      '-5',
      '20261120',
      '1795280000123',
      '1e9',
      '2026-13',
      '2026-02-30',
      '2026-11-31',
      '2026-W00',
      '2026-W54',
      '2025-W53',
    ],
    ...['2026-W47-8', '2026-W47-0', '2026-11T08:00', '2026-W47T08:00', '2026-11-20T25:00', '2026-11-20T24:01'],
    ...['2026-11-20T08:00+99:99', '2026-11-20T08:00+24:00', '2026-11-20T08:00-05:60', '2026-11-20T08:00+1:00'],
    ...['1e3', ' 5', '5 ', '0x10', '+5', '5.', '.5', '1_000', '٥', 'NaN', 'Infinity', 'null'],
    ...['2026-11-20T08:60', '2026-11-20T08:00:60', '2026-11-20 08:00', '2026-11-20T08:00Zx', '99999999999999999'],
  ])('%s is none', (text) => {
    expect(parseInstant(text, BERLIN)).toBe(null);
  });

  it('reads every instant that is written in ISO, and every week as the week of its days', () => {
    const lastMs = Date.UTC(9999, 11, 31);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: lastMs }), (ms) => {
        expect(parseInstant(new Date(ms).toISOString(), BERLIN)).toBe(ms);
        const monday = UTC.startOf('week', ms);
        const thursday = new Date(monday + 3 * 86_400_000);
        const week =
          Math.floor((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / (7 * 86_400_000)) + 1;
        const name = `${String(thursday.getUTCFullYear())}-W${String(week).padStart(2, '0')}`;
        expect(iso(parseInstant(name, UTC))).toBe(iso(monday));
      }),
    );
  });
});
