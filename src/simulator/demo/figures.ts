/** The figures of a group in the demo: a function of its session and the time, so that they walk and never jump. */
import type { CallingListFigures, Statistics } from '../../domain/notification.js';
import { NO_STATISTICS } from '../../domain/campaign-group.js';
import { isPredictive } from '../../domain/vocabulary.js';
import { BUSY_SETTLES_MS, busyTarget, type Figures, LAST_HIT_SHARE, ratio, type Setting } from '../dialer.js';
import { settingOf } from '../life.js';
import type { CampaignGroup } from '../scenario.js';
import type { Beat } from './beat.js';

/** OCS knows a ratio only after some calls. */
const HIT_KNOWN_AFTER_MS = 10_000;
const OVERDIAL_KNOWN_AFTER_MS = 40_000;
/** How fast the share of abandoned calls follows a new goal. */
const OVERDIAL_SETTLES_MS = 60_000;
/** How often a statistic is not known, and for how long. */
const UNKNOWN_SHARE = 0.006;
const UNKNOWN_FOR_MS = 20_000;
/** How much figures walk, as a share of themselves; the busy factor in points. */
const WALK = { busy: 0.035, hit: 0.07, overdial: 0.16, complete: 0.02 } as const;

/** What OCS reports of a group at a moment after a beat of its story. */
export function figuresAt(beat: Beat, group: CampaignGroup, atMs: number): Figures {
  const setting = settingOf(beat.condition, group);
  if (setting === null || beat.runningSinceMs === null) {
    const callingLists = group.lists.map(({ name, dbid }) => ({
      name,
      dbid,
      hitRatio: null,
      timeToCompleteSeconds: null,
    }));
    return { statistics: NO_STATISTICS, callingLists };
  }
  const { salt, session } = beat;
  const dialledMs = beat.dialledMs + (atMs - beat.atMs);
  const runningMs = atMs - beat.runningSinceMs;
  const lists = group.lists.map((list, index) => {
    const lastsMs = session.listMs?.[index] ?? session.dialMs * (index === 0 ? 1 : 1 - 0.2 * unit(salt, index));
    return { ...list, leftMs: Math.max(0, lastsMs - dialledMs), done: Math.min(1, dialledMs / lastsMs) };
  });
  const hits = lists.map(
    ({ freshHitRatio, done }) => freshHitRatio * (LAST_HIT_SHARE + (1 - LAST_HIT_SHARE) * (1 - done)),
  );
  const isKnown = runningMs >= HIT_KNOWN_AFTER_MS;
  const walked = (kind: keyof typeof WALK) => 1 + WALK[kind] * walk(salt, kind, atMs);
  const live = hits.filter((_, index) => (lists[index]?.leftMs ?? 0) > 0);
  const sometimes = <T>(kind: string, value: T) => (isUnknown(salt, kind, atMs) ? null : value);
  const leftMs = Math.max(0, session.dialMs - dialledMs);
  const statistics: Statistics = {
    busyRatio: sometimes('busy', busyAt(setting, { salt, runningMs, atMs })),
    hitRatio: isKnown ? sometimes('hit', ratio(mean(live.length > 0 ? live : hits) * walked('hit'))) : null,
    overdialRatio:
      dialledMs < OVERDIAL_KNOWN_AFTER_MS ? null : ratio(overdialAt(beat, setting, atMs) * walked('overdial')),
    timeToCompleteSeconds: isKnown ? Math.round((leftMs / 1000) * walked('complete')) : null,
  };
  const callingLists: CallingListFigures[] = lists.map(({ name, dbid, leftMs: left }, index) => ({
    name,
    dbid,
    hitRatio: isKnown ? ratio((hits[index] ?? 0) * walked('hit')) : null,
    timeToCompleteSeconds: isKnown ? Math.round((left / 1000) * walked('complete')) : null,
  }));
  return { statistics, callingLists };
}

/** The share of abandoned calls without the walk: it approaches what the setting leads to. */
export function overdialAt(beat: Beat, setting: Setting, atMs: number): number {
  const target = overdialTarget(setting, beat.salt);
  return target + (beat.overdial - target) * Math.exp(-(atMs - beat.atMs) / OVERDIAL_SETTLES_MS);
}

export function overdialTarget({ dialMode, optimizeBy, optimizeGoal }: Setting, salt: number): number {
  if (!isPredictive(dialMode)) return 0.003 + 0.003 * unit(salt, 90);
  if (optimizeBy === 'overdial_rate' && optimizeGoal !== null) return optimizeGoal / 100;
  return 0.013 + 0.009 * unit(salt, 91);
}

interface Dialing {
  readonly salt: number;
  readonly runningMs: number;
  readonly atMs: number;
}

function busyAt(setting: Setting, { salt, runningMs, atMs }: Dialing): number {
  const settled = 1 - Math.exp(-runningMs / BUSY_SETTLES_MS);
  const busy = (busyTarget(setting) + WALK.busy * walk(salt, 'busy', atMs)) * settled;
  return ratio(Math.min(0.99, Math.max(0, busy)));
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / Math.max(1, numbers.length);
}

/** Periods of the walk and their weights: ripples on a swell. */
const WAVES: readonly (readonly [periodMs: number, weight: number])[] = [
  [20_000, 0.25],
  [90_000, 0.35],
  [480_000, 0.6],
  [2_700_000, 0.7],
];

/** Between -1 and 1 nearly always; continuous in time. */
function walk(salt: number, kind: string, atMs: number): number {
  const own = mixed(salt, kind.length * 31 + kind.charCodeAt(0));
  return WAVES.reduce((sum, [periodMs, weight], wave) => sum + weight * wave1d(mixed(own, wave), atMs / periodMs), 0);
}

function wave1d(salt: number, x: number): number {
  const place = Math.floor(x);
  const share = x - place;
  const smooth = share * share * (3 - 2 * share);
  const [before, after] = [unit(salt, place), unit(salt, place + 1)];
  return 2 * (before + (after - before) * smooth) - 1;
}

function isUnknown(salt: number, kind: string, atMs: number): boolean {
  return unit(mixed(salt, kind.charCodeAt(0)), Math.floor(atMs / UNKNOWN_FOR_MS)) < UNKNOWN_SHARE;
}

/** In [0, 1): always the same for the same arguments. */
function unit(salt: number, number: number): number {
  return mixed(salt, number) / 4_294_967_296;
}

function mixed(salt: number, number: number): number {
  let hash = Math.imul((salt ^ Math.imul(number | 0, 0x9e3779b1)) >>> 0, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
