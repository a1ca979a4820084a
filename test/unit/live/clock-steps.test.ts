/** A clock that is set changes nothing that is told of how posts came: the same history, told with and without steps. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_STATISTICS } from '../../../src/domain/campaign-group.js';
import type { Outcome } from '../../../src/domain/store.js';
import { Roster } from '../../../src/live/roster.js';
import { aSnapshot, NOW } from '../../support/snapshots.js';

const GROUPS = [1, 2, 3];
const DAY_MS = 86_400_000;
const HEARD = { lastEventMs: NOW, lastHeardMs: NOW, statistics: NO_STATISTICS };

interface Moment {
  /** Since the moment before. */
  readonly afterMs: number;
  /** Which group posts; null: none. */
  readonly groupNo: number | null;
  readonly outcome: Outcome;
  /** What the clock is set by; 0: it is not. */
  readonly setByMs: number;
}

const MOMENTS: fc.Arbitrary<Moment[]> = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.constant(10_000), fc.integer({ min: 1, max: 12_000 }), fc.integer({ min: 1, max: 90_000 })),
    groupNo: fc.option(fc.constantFrom(...GROUPS)),
    outcome: fc.constantFrom<Outcome>('refresh', 'refresh', 'refresh', 'duplicate', 'late'),
    setByMs: fc.oneof(
      { weight: 4, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.constantFrom(2 * DAY_MS, -2 * DAY_MS, 1500, -3_600_000, 3_600_000) },
    ),
  }),
  { minLength: 20, maxLength: 120 },
);

/** What is told after each moment; times as what passed since. */
function told(
  moments: readonly Moment[],
  { withSteps, intervalMs }: { withSteps: boolean; intervalMs: number | null },
) {
  let elapsedMs = 0;
  let offsetMs = 0;
  const roster = new Roster({
    ...{ maxGroups: 10, maxSources: 10, upSinceMs: NOW },
    rhythmOf: () => ({ intervalMs, silenceAfterMs: null, assumedIntervalMs: 10_000 }),
  });
  const nowMs = () => NOW + elapsedMs + offsetMs;
  roster.load(
    GROUPS.map((groupNo) =>
      aSnapshot({ groupNo, id: `group-${String(groupNo)}`, dbid: String(groupNo), figures: HEARD }),
    ),
    { nowMs: nowMs() },
  );
  return moments.map(({ afterMs, groupNo, outcome, setByMs }) => {
    elapsedMs += afterMs;
    if (withSteps && setByMs !== 0) {
      offsetMs += setByMs;
      roster.move(setByMs);
    }
    // Date-times are the sender's, whose clock is right.
    const atMs = NOW + elapsedMs - (outcome === 'late' ? 15_000 : 0);
    const heard = { groupNo: groupNo ?? 0, outcome, receivedAtMs: nowMs(), atMs, lastEventMs: NOW + elapsedMs };
    if (groupNo !== null)
      roster.apply({ no: 0, heard: [{ ...heard, statistics: NO_STATISTICS }], snapshots: [] }, nowMs());
    const [source] = roster.sources();
    return {
      silent: [...roster.entries()].map((entry) => {
        const sinceMs = roster.silentSinceMs(entry, nowMs());
        return sinceMs === null ? null : nowMs() - sinceMs;
      }),
      intervalMs: source?.[1].intervalMs,
      heardMsAgo: [...roster.entries()].map(({ figures }) => nowMs() - figures.lastHeardMs),
    };
  });
}

describe('a clock that is set', () => {
  it.each([
    ['a configured interval', 10_000],
    ['an interval that is learned', null],
  ])('changes nothing of what is silent, since when, and how often posts come, with %s', (_, intervalMs) => {
    fc.assert(
      fc.property(MOMENTS, (moments) => {
        expect(told(moments, { withSteps: true, intervalMs })).toEqual(told(moments, { withSteps: false, intervalMs }));
      }),
      { numRuns: 300 },
    );
  });
});

describe('what a run with a clock ahead has written down', () => {
  it('is no later than now: silence is told after the limit, and not when that time has come', () => {
    const figures = { lastEventMs: NOW, lastHeardMs: NOW + 2 * DAY_MS, statistics: NO_STATISTICS };
    const roster = new Roster({
      ...{ maxGroups: 10, maxSources: 10, upSinceMs: NOW },
      rhythmOf: () => ({ intervalMs: 10_000, silenceAfterMs: null, assumedIntervalMs: 10_000 }),
    });
    roster.load([aSnapshot({ figures })], { nowMs: NOW });
    const silentAt = (nowMs: number) => [...roster.entries()].map((entry) => roster.silent(entry, nowMs));
    expect(silentAt(NOW + 30_000)).toEqual([false]);
    expect(silentAt(NOW + 30_001)).toEqual([true]);
  });

  it('nor is a post that was received before the clock was set back, and committed after it', () => {
    const roster = new Roster({
      ...{ maxGroups: 10, maxSources: 10, upSinceMs: NOW },
      rhythmOf: () => ({ intervalMs: 10_000, silenceAfterMs: null, assumedIntervalMs: 10_000 }),
    });
    roster.load([aSnapshot({})], { nowMs: NOW });
    const times = { receivedAtMs: NOW + 2 * DAY_MS, atMs: NOW, lastEventMs: NOW };
    const heard = [{ groupNo: 1, outcome: 'refresh' as const, ...times, statistics: NO_STATISTICS }];
    roster.apply({ no: 1, heard, snapshots: [] }, NOW + 5000);
    const figures = { lastEventMs: NOW, lastHeardMs: NOW + 2 * DAY_MS, statistics: NO_STATISTICS };
    roster.apply({ no: 2, heard: [], snapshots: [aSnapshot({ figures })] }, NOW + 6000);
    expect([...roster.entries()].map((entry) => entry.figures.lastHeardMs)).toEqual([NOW + 6000]);
  });
});
