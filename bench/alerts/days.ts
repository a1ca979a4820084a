/** The days of the bench: calm ones, each with something that used to raise a false alarm, and days with troubles. */
import type { Body } from '../../src/domain/json.js';
import type { Figures } from '../../src/simulator/dialer.js';
import { scenarioNamed } from './callbacks.js';
import { hours, type Planned, shift, type Spell } from './centre.js';
import type { Day, Hands, Trouble } from './day.js';

/** A Monday before a change of clocks, midnight UTC. */
const START_MS = Date.UTC(2026, 2, 23);
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const at = hours;
const minutes = (count: number) => count * MINUTE_MS;

/** Two sites, of which one has a single group; callbacks in business hours. */
function aDay(name: string, seed: number, other: Partial<Day> = {}): Day {
  return {
    name,
    startMs: START_MS,
    durationMs: DAY_MS,
    centre: centreOf(seed),
    scrapeSeconds: 15,
    evaluationSeconds: 60,
    plan: (_index, _source, random) => shift({ dayMs: 0 }, random),
    callbacksPerMinute: inHours(8, 20, 4),
    troubles: [],
    ...other,
  };
}

function centreOf(seed: number, intervalMs = 10_000) {
  return { groups: { default: 7, 'ocs-2': 1 }, seed, intervalMs, hoursOfRecords: 12 };
}

/** Fewer in the first and last hour. */
function inHours(from: number, to: number, perMinute: number) {
  return (sinceMs: number) => {
    const hour = (sinceMs / 3_600_000) % 24;
    if (hour < from || hour >= to) return 0;
    return hour < from + 1 || hour >= to - 1 ? perMinute / 2 : perMinute;
  };
}

/** Does the same at several moments. */
function each(moments: readonly number[], does: (hands: Hands, index: number) => void): NonNullable<Day['doings']> {
  return moments.map((atMs, index) => ({
    atMs,
    does: (hands) => {
      does(hands, index);
    },
  }));
}

const restart = ({ service }: Hands) => {
  service.stop();
  service.start();
};
const reload = ({ service }: Hands) => {
  service.stop(true);
  service.start(true);
};

export const CALM: readonly ((seed: number) => Day)[] = [
  (seed) => aDay('nothing in particular', seed),
  (seed) =>
    aDay('1 % of the posts lost', seed, { arrives: ({ isChange }, _at, random) => isChange || !random.chance(0.01) }),
  ...[20, 30, 60, 120].map((seconds) => (seed: number) => {
    return aDay(`posts every ${String(seconds)} s, not configured`, seed, { centre: centreOf(seed, seconds * 1000) });
  }),
  (seed) =>
    aDay('no scrapes for 2 and for 8 minutes', seed, {
      // Prometheus itself is away or cut off: what it does not scrape, it takes for down.
      scraped: without([
        [at(10.5), minutes(2)],
        [at(14.2), minutes(8)],
        [at(19.05), minutes(8)],
      ]),
      consequences: [10.5, 14.2, 19.05].flatMap((hour) =>
        ['OcsMonitorDown', 'OcsMonitorAllDown'].map((alert) => ({
          alert,
          fromMs: at(hour),
          toMs: at(hour) + minutes(12),
        })),
      ),
    }),
  (seed) =>
    aDay('a reload every hour', seed, {
      doings: each(
        Array.from({ length: 23 }, (_, hour) => at(hour + 1)),
        reload,
      ),
    }),
  (seed) =>
    aDay('renames, and a tenant put right for all groups', seed, {
      doings: [
        ...each([at(11), at(11.5), at(20)], ({ groups }, index) => {
          const played = groups[index];
          if (played) played.group = { ...played.group, name: `${played.group.name} (renamed)` };
        }),
        ...each([at(13), at(21)], ({ groups }, index) => {
          for (const played of groups) played.group = { ...played.group, tenant: `Tenant ${String(index)}` };
        }),
      ],
    }),
  (seed) => aDay('a restart at night and one at noon', seed, { doings: each([at(2), at(12)], restart) }),
  (seed) =>
    aDay('lists done by the afternoon, loaded anew by a client', seed, {
      centre: { ...centreOf(seed), hoursOfRecords: 3 },
      plan: (_index, _source, random) => [
        ...shift({ dayMs: 0 }, random),
        ...[15, 15.5, 16].flatMap((hour): Planned[] => [
          { atMs: at(hour), deed: 'load' },
          { atMs: at(hour) + minutes(1), deed: 'start' },
        ]),
      ],
    }),
  (seed) => aDay('a lunch break', seed, { plan: (_i, _s, random) => shift({ dayMs: 0, pause: [12, 12.75] }, random) }),
  (seed) => aDay('the clock of OCS 20 minutes ahead', seed, { clockAheadMs: minutes(20) }),
  (seed) => aDay('the clock of OCS 20 minutes behind', seed, { clockAheadMs: -minutes(20) }),
  (seed) =>
    aDay('a shift over midnight', seed, { plan: (_i, _s, random) => shift({ dayMs: 0, from: 14, to: 23.9 }, random) }),
  (seed) =>
    aDay('a night in which nothing is loaded, and unloaded groups leave', seed, {
      flags: { unloaded_retention: '5m' },
      plan: (_i, _s, random) => [...shift({ dayMs: 0, from: 1, to: 3 }, random), ...shift({ dayMs: 0 }, random)],
    }),
];

