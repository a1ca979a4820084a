/** Silence as the roster sees it: no false alarm, and one for a whole source instead of hundreds. */
import { describe, expect, it } from 'vitest';
import { MaintenanceCalendar, parseMaintenance } from '../../../src/domain/maintenance.js';
import { NO_STATISTICS } from '../../../src/domain/campaign-group.js';
import type { CommitReport } from '../../../src/domain/store.js';
import { Roster, type RosterOptions } from '../../../src/live/roster.js';
import { aSnapshot, NOW } from '../../support/snapshots.js';

const INTERVAL_MS = 10_000;
const rhythmOf = (intervalMs: number | null) => () => ({
  intervalMs,
  silenceAfterMs: null,
  assumedIntervalMs: INTERVAL_MS,
});

function aRoster(options: Partial<RosterOptions> = {}): Roster {
  return new Roster({ maxGroups: 100, maxSources: 10, upSinceMs: 0, rhythmOf: rhythmOf(INTERVAL_MS), ...options });
}

function heardOf(roster: Roster, groupNo: number, receivedAtMs: number): void {
  const times = { receivedAtMs, atMs: receivedAtMs, lastEventMs: receivedAtMs };
  const heard = { groupNo, outcome: 'refresh', ...times, statistics: NO_STATISTICS };
  roster.apply({ heard: [heard], snapshots: [] } as unknown as CommitReport);
}

function lastHeard(ms: number) {
  return { lastEventMs: ms, lastHeardMs: ms, statistics: NO_STATISTICS };
}

const isSilent = (roster: Roster, groupNo: number, nowMs: number) => {
  const entry = roster.byNo(groupNo);
  return entry !== undefined && roster.silent(entry, nowMs);
};

/** Repeatable numbers from 0 to 1. */
function* numbers(): Generator<number, never> {
  let state = 7;
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

describe('a group that posts with jitter', () => {
  it.each([
    ['a configured interval', INTERVAL_MS],
    ['an interval that is learned', null],
  ])('of 30 % is never silent, over 100,000 intervals, with %s', (_, intervalMs) => {
    const roster = aRoster({ rhythmOf: rhythmOf(intervalMs) });
    roster.load([aSnapshot({ figures: lastHeard(NOW) })]);
    const chance = numbers();
    let alarms = 0;
    for (let n = 1; n <= 100_000; n++) {
      const jitter = (chance.next().value * 2 - 1) * 0.3 * INTERVAL_MS;
      const receivedAtMs = Math.round(NOW + n * INTERVAL_MS + jitter);
      // It has been quiet for longest just before it is heard again.
      if (isSilent(roster, 1, receivedAtMs - 1)) alarms++;
      heardOf(roster, 1, receivedAtMs);
    }

    expect(alarms).toBe(0);
    expect(isSilent(roster, 1, NOW + 100_004 * INTERVAL_MS)).toBe(true);
  });
});

describe('an outage of our own of ten minutes', () => {
  it('raises no alarm: neither while posts begin to come again, nor for one interval that takes its time', () => {
    const upSinceMs = NOW + 600_000;
    const roster = aRoster({ upSinceMs });
    const groups = Array.from({ length: 100 }, (_, n) =>
      aSnapshot({ groupNo: n + 1, figures: lastHeard(NOW - n * 90) }),
    );
    roster.load(groups);

    let alarms = 0;
    for (let ms = upSinceMs; ms < upSinceMs + 60_000; ms += 250) {
      for (let n = 1; n <= 100; n++) {
        if (isSilent(roster, n, ms)) alarms++;
        if (ms >= upSinceMs + 15_000 && ms % INTERVAL_MS === (n * 250) % INTERVAL_MS) heardOf(roster, n, ms);
      }
    }
    expect(alarms).toBe(0);
    expect(roster.silentSources(upSinceMs + 60_000).size).toBe(0);
  });
});

describe('a source', () => {
  it('is silent when all its running groups are, and not for a single one', () => {
    const roster = aRoster();
    const quiet = lastHeard(NOW - 60_000);
    roster.load([
      aSnapshot({ groupNo: 1, source: 'eu-1', figures: quiet }),
      aSnapshot({ groupNo: 2, source: 'eu-1', figures: quiet }),
      aSnapshot({ groupNo: 3, source: 'us-1', figures: quiet }),
      aSnapshot({ groupNo: 4, source: 'us-1', figures: lastHeard(NOW - 1000) }),
      aSnapshot({ groupNo: 5, source: 'asia', state: 'active', figures: quiet }),
    ]);

    expect([...roster.silentSources(NOW)]).toEqual(['eu-1']);
    heardOf(roster, 2, NOW);
    expect([...roster.silentSources(NOW)]).toEqual([]);
  });

  it('under maintenance keeps quiet, and is judged anew after it; other sources are judged as ever', () => {
    const window = parseMaintenance(`${new Date(NOW).toISOString()}/${new Date(NOW + 3_600_000).toISOString()}`);
    const maintenance = new Map([['eu-1', new MaintenanceCalendar(window ? [window] : [])]]);
    const roster = aRoster({ maintenance });
    roster.load([
      aSnapshot({ groupNo: 1, source: 'eu-1', figures: lastHeard(NOW - 1000) }),
      aSnapshot({ groupNo: 2, source: 'us-1', figures: lastHeard(NOW - 1000) }),
    ]);
    const silent = (minutes: number) => [1, 2].map((groupNo) => isSilent(roster, groupNo, NOW + minutes * 60_000));

    expect(silent(30)).toEqual([false, true]);
    expect(silent(60.4)).toEqual([false, true]);
    expect(silent(61)).toEqual([true, true]);
  });
});
