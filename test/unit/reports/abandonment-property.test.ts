import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { abandonmentOf, ROUNDED_BY, type Abandonment } from '../../../src/domain/abandonment.js';
import { dialedOf } from '../../../src/reports/abandonment.js';
import { dialedLife, INTERVAL_MS, periodAbout, truthOf } from '../../support/dialed-lives.js';
import { dialedRows } from '../../support/dialed-rows.js';

const RULE = { silenceAfterMs: 3 * INTERVAL_MS, intervalMs: INTERVAL_MS, isFixed: true };
const LIMIT = 0.03;

function toldOf(seed: number) {
  const life = dialedLife(seed);
  const period = periodAbout(life, seed);
  const rows = dialedRows('g', life.arrived, life.downs, RULE);
  return { truth: truthOf(life.calls, period), told: abandonmentOf(dialedOf([rows], period), LIMIT) };
}

/** What is wrong with it; null: nothing is. */
function faultIn({ verdict, low, high }: Abandonment, truth: number | null): string | null {
  if (truth === null) return verdict === 'over' ? 'over without a call' : null;
  if (low !== null && truth < low - ROUNDED_BY) return `${truth} is below ${low}`;
  if (high !== null && truth > high + ROUNDED_BY) return `${truth} is above ${high}`;
  if (verdict === 'within' && truth > LIMIT) return `${truth} is not within`;
  if (verdict === 'over' && truth <= LIMIT) return `${truth} is not over`;
  if (verdict !== 'undecided' && low === null) return 'proved of no session though there were calls';
  return null;
}

describe('abandonment', () => {
  it('never tells a ratio or a verdict that the true counts disprove: 10,000 lives, posts lost, repeated, out of order', () => {
    const seen = { within: 0, over: 0, undecided: 0 };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), (seed) => {
        const { truth, told } = toldOf(seed);
        expect(faultIn(told, truth)).toBeNull();
        seen[told.verdict]++;
      }),
      { numRuns: 10_000 },
    );
    // It would be easy never to decide.
    expect(seen.within).toBeGreaterThan(1000);
    expect(seen.over).toBeGreaterThan(200);
  });

  it('goes by what arrived, not by the order in which it did', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), (seed) => {
        const life = dialedLife(seed);
        const period = periodAbout(life, seed);
        const ofOrder = (arrived: typeof life.arrived) =>
          dialedOf([dialedRows('g', arrived, life.downs, RULE)], period);
        expect(ofOrder([...life.arrived].reverse())).toEqual(ofOrder(life.arrived));
      }),
      { numRuns: 200 },
    );
  });
});