/** A fortnight of callbacks over a change of clocks: the centre keeps to its own time. */
export function clockChange(seed: number, to: 'ahead' | 'back'): Day {
  const changesAtMs = 6 * DAY_MS + at(1);
  const moved = to === 'ahead' ? -1 : 1;
  const inForce = (sinceMs: number) =>
    inHours(8 + (sinceMs < changesAtMs ? 0 : moved), 20 + (sinceMs < changesAtMs ? 0 : moved), 2);
  return {
    ...aDay(`the clocks go ${to}`, seed),
    centre: { ...centreOf(seed), groups: { default: 1 } },
    durationMs: 9 * DAY_MS,
    scrapeSeconds: 60,
    evaluationSeconds: 300,
    plan: () => [],
    callbacksPerMinute: (sinceMs) => inForce(sinceMs)(sinceMs),
  };
}

function without(spans: readonly (readonly [number, number])[]) {
  return (sinceMs: number) => !spans.some(([fromMs, forMs]) => sinceMs > fromMs && sinceMs <= fromMs + forMs);
}

function scaled(figures: Figures, by: Partial<Record<keyof Figures['statistics'], number | null>>): Figures {
  const statistics = Object.entries(figures.statistics).map(([key, value]) => {
    const factor = by[key as keyof Figures['statistics']];
    if (factor === undefined || value === null) return [key, value] as const;
    return [key, factor === null ? null : value * factor] as const;
  });
  return { ...figures, statistics: Object.fromEntries(statistics) as unknown as Figures['statistics'] };
}

function listsScaled(figures: Figures, factorOf: (index: number) => number): Figures {
  const callingLists = figures.callingLists.map((list, index) => ({
    ...list,
    hitRatio: list.hitRatio === null ? null : list.hitRatio * factorOf(index),
  }));
  return { ...figures, callingLists };
}

interface Stated extends Omit<Trouble, 'where' | 'toldWithinMs' | 'endsWithinMs'> {
  readonly where?: Trouble['where'];
  /** Minutes. */
  readonly told: number;
  readonly ends: number;
}
function stated({ told, ends, where = {}, ...trouble }: Stated): Trouble {
  return { ...trouble, where, toldWithinMs: minutes(told), endsWithinMs: minutes(ends) };
}
const group = (number: number, source = 'default') => ({ source, dbid: String(100 + number) });

