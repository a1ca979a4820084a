import { describe, expect, it } from 'vitest';
import type { CommitReport, Delivery, Receipt } from '../../../src/domain/store.js';
import { Received } from '../../../src/live/received.js';

const delivery = (bytes: string, more: Partial<Delivery> = {}): Delivery => ({
  endpoint: 'campaign-group-state',
  source: 'default',
  receivedAtMs: 1,
  bytes,
  ...more,
});
const applied = (id: string, groupNo: number): Receipt => ({
  kind: 'notification',
  outcome: 'refresh',
  id,
  groupNo,
  warnings: [],
});
const report = (parts: Partial<CommitReport>): CommitReport => ({
  ...{ receipts: [], heard: [], snapshots: [], made: [], withdrawn: [], callbacks: [] },
  ...{ no: 1, quarantine: null, quarantineDropped: 0, removed: null, commitSeconds: 0, syncSeconds: 0 },
  ...parts,
});

describe('the last body of each group', () => {
  it('is the group’s, whatever stands between: quarantined bodies, callbacks, posts that gave way', () => {
    const received = new Received(1000, []);
    const refused = { kind: 'quarantined', outcome: 'quarantined', id: 'q', reason: 'schema', violations: [] } as const;
    const recorded = { kind: 'callback', outcome: 'recorded', serviceId: 's', warnings: [] } as const;
    const receipts = [refused, applied('a', 4), recorded, applied('b', 5)];
    const deliveries = [
      delivery('faulty'),
      delivery('first', { coalesced: [1, 1] }),
      delivery('callback', { endpoint: 'callback-events' }),
      delivery('second'),
    ];
    received.note(report({ receipts }), deliveries);
    expect([received.lastBody(4)?.bytes, received.lastBody(5)?.bytes]).toEqual(['first', 'second']);
    expect([received.lastBody(4)?.id, received.lastBody(5)?.id]).toEqual(['a', 'b']);
    expect(received.total).toBe(6);
  });

  it('makes room at the bound, of the group not heard of for longest first', () => {
    const received = new Received(25, []);
    const post = (groupNo: number, bytes: string) => {
      received.note(report({ receipts: [applied('x', groupNo)] }), [delivery(bytes)]);
    };
    post(1, '0123456789');
    post(2, '0123456789');
    post(1, '9876543210');
    post(3, '0123456789');
    expect([1, 2, 3].map((groupNo) => received.lastBody(groupNo) !== null)).toEqual([true, false, true]);
    post(4, 'x'.repeat(26));
    expect([1, 3, 4].map((groupNo) => received.lastBody(groupNo))).toEqual([null, null, null]);
    post(5, '0123456789');
    expect(received.lastBody(5)?.bytes).toBe('0123456789');
  });
});
