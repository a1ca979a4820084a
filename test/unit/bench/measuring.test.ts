/** What reads the load generator and looks for growth is right itself. */
import { describe, expect, it } from 'vitest';
import { bodyParts } from '../../../bench/post-body.js';
import { PostSource } from '../../../bench/postgres/post-source.js';
import { trendOf } from '../../../bench/trend.js';
import { readOutput } from '../../../bench/wrk.js';

describe('what wrk says', () => {
  const output = `
  Latency Distribution
     50%  912.00us
     75%    3.42ms
     99%    1.53s
  460 requests in 3.06s, 114.55KB read
Requests/sec:    150.25
`;

  it('is read in one unit', () => {
    expect(readOutput(output)).toEqual({ perSecond: 150.25, posts: 460, p50Ms: 0.912, p99Ms: 1530 });
  });

  it('is no figure when it says none', () => {
    expect(readOutput('wrk: unknown option')).toEqual({ perSecond: NaN, posts: NaN, p50Ms: NaN, p99Ms: NaN });
  });
});

describe('a trend', () => {
  const noise = (n: number) => ((n * 7919) % 11) - 5;
  const samples = (of: (n: number) => number) => Array.from({ length: 100 }, (_, n) => of(n));

  it('is growth of more than a tenth of the mean, which noise does not explain', () => {
    const trend = trendOf(samples((n) => 100 + n + noise(n)));

    expect(trend.isTrend).toBe(true);
    expect(trend.share).toBeCloseTo(99 / 149.5, 1);
  });

  it.each([
    ['none where nothing grows', (n: number) => 100 + noise(n)],
    ['none where it always is the same', () => 5],
    ['none of zeros', () => 0],
    ['none where it grows by less', (n: number) => 100 + n / 20],
    ['none where it shrinks', (n: number) => 300 - n],
    ['none where one sample at the end is large', (n: number) => (n === 99 ? 1000 : 100)],
  ])('is %s', (_, of) => {
    expect(trendOf(samples(of)).isTrend).toBe(false);
  });

  it('needs three samples', () => {
    expect(() => trendOf([1, 2])).toThrow('three samples');
  });
});

describe('a body in parts', () => {
  it('is what OCS posts', () => {
    const { before, after } = bodyParts(7);

    expect(JSON.parse(`${before}1763689560.123${after(0.81, 0.27, 0.014, 1800)}`)).toMatchObject({
      ...{ GSW_DATE_TIME: '1763689560.123', GSW_CAMPAIGN_GROUP_DBID: '7', GSW_STAT_BUSY_FACTOR: 0.81 },
      ...{ GSW_STAT_HIT_RATIO: 0.27, GSW_STAT_OVERDIAL_RATE: 0.014, GSW_STAT_TIME_TO_COMPLETE: 1800 },
    });
  });
});

describe('posts for a store', () => {
  const source = new PostSource(2, (sent) => 1_763_689_560_000 + 10 * sent);
  const told = (count: number) =>
    source.take(count).map(({ bytes, ...rest }) => ({ ...rest, body: JSON.parse(bytes) as Record<string, unknown> }));

  it('are of each group in turn, and go on where they were', () => {
    const posts = [...told(2), ...told(1)];

    expect(posts.map(({ body }) => body['GSW_CAMPAIGN_GROUP_DBID'])).toEqual(['1', '2', '1']);
    expect(posts.map(({ body }) => body['GSW_DATE_TIME'])).toEqual([
      '1763689560.000',
      '1763689560.010',
      '1763689560.020',
    ]);
    expect(posts.every(({ receivedAtMs, body }) => receivedAtMs > 1000 * Number(body['GSW_DATE_TIME']))).toBe(true);
    expect(source.sent).toBe(3);
  });
});
