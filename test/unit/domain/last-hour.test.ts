import { expect, it } from 'vitest';
import { LastHour } from '../../../src/domain/last-hour.js';

const MINUTE_MS = 60_000;

it('what happened counts for an hour, however often it was, and wherever the clock is set to', () => {
  const hour = new LastHour();
  for (let n = 0; n < 1000; n++) hour.add(n * 100);
  expect(hour.count(100_000)).toBe(1000);
  expect(hour.count(60 * MINUTE_MS - 1)).toBe(1000);
  // The first minute is more than an hour ago, the second is not.
  expect(hour.count(61 * MINUTE_MS + 1)).toBe(400);
  hour.move(-30 * MINUTE_MS);
  expect(hour.count(31 * MINUTE_MS + 1)).toBe(400);
  expect(hour.count(33 * MINUTE_MS)).toBe(0);
  hour.add(34 * MINUTE_MS);
  expect(hour.count(34 * MINUTE_MS)).toBe(1);
});
