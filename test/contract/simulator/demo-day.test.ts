import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/domain/limits.js';
import { CUT_SOURCE } from '../../../src/simulator/demo/opening.js';
import { pastAt } from '../../../src/simulator/demo/past.js';
import { demoProgramme } from '../../../src/simulator/demo/run-demo.js';
import { type Heard, heardOf, type HeardGroup, historyOf, INTERVAL_MS, knownBy } from '../../support/demo.js';
import { T0 } from '../../support/notifications.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Two of them change while their source is cut off, three while the service was down. */
const UNSEEN_NOW = ['Contract Expiry', 'Fibre Upgrade'];
const UNSEEN = [...UNSEEN_NOW, 'Bill Reminder', 'Loan Offers', 'Smart Meter Booking'];

const fresh = heardOf({ zeroMs: T0, liveMs: 12 * MINUTE_MS });
const all = ({ past, live }: HeardGroup) => [...past, ...live];
const stateIn = ({ post }: Heard) => post.state;
const [WAITING, ACTIVE, RUNNING] = [1, 4, 5];

/** Campaigns of which something had to be inferred; nothing may be against the life cycle. */
function inferredOf(groups: readonly HeardGroup[]): string[] {
  return groups
    .filter((one) => {
      const { transitions } = historyOf(all(one));
      expect(transitions.filter(({ unexpected }) => unexpected)).toEqual([]);
      return transitions.some(({ inferred }) => inferred);
    })
    .map(({ group }) => group.campaign)
    .sort();
}

describe('the day of the demo', () => {
  it('is legal, and leaves nothing to be inferred but what nobody could hear of', () => {
    expect(fresh).toHaveLength(48);
    expect(inferredOf(fresh)).toEqual([...UNSEEN].sort());
    for (const one of fresh) {
      const { transitions } = historyOf(all(one));
      expect(transitions[0]).toMatchObject({ fromState: 'not_loaded', toState: 'active', inferred: false });
    }
  });

  it('covers a day, with a lively last shift, a night and another shift before', () => {
    const runningAt = (atMs: number) =>
      fresh.filter(({ past }) => past.findLast(({ post }) => post.atMs <= atMs)?.post.state === RUNNING).length;
    for (const hoursAgo of [0, 1, 3, 5, 7, 18, 20, 22]) expect(runningAt(T0 - hoursAgo * HOUR_MS)).toBeGreaterThan(18);
    expect(runningAt(T0 - 12 * HOUR_MS)).toBeLessThan(12);
    for (const { past } of fresh) expect(past[0]?.post.atMs).toBeLessThan(T0 - 20 * HOUR_MS);
  });

  it('has figures as dense as the charts of each time need them, and few enough to be told at once', () => {
    // Age, and three steps of the chart that shows so much.
    const lines = [
      [15 * MINUTE_MS, 30_000],
      [HOUR_MS, 90_000],
      [3 * HOUR_MS, 180_000],
      [6 * HOUR_MS, 360_000],
      [24 * HOUR_MS, 30 * MINUTE_MS],
    ] as const;
    const holes = fresh.flatMap(({ past }) =>
      past.slice(1).flatMap(({ post }, index) => {
        const before = past[index]?.post ?? post;
        const limitMs = lines.find(([ageMs]) => T0 - before.atMs <= ageMs * (2 / 3))?.[1] ?? Infinity;
        const isOutage = before.atMs < T0 - 121 * MINUTE_MS && post.atMs > T0 - 130 * MINUTE_MS;
        return before.state === RUNNING && !isOutage && post.atMs - before.atMs > limitMs ? [post] : [];
      }),
    );
    expect(holes).toEqual([]);
    expect(fresh.reduce((sum, { past }) => sum + past.length, 0)).toBeLessThan(10_000);
  });

  it('keeps figures plausible, and only one group over the limit of over-dialing', () => {
    const over = new Set<string>();
    const odd: unknown[] = [];
    for (const { group, past, live } of fresh) {
      for (const { post } of [...past, ...live]) {
        const { busyRatio, hitRatio, overdialRatio, timeToCompleteSeconds } = post.statistics;
        const isRatio = (ratio: number | null) => ratio === null || (ratio >= 0 && ratio < 1);
        if (![busyRatio, hitRatio, overdialRatio].every(isRatio) || (timeToCompleteSeconds ?? 0) < 0)
          odd.push(post.statistics);
        if ((overdialRatio ?? 0) > LIMITS.overdialRatio) over.add(group.campaign);
      }
    }
    expect(odd).toEqual([]);
    expect([...over]).toEqual(['Service Due']);
  });

  it('is the same for the same start, and another one for another', () => {
    const texts = (zeroMs: number) =>
      heardOf({ zeroMs, liveMs: MINUTE_MS, only: (_, index) => index < 4 }).flatMap((one) =>
        all(one).map(({ post }) => post.text),
      );
    expect(texts(T0)).toEqual(texts(T0));
    expect(texts(T0 + 1)).not.toEqual(texts(T0));
  });
});

