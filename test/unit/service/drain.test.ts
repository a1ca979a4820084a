/** How large the slices are in which the spool is drained. */
import { expect, it } from 'vitest';
import type { CommitReport } from '../../../src/domain/store.js';
import { Drain } from '../../../src/service/postgres/drain.js';

const REPORT: CommitReport = {
  ...{ no: 1, receipts: [], heard: [], snapshots: [], made: [], withdrawn: [], callbacks: [], quarantine: null },
  ...{ quarantineDropped: 0, removed: null, commitSeconds: 0, syncSeconds: 0 },
};

/** Sizes of the slices of a spool, where a slice takes a while and each post of it a while more. */
function slicesOf(posts: number, ofSliceMs: number, ofPostMs: number): number[] {
  let [left, elapsedMs] = [posts, 0];
  const sizes: number[] = [];
  const delivery = { endpoint: 'campaign-group-state', source: 'east', receivedAtMs: 0, bytes: '{}' } as const;
  const drain = new Drain({
    spool: {
      take: (limit) => Array.from({ length: Math.min(limit, left) }, (_, no) => ({ no, tries: 0, delivery })),
      remove: (nos) => (left -= nos.length),
      putBehind: () => undefined,
      doubt: () => undefined,
      doubts: () => [],
      settle: () => undefined,
    },
    elapsedMs: () => elapsedMs,
    onDrained: () => undefined,
    onUnconfirmed: () => undefined,
  });
  const writer = {
    drain: (deliveries: readonly unknown[]) => {
      sizes.push(deliveries.length);
      elapsedMs += ofSliceMs + ofPostMs * deliveries.length;
      return REPORT;
    },
    setAside: () => REPORT,
    whyShutOut: null,
  };
  while (drain.drainSome(writer));
  return sizes;
}

it('slices are as large as they may be where posts take little', () => {
  expect(slicesOf(250, 5, 0.1)).toEqual([100, 100, 50]);
});

it('slices of posts that take more are as large as live posts may wait for', () => {
  expect(slicesOf(250, 0, 0.5)).toEqual([100, 60, 60, 30]);
});

it('slices of which each takes long have some posts all the same', () => {
  expect(slicesOf(200, 40, 2)).toEqual([100, 25, 25, 25, 25]);
});
