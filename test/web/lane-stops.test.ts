/** What keys and tables say of lanes and samples, without a browser. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Lane } from '../../web/lanes.js';
import { stopsOf } from '../../web/lane-stops.js';
import { stepOf } from '../../web/steps.js';

const KEYS = ['Home', 'End', 'ArrowLeft', 'ArrowRight', 'PageUp', 'PageDown'] as const;

describe('a cursor that keys move', () => {
  it('stays among the samples, and comes to each end by steps of either size', () => {
    const held = fc.record({
      samples: fc.integer({ min: 1, max: 500 }),
      start: fc.nat(),
      key: fc.constantFrom(...KEYS),
    });
    fc.assert(
      fc.property(held, ({ samples, start, key }) => {
        let at = start % samples;
        for (let press = 0; press < samples; press++) {
          const next = stepOf(key, samples, at) ?? NaN;
          expect(next >= 0 && next < samples).toBe(true);
          at = next;
        }
        expect(at).toBe(['Home', 'ArrowLeft', 'PageUp'].includes(key) ? 0 : samples - 1);
      }),
      { numRuns: 50 },
    );
    expect([stepOf('ArrowRight', 240, null), stepOf('PageUp', 240, 100), stepOf('Enter', 240, 3)]).toEqual([
      239,
      76,
      null,
    ]);
  });
});

const HOUR = 3_600_000;
const RANGE = { fromMs: 10 * HOUR, toMs: 12 * HOUR };
const stretch = fc
  .tuple(fc.integer({ min: 9, max: 13 }), fc.integer({ min: 1, max: 3 }), fc.constantFrom('running', 'active'))
  .map(([from, hours, state]) => ({ fromMs: from * HOUR, toMs: (from + hours) * HOUR, state, isSilent: false }));

describe('a lane in rows', () => {
  it('has what is in view, cut to it, oldest first', () => {
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 6 }), fc.boolean(), (stretches, isDown) => {
        const lane: Lane = { stretches, unsure: [], transitions: [], unknownUntilMs: null };
        const unobserved = isDown ? [{ fromMs: 11 * HOUR, toMs: 14 * HOUR }] : [];
        const stops = stopsOf(lane, [], unobserved, RANGE);
        const inView = [...stretches, ...unobserved].filter(
          (one) => one.fromMs < RANGE.toMs && one.toMs > RANGE.fromMs,
        );
        expect(stops.length).toBe(inView.length);
        for (const [index, one] of stops.entries()) {
          expect(one.fromMs >= RANGE.fromMs && one.toMs <= RANGE.toMs).toBe(true);
          expect(one.fromMs).toBeGreaterThanOrEqual(stops[index - 1]?.fromMs ?? 0);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('says states with how long they lasted, as they are known', () => {
    const running = { fromMs: 9 * HOUR, toMs: 11 * HOUR, state: 'running', isSilent: false, isAtLeast: true };
    const silent = { fromMs: 11 * HOUR, toMs: 12 * HOUR, state: 'running', isSilent: true };
    const lane: Lane = { stretches: [running, silent], unsure: [], transitions: [], unknownUntilMs: 9.5 * HOUR };
    expect(stopsOf(lane, [], [], { fromMs: 9 * HOUR, toMs: 12 * HOUR }).map(({ words }) => words)).toEqual([
      'Running, at least 2 h 00 m',
      'nothing known',
      'Unknown (was running) 1 h 00 m',
    ]);
  });
});
