/** What a comparison has come to so far: counts by hour, what is missing, what nobody says was sent. */
import type { Gap } from '../../domain/silence.js';
import { HOUR_MS, type SentLine, SentLines } from './sent-lines.js';

/**
 * @bound missing notifications that an audit names, and unexpected ones
 * @beyond further ones are only counted, and it is said how many
 * @seen `left_out` of the answer
 */
const MISSING_KEPT = 1_000_000;

export interface HourOfDelivery {
  readonly hourMs: number;
  readonly sent: number;
  readonly received: number;
}

/** A time without this service, and how many were sent into it. */
export interface Downtime extends Gap {
  readonly missing: number;
}

/**
 * `restored`: it was not received, and is known from what was brought in since. `damaged`: what was received of its time
 * cannot be read.
 */
type Fate = 'received' | 'missing' | 'ambiguous' | 'restored' | 'damaged';

export class Compared {
  readonly missing = new SentLines();
  /** Evidence that no line of the log tells of. */
  #unexpected = new SentLines();
  readonly #hours = new Map<number, { sent: number; received: number }>();
  readonly #downs: readonly Gap[];
  readonly #sentIntoDown: number[];
  /** By name: when the last was received, and, while some are missing since, the first of these. */
  readonly #lastReceivedMs = new Map<number, number>();
  readonly #missingSinceMs = new Map<number, number>();
  sent = 0;
  received = 0;
  ambiguous = 0;
  restored = 0;
  /** Nobody can tell whether these were received: they count for nothing else. */
  damaged = 0;
  /** Of the missing ones, those left out too. */
  missingStates = 0;
  leftOut = 0;
  longestGapMs = 0;

  /** `downs`: when this service did not listen, oldest first. */
  constructor(downs: readonly Gap[]) {
    this.#downs = downs;
    this.#sentIntoDown = downs.map(() => 0);
  }

  /** To be told of every line, those of one name in order. */
  note(line: SentLine, fate: Fate): void {
    const { atMs, nameNo } = line;
    if (fate === 'damaged') {
      if (this.#downAt(atMs) === null) this.damaged++;
      else this.note(line, 'missing');
      return;
    }
    const hourMs = Math.floor(atMs / HOUR_MS) * HOUR_MS;
    const hour = this.#hours.get(hourMs) ?? { sent: 0, received: 0 };
    this.#hours.set(hourMs, hour);
    hour.sent++;
    this.sent++;
    if (fate === 'received') {
      hour.received++;
      this.received++;
      this.#endGap(nameNo, atMs);
      this.#lastReceivedMs.set(nameNo, atMs);
      return;
    }
    this.#noteNotReceived(line, fate);
  }

  /** The time without this service that a moment is in; null: none. */
  #downAt(atMs: number): number | null {
    const down = this.#downs.findLastIndex(({ fromMs }) => fromMs <= atMs);
    return atMs < (this.#downs[down]?.toMs ?? -Infinity) ? down : null;
  }

  #noteNotReceived(line: SentLine, fate: Exclude<Fate, 'received' | 'damaged'>): void {
    const { atMs, nameNo } = line;
    if (!this.#missingSinceMs.has(nameNo)) this.#missingSinceMs.set(nameNo, this.#lastReceivedMs.get(nameNo) ?? atMs);
    this.#growGap(nameNo, atMs);
    const down = this.#downAt(atMs);
    if (down !== null) this.#sentIntoDown[down] = (this.#sentIntoDown[down] ?? 0) + 1;
    if (fate === 'ambiguous') this.ambiguous++;
    else if (fate === 'restored') this.restored++;
    else {
      if (line.kind === 'state') this.missingStates++;
      this.#keep(this.missing, line);
    }
  }

  get unexpected(): SentLines {
    return this.#unexpected;
  }

  noteUnexpected(line: SentLine): void {
    this.#keep(this.#unexpected, line);
  }

  /** Drops the others. */
  keepUnexpected(isOne: (line: SentLine, index: number) => boolean): void {
    const left = new SentLines();
    for (let index = 0; index < this.#unexpected.length; index++) {
      const line = this.#unexpected.at(index);
      if (isOne(line, index)) left.add(line);
    }
    this.#unexpected = left;
  }

  /** Oldest first. */
  hours(): HourOfDelivery[] {
    return [...this.#hours].map(([hourMs, counts]) => ({ hourMs, ...counts })).sort((a, b) => a.hourMs - b.hourMs);
  }

  /** Those into which something was sent, oldest first. */
  downtime(): Downtime[] {
    return this.#downs
      .map((down, index) => ({ ...down, missing: this.#sentIntoDown[index] ?? 0 }))
      .filter(({ missing }) => missing > 0);
  }

  #endGap(nameNo: number, atMs: number): void {
    if (!this.#missingSinceMs.has(nameNo)) return;
    this.#growGap(nameNo, atMs);
    this.#missingSinceMs.delete(nameNo);
  }

  #growGap(nameNo: number, atMs: number): void {
    this.longestGapMs = Math.max(this.longestGapMs, atMs - (this.#missingSinceMs.get(nameNo) ?? atMs));
  }

  #keep(lines: SentLines, line: SentLine): void {
    if (lines.length < MISSING_KEPT) lines.add(line);
    else this.leftOut++;
  }
}
