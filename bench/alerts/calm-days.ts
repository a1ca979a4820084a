/** Days on which nothing is the matter, each with something that used to raise a false alarm. */
import { type Planned, shift } from './centre.js';
import type { Day } from './day.js';
import { aDay, at, centreOf, DAY_MS, each, inHours, minutes, reload, restart, without } from './usual-day.js';

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
