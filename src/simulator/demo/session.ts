/** One load of a campaign group, from load to unload, planned to its end: pure, in wall time. */
import { isPredictive } from '../../domain/vocabulary.js';
import type { Actor, Condition } from '../life.js';
import type { Random } from '../random.js';
import type { CampaignGroup } from '../scenario.js';

type Step = 'load' | 'start' | 'stop' | 'set' | 'unload' | 'unload_progress' | 'unloaded' | 'force_unload';

/** What befalls a group, and what OCS posts it for. */
export interface Change {
  readonly atMs: number;
  readonly step: Step;
  /** OCS did it by itself. */
  readonly isAutomatic?: true;
  /** Of a `set`; what is not named stays. */
  readonly dialMode?: string;
  readonly optimizeGoal?: number;
}

export interface Session {
  readonly guid: string;
  /** How long its records last while it dials. */
  readonly dialMs: number;
  /** Calling lists by place, to how long each lasts; the others end near the end. */
  readonly listMs?: Readonly<Record<number, number>>;
  /** In order of time. */
  readonly changes: readonly Change[];
}

/** From and to. */
type Span = readonly [number, number];

/** How long things last. */
export interface Pace {
  readonly sessionMs: Span;
  readonly betweenSessionsMs: Span;
  readonly pauseEveryMs: Span;
  readonly pauseMs: Span;
  readonly setEveryMs: Span;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

/** As in a real centre: what a day is made of. */
export const UNHURRIED: Pace = {
  sessionMs: [50 * MINUTE_MS, 220 * MINUTE_MS],
  betweenSessionsMs: [10 * MINUTE_MS, 60 * MINUTE_MS],
  pauseEveryMs: [60 * MINUTE_MS, 130 * MINUTE_MS],
  pauseMs: [5 * MINUTE_MS, 20 * MINUTE_MS],
  setEveryMs: [60 * MINUTE_MS, 150 * MINUTE_MS],
};

/** For somebody who watches: a session lasts minutes, and something changes every few seconds. */
export const BRISK: Pace = {
  sessionMs: [10 * MINUTE_MS, 32 * MINUTE_MS],
  betweenSessionsMs: [25 * SECOND_MS, 3 * MINUTE_MS],
  pauseEveryMs: [6 * MINUTE_MS, 14 * MINUTE_MS],
  pauseMs: [40 * SECOND_MS, 150 * SECOND_MS],
  setEveryMs: [4 * MINUTE_MS, 10 * MINUTE_MS],
};

export type End = 'completed' | 'unload' | 'force_unload';

export interface Wanted {
  readonly loadMs: number;
  /** When it begins to end. */
  readonly endMs: number;
  readonly pace: Pace;
  readonly end?: End;
}

/** A session that a person starts, pauses and changes now and then, until it is over. */
export function planSession(group: CampaignGroup, wanted: Wanted, random: Random): Session {
  const { loadMs, endMs, pace } = wanted;
  const end =
    wanted.end ??
    random.weighted<End>(
      [
        ['completed', 15],
        ['unload', 80],
        ['force_unload', 5],
      ],
      'unload',
    );
  const startMs = loadMs + random.between(3, 18) * SECOND_MS;
  const runs = runsBetween(startMs, endMs, pace, random);
  const lastEndMs = runs.at(-1)?.[1] ?? endMs;
  const switches = [...switchesOf(group, runs, pace, random)];
  const changes: Change[] = [
    { atMs: loadMs, step: 'load' },
    ...runs.flatMap(([fromMs, toMs]): Change[] => [
      { atMs: fromMs, step: 'start' },
      ...switches.filter(({ atMs }) => atMs > fromMs && atMs < toMs),
      ...(toMs < lastEndMs ? [{ atMs: toMs, step: 'stop' } as const] : []),
    ]),
    ...ending(lastEndMs, end, random),
  ];
  const dialledMs = runs.reduce((sum, [fromMs, toMs]) => sum + toMs - fromMs, 0);
  return {
    guid: random.uuid(),
    dialMs: end === 'completed' ? dialledMs : dialledMs * random.between(1.15, 1.9),
    changes: rounded(changes),
  };
}

/** The end of a session that dials. */
export function ending(atMs: number, end: End, random: Random): Change[] {
  switch (end) {
    case 'completed': {
      const unloadMs = atMs + random.between(1, 3) * SECOND_MS;
      return [
        { atMs, step: 'stop', isAutomatic: true },
        ...unloading(unloadMs, { waitMs: random.between(2, 8) * SECOND_MS, isAutomatic: true }, random),
      ];
    }
    case 'unload':
      return unloading(atMs, { waitMs: random.between(15, 70) * SECOND_MS }, random);
    case 'force_unload':
      return [{ atMs, step: 'force_unload' }];
  }
}

/** Waits for the calls that are still up, then goes. */
function unloading(
  atMs: number,
  { waitMs, isAutomatic }: { readonly waitMs: number; readonly isAutomatic?: true },
  random: Random,
): Change[] {
  const progressMs = atMs + waitMs;
  return [
    { atMs, step: 'unload', ...(isAutomatic && { isAutomatic }) },
    { atMs: progressMs, step: 'unload_progress' },
    { atMs: progressMs + random.between(3, 14) * SECOND_MS, step: 'unloaded' },
  ];
}

/** The times in which it dials. */
function runsBetween(startMs: number, endMs: number, pace: Pace, random: Random): Span[] {
  const runs: Span[] = [];
  let fromMs = startMs;
  for (;;) {
    const stopMs = fromMs + random.between(...pace.pauseEveryMs);
    const againMs = stopMs + random.between(...pace.pauseMs);
    if (againMs >= endMs - pace.pauseMs[1]) break;
    runs.push([fromMs, stopMs]);
    fromMs = againMs;
  }
  return [...runs, [fromMs, Math.max(endMs, fromMs + 30 * SECOND_MS)]];
}

/** No change of mode or goal comes as soon after a start, or before a stop. */
const UNTOUCHED_MS = 15 * SECOND_MS;

function* switchesOf(
  group: CampaignGroup,
  runs: readonly Span[],
  { setEveryMs }: Pace,
  random: Random,
): Generator<Change> {
  const [first] = runs;
  const last = runs.at(-1);
  if (first === undefined || last === undefined) return;
  let dialMode: string = group.dialModes[0];
  let { optimizeGoal } = group;
  for (let atMs = first[0] + random.between(...setEveryMs); atMs < last[1]; atMs += random.between(...setEveryMs)) {
    if (!runs.some(([from, to]) => atMs > from + UNTOUCHED_MS && atMs < to - UNTOUCHED_MS)) continue;
    const other = group.dialModes.find((mode) => mode !== dialMode);
    if (other !== undefined && (random.chance(0.5) || !isPredictive(dialMode))) {
      dialMode = other;
      yield { atMs, step: 'set', dialMode };
    } else if (isPredictive(dialMode)) {
      // Never up from what the group is given: over-dialing is for one that has the part.
      optimizeGoal += optimizeGoal < group.optimizeGoal ? 1 : -1;
      yield { atMs, step: 'set', optimizeGoal };
    }
  }
}

/** Whole milliseconds, as OCS writes them. */
export function rounded(changes: readonly Change[]): Change[] {
  return changes.map((change) => ({ ...change, atMs: Math.round(change.atMs) }));
}

/** How a group stands after a change of a session. */
export function conditionAfter(before: Condition, change: Change, group: CampaignGroup, guid: string): Condition {
  const by = (action: Condition['action']): Condition => {
    const actor: Actor = change.isAutomatic ? 'automatic' : 'client';
    return { ...before, guid, action, actor };
  };
  switch (change.step) {
    case 'load':
      return { ...by('load'), state: 'active', dialMode: group.dialModes[0], optimizeGoal: group.optimizeGoal };
    case 'start':
      return { ...by('start'), state: 'running' };
    case 'stop':
      return { ...by('stop'), state: 'active' };
    case 'set': {
      const { dialMode = before.dialMode, optimizeGoal = before.optimizeGoal } = change;
      return { ...by('set_dial_mode'), dialMode, optimizeGoal };
    }
    case 'unload':
      return { ...by('unload'), state: 'waiting_unload' };
    case 'unload_progress':
      return { ...before, guid, state: 'unload_in_progress' };
    case 'unloaded':
      return { ...before, guid, state: 'not_loaded' };
    case 'force_unload':
      return { ...by('force_unload'), state: 'not_loaded' };
  }
}