/** Troubles of campaign groups: one for each group, and one of the other source. */
export function groupTroubles(seed: number): Day {
  const spells: Readonly<Record<number, Spell>> = {
    1: { fromMs: at(10), toMs: at(13), figures: (figures) => scaled(figures, { overdialRatio: 2.4 }) },
    6: {
      ...{ fromMs: at(13), toMs: at(16) },
      figures: (figures) => listsScaled(scaled(figures, { hitRatio: 0.3 }), () => 0.3),
    },
    7: {
      ...{ fromMs: at(11), toMs: at(14) },
      figures: (figures) => listsScaled(scaled(figures, { hitRatio: 0.8 }), (index) => (index === 0 ? 0.2 : 1)),
    },
    8: {
      ...{ fromMs: at(14), toMs: at(15) },
      figures: (figures) =>
        scaled(figures, { busyRatio: null, hitRatio: null, overdialRatio: null, timeToCompleteSeconds: null }),
    },
    10: {
      fromMs: at(15),
      toMs: at(16),
      figures: (figures) => listsScaled(scaled(figures, { hitRatio: null }), () => 1),
    },
    9: { fromMs: at(10), toMs: at(12), figures: (figures) => scaled(figures, { busyRatio: 0.4 }) },
    11: { fromMs: at(12), toMs: at(14), figures: (figures) => scaled(figures, { timeToCompleteSeconds: 2 }) },
  };
  return aDay('troubles of campaign groups', seed, {
    centre: { ...centreOf(seed), groups: { default: 12, 'ocs-2': 1 } },
    plan: (index, source, random) => {
      const usual = shift({ dayMs: 0 }, random).filter(({ deed }) => deed !== 'change-goal');
      return source === 'default' ? [...usual, ...(DEEDS[index + 1] ?? [])] : usual;
    },
    spells: (index, source) => {
      const spell = source === 'default' ? spells[index + 1] : undefined;
      return spell ? [spell] : [];
    },
    arrives: ({ group: { source, dbid }, isChange }, sinceMs) => {
      if (source === 'ocs-2') return sinceMs < at(11) || sinceMs >= at(11.75);
      // Of 102, what is done at noon is lost.
      return !(dbid === '102' && isChange && sinceMs >= at(12) && sinceMs < at(13));
    },
    troubles: [
      stated({
        what: 'OCS is down for 45 minutes',
        alert: 'OcsSourceSilent',
        where: { source: 'ocs-2' },
        fromMs: at(11),
        toMs: at(11.75),
        told: 4,
        ends: 5,
      }),
      stated({
        what: 'the post of a stop is lost; loaded anew after two hours',
        alert: 'OcsCampaignGroupSilent',
        where: group(2),
        fromMs: at(12),
        toMs: at(14),
        told: 4,
        ends: 5,
      }),
      stated({
        what: 'stopped by OCS, started again by a client',
        alert: 'OcsCampaignGroupStoppedByOcs',
        where: group(3),
        fromMs: at(11.5),
        toMs: at(12.5),
        told: 4,
        ends: 7,
      }),
      stated({
        what: 'an unload that hangs for an hour',
        alert: 'OcsCampaignGroupUnloadStuck',
        where: group(4),
        fromMs: at(15),
        toMs: at(16),
        told: 18,
        ends: 4,
      }),
      stated({
        what: 'started and stopped every 100 seconds',
        alert: 'OcsCampaignGroupFlapping',
        where: group(5),
        fromMs: at(14),
        toMs: at(14) + minutes(20),
        told: 14,
        ends: 28,
      }),
      stated({
        what: 'overdial rate above the limit for three hours',
        alert: 'OcsCampaignGroupOverdialAboveLimit',
        where: group(1),
        fromMs: at(10),
        toMs: at(13),
        told: 18,
        ends: 7,
      }),
      stated({
        what: 'a carrier blocks for three hours',
        alert: 'OcsCampaignGroupHitRatioDropped',
        where: group(6),
        fromMs: at(13),
        toMs: at(16),
        told: 9,
        ends: 8,
      }),
      stated({
        what: 'one list is bad for three hours',
        alert: 'OcsCallingListHitRatioDropped',
        where: group(7),
        fromMs: at(11),
        toMs: at(14),
        told: 9,
        ends: 8,
      }),
      stated({
        what: 'Stat Server is lost for an hour: no figures',
        alert: 'OcsCampaignGroupFiguresMissing',
        where: group(8),
        fromMs: at(14),
        toMs: at(15),
        told: 15,
        ends: 7,
      }),
      stated({
        what: 'no hit ratio for an hour',
        alert: 'OcsCampaignGroupFiguresMissing',
        where: group(10),
        fromMs: at(15),
        toMs: at(16),
        told: 15,
        ends: 7,
      }),
      stated({
        what: 'agents wait for two hours',
        alert: 'OcsCampaignGroupBusyLow',
        where: group(9),
        fromMs: at(10),
        toMs: at(12),
        told: 18,
        ends: 7,
      }),
      stated({
        what: 'the end moves away by double',
        alert: 'OcsCampaignGroupTimeToCompleteGrows',
        where: group(11),
        fromMs: at(12),
        toMs: at(12.5),
        told: 20,
        ends: 8,
      }),
    ],
  });
}

