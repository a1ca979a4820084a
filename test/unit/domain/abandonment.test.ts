import { describe, expect, it } from 'vitest';
import { abandonmentOf, type DialedSession } from '../../../src/domain/abandonment.js';
import { periodOf, RULE_PROFILES, TSR } from '../../../src/domain/compliance.js';

const DAY_MS = 86_400_000;
const aSession = (parts: Partial<DialedSession>): DialedSession => ({
  campaignGroupId: 'g',
  startMs: 0,
  endMs: 1000,
  firstSeenMs: 0,
  runningMs: 1000,
  lastRatio: parts.finalRatio ?? null,
  finalRatio: null,
  why: null,
  ...parts,
});
const told = (sessions: readonly DialedSession[], more = {}) =>
  abandonmentOf({ sessions, unobserved: [], leftOut: 0, ...more }, 0.03);
const finals = (...ratios: readonly number[]) => ratios.map((finalRatio) => aSession({ finalRatio }));

describe('the verdict on a period', () => {
  it('is proved by the greatest or the least of the final ratios, and by nothing between', () => {
    expect(told(finals(0.01, 0.0299))).toMatchObject({ verdict: 'within', low: 0.01, high: 0.0299 });
    expect(told(finals(0.04, 0.0302))).toMatchObject({ verdict: 'over', low: 0.0302, high: 0.04 });
    const open = told(finals(0.01, 0.04));
    expect(open).toMatchObject({ verdict: 'undecided', low: 0.01, high: 0.04 });
    expect(open.sessions.map(({ why }) => why)).toEqual([null, 'above_limit']);
  });

  it('is open where the ratio lies within its rounding of the limit', () => {
    expect(told(finals(0.03))).toMatchObject({ verdict: 'undecided', low: 0.03, high: 0.03 });
  });

  it('is open, and nothing is said, because of one session, one unobserved time, or one that is left out', () => {
    const nothing = { verdict: 'undecided', low: null, high: null };
    expect(told([...finals(0.01), aSession({ why: 'running' })])).toMatchObject(nothing);
    const unobserved = [{ campaignGroupId: 'g', fromMs: 0, toMs: 60_000 }];
    expect(told(finals(0.01), { unobserved })).toMatchObject(nothing);
    expect(told(finals(0.01), { leftOut: 1 })).toMatchObject(nothing);
  });

  it('is within where nothing was dialed: no call was abandoned', () => {
    expect(told([])).toMatchObject({ verdict: 'within', low: null, high: null, estimatedRatio: null });
  });

  it('has an estimate beside it: the last ratios by the times of dialing', () => {
    const { estimatedRatio } = told([
      aSession({ lastRatio: 0.01, runningMs: 3000, why: 'running' }),
      aSession({ lastRatio: 0.05, runningMs: 1000, why: 'not_final' }),
      aSession({ lastRatio: null, runningMs: 9000, why: 'no_figure' }),
    ]);
    expect(estimatedRatio).toBeCloseTo(0.02);
  });
});

describe('the period of a rule', () => {
  it('is the one of 30 days after 30 days since the first load, up to the moment', () => {
    expect(periodOf(TSR, 5, 5 + 3 * DAY_MS)).toEqual({ fromMs: 5, toMs: 5 + 3 * DAY_MS });
    expect(periodOf(TSR, 5, 5 + 30 * DAY_MS)).toEqual({ fromMs: 5 + 30 * DAY_MS, toMs: 5 + 30 * DAY_MS });
    expect(periodOf(TSR, 5, 5 + 65 * DAY_MS)).toEqual({ fromMs: 5 + 60 * DAY_MS, toMs: 5 + 65 * DAY_MS });
    expect(periodOf(TSR, null, 5)).toEqual({ fromMs: 5, toMs: 5 });
  });

  it('is the last 24 hours', () => {
    const daily = RULE_PROFILES.find(({ name }) => name === '24h') ?? TSR;
    expect(periodOf(daily, 5, 10 * DAY_MS)).toEqual({ fromMs: 9 * DAY_MS, toMs: 10 * DAY_MS });
  });
});
