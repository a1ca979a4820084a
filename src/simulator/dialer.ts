/** What dialing does to a campaign group's figures: pure, in campaign time (which `speed` compresses). */
import { NO_STATISTICS } from '../domain/campaign-group.js';
import type { CallingListFigures, Statistics } from '../domain/notification.js';
import { goalUnit, isPredictive } from '../domain/vocabulary.js';
import type { Random } from './random.js';
import type { CallingList, CampaignGroup } from './scenario.js';

/** The figures of one load, from load to unload. */
export interface Dialer {
  /** Campaign time up to which the figures go. */
  readonly atMs: number;
  /** Records left, in the order of the group's calling lists. */
  readonly remaining: readonly number[];
  readonly busyRatio: number;
  readonly answered: number;
  /** Abandoned and dropped. */
  readonly abandoned: number;
}

/** How the group dials now; null = it does not run. */
export interface Setting {
  readonly dialMode: string;
  readonly optimizeBy: string | null;
  readonly optimizeGoal: number | null;
  readonly statServerLost: boolean;
}

export interface Figures {
  readonly statistics: Statistics;
  readonly callingLists: readonly CallingListFigures[];
}

/** Agents need about a minute to fill with calls, or to run empty. */
export const BUSY_SETTLES_MS = 40_000;
const BUSY_WOBBLE = 0.025;
/** A list's hit ratio when its last record is dialled, as a share of the fresh one: the easy ones answer first. */
export const LAST_HIT_SHARE = 0.35;
/** OCS knows a ratio only after some calls. */
const KNOWN_AFTER_ANSWERED = 5;
/** Below this nobody is busy enough to estimate anything. */
const KNOWN_FROM_BUSY = 0.05;
const NULL_SOMETIMES = 0.01;

export function freshDialer(group: CampaignGroup, atMs: number): Dialer {
  return { atMs, remaining: group.lists.map(({ records }) => records), busyRatio: 0, answered: 0, abandoned: 0 };
}

export function exhausted(dialer: Dialer): boolean {
  return dialer.remaining.every((records) => records < 1);
}

/** Dials on up to a moment. */
export function dial(dialer: Dialer, group: CampaignGroup, setting: Setting | null, to: Until): Dialer {
  const seconds = Math.max(0, to.atMs - dialer.atMs) / 1000;
  if (setting === null) return { ...dialer, atMs: to.atMs, busyRatio: 0 };
  const settled = 1 - Math.exp((-seconds * 1000) / BUSY_SETTLES_MS);
  const target = setting.statServerLost ? 0 : busyTarget(setting);
  const wobble = setting.statServerLost ? 0 : to.random.between(-1, 1) * BUSY_WOBBLE * Math.sqrt(settled);
  const busyRatio = clamp(dialer.busyRatio + (target - dialer.busyRatio) * settled + wobble, 0, 1);
  if (setting.statServerLost) return { ...dialer, atMs: to.atMs, busyRatio };
  const shares = dialShares(dialer, group);
  const attempts = attemptsPerSecond({ ...dialer, busyRatio }, group) * seconds;
  const dialled = dialer.remaining.map((records, index) => Math.min(records, attempts * (shares[index] ?? 0)));
  const answered = group.lists.reduce(
    (sum, list, index) => sum + (dialled[index] ?? 0) * hitRatioOf(list, dialer.remaining[index] ?? 0),
    0,
  );
  const abandonedShare = abandonTarget(setting) * to.random.between(0.75, 1.25);
  return {
    atMs: to.atMs,
    remaining: dialer.remaining.map((records, index) => records - (dialled[index] ?? 0)),
    busyRatio,
    answered: dialer.answered + answered,
    abandoned: dialer.abandoned + answered * abandonedShare,
  };
}

export interface Until {
  readonly atMs: number;
  readonly random: Random;
}