/** What clients, or OCS, do to groups on the day with troubles, beside the shift. */
const DEEDS: Readonly<Record<number, readonly Planned[]>> = {
  2: [
    { atMs: at(12), deed: 'stop' },
    { atMs: at(12) + 1000, deed: 'unload' },
    { atMs: at(14), deed: 'load' },
    { atMs: at(14) + 20_000, deed: 'start' },
  ],
  3: [
    { atMs: at(11.5), deed: 'stop-by-ocs' },
    { atMs: at(12.5), deed: 'start' },
  ],
  4: [
    { atMs: at(15), deed: 'unload-that-hangs' },
    { atMs: at(16), deed: 'unloaded' },
  ],
  5: Array.from({ length: 12 }, (_, index): Planned => ({
    atMs: at(14) + index * 100_000,
    deed: index % 2 === 0 ? 'stop' : 'start',
  })),
};

/** Posts get lost on the way, or are no posts. */
export function postTroubles(seed: number): Day {
  const bad = '{"GSW_USER_EVENT":';
  const odd =
    (fields: Body) =>
    ({ groups, post }: Hands) => {
      const told = groups[0]?.lastBody;
      if (told) post('default', JSON.stringify({ ...told, ...fields }));
    };
  const every = (fromMs: number, toMs: number, stepMs: number) =>
    Array.from({ length: Math.ceil((toMs - fromMs) / stepMs) }, (_, index) => fromMs + index * stepMs);
  return aDay('troubles of posts', seed, {
    arrives: (_told, sinceMs, random) => !(sinceMs >= at(10) && sinceMs < at(13) && random.chance(0.3)),
    doings: [
      ...each(every(at(15), at(15) + minutes(3), minutes(1)), ({ post }) => {
        post('default', bad);
      }),
      ...each(every(at(10), at(14), minutes(2)), ({ service }) => {
        service.refuse('default', 'unauthorized');
      }),
      ...each(every(at(16), at(17), minutes(1)), odd({ GSW_SOMETHING_NEW: 1 })),
      ...each([at(16.5)], odd({ GSW_DIAL_MODE: 77 })),
    ],
    troubles: [
      stated({
        what: '30 % of the posts lost for three hours',
        alert: 'OcsDeliveryRatioLow',
        where: { source: 'default' },
        fromMs: at(10),
        toMs: at(13),
        told: 20,
        ends: 70,
      }),
      stated({
        what: '30 % of the posts lost for three hours, one group',
        alert: 'OcsDeliveryRatioLow',
        where: { source: 'ocs-2' },
        fromMs: at(10),
        toMs: at(13),
        told: 40,
        ends: 70,
      }),
      stated({
        what: 'a post refused every two minutes for four hours',
        alert: 'OcsMonitorTurnsAwayPosts',
        where: { source: 'default', reason: 'unauthorized' },
        fromMs: at(10),
        toMs: at(14),
        told: 30,
        ends: 17,
      }),
      stated({
        what: 'three bad bodies',
        alert: 'OcsMonitorQuarantineGrows',
        fromMs: at(15),
        toMs: at(15) + minutes(3),
        told: 3,
        ends: 22,
      }),
      stated({
        what: 'an unknown field for an hour',
        alert: 'OcsSchemaDrift',
        where: { source: 'default' },
        fromMs: at(16),
        toMs: at(17),
        told: 20,
        ends: 32,
      }),
      stated({
        what: 'an unknown number',
        alert: 'OcsUnknownNumbers',
        where: { source: 'default' },
        fromMs: at(16.5),
        toMs: at(16.5),
        told: 4,
        ends: 33,
      }),
    ],
  });
}

