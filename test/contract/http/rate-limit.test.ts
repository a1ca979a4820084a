import { describe, expect, it } from 'vitest';
import { TokenBuckets } from '../../../src/http/rate-limit.js';

describe('the rate of one client', () => {
  it('may be a burst, then is what fills up again; others are not touched', () => {
    let nowMs = 0;
    const buckets = new TokenBuckets({ perSecond: 2, burst: 3, maxClients: 10, nowMs: () => nowMs });
    const take = (times: number, client = 'a') => Array.from({ length: times }, () => buckets.take(client));
    expect(take(4)).toEqual([0, 0, 0, 1]);
    expect(take(1, 'b')).toEqual([0]);
    nowMs += 500;
    expect(take(2)).toEqual([0, 1]);
    nowMs += 3_600_000;
    expect(take(4)).toEqual([0, 0, 0, 1]);
  });

  it('says how long to wait', () => {
    const buckets = new TokenBuckets({ perSecond: 0.1, burst: 1, maxClients: 10, nowMs: () => 0 });
    expect([buckets.take('a'), buckets.take('a')]).toEqual([0, 10]);
  });

  it('is forgotten at the bound of the table, of who asked longest ago first', () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 1, maxClients: 2, nowMs: () => 0 });
    expect(['a', 'b', 'a', 'c', 'a', 'b'].map((client) => buckets.take(client))).toEqual([0, 0, 1, 0, 1, 0]);
  });
});
