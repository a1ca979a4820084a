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
  const lags = held.filter((one) => !one.isRepeat && !one.isRetold).map((one) => one.receivedMs - one.dateTimeMs);
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

/** Of a short while, so many lines around it tell what its sender does. */
const LINES_LOOKED_AT = 5;

interface PeriodicLine {
  readonly atMs: number;
  readonly isHeld: boolean;
}

/**
 * Whiles in which a sender repeated itself word for word: most of what it sent has no evidence. Copies of what has evidence came
 * on the way twice, and tell of nothing else; where date-times go on, others around tell which it was.
 */
export function wordForWord(
  { copies, standsStill }: { readonly copies: readonly Gap[]; readonly standsStill: boolean },
  periodic: readonly PeriodicLine[],
  toleranceMs: number,
): Gap[] {
  return copies
    .map(({ fromMs, toMs }) => ({ fromMs: fromMs - toleranceMs, toMs: toMs + toleranceMs }))
    .filter((around) => {
      const looked = linesAround(around, periodic, standsStill ? 1 : LINES_LOOKED_AT);
      return looked.filter(({ isHeld }) => isHeld).length * 2 < looked.length;
    });
}

/** Those within; where they are fewer, so many that are nearest. */
function linesAround({ fromMs, toMs }: Gap, periodic: readonly PeriodicLine[], least: number): readonly PeriodicLine[] {
  const away = ({ atMs }: PeriodicLine) => Math.max(fromMs - atMs, atMs - toMs, 0);
  const within = periodic.filter((line) => away(line) === 0);
  if (within.length >= least) return within;
  return [...periodic].sort((a, b) => away(a) - away(b)).slice(0, least);
}