/** The receiver itself. */
export function monitorTroubles(seed: number): Day {
  const crashes = [at(14), at(14) + minutes(5), at(14) + minutes(10), at(14) + minutes(15)];
  return aDay('troubles of the monitor', seed, {
    ackSeconds: (sinceMs) => (sinceMs >= at(16) && sinceMs < at(16.5) ? 1.6 : 0.002),
    doings: [
      ...each([at(11)], ({ service }) => {
        service.stop();
      }),
      ...each([at(11) + minutes(10)], ({ service }) => {
        service.start();
      }),
      ...each(crashes, restart),
      ...each([at(15)], ({ service }) => {
        service.refuseReload();
      }),
    ],
    troubles: [
      stated({
        what: 'down for ten minutes',
        alert: 'OcsMonitorDown',
        fromMs: at(11),
        toMs: at(11) + minutes(10),
        told: 3,
        ends: 4,
      }),
      stated({
        what: 'down for ten minutes, and no other',
        alert: 'OcsMonitorAllDown',
        fromMs: at(11),
        toMs: at(11) + minutes(10),
        told: 3,
        ends: 4,
      }),
      stated({
        what: 'four crashes in a quarter of an hour',
        alert: 'OcsMonitorRestarts',
        fromMs: at(14),
        toMs: at(14) + minutes(15),
        told: 13,
        ends: 42,
      }),
      stated({
        what: 'settings that are faulty',
        alert: 'OcsMonitorReloadRefused',
        fromMs: at(15),
        toMs: at(15),
        told: 2,
        ends: 22,
      }),
      stated({
        what: 'a slow disk for half an hour',
        alert: 'OcsMonitorAckSlow',
        fromMs: at(16),
        toMs: at(16.5),
        told: 6,
        ends: 10,
      }),
    ],
  });
}

/** Callbacks. */
export function callbackTroubles(seed: number): Day {
  return aDay('troubles of callbacks', seed, {
    doings: [
      ...each([at(10)], ({ callbacks }) => {
        callbacks.begin(
          START_MS + at(10),
          scenarioNamed(`user-terminated-delayed/agent!missing-mandatory-keys!offered`),
        );
      }),
      ...each(
        Array.from({ length: 1500 }, (_, index) => at(13) + index * 400),
        ({ callbacks }, index) => {
          callbacks.begin(START_MS + at(13) + index * 400, scenarioNamed('user-terminated-delayed/agent'), 12);
        },
      ),
    ],
    troubles: [
      stated({
        what: 'one callback without a mandatory key',
        alert: 'GmsCallbackMandatoryKeyMissing',
        fromMs: at(10),
        toMs: at(10) + minutes(15),
        told: 20,
        ends: 80,
      }),
      stated({
        what: '1,500 callbacks open within ten minutes, in a few queues',
        alert: 'GmsCallbackOpenGrows',
        fromMs: at(13),
        toMs: at(15),
        told: 22,
        ends: 60,
      }),
    ],
  });
}
