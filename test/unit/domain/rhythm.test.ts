import { describe, expect, it } from 'vitest';
import { type Arrival, arrivalsOf, LEARNED, Listener, type World } from '../../support/worlds.js';
import { NOW } from '../../support/snapshots.js';

const configured = (intervalMs: number | null) => ({ ...LEARNED, intervalMs });
const world = (parts: Partial<World> = {}) => arrivalsOf({ intervalMs: 10_000, groups: 1, posts: 30, ...parts });
const endOf = (arrivals: readonly Arrival[]) => arrivals.at(-1)?.receivedAtMs ?? NOW;
/** Posts of one group at these seconds, the date-time of each that at which it was received, unless it is given. */
const at = (...seconds: (number | [received: number, at: number])[]): Arrival[] =>
  seconds.map((one) => {
    const [received, told] = typeof one === 'number' ? [one, one] : one;
    const [receivedAtMs, atMs] = [NOW + received * 1000, NOW + told * 1000];
    return { group: 0, receivedAtMs, atMs, content: String(atMs) };
  });
const every = (seconds: number, from: number, to: number) =>
  Array.from({ length: Math.floor((to - from) / seconds) + 1 }, (_, n) => from + n * seconds);
/** Equal bodies throughout. */
const equal = (arrivals: readonly Arrival[]) => arrivals.map((one) => ({ ...one, atMs: NOW, content: 'same' }));