describe('the first two minutes of the demo', () => {
  const one = (campaign: string) => {
    const found = fresh.find(({ group }) => group.campaign === campaign);
    if (found === undefined) throw new Error(`no ${campaign}`);
    return found;
  };
  const within = (heard: readonly Heard[], fromSeconds: number, toSeconds: number) =>
    heard.filter(({ post }) => post.atMs > T0 + fromSeconds * 1000 && post.atMs <= T0 + toSeconds * 1000);
  const automaticStops = (heard: readonly Heard[]) =>
    historyOf(heard).transitions.filter(({ action, actor }) => action === 'stop' && actor === 'automatic');

  it('begin with a group that stopped by itself and one that is stuck in its unload', () => {
    expect(one('Card Collections').past.at(-1)?.post).toMatchObject({ state: ACTIVE });
    expect(automaticStops(one('Card Collections').past).at(-1)?.atMs).toBe(T0 - 14 * MINUTE_MS);
    const stuck = one('Claims Follow-up').past.at(-1)?.post;
    expect(stuck?.state).toBe(WAITING);
    expect(T0 - (stuck?.atMs ?? T0)).toBeGreaterThan(LIMITS.unloadStuckSeconds * 1000);
  });

  it('show every state, and something that changes within ten seconds', () => {
    const live = fresh.flatMap((group) => within(group.live, 0, 120));
    expect([...new Set(live.map(stateIn))].sort()).toEqual([0, 1, 2, 4, 5]);
    expect(live.filter(({ post }) => post.change !== null && post.atMs <= T0 + 10_000).length).toBeGreaterThan(0);
    for (let second = 0; second < 120; second += 10) {
      const standing = fresh.map((group) => all(group).findLast(({ post }) => post.atMs <= T0 + second * 1000)?.post);
      expect(standing.some((post) => post?.state === WAITING || post?.state === 2)).toBe(true);
      expect(standing.some((post) => post?.state === ACTIVE)).toBe(true);
      expect(standing.some((post) => post?.state === 0)).toBe(true);
    }
  });

  it('see a campaign stop by itself, with its records gone, and stay stopped for a while', () => {
    const { live } = one('Tariff Renewal');
    const [stop] = automaticStops(live);
    expect(stop?.atMs).toBe(T0 + 25_000);
    const before = live.findLast(({ post }) => post.atMs < T0 + 25_000)?.post.statistics.timeToCompleteSeconds;
    expect(before).toBeLessThan(10);
    expect(within(live, 26, 120)).toEqual([]);
  });

  it('see one over-dial, and recover', () => {
    const overdial = (fromSeconds: number, toSeconds: number) =>
      within(one('Service Due').live, fromSeconds, toSeconds).map(({ post }) => post.statistics.overdialRatio ?? 0);
    expect(Math.max(...overdial(0, 40))).toBeLessThan(LIMITS.overdialRatio);
    expect(Math.min(...overdial(75, 130))).toBeGreaterThan(LIMITS.overdialRatio);
    expect(Math.max(...overdial(300, 600))).toBeLessThan(LIMITS.overdialRatio);
  });

  it('see one calling list run dry while the campaign goes on', () => {
    const lists = within(one('Motor Renewal').live, 0, 120).map(({ post }) =>
      post.callingLists.map(({ timeToCompleteSeconds }) => timeToCompleteSeconds),
    );
    expect(lists[0]?.every((seconds) => seconds !== 0)).toBe(true);
    expect(lists.at(-1)?.filter((seconds) => seconds === 0)).toHaveLength(1);
  });

  it('see a source fall silent, and heal, with two changes that nobody saw', () => {
    const cut = fresh.filter(({ group }) => group.source === CUT_SOURCE);
    expect(cut.flatMap(({ live }) => within(live, 45, 95))).toEqual([]);
    const running = cut.filter(({ live }) => within(live, 0, 45).at(-1)?.post.state === RUNNING);
    expect(running.length).toBeGreaterThan(4);
    for (const { live } of running) expect(within(live, 95, 95 + INTERVAL_MS / 1000)).not.toEqual([]);
    expect(50_000).toBeGreaterThan(3 * INTERVAL_MS + 30_000);
    const unseen = cut.filter((group) =>
      historyOf(all(group)).transitions.some(({ inferred, atMs }) => inferred && atMs > T0),
    );
    expect(unseen.map(({ group }) => group.campaign).sort()).toEqual(UNSEEN_NOW);
  });

  it('are announced in order, by names that exist', () => {
    const programme = demoProgramme(INTERVAL_MS);
    expect(programme.length).toBeGreaterThan(8);
    expect(programme.map(([seconds]) => seconds)).toEqual(programme.map(([seconds]) => seconds).sort((a, b) => a - b));
    for (const [seconds, text] of programme) {
      expect(seconds).toBeLessThanOrEqual(150);
      expect(text).not.toContain('{name}');
    }
    expect(programme.filter(([, text]) => fresh.some(({ group }) => text.includes(group.name))).length).toBeGreaterThan(
      7,
    );
  });
});

