import { describe, expect, it } from 'vitest';
import type { GroupSnapshot } from '../../../src/domain/campaign-group.js';
import type { CommitReport } from '../../../src/domain/store.js';
import { Roster } from '../../../src/live/roster.js';
import { aSnapshot, NOW } from '../../support/snapshots.js';

const rhythmOf = () => ({ intervalMs: 10_000, silenceAfterMs: null, assumedIntervalMs: 10_000 });
const aRoster = () => new Roster({ maxGroups: 100, maxSources: 10, upSinceMs: 0, rhythmOf });
const commit = (no: number, ...snapshots: GroupSnapshot[]): CommitReport => ({
  ...{ no, receipts: [], heard: [], snapshots, made: [], withdrawn: [], callbacks: [] },
  ...{ quarantine: null, quarantineDropped: 0, removed: null, commitSeconds: 0, syncSeconds: 0 },
});

describe('a roster that is told of a commit after a later one', () => {
  it('keeps what the later one said of a group, and takes what only the earlier one told', () => {
    const roster = aRoster();
    roster.load([aSnapshot({ groupNo: 1, state: 'active' })]);

    roster.apply(commit(2, aSnapshot({ groupNo: 1, state: 'not_loaded' })));
    roster.apply(commit(1, aSnapshot({ groupNo: 1, state: 'running' }), aSnapshot({ groupNo: 2, state: 'running' })));

    expect(roster.byNo(1)?.snapshot.state).toBe('not_loaded');
    expect(roster.byNo(2)?.snapshot.state).toBe('running');
  });

  it('keeps the figures of the later one', () => {
    const roster = aRoster();
    const figures = (lastEventMs: number) => ({ ...aSnapshot().figures, lastEventMs });
    const heard = { groupNo: 1, outcome: 'refresh', receivedAtMs: NOW, atMs: NOW, ...figures(NOW) } as const;
    roster.apply(commit(1, aSnapshot()));

    roster.apply({ ...commit(3), heard: [{ ...heard, lastEventMs: NOW + 3 }] });
    roster.apply({ ...commit(2), heard: [{ ...heard, lastEventMs: NOW + 2 }] });

    expect(roster.byNo(1)?.figures.lastEventMs).toBe(NOW + 3);
  });
});

describe('a roster that is loaded anew', () => {
  const anew = { no: 5, leftOut: 0, nowMs: NOW };

  it('shows what is held, and says what is gone', () => {
    const roster = aRoster();
    roster.apply(commit(4, aSnapshot({ groupNo: 1 }), aSnapshot({ groupNo: 2, state: 'active' })));

    expect(roster.loadAnew([aSnapshot({ groupNo: 2, state: 'running' }), aSnapshot({ groupNo: 3 })], anew)).toEqual([
      1,
    ]);

    expect([...roster.entries()].map(({ snapshot }) => snapshot.groupNo).sort()).toEqual([2, 3]);
    expect(roster.byNo(2)?.snapshot.state).toBe('running');
  });

  it('keeps what a later commit has said', () => {
    const roster = aRoster();
    roster.apply(commit(6, aSnapshot({ groupNo: 1, state: 'not_loaded' }), aSnapshot({ groupNo: 2 })));

    expect(roster.loadAnew([aSnapshot({ groupNo: 1, state: 'running' })], anew)).toEqual([]);

    expect(roster.byNo(1)?.snapshot.state).toBe('not_loaded');
    expect(roster.byNo(2)).toBeDefined();
  });

  it('counts no gap that it has not listened in', () => {
    const roster = aRoster();
    const heard = (receivedAtMs: number) => {
      const { statistics } = aSnapshot().figures;
      return {
        groupNo: 1,
        outcome: 'refresh',
        receivedAtMs,
        atMs: receivedAtMs,
        lastEventMs: receivedAtMs,
        statistics,
      } as const;
    };
    const beganMs = NOW - 100_000;
    const figures = { ...aSnapshot().figures, lastHeardMs: beganMs, lastEventMs: beganMs };
    roster.apply(commit(1, aSnapshot({ groupNo: 1, state: 'running', figures })));
    roster.apply({ ...commit(2), heard: [heard(beganMs + 10_000)] });

    roster.loadAnew([aSnapshot({ groupNo: 1, state: 'running', figures })], anew);
    roster.apply({ ...commit(6), heard: [heard(NOW + 5000)] });
    roster.apply({ ...commit(7), heard: [heard(NOW + 15_000)] });

    expect(roster.rhythm('default').deliveryRatio(NOW + 15_000)).toBe(1);
  });
});