describe('the interval of a source', () => {
  it('is the configured one, never a learned one; what is seen is told beside it', () => {
    const { rhythm } = new Listener(configured(20_000)).hear(world({ intervalMs: 5000, posts: 2 }));
    expect(rhythm.seenMs).toBeNull();
    const heard = new Listener(configured(20_000)).hear(world({ intervalMs: 5000 })).rhythm;
    expect([heard.intervalMs, heard.origin, heard.silenceAfterMs]).toEqual([20_000, 'configured', 60_000]);
    expect(heard.seenMs).toBe(5000);
  });

  it('does not exist for a source that sends no periodic posts: no silence, no ratio', () => {
    const { rhythm } = new Listener(configured(0)).hear(world());
    expect([rhythm.intervalMs, rhythm.silenceAfterMs, rhythm.deliveryRatio(NOW)]).toEqual([null, null, null]);
  });

  it('is assumed at first, and whatever is learned in few gaps, silence is not told sooner for it', () => {
    const { rhythm } = new Listener();
    expect([rhythm.intervalMs, rhythm.origin, rhythm.silenceAfterMs]).toEqual([10_000, 'assumed', 30_000]);
    const soon = new Listener().hear(world({ intervalMs: 2000, posts: 10 })).rhythm;
    expect([soon.intervalMs, soon.origin, soon.silenceAfterMs]).toEqual([2000, 'learned', 30_000]);
    const well = new Listener().hear(world({ intervalMs: 2000, posts: 40 })).rhythm;
    expect(well.silenceAfterMs).toBe(6000);
    expect(new Listener().hear(world({ intervalMs: 600, posts: 400 })).rhythm.silenceAfterMs).toBe(5000);
  });

  it('is not learned from a backlog that comes at once, nor from one that comes in quick succession', () => {
    for (const pause of [0.005, 0.6]) {
      const backlog = Array.from({ length: 200 }, (_, n): [number, number] => [2000 + n * pause, n * 10]);
      const { rhythm } = new Listener().hear([...at(0), ...at(...backlog)]);
      expect([rhythm.intervalMs, rhythm.silenceAfterMs]).toEqual([10_000, 30_000]);
    }
  });

  it.each([
    ['moves', 'moving'],
    ['stands still beside figures that change', 'frozen'],
    ['stands still in equal bodies', 'equal'],
  ] as const)('is learned within six posts when the date-time %s', (_, bodies) => {
    for (const seconds of [2, 5, 10, 15, 20, 30, 60, 120, 600]) {
      const { rhythm } = new Listener().hear(world({ intervalMs: seconds * 1000, posts: 6, bodies }));
      expect([seconds, rhythm.origin, rhythm.intervalMs]).toEqual([seconds, 'learned', seconds * 1000]);
    }
  });

  it.each([
    [10, 60, 3],
    [10, 20, 5],
    [10, 30, 3],
    [2, 10, 3],
    [60, 10, 7],
    [120, 10, 9],
    [20, 10, 5],
    [60, 2, 12],
  ])('follows from %d s to %d s within %d posts', (before, after, posts) => {
    for (const groups of [1, 7]) {
      const listener = new Listener().hear(world({ intervalMs: before * 1000, posts: 60, groups }));
      const fromMs = NOW + (59 * before + after) * 1000;
      listener.hear(world({ intervalMs: after * 1000, posts: posts + 1, groups, fromMs }));
      expect(Math.abs((listener.rhythm.intervalMs ?? 0) / (after * 1000) - 1)).toBeLessThan(0.05);
      // The first gap that is longer cannot be told from silence, nor, by itself, from an outage.
      expect(listener.silences).toBeLessThanOrEqual(2 * groups);
    }
  });

  it('is not doubled by losses: one, every tenth, of all groups at once, or an outage of an hour', () => {
    const posts = every(10, 0, 600);
    const without = (lost: (n: number) => boolean) => new Listener().hear(at(...posts.filter((_, n) => !lost(n))));
    expect(without((n) => n === 2).rhythm.intervalMs).toBe(10_000);
    expect(without((n) => n % 10 === 9).rhythm.intervalMs).toBe(10_000);
    expect(without((n) => n % 3 === 2).rhythm.intervalMs).toBe(10_000);
    const all = world({ groups: 300, posts: 12 });
    const outage = all.filter(({ receivedAtMs }) => receivedAtMs < NOW + 50_000 || receivedAtMs >= NOW + 70_000);
    expect(new Listener().hear(outage).rhythm.intervalMs).toBe(10_000);
    const later = all.map((one) => ({
      ...one,
      receivedAtMs: one.receivedAtMs + 3_600_000,
      content: `l ${one.content}`,
    }));
    expect(new Listener().hear([...all, ...later]).rhythm.intervalMs).toBe(10_000);
    expect(new Listener().hear(world({ posts: 2000, loss: 0.1, jitter: 0.1 })).rhythm.intervalMs).toBeCloseTo(
      10_000,
      -3,
    );
  });

  it('is not halved by a second server that posts the same', () => {
    for (const bodies of ['moving', 'frozen', 'equal'] as const) {
      for (const twin of [
        { afterMs: 20, stamp: 'equal' },
        { afterMs: 1500, stamp: 'equal' },
        { afterMs: 900, stamp: 'own' },
      ] as const) {
        const arrivals = world({ bodies, twin, groups: 3 });
        const { rhythm } = new Listener().hear(arrivals);
        expect([bodies, twin, rhythm.intervalMs]).toEqual([bodies, twin, 10_000]);
        expect(rhythm.deliveryRatio(endOf(arrivals))).toBe(1);
      }
    }
  });

  it('is kept, and goes on where it was', () => {
    const before = new Listener().hear(world({ intervalMs: 60_000, posts: 10 })).rhythm;
    expect(before.keep()).toBe(60_000);
    expect(before.keep()).toBeNull();
    const after = new Listener(LEARNED, 60_000);
    expect([after.rhythm.intervalMs, after.rhythm.origin]).toEqual([60_000, 'learned']);
    expect(after.hear(world({ intervalMs: 60_000, posts: 10 })).silences).toBe(0);
    expect(after.rhythm.keep()).toBeNull();
    expect(after.hear(world({ posts: 20, fromMs: NOW + 700_000 })).rhythm.keep()).toBe(10_000);
  });
});

