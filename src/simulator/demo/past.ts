/** Which past a start of the demo tells: what the database lacks of the last day. Pure. */
import { outageOf } from './opening.js';

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** When the service was up with this database: its first start and its last sign of life; null: never. */
export type Uptime = { readonly firstMs: number; readonly lastMs: number } | null;

export interface Past {
  /** When the telling is to begin. */
  readonly fromMs: number;
  /** When the service is to have been up besides its real runs, in order. */
  readonly upMs: readonly Span[];
  /** When nothing of it was heard. */
  readonly unheardMs: readonly Span[];
  /** The database was begun within the day, and without a past. */
  readonly isMissing: boolean;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** The day begins a little earlier, so that its first minutes are whole. */
const TOLD_MS = DAY_MS + 20 * MINUTE_MS;
/** A pause shorter than this stays what it was: time in which the service was down. */
const SHORT_MS = 10 * MINUTE_MS;
/** Of a longer one so much stays. */
const DOWN_MS = 4 * MINUTE_MS;
/** A database that is younger, and was not begun with a past, gets one. */
const YOUNG_MS = 20 * 60 * MINUTE_MS;

export function pastAt(zeroMs: number, uptime: Uptime): Past {
  const fromMs = zeroMs - TOLD_MS;
  const outage = outageOf(zeroMs);
  if (uptime === null) {
    const upMs = [
      { fromMs, toMs: outage.fromMs },
      { fromMs: outage.toMs, toMs: zeroMs },
    ];
    return { fromMs, upMs, unheardMs: [outage], isMissing: false };
  }
  const { firstMs, lastMs } = uptime;
  const isYoung = firstMs > zeroMs - YOUNG_MS;
  const before = isYoung ? [{ fromMs, toMs: firstMs }] : [];
  const backMs = Math.max(lastMs + DOWN_MS, fromMs);
  const isLong = zeroMs - lastMs > SHORT_MS;
  return {
    fromMs,
    upMs: [...before, ...(isLong ? [{ fromMs: backMs, toMs: zeroMs }] : [])],
    unheardMs: isLong ? [{ fromMs: lastMs, toMs: backMs }] : [],
    isMissing: isYoung,
  };
}
