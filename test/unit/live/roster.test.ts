import { describe, expect, it } from 'vitest';
import type { GroupSnapshot } from '../../../src/domain/campaign-group.js';
import type { CommitReport } from '../../../src/domain/store.js';
import { Roster } from '../../../src/live/roster.js';
import { aSnapshot, NOW } from '../../support/snapshots.js';

const rhythmOf = () => ({ intervalMs: 10_000, silenceAfterMs: null, assumedIntervalMs: 10_000 });
const aRoster = () => new Roster({ maxGroups: 100, maxSources: 10, upSinceMs: 0, rhythmOf });
const commit = (no: number, ...snapshots: GroupSnapshot[]): CommitReport => ({
  ...{ no, receipts: [], heard: [], snapshots, made: [], withdrawn: [], callbacks: [] },
  ...{ quarantine: null, quarantineDropped: 0, commitSeconds: 0, syncSeconds: 0 },
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
