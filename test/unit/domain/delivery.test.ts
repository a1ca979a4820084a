/** The delivery ratio against what truly came: independent losses, outages of the source, and what is neither. */
import { describe, expect, it } from 'vitest';
import { NOW } from '../../support/snapshots.js';
import { type Arrival, arrivalsOf, LEARNED, Listener, type World } from '../../support/worlds.js';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const LOSSES = [0.1, 0.3, 0.5, 0.6, 0.7, 0.8];
const configured = (intervalMs: number) => ({ ...LEARNED, intervalMs });

interface Case extends Pick<World, 'groups' | 'loss' | 'jitter' | 'seed' | 'twin' | 'bodies'> {
  readonly seconds: number;
  readonly hours?: number;
}

/** What a source sends in some hours. */
function sent({ seconds, hours = 3, ...world }: Case): Arrival[] {
  const intervalMs = seconds * 1000;
  return arrivalsOf({ ...world, intervalMs, posts: Math.floor((hours * HOUR_MS) / intervalMs) });
}

/** How far what is told is from the truth of the hour before, at worst, every five minutes from a time on. */
function worst(listener: Listener, arrivals: readonly Arrival[], fromMs: number, dueInHour: number): number {
  let most = 0;
  let nextMs = NOW + fromMs;
  for (const arrival of arrivals) {
    listener.hear([arrival]);
    if (arrival.receivedAtMs < nextMs) continue;
    nextMs += 5 * MINUTE_MS;
    const nowMs = arrival.receivedAtMs;
    const came = arrivals.filter((one) => one.receivedAtMs > nowMs - HOUR_MS && one.receivedAtMs <= nowMs).length;
    const told = listener.rhythm.deliveryRatio(nowMs);
    most = Math.max(most, told === null ? 1 : Math.abs(told - came / dueInHour));
  }
  return most;
}

const between = (from: number, to: number) => (one: Arrival) =>
  one.receivedAtMs < NOW + from * MINUTE_MS || one.receivedAtMs >= NOW + to * MINUTE_MS;
const ratioOf = (listener: Listener, arrivals: readonly Arrival[]) =>
  listener.hear(arrivals).rhythm.deliveryRatio(arrivals.at(-1)?.receivedAtMs ?? NOW) ?? NaN;

describe('the delivery ratio under loss', () => {
  it.each([10, 20, 30, 60, 120])('is what came of what was sent every %d s, whatever the loss', (seconds) => {
    for (const loss of LOSSES) {
      for (const groups of seconds > 60 ? [20] : [5, 20]) {
        for (const isLearned of [false, true]) {
          const what = `${String(loss)} of ${String(groups)} groups, learned: ${String(isLearned)}`;
          const listener = new Listener(isLearned ? LEARNED : configured(seconds * 1000));
          const arrivals = sent({ seconds, groups, loss, jitter: 0.02 });
          const dueInHour = (groups * 3600) / seconds;
          expect([what, worst(listener, arrivals, 1.5 * HOUR_MS, dueInHour) < 0.05]).toEqual([what, true]);
        }
      }
    }
  });

  it.each([10, 20, 30])('is so of a single group every %d s, of whose posts up to seven in ten are lost', (seconds) => {
    for (const loss of LOSSES.filter((share) => share <= 0.7)) {
      for (const options of [configured(seconds * 1000), LEARNED]) {
        const arrivals = sent({ seconds, groups: 1, loss, seed: 11 });
        const off = worst(new Listener(options), arrivals, 1.5 * HOUR_MS, 3600 / seconds);
        expect([loss, options.intervalMs, off < 0.05]).toEqual([loss, options.intervalMs, true]);
      }
    }
  });

  it('is told by the source’s interval as it was learned, which losses do not make longer', () => {
    for (const seconds of [10, 30, 60]) {
      for (const loss of LOSSES.filter((share) => share <= 0.7)) {
        const { rhythm } = new Listener().hear(sent({ seconds, groups: 5, loss, jitter: 0.02 }));
        expect([seconds, loss, Math.round((rhythm.intervalMs ?? 0) / 1000)]).toEqual([seconds, loss, seconds]);
      }
    }
  });
});

