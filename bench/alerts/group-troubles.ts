/** A day on which something is the matter with one campaign group after the other, and with one OCS. */
import type { Figures } from '../../src/simulator/dialer.js';
import { type Planned, shift, type Spell } from './centre.js';
import type { Day, Trouble } from './day.js';
import { aDay, at, centreOf, group, stated } from './usual-day.js';

type Statistic = keyof Figures['statistics'];

/** Figures times a factor each; null: OCS does not know it. */
function scaled(figures: Figures, by: Partial<Record<Statistic, number | null>>): Figures {
  const statistics = { ...figures.statistics };
  for (const [key, factor] of Object.entries(by) as [Statistic, number | null][]) {
    const value = statistics[key];
    statistics[key] = value === null || factor === null ? null : value * factor;
  }
  return { ...figures, statistics };
}

function listsScaled(figures: Figures, factorOf: (index: number) => number): Figures {
  const callingLists = figures.callingLists.map((list, index) => ({
    ...list,
    hitRatio: list.hitRatio === null ? null : list.hitRatio * factorOf(index),
  }));
  return { ...figures, callingLists };
}

const NOTHING = { busyRatio: null, hitRatio: null, overdialRatio: null, timeToCompleteSeconds: null };

/** By number of the group; its hours and what becomes of its figures. */
const SPELLS: Readonly<Record<number, readonly [from: number, to: number, figures: Spell['figures']]>> = {
  1: [10, 13, (figures) => scaled(figures, { overdialRatio: 2.4 })],
  6: [13, 16, (figures) => listsScaled(scaled(figures, { hitRatio: 0.3 }), () => 0.3)],
  7: [11, 14, (figures) => listsScaled(scaled(figures, { hitRatio: 0.8 }), (index) => (index === 0 ? 0.2 : 1))],
  8: [14, 15, (figures) => scaled(figures, NOTHING)],
  9: [10, 12, (figures) => scaled(figures, { busyRatio: 0.4 })],
  10: [15, 16, (figures) => scaled(figures, { hitRatio: null })],
  11: [12, 14, (figures) => scaled(figures, { timeToCompleteSeconds: 2 })],
};

/** What clients, or OCS, do to groups beside the shift. */
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
  5: Array.from({ length: 12 }, (_, index): Planned => {
    return { atMs: at(14) + index * 100_000, deed: index % 2 === 0 ? 'stop' : 'start' };
  }),
};

const SILENT = { ...group(2), alert: 'OcsCampaignGroupSilent' };

const TROUBLES: readonly Trouble[] = [
  ...[
    {
      what: 'OCS is down',
      alert: 'OcsSourceSilent',
      where: { source: 'ocs-2' },
      from: 11,
      to: 11.75,
      told: 4,
      ends: 5,
    },
    {
      what: 'all posts of a stop and unload lost',
      alert: SILENT.alert,
      where: group(2),
      from: 12,
      to: 14,
      told: 4,
      ends: 5,
    },
    {
      what: 'stopped by OCS, started by a client',
      alert: 'OcsCampaignGroupStoppedByOcs',
      where: group(3),
      from: 11.5,
      to: 12.5,
      told: 4,
      ends: 7,
    },
    {
      what: 'an unload that hangs',
      alert: 'OcsCampaignGroupUnloadStuck',
      where: group(4),
      from: 15,
      to: 16,
      told: 18,
      ends: 4,
    },
    {
      what: 'started and stopped every 100 s',
      alert: 'OcsCampaignGroupFlapping',
      where: group(5),
      from: 14,
      to: 14.34,
      told: 14,
      ends: 28,
    },
    {
      what: 'overdial rate above the limit',
      alert: 'OcsCampaignGroupOverdialAboveLimit',
      where: group(1),
      from: 10,
      to: 13,
      told: 18,
      ends: 7,
    },
    ...['tsr', '24h'].map((profile) => ({
      what: `the same, over the period of ${profile}`,
      alert: 'OcsCampaignGroupAbandonmentCritical',
      where: { ...group(1), profile },
      from: 10,
      to: 13,
      told: 40,
      ends: 40,
    })),
    {
      what: 'a carrier blocks',
      alert: 'OcsCampaignGroupHitRatioDropped',
      where: group(6),
      from: 13,
      to: 16,
      told: 9,
      ends: 8,
    },
    {
      what: 'one list is bad',
      alert: 'OcsCallingListHitRatioDropped',
      where: group(7),
      from: 11,
      to: 14,
      told: 9,
      ends: 8,
    },
    {
      what: 'Stat Server lost: no figures',
      alert: 'OcsCampaignGroupFiguresMissing',
      where: group(8),
      from: 14,
      to: 15,
      told: 15,
      ends: 8,
    },
    { what: 'agents wait', alert: 'OcsCampaignGroupBusyLow', where: group(9), from: 10, to: 12, told: 18, ends: 8 },
    {
      what: 'no hit ratio any more',
      alert: 'OcsCampaignGroupFiguresMissing',
      where: group(10),
      from: 15,
      to: 16,
      told: 15,
      ends: 8,
    },
    {
      what: 'the end moves away to double',
      alert: 'OcsCampaignGroupTimeToCompleteGrows',
      where: group(11),
      from: 12,
      to: 12.5,
      told: 20,
      ends: 8,
    },
  ].map(stated),
];

export function groupTroubles(seed: number): Day {
  return aDay('troubles of campaign groups', seed, {
    centre: { ...centreOf(seed), groups: { default: 12, 'ocs-2': 1 } },
    plan: (index, source, random) => {
      const usual = shift({ dayMs: 0 }, random).filter(({ deed }) => deed !== 'change-goal');
      return source === 'default' ? [...usual, ...(DEEDS[index + 1] ?? [])] : usual;
    },
    spells: (index, source) => {
      const spell = source === 'default' ? SPELLS[index + 1] : undefined;
      return spell ? [{ fromMs: at(spell[0]), toMs: at(spell[1]), figures: spell[2] }] : [];
    },
    arrives: ({ group: { source, dbid }, isChange }, sinceMs) => {
      if (source === 'ocs-2') return sinceMs < at(11) || sinceMs >= at(11.75);
      return !(dbid === SILENT.dbid && isChange && sinceMs >= at(12) && sinceMs < at(13));
    },
    troubles: TROUBLES,
  });
}