describe('a later start of the demo', () => {
  const SOME = ['Claims Follow-up', 'Tariff Renewal', 'Service Due', 'Smart Meter Booking', ...UNSEEN_NOW];
  const only: NonNullable<Parameters<typeof heardOf>[0]['only']> = ({ campaign }, index) =>
    SOME.includes(campaign) || index % 9 === 3;
  const first = heardOf({ zeroMs: T0, liveMs: 25 * MINUTE_MS, only });

  /** What was heard before the first run ended, and what is heard of the second. */
  function twice(endMs: number, againMs: number) {
    const until = first.map(({ group, past, live }) => ({
      group,
      heard: [...past, ...live].filter(({ post }) => post.atMs <= endMs),
    }));
    const knownOf = (source: string, dbid: string) => {
      const found = until.find(({ group }) => group.source === source && group.dbid === dbid);
      return found === undefined ? null : knownBy(found.heard, endMs);
    };
    const uptime = { firstMs: T0 - 24.4 * HOUR_MS, lastMs: Math.max(endMs, T0) };
    const second = heardOf({ zeroMs: againMs, uptime, knownOf, liveMs: 3 * MINUTE_MS, only });
    return until.map(({ heard }, index) => ({
      group: first[index]?.group ?? second[0]?.group ?? fail(),
      before: heard,
      after: [...(second[index]?.past ?? []), ...(second[index]?.live ?? [])],
    }));
  }

  const fail = (): never => {
    throw new Error('no group');
  };

  it.each([
    ['a second after it was stopped', 13 * MINUTE_MS, 1000],
    ['in the middle of the silence', 70_000, 2000],
    ['a minute later', 90_000, MINUTE_MS],
    ['half an hour later', 25 * MINUTE_MS, 30 * MINUTE_MS],
    ['the next day', 10 * MINUTE_MS, 20 * HOUR_MS],
    ['days later', 5 * MINUTE_MS, 75 * HOUR_MS],
    ['after it was stopped while it told the past', -9 * HOUR_MS, 9 * HOUR_MS + 3000],
  ])('%s goes on from what is known, by legal steps', (_, endMs, pauseMs) => {
    const groups = twice(T0 + endMs, T0 + endMs + pauseMs);
    for (const { group, before, after } of groups) {
      const { transitions } = historyOf([...before, ...after]);
      expect(transitions.filter(({ unexpected }) => unexpected)).toEqual([]);
      const known = new Set(historyOf(before).transitions.map(({ atMs }) => atMs));
      const inferred = transitions.filter((one) => one.inferred && !known.has(one.atMs));
      if (!UNSEEN.includes(group.campaign)) expect(inferred).toEqual([]);
      // Nothing is told of a time of which something is known.
      const lastMs = before.at(-1)?.post.atMs ?? 0;
      for (const { post } of after) expect(post.atMs).toBeGreaterThan(lastMs);
      expect(after.length).toBeGreaterThan(0);
    }
  });

  it('gives a day to a database that was begun without one, and takes over its groups', () => {
    // As an earlier version left it: loads and runs of a few seconds, ten minutes ago.
    const firstLoadMs = T0 - 12 * MINUTE_MS;
    const known = { state: 'running', guid: 'x', dialMode: 'preview', optimizeBy: null, optimizeGoal: null };
    const knownOf = () => ({ ...known, atMs: T0 - 11 * MINUTE_MS, firstLoadMs });
    const uptime = { firstMs: firstLoadMs - 1000, lastMs: T0 - 10.5 * MINUTE_MS };
    const groups = heardOf({ zeroMs: T0, uptime, knownOf, liveMs: MINUTE_MS, only });
    for (const { past } of groups) {
      const before = past.filter(({ post }) => post.atMs < firstLoadMs);
      expect(before[0]?.post.atMs).toBeLessThan(T0 - 20 * HOUR_MS);
      expect(before.at(-1)?.post.state).toBe(0);
      expect(historyOf(before).transitions.filter(({ inferred }) => inferred)).toEqual([]);
      expect(past.some(({ post }) => post.atMs > T0 - 7 * MINUTE_MS)).toBe(true);
    }
  });
});

describe('the up-time that a start of the demo pretends', () => {
  it('covers the day on a new database, but for an outage', () => {
    const { upMs, unheardMs } = pastAt(T0, null);
    expect(upMs[0]?.fromMs).toBeLessThan(T0 - 24 * HOUR_MS);
    expect(upMs.at(-1)?.toMs).toBe(T0);
    expect(unheardMs).toEqual([{ fromMs: upMs[0]?.toMs, toMs: upMs[1]?.fromMs }]);
  });

  it('leaves a short pause what it was, and of a long one some minutes', () => {
    const firstMs = T0 - 30 * HOUR_MS;
    expect(pastAt(T0, { firstMs, lastMs: T0 - 2 * MINUTE_MS })).toMatchObject({ upMs: [], unheardMs: [] });
    const lastMs = T0 - 8 * HOUR_MS;
    const { upMs, unheardMs } = pastAt(T0, { firstMs, lastMs });
    expect(upMs).toEqual([{ fromMs: lastMs + 4 * MINUTE_MS, toMs: T0 }]);
    expect(unheardMs).toEqual([{ fromMs: lastMs, toMs: lastMs + 4 * MINUTE_MS }]);
  });
});
