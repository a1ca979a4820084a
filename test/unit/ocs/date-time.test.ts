import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDateTimeMs, YEAR_2000_MS } from '../../../src/ocs/date-time.js';
import { decoded, aBody } from '../../support/bodies.js';
import { T0 } from '../../support/notifications.js';

/** Every way in which one instant is known, or likely, to be written. */
function spellingsOf(ms: number): unknown[] {
  const seconds = Math.floor(ms / 1000);
  const fraction = String(ms % 1000).padStart(3, '0');
  return [
    `${seconds}.${fraction}`,
    `${seconds},${fraction}`,
    `  ${seconds}.${fraction} `,
    `${seconds}.${fraction}000`,
    Number(`${seconds}.${fraction}`),
    ms,
    String(ms),
    ...(fraction === '000' ? [seconds, String(seconds), `${seconds}.`] : []),
  ];
}

describe('a date-time', () => {
  it('gives the same number in every spelling of one instant', () => {
    const instants = fc.integer({ min: YEAR_2000_MS, max: Date.UTC(2100, 0, 1) });
    fc.assert(
      fc.property(
        fc.oneof(
          instants,
          instants.map((ms) => ms - (ms % 1000)),
        ),
        (ms) => {
          for (const spelling of spellingsOf(ms)) expect(parseDateTimeMs(spelling)).toBe(ms);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('keeps one tenth written without its zeros a tenth', () => {
    expect(parseDateTimeMs('1763689560.1')).toBe(1_763_689_560_100);
  });

  it('is taken for milliseconds from 1e11 on, for seconds below', () => {
    expect(parseDateTimeMs(100_000_000_000)).toBe(100_000_000_000);
    expect(parseDateTimeMs(99_999_999_999)).toBe(99_999_999_999_000);
  });

  it.each([
    ['yesterday'],
    [''],
    ['  '],
    ['2026-11-20T08:00:00Z'],
    ['1,795,161'],
    [null],
    [undefined],
    [true],
    [[1]],
    [{}],
  ])('is not a number when it is %j', (value) => {
    expect(parseDateTimeMs(value)).toBeNaN();
  });

  it.each([
    ['nothing', undefined],
    ['text that is no number', 'yesterday'],
    ['the last millisecond before 2000', '946684799.999'],
    ['a millisecond beyond the clock and what senders may be ahead', String((T0 + 3_600_001) / 1000)],
    ['microseconds', String(T0 * 1000)],
  ])('refuses the body when it is %s', (_, value) => {
    const result = decoded(aBody({ GSW_DATE_TIME: value }));

    expect(result.notification).toBeNull();
    expect(result).toMatchObject({ fatal: [{ field: 'GSW_DATE_TIME' }] });
  });

  it.each([
    ['the first millisecond of 2000', '946684800.000', YEAR_2000_MS],
    ['exactly as far ahead as senders may be', String((T0 + 3_600_000) / 1000), T0 + 3_600_000],
  ])('is believed when it is %s', (_, value, atMs) => {
    expect(decoded(aBody({ GSW_DATE_TIME: value })).notification?.atMs).toBe(atMs);
  });
});
