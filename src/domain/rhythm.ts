/**
 * How regularly one source is heard: its interval as configured or learned, and its delivery ratio.
 * Judged by the receive clock only. Pure: time is an argument.
 */

/** Gaps remembered to learn an interval from, and how many must be known before the guess is replaced. */
const GAPS_KEPT = 255;
const GAPS_NEEDED = 20;
/** Posts closer together are a burst (a backlog, a replayed trace), not a rhythm. */
const LEAST_INTERVAL_MS = 500;
/** The guess is made again after so many gaps. */
const GAPS_BETWEEN = 64;
/** The ratio looks back this far, in slices that are dropped whole. */
const WINDOW_MS = 3_600_000;
const SLICE_MS = 300_000;

/** Shares of the interval: an equal post within the first, any post within the second, is the twin of the one before. */
const COPY_WITHIN = 0.5;
const TWIN_WITHIN = 0.1;

interface Slice {
  readonly startMs: number;
  received: number;
  missed: number;
}

export interface RhythmOptions {
  /** Null: learn it. 0: this source sends no periodic posts. */
  readonly intervalMs: number | null;
  /** Null: three intervals. */
  readonly silenceAfterMs: number | null;
  /** Taken for the interval until it is learned. */
  readonly assumedIntervalMs: number;
}

export class Rhythm {
  readonly #options: RhythmOptions;
  readonly #gaps: number[] = [];
  #nextGap = 0;
  #learnedMs: number | null = null;
  #slices: Slice[] = [];

  constructor(options: RhythmOptions) {
    this.#options = options;
  }

  /** The interval at which periodic posts are expected, or null when this source sends none. */
  get intervalMs(): number | null {
    const { intervalMs, assumedIntervalMs } = this.#options;
    if (intervalMs === 0) return null;
    return intervalMs ?? this.#learnedMs ?? assumedIntervalMs;
  }

  /** The usual gap between posts as received, whatever is configured; null until enough were heard. */
  get seenMs(): number | null {
    return this.#learnedMs;
  }

  /** Where the interval comes from. */
  get origin(): 'configured' | 'learned' | 'assumed' | 'none' {
    if (this.#options.intervalMs !== null) return this.#options.intervalMs === 0 ? 'none' : 'configured';
    return this.#learnedMs === null ? 'assumed' : 'learned';
  }

  /**
   * A running group not heard of for longer is silent; null: never. Three intervals: with one, jitter alone would flap.
   * A learned interval only ever makes it longer: no burst of posts may raise false alarms.
   */
  get silenceAfterMs(): number | null {
    const { intervalMs } = this;
    if (intervalMs === null) return null;
    const { silenceAfterMs, intervalMs: configuredMs, assumedIntervalMs } = this.#options;
    return silenceAfterMs ?? 3 * Math.max(intervalMs, configuredMs === null ? assumedIntervalMs : 0);
  }

  /**
   * Notes that a running group was heard again `gapMs` after the last time. Posts are missed where whole intervals
   * passed unheard, so that neither jitter nor state changes in between look like losses. A gap longer than silence
   * counts as silence, not as lost posts. A copy that follows at once is not another post.
   */
  hear(gapMs: number, kind: 'periodic' | 'change' | 'copy', nowMs: number): void {
    if (kind === 'periodic') this.#learn(gapMs);
    const { intervalMs, silenceAfterMs } = this;
    if (intervalMs === null || silenceAfterMs === null || gapMs > silenceAfterMs) return;
    const slice = this.#slice(nowMs);
    slice.missed += Math.max(0, Math.round(gapMs / intervalMs) - 1);
    const isCopy = gapMs < intervalMs * (kind === 'copy' ? COPY_WITHIN : TWIN_WITHIN);
    if (kind !== 'change' && !isCopy) slice.received += 1;
  }

  /** Periodic posts received of those expected in the last hour; null while none was expected. */
  deliveryRatio(nowMs: number): number | null {
    let received = 0;
    let missed = 0;
    for (const slice of this.#slices) {
      if (slice.startMs <= nowMs - WINDOW_MS) continue;
      received += slice.received;
      missed += slice.missed;
    }
    return received + missed === 0 ? null : received / (received + missed);
  }

  #learn(gapMs: number): void {
    if (gapMs < LEAST_INTERVAL_MS) return;
    this.#gaps[this.#nextGap % GAPS_KEPT] = gapMs;
    this.#nextGap++;
    if (this.#nextGap !== GAPS_NEEDED && this.#nextGap % GAPS_BETWEEN !== 0) return;
    const sorted = [...this.#gaps].sort((a, b) => a - b);
    this.#learnedMs = sorted[Math.floor(sorted.length / 2)] ?? null;
  }

  #slice(nowMs: number): Slice {
    const startMs = Math.floor(nowMs / SLICE_MS) * SLICE_MS;
    const last = this.#slices.at(-1);
    if (last?.startMs === startMs) return last;
    const slice = { startMs, received: 0, missed: 0 };
    this.#slices = [...this.#slices.filter((one) => one.startMs > nowMs - WINDOW_MS), slice];
    return slice;
  }
}
