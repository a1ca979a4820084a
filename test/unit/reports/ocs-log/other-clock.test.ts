import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  betterBy,
  type ChangeLine,
  SAME_MOMENT_MS,
  SampledChanges,
} from '../../../../src/reports/ocs-log/other-clock.js';

const T0 = Date.parse('2026-03-01T10:00:00Z');
const HOUR_MS = 3_600_000;

/** Changes at moments that nobody plans, some of them held. */
const changes = fc.array(fc.record({ gap: fc.integer({ min: 60_000, max: 1_200_000 }), isHeld: fc.boolean() }), {
  minLength: 40,
  maxLength: 80,
});

function moments(steps: readonly { readonly gap: number }[]): readonly number[] {
  let atMs = T0;
  return steps.map(({ gap }) => (atMs += gap));
}

const near = (held: readonly number[]) => (line: ChangeLine) =>
  held.some((atMs) => Math.abs(atMs - line.atMs) <= SAME_MOMENT_MS);
const linesAt = (all: readonly number[]) => all.map((atMs) => ({ nameNo: 0, atMs }));

describe('the clock of a log', () => {
  it('is not doubted where half of its changes are held at their moment, nor where none are held at all', () => {
    fc.assert(
      fc.property(changes, (steps) => {
        const all = moments(steps);
        expect(betterBy(linesAt(all), near(all.filter((_, index) => index % 2 === 0)))).toBeNull();
        expect(betterBy(linesAt(all), near([]))).toBeNull();
      }),
    );
  });

  it('is found to be another where its changes are held by so much later or earlier, though most were lost', () => {
    const offset = fc.integer({ min: -56, max: 56 }).filter((quarters) => quarters !== 0);
    fc.assert(
      fc.property(changes, offset, fc.integer({ min: -200, max: 200 }), (steps, quarters, skewMs) => {
        const offsetMs = quarters * (HOUR_MS / 4);
        const all = moments(steps);
        const held = all.filter((_, index) => index % 3 === 0).map((atMs) => atMs + offsetMs + skewMs);
        expect(betterBy(linesAt(all), near(held))).toBe(offsetMs);
      }),
    );
  });

  it('is tested by lines from the whole of a log, at most 40', () => {
    const sampled = new SampledChanges();
    for (let n = 0; n < 100_000; n++) sampled.note({ nameNo: n % 7, atMs: T0 + n });
    const { lines } = sampled;
    expect(lines.length).toBeGreaterThan(20);
    expect(lines.length).toBeLessThanOrEqual(40);
    expect(lines.at(-1)?.atMs).toBeGreaterThan(T0 + 90_000);
  });
});
