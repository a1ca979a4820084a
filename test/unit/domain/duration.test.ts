import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDurationMs } from '../../../src/domain/duration.js';

const UNITS: readonly (readonly [string, number])[] = [
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
];

describe('parseDurationMs', () => {
  it.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['1.5m', 90_000],
    ['1h', 3_600_000],
    ['30d', 2_592_000_000],
    ['0s', 0],
    ['0', 0],
    [' 5s ', 5000],
  ])('reads %s', (text, durationMs) => {
    expect(parseDurationMs(text)).toBe(durationMs);
  });

  it.each(['', '10', '-1s', '1 s', '1w', 's', '1e3s', '.5s', '1s1s', '99999999999999999999d'])(
    'finds no duration in "%s"',
    (text) => {
      expect(parseDurationMs(text)).toBeNull();
    },
  );

  it('gives whole milliseconds, and in any unit the same as in milliseconds', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.constantFrom(...UNITS), (n, [unit, ms]) => {
        expect(parseDurationMs(`${n}${unit}`)).toBe(parseDurationMs(`${n * ms}ms`));
      }),
    );
  });
});