describe('a group of another interval than its source', () => {
  it('is judged by its own as soon as it was heard twice at it, and misses nothing', () => {
    const fast = world({ groups: 3, posts: 120 });
    const slow = world({ intervalMs: 60_000, posts: 20 }).map((one) => ({ ...one, group: 9 }));
    const both = [...fast, ...slow].sort((a, b) => a.receivedAtMs - b.receivedAtMs);
    const listener = new Listener().hear(both);
    expect(listener.rhythm.intervalMs).toBe(10_000);
    expect(listener.silences).toBeLessThanOrEqual(2);
    expect(listener.rhythm.deliveryRatio(endOf(both))).toBe(1);
    expect([170, 190].map((seconds) => listener.isSilent(9, endOf(slow) + seconds * 1000))).toEqual([false, true]);
    expect(listener.isSilent(0, endOf(fast) + 31_000)).toBe(true);
  });
});

describe('silence over many worlds', () => {
  const bodies = ['moving', 'frozen', 'equal'] as const;
  const twins = [undefined, { afterMs: 40, stamp: 'equal' }, { afterMs: 300, stamp: 'own' }] as const;

  it('is never told of a source that loses nothing, after the first few gaps; and of one that ends, within three intervals', () => {
    for (const seconds of [2, 7, 10, 15, 20, 30, 60, 120]) {
      for (const groups of [1, 3, 20]) {
        for (const jitter of [0, 0.1, 0.3]) {
          for (const [index, body] of bodies.entries()) {
            const twin = twins[(index + groups) % 3];
            const intervalMs = seconds * 1000;
            const arrivals = world({ intervalMs, groups, jitter, bodies: body, posts: 60, ...(twin && { twin }) });
            const cut = arrivals.findIndex(({ receivedAtMs }) => receivedAtMs >= NOW + 6 * intervalMs);
            const listener = new Listener().hear(arrivals.slice(0, cut));
            const early = listener.silences;
            listener.hear(arrivals.slice(cut));
            const what = `${String(seconds)} s, ${String(groups)} groups, jitter ${String(jitter)}, ${body}`;
            expect([what, listener.silences - early]).toEqual([what, 0]);
            expect([what, early <= 3 * groups]).toEqual([what, true]);
            // The clock of the interval is only as exact as what is heard.
            const limitMs = Math.max(3 * intervalMs * (1 + jitter), 5000) + 1;
            expect([what, listener.isSilent(0, endOf(arrivals) + limitMs)]).toEqual([what, true]);
          }
        }
      }
    }
  }, 60_000);
});

