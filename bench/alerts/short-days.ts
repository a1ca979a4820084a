/** A few hours each, for CI: one without troubles, one with. */
import { type Planned, shift } from './centre.js';
import type { Day } from './day.js';
import { aDay, at, centreOf, DAY_MS, each, group, minutes, reload, restart, stated, without } from './usual-day.js';

const START_HOUR = 8.75;
/** So many hours since midnight, from the start of a short day. */
const from = (hour: number) => at(hour - START_HOUR);

function shortDay(name: string, seed: number, toHour: number, other: Partial<Day>): Day {
  return aDay(name, seed, {
    startMs: aDay(name, seed).startMs + at(START_HOUR),
    durationMs: from(toHour),
    centre: { ...centreOf(seed), groups: { default: 3, 'ocs-2': 1 } },
    plan: (_index, _source, random) => shift({ dayMs: -at(START_HOUR), from: 9, to: toHour - 0.75 }, random),
    ...other,
  });
}

/** A lost periodic post now and then, a failed scrape, a reload, a restart, a rename, and the end of the shift. */
export function shortCalm(seed: number): Day {
  return shortDay('a calm morning', seed, 12.5, {
    arrives: ({ isChange }, _sinceMs, random) => isChange || !random.chance(0.01),
    scraped: without([[from(10.25), minutes(0.75)]]),
    doings: [
      ...each([from(9.75), from(11)], reload),
      ...each([from(10.5)], restart),
      ...each([from(10)], ({ groups }) => {
        for (const played of groups) {
          played.group = { ...played.group, tenant: 'Renamed', name: `${played.group.name} (renamed)` };
        }
      }),
    ],
  });
}

/** Silence, an end that nobody asked for, and an unload that hangs. */
export function shortTroubled(seed: number): Day {
  const deeds: Readonly<Record<number, readonly Planned[]>> = {
    0: [
      { atMs: from(9.75), deed: 'stop-by-ocs' },
      { atMs: from(10.25), deed: 'start' },
    ],
    1: [
      { atMs: from(9.5), deed: 'unload-that-hangs' },
      { atMs: from(10.25), deed: 'unloaded' },
    ],
  };
  const since = (hour: number) => hour - START_HOUR;
  return shortDay('a morning with troubles', seed, 11.5, {
    plan: (index, source, random) => {
      const usual = shift({ dayMs: -at(START_HOUR), from: 9, to: 20 }, random).filter(({ atMs }) => atMs < DAY_MS);
      return source === 'default' ? [...usual, ...(deeds[index] ?? [])] : usual;
    },
    arrives: ({ source }, sinceMs) => source !== 'ocs-2' || sinceMs < from(9.5) || sinceMs >= from(10),
    troubles: [
      {
        what: 'OCS is down',
        alert: 'OcsSourceSilent',
        where: { source: 'ocs-2' },
        from: since(9.5),
        to: since(10),
        told: 4,
        ends: 5,
      },
      {
        what: 'stopped by OCS',
        alert: 'OcsCampaignGroupStoppedByOcs',
        where: group(1),
        from: since(9.75),
        to: since(10.25),
        told: 4,
        ends: 7,
      },
      {
        what: 'an unload that hangs',
        alert: 'OcsCampaignGroupUnloadStuck',
        where: group(2),
        from: since(9.5),
        to: since(10.25),
        told: 18,
        ends: 4,
      },
    ].map(stated),
  });
}
