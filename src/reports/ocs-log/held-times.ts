/** When the sender told of what is held of a group, by the sender's clock, and what of it left no evidence of its own. */
import type { Gap } from '../../domain/silence.js';
import type { Timed } from './align.js';
import type { HeldNotification } from './held-rows.js';

/** One that is held, placed where its sender's log should have it. */
export interface PlacedHeld extends Timed {
  readonly groupNo: number;
  readonly notification: HeldNotification;
}

/**
 * Of one group, in order of place. A sender that repeats a date-time is followed by when its notifications were received, by
 * its own clock: the least that any of them was under way shows how far the two clocks are apart.
 */
export function placed(groupNo: number, held: readonly HeldNotification[], toleranceMs: number): PlacedHeld[] {
  const lags = held.filter((one) => !one.isRepeat).map((one) => one.receivedMs - one.dateTimeMs);
  const leastMs = lags.reduce((least, lag) => Math.min(least, lag), Infinity);
  const skewMs = leastMs === Infinity ? 0 : leastMs;
  const standsStill = held.some(({ isRepeat }) => isRepeat);
  return held
    .map((notification, index) => {
      const { receivedMs, dateTimeMs, isRepeat, statementNo } = notification;
      const isLate = standsStill && receivedMs - skewMs - dateTimeMs > toleranceMs;
      const atMs = isRepeat || isLate ? receivedMs - skewMs : dateTimeMs;
      // One that says the same as the one before tells of no change.
      const saysNothingNew = held[index - 1]?.statementNo === statementNo;
      return { atMs, kind: saysNothingNew ? ('periodic' as const) : null, groupNo, notification };
    })
    .sort((a, b) => a.atMs - b.atMs);
}

/** A copy so soon behind what it repeats came twice on the way: senders wait longer before they repeat themselves. */
const ON_THE_WAY_MS = 1000;

/**
 * Whiles in which a sender repeated itself word for word: most of what it sent has no evidence. Copies of what has evidence came
 * on the way twice, and tell of nothing else.
 */
export function wordForWord(
  { copies, received }: { readonly copies: readonly Gap[]; readonly received: readonly HeldNotification[] },
  periodic: readonly { readonly atMs: number; readonly isHeld: boolean }[],
  toleranceMs: number,
): Gap[] {
  const isOnTheWay = ({ fromMs, toMs }: Gap) =>
    received.some(({ receivedMs }) => receivedMs <= fromMs && toMs - receivedMs <= ON_THE_WAY_MS);
  return copies
    .filter((copy) => !isOnTheWay(copy))
    .map(({ fromMs, toMs }) => ({ fromMs: fromMs - toleranceMs, toMs: toMs + toleranceMs }))
    .filter(({ fromMs, toMs }) => {
      const within = periodic.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
      return within.filter(({ isHeld }) => isHeld).length * 2 < within.length;
    });
}
