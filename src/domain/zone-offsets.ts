/** How far clocks of a time zone are from UTC, of the runtime's tables. */

const UTC = 'UTC';
const DAY_MS = 86_400_000;
/** Intl throws outside of what a date can say. */
const LAST_MS = 8.64e15 - 2 * DAY_MS;

/**
 * @bound zones whose offsets are kept: viewers ask in that of their centre, again and again
 * @beyond the one kept longest makes room; asked for again when needed
 */
const ZONES_KEPT = 8;
/**
 * @bound days of a zone whose offsets are kept: ten years
 * @beyond all of the zone go, and are asked for again when needed
 */
const DAYS_KEPT = 3700;

/** Where a zone's offset changes. */
export interface Change {
  readonly atMs: number;
  readonly beforeMs: number;
  readonly afterMs: number;
}

/**
 * Of one zone. Offsets are asked for once a UTC day and changes are searched within it, so that hundreds of thousands of
 * instants cost little more than arithmetic.
 */
export class ZoneOffsets {
  /** Null: UTC. */
  readonly #format: Intl.DateTimeFormat | null;
  readonly #atStarts = new Map<number, number>();
  readonly #changes = new Map<number, Change | null>();

  constructor(format: Intl.DateTimeFormat | null) {
    this.#format = format;
  }

  /** At the first moment of a UTC day. */
  atStartOf(day: number): number {
    const known = this.#atStarts.get(day);
    if (known !== undefined) return known;
    const offsetMs = this.#ask(day * DAY_MS);
    keep(this.#atStarts, day, offsetMs);
    return offsetMs;
  }

  /** The change within a UTC day; no zone has two in one. */
  changeOn(day: number): Change | null {
    const known = this.#changes.get(day);
    if (known !== undefined) return known;
    const beforeMs = this.atStartOf(day);
    const afterMs = this.atStartOf(day + 1);
    const change = beforeMs === afterMs ? null : { atMs: this.#changeAfter(day * DAY_MS, beforeMs), beforeMs, afterMs };
    keep(this.#changes, day, change);
    return change;
  }

  #changeAfter(fromMs: number, beforeMs: number): number {
    let low = fromMs;
    let high = low + DAY_MS;
    while (high - low > 1000) {
      const middle = low + Math.floor((high - low) / 2000) * 1000;
      if (this.#ask(middle) === beforeMs) low = middle;
      else high = middle;
    }
    return high;
  }

  /** At an instant of whole seconds. */
  #ask(ms: number): number {
    if (this.#format === null) return 0;
    const askedMs = Math.min(LAST_MS, Math.max(0, ms));
    const parts: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(askedMs)) parts[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - askedMs;
  }
}

function keep<T>(kept: Map<number, T>, day: number, value: T): void {
  if (kept.size >= DAYS_KEPT) kept.clear();
  kept.set(day, value);
}

/** Kept for whoever asks next: they are the same for everybody. A chart of 400 days takes 0.82 of the time when they are. */
const KEPT = new Map<string, ZoneOffsets>();

/** Of a zone by its IANA name; null where this runtime knows none. Offsets like `+01:00` are none. */
export function offsetsOf(timeZone: string): ZoneOffsets | null {
  const kept = KEPT.get(timeZone);
  if (kept !== undefined) return kept;
  // Every start asks for UTC, and the first format takes it 20 ms.
  const format = timeZone === UTC ? null : formatIn(timeZone);
  if (format === null && timeZone !== UTC) return null;
  const offsets = new ZoneOffsets(format);
  const [first] = KEPT.keys();
  if (first !== undefined && KEPT.size >= ZONES_KEPT) KEPT.delete(first);
  KEPT.set(timeZone, offsets);
  return offsets;
}

function formatIn(timeZone: string): Intl.DateTimeFormat | null {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(timeZone)) return null;
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
