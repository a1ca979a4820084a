import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DrawnStretch, foldStretches, thinned } from '../../web/fold-stretches.js';

const LEAST_MS = 10;
/** Lengths of stretches, with what lies between one and the next. */
const stretches = fc
  .array(
    fc.record({
      state: fc.constantFrom('running', 'active', 'not_loaded'),
      ms: fc.oneof(fc.integer({ min: 1, max: LEAST_MS - 1 }), fc.integer({ min: 1, max: 5 * LEAST_MS })),
      holeMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3 * LEAST_MS })),
    }),
    { maxLength: 300 },
  )
  .map((parts) => {
    let atMs = 0;
    return parts.map(({ state, ms, holeMs }): DrawnStretch => {
      const fromMs = atMs + holeMs;
      atMs = fromMs + ms;
      return { fromMs, toMs: atMs, state };
    });
  });
const isLong = ({ fromMs, toMs }: DrawnStretch) => toMs - fromMs >= LEAST_MS;
const end = (all: readonly DrawnStretch[]) => all.at(-1)?.toMs ?? 0;

describe('stretches that are too short to be told apart', () => {
  it('are one, of the state that lasted longest', () => {
    const at = (fromMs: number, toMs: number, state: string) => ({ fromMs, toMs, state });
    expect(
      foldStretches(
        [at(0, 3, 'active'), at(3, 4, 'running'), at(4, 7, 'active'), at(7, 9, 'running'), at(9, 40, 'running')],
        LEAST_MS,
      ),
    ).toEqual([at(0, 9, 'active'), at(9, 40, 'running')]);
    expect(foldStretches([at(8, 12, 'active'), at(12, 15, 'running')], LEAST_MS)).toEqual([
      at(8, 12, 'active'),
      at(12, 15, 'running'),
    ]);
    expect(foldStretches([], LEAST_MS)).toEqual([]);
  });

  it('are no more than a lane has room for; long ones stay, and what had a state has one', () => {
    fc.assert(
      fc.property(stretches, (all) => {
        const drawn = foldStretches(all, LEAST_MS);
        expect(drawn.length).toBeLessThanOrEqual((3 * end(all)) / LEAST_MS + 1);
        expect(drawn).toEqual(expect.arrayContaining(all.filter(isLong)));
        drawn.forEach(({ fromMs, toMs, state }, n) => {
          expect(fromMs).toBeGreaterThanOrEqual(drawn[n - 1]?.toMs ?? 0);
          const within = all.filter((one) => one.fromMs >= fromMs && one.toMs <= toMs);
          expect([within[0]?.fromMs, end(within)]).toEqual([fromMs, toMs]);
          const lasted = (of: string) =>
            within.filter((one) => one.state === of).reduce((sum, one) => sum + one.toMs - one.fromMs, 0);
          expect(lasted(state)).toBe(Math.max(...within.map((one) => lasted(one.state))));
        });
        const count = drawn.reduce(
          (sum, { fromMs, toMs }) => sum + all.filter((one) => one.fromMs >= fromMs && one.toMs <= toMs).length,
          0,
        );
        expect(count).toBe(all.length);
      }),
    );
  });

  it('are thinned where they are drawn one by one', () => {
    fc.assert(
      fc.property(stretches, (all) => {
        const kept = thinned(all, LEAST_MS);
        expect(kept).toEqual(expect.arrayContaining(all.filter(isLong)));
        expect(kept.length).toBeLessThanOrEqual((2 * end(all)) / LEAST_MS + 1);
        // Of what is left out, one that is drawn begins near.
        for (const one of all)
          expect(kept.some(({ fromMs }) => one.fromMs >= fromMs && one.fromMs - fromMs < LEAST_MS)).toBe(true);
      }),
    );
  });
});