describe('the delivery ratio', () => {
  const ratio = (arrivals: readonly Arrival[]) =>
    new Listener(configured(10_000)).hear(arrivals).rhythm.deliveryRatio(endOf(arrivals));
  const posts = every(10, 0, 300);

  it('is 1 for a source that loses nothing, with jitter of 30 %', () => {
    const gaps = posts.map((seconds, n) => (n % 2 === 0 ? seconds : seconds - 3));
    expect(ratio(at(...gaps))).toBe(1);
    expect(ratio(world({ jitter: 0.3, posts: 300 }))).toBeGreaterThan(0.98);
    expect(ratio(world({ jitter: 0.2, posts: 300, groups: 3 }))).toBe(1);
  });

  it('falls by the share of posts that are lost', () => {
    expect(ratio(at(...posts.filter((_, n) => n % 5 !== 4)))).toBeCloseTo(0.8, 1);
    for (const loss of [0.05, 0.1, 0.2]) {
      const heard = ratio(world({ loss, posts: 350, groups: 20 })) ?? NaN;
      expect(Math.abs(heard - (1 - loss))).toBeLessThan(0.025);
    }
  });

  it.each([
    ['dated when they were made', (seconds: number): [number, number] => [seconds, seconds]],
    ['dated when they are sent', (_: number, sent: number): [number, number] => [sent, sent]],
  ])('is 1 when a sender stalls for 2.5 intervals and then delivers both posts, %s', (_, dated) => {
    for (const pause of [0.001, 0.01, 0.3]) {
      const [first, second] = [dated(110, 125), dated(120, 125 + pause)];
      const stalled = at(...every(10, 0, 100), [125, first[1]], [125 + pause, second[1]], ...every(10, 130, 300));
      expect(ratio(stalled)).toBe(1);
    }
  });

  it('is 1 when equal bodies come late, and when a hundred groups stall at once, again and again', () => {
    const stalls = [...every(10, 0, 100), 125, 125.01, ...every(10, 130, 200), 225, 225.01, ...every(10, 230, 300)];
    expect(ratio(equal(at(...stalls)))).toBe(1);
    const all = Array.from({ length: 100 }, (_, group) => at(...stalls).map((one) => ({ ...one, group }))).flat();
    expect(ratio(all.sort((a, b) => a.receivedAtMs - b.receivedAtMs))).toBe(1);
  });

  it('is 1 when posts overtake each other, and when one does after two others', () => {
    const pairs = every(20, 10, 290).flatMap((seconds): [number, number][] => [
      [seconds + 10, seconds + 10],
      [seconds + 10.02, seconds],
    ]);
    expect(ratio(at(0, ...pairs))).toBe(1);
    const { rhythm } = new Listener().hear(at(0, ...pairs));
    expect([rhythm.intervalMs, rhythm.deliveryRatio(NOW + 300_000)]).toEqual([10_000, 1]);
    expect(ratio(at(0, [10, 10], [20, 20], [40, 40], [50, 50], [52, 30], [60, 60], [70, 70]))).toBe(1);
    expect(ratio(at(0, [30, 30], [31, 10], [32, 20], [40, 40], [50, 50]))).toBe(1);
  });

  it('does not count a copy as a post that was missing, however the second server dates it', () => {
    for (const stamp of [0, 0.02]) {
      const pair = (seconds: number): [number, number][] => [
        [seconds, seconds],
        [seconds + 0.02, seconds + stamp],
      ];
      const lost = every(10, 0, 300).filter((_, n) => n < 5 || n % 5 !== 4);
      const expected = (lost.length - 1) / 30;
      expect(ratio(at(...lost.flatMap(pair)))).toBeCloseTo(expected, 3);
    }
    const inPairs = every(10, 0, 300).flatMap((seconds) => [seconds, seconds + 0.02]);
    expect(ratio(equal(at(...inPairs.filter((seconds) => seconds < 150 || seconds >= 160))))).toBeCloseTo(29 / 30, 3);
  });

  it('never exceeds 1, whatever more is sent than was due', () => {
    const extra = every(10, 0, 300).flatMap((seconds) => [seconds, seconds + 2, seconds + 4, seconds + 9]);
    expect(ratio(at(...extra))).toBe(1);
    expect(ratio(world({ intervalMs: 3000, jitter: 0.3, posts: 300 }))).toBe(1);
    const burst = Array.from({ length: 50 }, (_, n) => 125 + n / 100);
    expect(ratio(at(...every(10, 0, 100), ...burst, ...every(10, 130, 300)))).toBeLessThanOrEqual(1);
  });

  it('leaves gaps longer than silence to silence, whatever comes of them afterwards, and forgets after an hour', () => {
    const backlog = Array.from({ length: 60 }, (_, n): [number, number] => [700 + n / 100, 110 + n * 10]);
    const arrivals = at(...every(10, 0, 100), ...backlog, ...every(10, 710, 1000).filter((seconds) => seconds !== 900));
    const { rhythm } = new Listener(configured(10_000)).hear(arrivals);
    expect(rhythm.deliveryRatio(endOf(arrivals))).toBeCloseTo(39 / 40, 2);
    expect(rhythm.deliveryRatio(endOf(arrivals) + 3_700_000)).toBeNull();
    expect(new Listener(configured(10_000)).hear(at(0, 600)).rhythm.deliveryRatio(NOW + 600_000)).toBeNull();
  });
});