describe('the delivery ratio where nothing is lost', () => {
  it('leaves an outage of all groups to silence, whatever is lost before and after', () => {
    for (const seconds of [10, 20, 60]) {
      for (const groups of [3, 20]) {
        for (const loss of [0, 0.3, 0.6]) {
          const all = sent({ seconds, groups, loss, jitter: 0.02, hours: 2 });
          const through = all.filter(between(80, 90));
          const with_ = ratioOf(new Listener(configured(seconds * 1000)), through);
          const without = ratioOf(new Listener(configured(seconds * 1000)), all);
          const what = `${String(seconds)} s, ${String(groups)} groups, ${String(loss)}`;
          expect([what, Math.abs(with_ - without) < 0.05]).toEqual([what, true]);
          if (loss === 0) expect([what, with_ > 0.98]).toEqual([what, true]);
        }
      }
    }
  });

  it('leaves an outage of a single group’s source to silence, of two minutes or ten', () => {
    for (const seconds of [10, 20, 30]) {
      for (const minutes of [2, 10]) {
        const all = sent({ seconds, groups: 1, jitter: 0.02, hours: 2 }).filter(between(80, 80 + minutes));
        expect(ratioOf(new Listener(configured(seconds * 1000)), all)).toBeGreaterThan(0.98);
        expect(ratioOf(new Listener(), all)).toBeGreaterThan(0.98);
      }
    }
  });

  it('takes a group that is not heard while others are for one that stopped, and no post of it was heard', () => {
    const all = sent({ seconds: 10, groups: 5, jitter: 0.02, hours: 2 });
    const paused = all.filter((one) => one.group !== 3 || between(70, 95)(one));
    expect(ratioOf(new Listener(), paused)).toBeGreaterThan(0.98);
    const tooFew = sent({ seconds: 10, groups: 5, loss: 0.02, hours: 2 }).filter(
      (one) => one.group !== 3 || between(70, 95)(one),
    );
    expect(ratioOf(new Listener(), tooFew)).toBeGreaterThan(0.96);
  });

  it('is 0.98 at least with jitter, two servers, equal bodies, and groups of other intervals', () => {
    for (const seconds of [10, 20, 60, 120]) {
      for (const jitter of [0, 0.1, 0.2]) {
        for (const bodies of ['moving', 'frozen', 'equal'] as const) {
          const listener = new Listener();
          expect(ratioOf(listener, sent({ seconds, groups: 4, jitter, bodies, hours: 2 }))).toBeGreaterThan(0.98);
          const twin = { afterMs: 300, stamp: 'own' } as const;
          const arrivals = sent({ seconds, groups: 4, jitter, bodies, twin, hours: 2 });
          expect(ratioOf(new Listener(), arrivals)).toBeGreaterThan(0.98);
        }
      }
    }
    const slow = sent({ seconds: 60, groups: 2, jitter: 0.1, hours: 2 }).map((one) => ({
      ...one,
      group: one.group + 10,
    }));
    const both = [...sent({ seconds: 10, groups: 3, jitter: 0.1, hours: 2 }), ...slow];
    expect(
      ratioOf(
        new Listener(),
        both.sort((a, b) => a.receivedAtMs - b.receivedAtMs),
      ),
    ).toBeGreaterThan(0.98);
  });

  it('is so again soon after the interval was changed, also when one was learned before a restart', () => {
    for (const [before, after] of [
      [10, 20],
      [10, 30],
      [10, 60],
      [60, 10],
      [30, 20],
      [120, 30],
    ] as const) {
      const fromMs = NOW + HOUR_MS + after * 1000;
      const later = arrivalsOf({ intervalMs: after * 1000, groups: 4, posts: 40, jitter: 0.02, fromMs });
      const changed = new Listener().hear(sent({ seconds: before, groups: 4, jitter: 0.02, hours: 1 }));
      expect([before, after, ratioOf(changed, later) > 0.98]).toEqual([before, after, true]);
      const restarted = new Listener(LEARNED, before * 1000);
      expect([before, after, ratioOf(restarted, later) > 0.98]).toEqual([before, after, true]);
    }
  });
});
