/** Why a chart has no line somewhere: four reasons, told apart. Pure. */
import type { CampaignGroup, Statistic, Transition } from './api-types.js';
import { type ChartData, holeSeconds } from './chart-data.js';
import type { Gap, GapKind, TimeSpan } from './gap-kinds.js';
import { laneOf } from './lanes.js';
import { type KnownPast, silentWithin } from './silences.js';

export interface History {
  readonly group: CampaignGroup;
  /** Since the start of the range, without those withdrawn. */
  readonly transitions: readonly Transition[];
  readonly unobserved: readonly TimeSpan[];
  /** Silences, the one that lasts included, and before when nothing is known of the group. */
  readonly past: KnownPast;
}

/** What holds for all of a group's charts, without overlap: what nobody observed hides what is said of the time. */
export function gapsOf({ group, transitions, unobserved, past }: History, { fromMs, toMs }: TimeSpan): Gap[] {
  const { stretches, unsure } = laneOf({ ...group, silent: false }, transitions, fromMs, toMs);
  const known = [...stretches, ...unsure].map((one) => one.fromMs);
  const firstMs = Math.min(toMs, Math.max(past.knownFromMs ?? fromMs, Math.min(...known)));
  const within = (spans: readonly TimeSpan[]) =>
    spans
      .map((one) => ({ fromMs: Math.max(one.fromMs, fromMs), toMs: Math.min(one.toMs, toMs) }))
      .filter((one) => one.toMs > one.fromMs);
  const unseen = within([{ fromMs, toMs: firstMs }, ...unobserved]);
  const silent = without(silentWithin(past, { fromMs, toMs }), unseen);
  const idle = without(within(stretches.filter(({ state }) => state !== 'running')), [...unseen, ...silent]);
  const ofKind = (kind: GapKind, spans: readonly TimeSpan[]) => spans.map((one) => ({ ...one, kind }));
  return [
    ...ofKind('unobserved', joined(unseen)),
    ...ofKind('silent', joined(silent)),
    ...ofKind('idle', joined(idle)),
  ];
}

/** Where a running group's posts had no such figure, with what is amiss for all statistics. */
export function gapsOfStatistic(
  data: ChartData,
  name: Statistic,
  stepSeconds: number,
  history: { readonly gaps: readonly Gap[]; readonly range: TimeSpan },
): Gap[] {
  const { gaps, range } = history;
  const holeMs = holeSeconds(data.at, stepSeconds) * 1000;
  const stepMs = stepSeconds * 1000;
  const unsaid: TimeSpan[] = [];
  let sinceMs = range.fromMs;
  data.at.forEach((at, row) => {
    if ((data[name].mean[row] ?? null) === null) return;
    unsaid.push({ fromMs: Math.max(sinceMs, range.fromMs), toMs: at * 1000 });
    sinceMs = at * 1000 + stepMs;
  });
  unsaid.push({ fromMs: sinceMs, toMs: range.toMs });
  const isSaidToBeNull = ({ fromMs, toMs }: TimeSpan) => data.at.some((at) => at * 1000 >= fromMs && at * 1000 < toMs);
  const silentOnes = without(unsaid, gaps).filter(
    (one) => one.toMs - one.fromMs > holeMs || (isSaidToBeNull(one) && one.toMs > one.fromMs),
  );
  return [...gaps, ...silentOnes.map((one) => ({ ...one, kind: 'no_figure' as const }))].sort(
    (a, b) => a.fromMs - b.fromMs,
  );
}

export function gapAt(gaps: readonly Gap[], ms: number): Gap | undefined {
  return gaps.find(({ fromMs, toMs }) => ms >= fromMs && ms < toMs);
}

/** What remains of spans outside of others. */
function without(spans: readonly TimeSpan[], holes: readonly TimeSpan[]): TimeSpan[] {
  return holes.reduce<readonly TimeSpan[]>(
    (rest, hole) =>
      rest.flatMap((one) =>
        [
          { fromMs: one.fromMs, toMs: Math.min(one.toMs, hole.fromMs) },
          { fromMs: Math.max(one.fromMs, hole.toMs), toMs: one.toMs },
        ].filter((part) => part.toMs > part.fromMs),
      ),
    spans,
  ) as TimeSpan[];
}

/** Those that touch, as one. */
function joined(spans: readonly TimeSpan[]): TimeSpan[] {
  const all: TimeSpan[] = [];
  for (const one of [...spans].sort((a, b) => a.fromMs - b.fromMs)) {
    const last = all.at(-1);
    if (last !== undefined && one.fromMs <= last.toMs)
      all[all.length - 1] = { ...last, toMs: Math.max(last.toMs, one.toMs) };
    else all.push(one);
  }
  return all;
}
