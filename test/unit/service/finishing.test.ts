import { describe, expect, it } from 'vitest';
import { ANSWERED_WITHIN_MS, finished, finishingMove } from '../../../src/service/finishing.js';

describe('the end of a service that has stopped accepting', () => {
  it.each([
    ['gives slow clients a moment', 1499, null, 0, 'wait'],
    ['ends when nothing is left to be committed', 1500, null, 0, 'end'],
    ['waits for commits, however slow the disk', 29_999, null, 50, 'wait'],
    ['refuses what the writer was not given in time', 30_000, null, 50, 'refuse-queued'],
    ['refuses what a hanging disk does not confirm', ANSWERED_WITHIN_MS, null, 50, 'refuse-all'],
    ['finishes what is in flight in haste', 9000, 1399, 50, 'wait'],
    ['refuses in haste what the disk has not confirmed', 9000, 1400, 50, 'refuse-all'],
    ['ends in haste when nothing waits', 9000, 1400, 0, 'end'],
  ] as const)('%s', (_what, sinceMs, hurriedMs, waiting, move) => {
    expect(finishingMove(sinceMs, hurriedMs, waiting)).toBe(move);
  });

  it('makes more haste for orphans', () => {
    expect(finishingMove(0, 500, 1, true)).toBe('refuse-all');
    expect(finishingMove(0, 499, 1, true)).toBe('wait');
  });

  it('is over when no connection is left, refusing nobody', async () => {
    const refused: string[] = [];
    const commits = {
      waiting: 0,
      refuseQueued: () => void refused.push('queued'),
      refuseAll: () => void refused.push('all'),
    };
    let looks = 0;
    await finished(
      commits,
      () => ({ sinceMs: null, isOrphaned: false }),
      () => ++looks > 2,
    );
    expect([looks, refused]).toEqual([3, []]);
  });
});
