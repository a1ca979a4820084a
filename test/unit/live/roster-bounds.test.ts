/** What the bounds of the roster leave out comes in when there is room. */
import { describe, expect, it } from 'vitest';
import { NO_STATISTICS } from '../../../src/domain/campaign-group.js';
import type { Outcome } from '../../../src/domain/store.js';
import { Roster, type RosterOptions } from '../../../src/live/roster.js';
import { aSnapshot, NOW } from '../../support/snapshots.js';

const rhythmOf = () => ({ intervalMs: null, silenceAfterMs: null, assumedIntervalMs: 10_000 });
const aRoster = (options: Partial<RosterOptions> = {}) =>
  new Roster({ maxGroups: 2, maxSources: 10, upSinceMs: NOW - 3_600_000, rhythmOf, ...options });
const shown = (roster: Roster) => [...roster.entries()].map(({ snapshot }) => snapshot.groupNo).sort();
const put = (roster: Roster, ...snapshots: ReturnType<typeof aSnapshot>[]) => {
  roster.apply({ no: 1, heard: [], snapshots });
  roster.admit();
};
const hear = (roster: Roster, groupNo: number, receivedAtMs: number, outcome: Outcome = 'refresh') => {
  const times = { receivedAtMs, atMs: receivedAtMs, lastEventMs: receivedAtMs };
  roster.apply({ no: 1, heard: [{ groupNo, outcome, ...times, statistics: NO_STATISTICS }], snapshots: [] });
  roster.admit();
};
/** Heard of at NOW. */
const running = (groupNo: number) =>
  aSnapshot({ groupNo, figures: { lastEventMs: NOW, lastHeardMs: NOW, statistics: NO_STATISTICS } });
const unloaded = (groupNo: number, lastHeardMs = NOW) => {
  const figures = { lastEventMs: NOW, lastHeardMs, statistics: NO_STATISTICS };
  return aSnapshot({ groupNo, state: 'not_loaded', stateCode: 0, figures });
};

describe('groups beyond the bound', () => {
  it('come in as soon as one is unloaded, with what was heard of them meanwhile', () => {
    const roster = aRoster();
    put(roster, ...[1, 2, 3, 4].map((groupNo) => aSnapshot({ groupNo })));
    expect([shown(roster), roster.leftOut]).toEqual([[1, 2], 2]);
    hear(roster, 3, NOW + 5000);
    put(roster, unloaded(1));
    expect(shown(roster)).toEqual([2, 3]);
    expect(roster.byNo(3)?.figures.lastHeardMs).toBe(NOW + 5000);
    roster.forget([2], null);
    expect(shown(roster)).toEqual([3, 4]);
    roster.forget([3], null);
    expect(shown(roster)).toEqual([4]);
  });

  it('do not come in when they were unloaded or removed meanwhile', () => {
    const roster = aRoster();
    put(roster, ...[1, 2, 3, 4].map((groupNo) => aSnapshot({ groupNo })));
    put(roster, unloaded(3));
    roster.forget([4], null);
    put(roster, unloaded(1));
    expect(shown(roster)).toEqual([1, 2]);
  });

  it('are, at a start, those that were unloaded longest; later the one that was heard longest ago makes room', () => {
    const roster = aRoster({ maxGroups: 3 });
    roster.load([unloaded(1, NOW - 1000), unloaded(2, NOW - 5000), aSnapshot({ groupNo: 3 }), unloaded(4, NOW - 100)]);
    expect(shown(roster)).toEqual([1, 3, 4]);
    hear(roster, 1, NOW, 'duplicate');
    put(roster, aSnapshot({ groupNo: 5 }));
    expect(shown(roster)).toEqual([1, 3, 5]);
  });
});

describe('sources beyond the bound', () => {
  const sources = (options: Partial<RosterOptions> = {}) => {
    const roster = aRoster({ maxGroups: 100, maxSources: 1, ...options });
    put(roster, ...['a', 'b', 'c'].map((source, index) => aSnapshot({ groupNo: index + 1, source })));
    return roster;
  };
  const labels = (roster: Roster) => [...roster.sources()].map(([label]) => label);

  it('are silent together, when all of them are, and say that they send statistics', () => {
    const roster = sources();
    expect(labels(roster)).toEqual(['a', '(other)']);
    expect([...roster.silentLabels(NOW + 40_000)]).toEqual(['a', '(other)']);
    expect([...roster.silentSources(NOW + 40_000)]).toEqual(['a', 'b', 'c']);
    hear(roster, 3, NOW + 40_000);
    expect([...roster.silentLabels(NOW + 40_000)]).toEqual(['a']);
    expect([...roster.silentSources(NOW + 40_000)]).toEqual(['a', 'b']);
    expect(['a', 'b', 'c', 'd'].map((source) => roster.sendsStatistics(source))).toEqual([true, true, true, false]);
  });

  it('get a rhythm of their own when a source goes, one after the other', () => {
    const roster = sources();
    roster.forget([1], 'a');
    expect(labels(roster)).toEqual(['b', '(other)']);
    roster.forget([2], null);
    expect(labels(roster)).toEqual(['c']);
    put(roster, aSnapshot({ groupNo: 1, source: 'a' }));
    expect(labels(roster)).toEqual(['c', '(other)']);
  });

  it('are judged by what is configured for them all the same', () => {
    const intervals = new Map([['c', 60_000]]);
    const roster = sources({
      named: new Set(intervals.keys()),
      rhythmOf: (source) => ({ ...rhythmOf(), intervalMs: intervals.get(source) ?? null }),
    });
    expect(labels(roster)).toEqual(['a', 'c', '(other)']);
    expect([...roster.silentSources(NOW + 100_000)]).toEqual(['a', 'b']);
  });
});

describe('what was learned of a source', () => {
  const learn = (roster: Roster, seconds: number) => {
    for (let n = 1; n <= 8; n++) hear(roster, 1, NOW + n * seconds * 1000);
  };

  it('is told once, when it is worth keeping, and goes on from what was kept', () => {
    const roster = aRoster();
    put(roster, running(1));
    expect(roster.intervalsToKeep().size).toBe(0);
    learn(roster, 60);
    expect([...roster.intervalsToKeep()]).toEqual([['default', 60_000]]);
    expect(roster.intervalsToKeep().size).toBe(0);
    const next = aRoster({ keptIntervals: new Map([['default', 60_000]]) });
    expect(next.expectedIntervalMs('default')).toBe(60_000);
    next.load([running(1)]);
    expect(next.rhythm('default').origin).toBe('learned');
    learn(next, 60);
    expect(next.intervalsToKeep().size).toBe(0);
  });

  it('stays when its last group leaves, and goes with the source', () => {
    const roster = aRoster();
    put(roster, running(1));
    learn(roster, 60);
    roster.forget([1], null);
    put(roster, running(1));
    expect(roster.expectedIntervalMs('default')).toBe(60_000);
    roster.forget([1], 'default');
    expect(roster.expectedIntervalMs('default')).toBe(10_000);
  });

  it('says nothing of what was before the start, before a maintenance ended, or while the group did not run', () => {
    const roster = aRoster();
    put(roster, running(1));
    for (let n = 1; n <= 8; n++) {
      hear(roster, 1, NOW + n * 60_000);
      put(roster, aSnapshot({ groupNo: 1, state: 'active' }), running(1));
    }
    expect(roster.rhythm('default').origin).toBe('assumed');
    expect(roster.rhythm('default').deliveryRatio(NOW + 480_000)).toBeNull();
  });
});
