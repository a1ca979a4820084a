/**
 * How regularly one source is heard: its interval as configured or learned, and its delivery ratio.
 * Judged by the receive clock. Pure: time is an argument.
 */
import { Delivery, type Pace } from './delivery.js';
import { IntervalLearning } from './interval-learning.js';
import type { Post, Pulse } from './pulse.js';
import type { SilenceRule } from './silence.js';

/** Three intervals: with one, jitter alone would flap. */
const INTERVALS = 3;
/** Gaps that an interval must have been seen in before silence may be told sooner than by the assumed one. */
const WELL_KNOWN = 20;
/** Silence is never told sooner by a learned interval: a pause of the network is none. */
const LEAST_SILENCE_MS = 5000;
/** A group whose last two gaps are this share of the limit and longer has a slower rhythm of its own. */
const OWN_RHYTHM = 0.9;
/** Gaps of one rhythm differ by no more than this; those that losses made do. */
const SAME = 1.2;
const SECOND_MS = 1000;
/** A learned interval is worth keeping when it differs by more than this from the one that is kept. */
const WORTH_KEEPING = 0.2;

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
  readonly #learning: IntervalLearning;
  readonly #delivery: Delivery;
  /** What was last written down. */
  #keptMs: number | null;

  /** `keptMs`: the interval learned before this process began; null: none. */
  constructor(options: RhythmOptions, keptMs: number | null = null) {
    this.#options = options;
    this.#keptMs = keptMs;
    const { intervalMs, assumedIntervalMs } = options;
    const firstMs = intervalMs === null || intervalMs === 0 ? assumedIntervalMs : intervalMs;
    this.#learning = new IntervalLearning(firstMs, keptMs, (nowMs) => this.#delivery.lost(nowMs));
    this.#delivery = new Delivery(this.#deliveryPace(), this.intervalMs ?? firstMs);
  }

  /** The interval at which periodic posts are expected, or null when this source sends none. */
  get intervalMs(): number | null {
    const { intervalMs, assumedIntervalMs } = this.#options;
    if (intervalMs === 0) return null;
    return intervalMs ?? this.#learning.learnedMs ?? assumedIntervalMs;
  }

  /** The usual gap between posts as received, whatever is configured; null until enough were heard. */
  get seenMs(): number | null {
    return this.#learning.learnedMs;
  }

  /** Where the interval comes from. */
  get origin(): 'configured' | 'learned' | 'assumed' | 'none' {
    if (this.#options.intervalMs !== null) return this.#options.intervalMs === 0 ? 'none' : 'configured';
    return this.#learning.learnedMs === null ? 'assumed' : 'learned';
  }

  /**
   * A running group not heard of for longer is silent; null: never. An interval that was seen in few gaps only ever makes
   * it longer: no burst of posts may raise false alarms.
   */
  get silenceAfterMs(): number | null {
    const { silenceAfterMs, intervalMs: configuredMs, assumedIntervalMs } = this.#options;
    const { intervalMs } = this;
    if (intervalMs === null) return null;
    if (silenceAfterMs !== null) return silenceAfterMs;
    if (configuredMs !== null) return INTERVALS * intervalMs;
    const { confirmed, slackMs } = this.#learning;
    const leastMs = confirmed < WELL_KNOWN ? INTERVALS * assumedIntervalMs : LEAST_SILENCE_MS;
    return Math.max(INTERVALS * intervalMs + slackMs, leastMs);
  }

  /**
   * What past silences are told by; null: there are none. A learned interval counts in whole seconds, and however often it
   * was seen: what was silence once stays so when it is learned a little better, or a restart has begun to learn anew.
   */
  get past(): SilenceRule | null {
    const { silenceAfterMs, intervalMs: configuredMs, assumedIntervalMs } = this.#options;
    const exactMs = this.intervalMs;
    if (exactMs === null) return null;
    const isLearned = configuredMs === null && this.#learning.learnedMs !== null;
    const intervalMs = isLearned && exactMs > SECOND_MS ? Math.round(exactMs / SECOND_MS) * SECOND_MS : exactMs;
    if (silenceAfterMs !== null) return { silenceAfterMs, intervalMs, isFixed: true };
    if (configuredMs !== null) return { silenceAfterMs: INTERVALS * intervalMs, intervalMs, isFixed: true };
    const leastMs = isLearned ? LEAST_SILENCE_MS : INTERVALS * assumedIntervalMs;
    return { silenceAfterMs: Math.max(INTERVALS * intervalMs, leastMs), intervalMs, isFixed: false };
  }

  /** The interval of one group: that of its source, unless it was seen to be a slower one. */
  intervalOf(pulse: Pulse): number | null {
    return this.#ownMs(pulse) ?? this.intervalMs;
  }

  /** The limit of one group. */
  silenceAfterOf(pulse: Pulse): number | null {
    const ownMs = this.#ownMs(pulse);
    return ownMs === null ? this.silenceAfterMs : INTERVALS * ownMs;
  }

  /** Silence is lenient with a group that seems to be slower; of lost posts it is counted so only when it surely is. */
  #deliveryPace(): Pace {
    const ownMs = (pulse: Pulse) =>
      Math.max(pulse.gapMs, pulse.priorGapMs) <= SAME * Math.min(pulse.gapMs, pulse.priorGapMs)
        ? this.#ownMs(pulse)
        : null;
    return {
      intervalOf: (pulse) => ownMs(pulse) ?? this.intervalMs,
      silenceAfterOf: (pulse) => {
        const own = ownMs(pulse);
        return own === null ? this.silenceAfterMs : INTERVALS * own;
      },
    };
  }

  /** Groups of one source may post at two intervals: two servers behind one address. */
  #ownMs({ gapMs, priorGapMs }: Pulse): number | null {
    if (this.#options.intervalMs !== null || this.#options.silenceAfterMs !== null) return null;
    const lesserMs = Math.min(gapMs, priorGapMs);
    return lesserMs > OWN_RHYTHM * (this.silenceAfterMs ?? Infinity) ? lesserMs : null;
  }

  /** Notes that a running group was heard of; `previousMs` is its newest date-time before. Tells whether `keep` has something to keep. */
  hear(pulse: Pulse, post: Post, previousMs: number): boolean {
    const hasLearned = this.#learning.hear(pulse, post, previousMs);
    if (hasLearned) this.#delivery.paceIs(this.intervalMs, post.receivedAtMs);
    // Where date-times move on, an equal body is a copy, and no other post.
    if (post.outcome !== 'duplicate' || !pulse.isMoving) this.#delivery.hear(pulse, post, previousMs);
    return hasLearned && this.#isWorthKeeping();
  }

  /** The clock was set. */
  move(byMs: number): void {
    this.#learning.move(byMs);
    this.#delivery.move(byMs);
  }

  /** Periodic posts received of those expected in the last hour; null while none was expected. */
  deliveryRatio(nowMs: number): number | null {
    return this.#delivery.ratio(nowMs);
  }

  /** Those that were expected. */
  expectedPosts(nowMs: number): number {
    return this.#delivery.expected(nowMs);
  }

  /** The learned interval when it is to be written down, as it is hereby; null: what is written down will do. */
  keep(): number | null {
    if (!this.#isWorthKeeping()) return null;
    this.#keptMs = this.#learning.learnedMs;
    return this.#keptMs;
  }

  #isWorthKeeping(): boolean {
    const { learnedMs } = this.#learning;
    const keptMs = this.#keptMs;
    return learnedMs !== null && (keptMs === null || Math.abs(learnedMs - keptMs) > WORTH_KEEPING * keptMs);
  }
}
