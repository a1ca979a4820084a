import { describe, expect, it } from 'vitest';
import type { Statistics } from '../../../src/domain/notification.js';
import { dial, figuresOf, freshDialer } from '../../../src/simulator/dialer.js';
import { IntervalPacing, RatePacing } from '../../../src/simulator/pacing.js';
import { Random } from '../../../src/simulator/random.js';
import { receivingUrl } from '../../../src/simulator/receiving-url.js';
import { campaignGroups } from '../../../src/simulator/scenario.js';
import { bodyIn, postsOf } from '../../support/simulated.js';

const SEEDS = Array.from({ length: 40 }, (_, seed) => seed);
const posts = SEEDS.flatMap((seed) =>
  postsOf({ steps: 1500, stepMs: 10_000, groupIndex: seed % 7, options: { seed } }),
);
const changes = posts.filter(({ change }) => change);

describe('lives of the simulator', () => {
  it('contain every state and every action', () => {
    expect([...new Set(changes.map(({ state }) => state))].sort()).toEqual([0, 1, 2, 4, 5]);
    const actions = changes.map(({ change }) => change?.action ?? 0);
    expect([...new Set(actions)].sort((a, b) => a - b)).toEqual([7, 8, 9, 10, 11, 29]);
  });

  it('are completed by OCS itself: stop, then unload within seconds', () => {
    const bodies = changes.map(bodyIn);
    const at = (body: Record<string, unknown> | undefined) => Number(body?.['GSW_DATE_TIME']);
    const completions = bodies.flatMap((body, index) =>
      body['GSW_CAMPAIGN_GROUP_ACTION'] === 10 && body['GSW_CAMPAIGN_GROUP_ACTOR'] === 2 ? [index] : [],
    );
    expect(completions.length).toBeGreaterThan(5);
    for (const index of completions.filter((index) => index + 1 < bodies.length)) {
      const [stop, unload] = [bodies[index], bodies[index + 1]];
      if (at(unload) < at(stop)) continue;
      expect(unload).toMatchObject({ GSW_CAMPAIGN_GROUP_STATE: 1, GSW_CAMPAIGN_GROUP_ACTOR: 2 });
      // Steps of ten seconds.
      expect(at(unload) - at(stop)).toBeLessThanOrEqual(10);
    }
  });

  it('keep ratios plausible, and sometimes do not know a statistic', () => {
    const ratios = posts.flatMap(({ statistics, callingLists }) => [
      statistics.busyRatio,
      statistics.hitRatio,
      statistics.overdialRatio,
      ...callingLists.map(({ hitRatio }) => hitRatio),
    ]);
    expect(ratios.length).toBeGreaterThan(1000);
    expect(ratios.filter((ratio) => ratio !== null && !(ratio >= 0 && ratio <= 1.5))).toEqual([]);
    const running = posts.filter(({ state }) => state === 5);
    for (const name of ['busyRatio', 'hitRatio', 'overdialRatio', 'timeToCompleteSeconds'] as const) {
      expect(running.some(({ statistics }) => statistics[name] === null)).toBe(true);
    }
  });

  it('are the same for the same seed, whatever else happens, and others for another', () => {
    const texts = (seed: number) => postsOf({ steps: 500, stepMs: 5000, options: { seed } }).map(({ text }) => text);
    expect(texts(7)).toEqual(texts(7));
    expect(texts(7)).not.toEqual(texts(8));
  });
});