/** The statistics as OCS would report them now. */
export function figuresOf(dialer: Dialer, group: CampaignGroup, setting: Setting | null, random: Random): Figures {
  const overdial = dialer.answered < KNOWN_AFTER_ANSWERED ? null : ratio(dialer.abandoned / dialer.answered);
  const dials = setting !== null && !setting.statServerLost && dialer.busyRatio >= KNOWN_FROM_BUSY;
  const perSecond = dials ? attemptsPerSecond(dialer, group) : 0;
  const estimate = (records: number, share: number) =>
    perSecond * share > 0 ? Math.round(records / (perSecond * share)) : null;
  const sometimes = <T>(value: T) => (random.chance(NULL_SOMETIMES) ? null : value);
  const shares = dialShares(dialer, group);
  const measured = (hit: number) => (dials ? sometimes(ratio(hit * random.between(0.98, 1.02))) : null);
  const callingLists = group.lists.map((list, index) => ({
    name: list.name,
    dbid: list.dbid,
    hitRatio: measured(hitRatioOf(list, dialer.remaining[index] ?? 0)),
    timeToCompleteSeconds: estimate(dialer.remaining[index] ?? 0, shares[index] ?? 0),
  }));
  if (setting === null) return { statistics: { ...NO_STATISTICS, overdialRatio: overdial }, callingLists };
  const lostForLong = setting.statServerLost && dialer.busyRatio < 0.01;
  const statistics: Statistics = {
    busyRatio: lostForLong ? null : sometimes(ratio(dialer.busyRatio)),
    hitRatio: measured(groupHitRatio(dialer, group)),
    overdialRatio: overdial,
    timeToCompleteSeconds: dials ? sometimes(estimate(total(dialer.remaining), 1)) : null,
  };
  return { statistics, callingLists };
}

/** Share of the attempts that goes to each list. */
function dialShares(dialer: Dialer, group: CampaignGroup): readonly number[] {
  const weights = group.lists.map(({ pace }, index) => pace * (dialer.remaining[index] ?? 0));
  const sum = total(weights);
  return weights.map((weight) => (sum > 0 ? weight / sum : 0));
}

function attemptsPerSecond(dialer: Dialer, group: CampaignGroup): number {
  const hit = groupHitRatio(dialer, group);
  return hit > 0 ? (group.agents * dialer.busyRatio) / group.handleSeconds / hit : 0;
}

function groupHitRatio(dialer: Dialer, group: CampaignGroup): number {
  const shares = dialShares(dialer, group);
  return group.lists.reduce(
    (sum, list, index) => sum + (shares[index] ?? 0) * hitRatioOf(list, dialer.remaining[index] ?? 0),
    0,
  );
}

function hitRatioOf(list: CallingList, remaining: number): number {
  return list.freshHitRatio * (LAST_HIT_SHARE + (1 - LAST_HIT_SHARE) * (remaining / list.records));
}

/** Where the busy factor settles: at its goal when it has one. */
export function busyTarget({ dialMode, optimizeBy, optimizeGoal }: Setting): number {
  if (!isPredictive(dialMode)) return dialMode === 'preview' ? 0.55 : 0.68;
  if (optimizeGoal === null) return 0.75;
  if (optimizeBy === 'busy_factor') return optimizeGoal / 100;
  // The more waiting or overdialing is allowed, the less or the more busy agents are.
  return goalUnit(optimizeBy) === 'seconds' ? clamp(0.92 - optimizeGoal / 200, 0.6, 0.9) : 0.7 + optimizeGoal / 50;
}

function abandonTarget({ dialMode, optimizeBy, optimizeGoal }: Setting): number {
  if (!isPredictive(dialMode)) return 0.004;
  return optimizeBy === 'overdial_rate' && optimizeGoal !== null ? optimizeGoal / 100 : 0.028;
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function clamp(value: number, from: number, to: number): number {
  return Math.min(to, Math.max(from, value));
}

export function ratio(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