describe('dialing', () => {
  const groups = campaignGroups({ groups: 30, sources: 1 }, new Random(3));

  it.each(groups)('makes hit ratio and time to complete of $name fall, and holds its goals', (group) => {
    const random = new Random(5);
    const setting = {
      dialMode: 'predictive',
      optimizeBy: group.optimizeBy,
      optimizeGoal: group.optimizeGoal,
      statServerLost: false,
    };
    let dialer = freshDialer(group, 0);
    const samples: Statistics[] = [];
    for (let minute = 1; minute <= 19; minute++) {
      dialer = dial(dialer, group, setting, { atMs: minute * 60_000, random });
      samples.push(figuresOf(dialer, group, setting, random).statistics);
    }
    const known = (name: 'hitRatio' | 'timeToCompleteSeconds' | 'busyRatio' | 'overdialRatio') =>
      samples.slice(3).flatMap((sample) => sample[name] ?? []);
    const mean = (numbers: number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
    for (const name of ['hitRatio', 'timeToCompleteSeconds'] as const) {
      expect(mean(known(name).slice(-4))).toBeLessThan(mean(known(name).slice(0, 4)));
    }
    const goal = group.optimizeGoal / 100;
    if (group.optimizeBy === 'busy_factor') expect(Math.abs(mean(known('busyRatio')) - goal)).toBeLessThan(0.05);
    if (group.optimizeBy === 'overdial_rate') expect(mean(known('overdialRatio')) / goal).toBeCloseTo(1, 0);
  });

  it('without Stat Server lets agents fall idle, and then knows nothing', () => {
    const [group] = groups;
    if (!group) throw new Error('no group');
    const random = new Random(1);
    const setting = { dialMode: 'predictive', optimizeBy: null, optimizeGoal: null, statServerLost: false };
    const lost = { ...setting, statServerLost: true };
    const busy = dial(freshDialer(group, 0), group, setting, { atMs: 300_000, random });
    const idling = dial(busy, group, lost, { atMs: 340_000, random });
    const idle = dial(idling, group, lost, { atMs: 600_000, random });
    expect(idling.busyRatio).toBeLessThan(busy.busyRatio);
    expect(idle.remaining).toEqual(busy.remaining);
    expect(figuresOf(idle, group, lost, random).statistics).toMatchObject({
      busyRatio: null,
      hitRatio: null,
      timeToCompleteSeconds: null,
    });
  });
});

describe('scenario', () => {
  it('keeps DBIDs and names apart within a source', () => {
    const groups = campaignGroups({ groups: 500, sources: 3 }, new Random(1));
    expect(new Set(groups.map(({ source, dbid }) => `${source} ${dbid}`)).size).toBe(500);
    expect(new Set(groups.map(({ source, name }) => `${source} ${name}`)).size).toBe(500);
    expect(new Set(groups.map(({ source }) => source))).toEqual(new Set(['ocs-1', 'ocs-2', 'ocs-3']));
  });
});

describe('pacing', () => {
  it('by interval spreads the groups, keeps the beat, and skips what was slept through', () => {
    const pacing = new IntervalPacing(4, 100);
    const due = (elapsedMs: number) => [0, 1, 2, 3].filter((group) => pacing.takeDue(group, elapsedMs));
    expect(due(0)).toEqual([0]);
    expect(due(55)).toEqual([1, 2]);
    expect(due(99)).toEqual([3]);
    expect(due(1000)).toEqual([0, 1, 2, 3]);
    expect(due(1024)).toEqual([]);
    expect(due(1025)).toEqual([1]);
  });

  it('by rate gives exactly the rate however the ticks fall, and makes up for a stall of a second at most', () => {
    const taken = (pacing: RatePacing, elapsedMs: number) => {
      let count = 0;
      while (pacing.takeToken(elapsedMs)) count++;
      return count;
    };
    const pacing = new RatePacing(333);
    let total = 0;
    for (let elapsedMs = 0; elapsedMs <= 10_000; elapsedMs += 7) total += taken(pacing, elapsedMs);
    expect(total + taken(pacing, 10_000)).toBe(3330);
    expect(taken(pacing, 60_000)).toBe(333);
  });
});

describe('receivingUrl', () => {
  it.each([
    ['http://h:8080', null, 'http://h:8080/ocs/campaign-group-state'],
    ['http://h:8080/', 'ocs-1', 'http://h:8080/ocs/ocs-1/campaign-group-state'],
    ['http://h/t/secret/', null, 'http://h/t/secret/ocs/campaign-group-state'],
    ['http://h/t/secret', 'ocs-2', 'http://h/t/secret/ocs/ocs-2/campaign-group-state'],
    ['http://h/ocs/campaign-group-state', null, 'http://h/ocs/campaign-group-state'],
    ['http://h/ocs/eu/campaign-group-state', null, 'http://h/ocs/eu/campaign-group-state'],
    ['http://h/ocs/eu/campaign-group-state', 'ocs-1', 'http://h/ocs/ocs-1/campaign-group-state'],
    ['http://h/t/x/ocs/campaign-group-state?token=a', 'ocs-1', 'http://h/t/x/ocs/ocs-1/campaign-group-state?token=a'],
  ])('from %s and source %s is %s', (url, source, expected) => {
    expect(receivingUrl(url, source).href).toBe(expected);
  });

  it.each(['', 'localhost:8080', 'ftp://h/'])('refuses "%s"', (url) => {
    expect(() => receivingUrl(url, null)).toThrow(expect.objectContaining({ code: 'OCM_USAGE' }));
  });
});
