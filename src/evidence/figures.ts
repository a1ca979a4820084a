/** Samples by their places, as columns of what they say: what charts are made of. */
import type { BlockColumns } from './block.js';
import { saysFigures } from './quarter-hours.js';
import { placeMs, type TaggedSample } from './sample.js';

export class Figures {
  readonly atMs: number[] = [];
  readonly busyRatio: (number | null)[] = [];
  readonly hitRatio: (number | null)[] = [];
  readonly overdialRatio: (number | null)[] = [];
  readonly timeToCompleteSeconds: (number | null)[] = [];
  readonly #fromMs: number;
  readonly #toMs: number;

  /** Others than those of the half-open range are left out, and those that say no figure. */
  constructor(fromMs: number, toMs: number) {
    this.#fromMs = fromMs;
    this.#toMs = toMs;
  }

  addSamples(samples: readonly TaggedSample[]): void {
    for (const sample of samples) {
      if (!saysFigures(sample.statistics)) continue;
      const { busyRatio, hitRatio, overdialRatio, timeToCompleteSeconds } = sample.statistics;
      this.#add(placeMs(sample), busyRatio, hitRatio, overdialRatio, timeToCompleteSeconds);
    }
  }

  /** Adds nothing, and returns false, unless each sample has a time of its own, at which it stands. */
  addBlocks(blocks: readonly BlockColumns[]): boolean {
    const inOrder = blocks.length === 1 ? blocks : [...blocks].sort((a, b) => (a.at[0] ?? 0) - (b.at[0] ?? 0));
    if (!areInOrder(inOrder)) return false;
    for (const block of inOrder) this.#addBlock(block);
    return true;
  }

  #addBlock({ at, busy, hit, overdial, seconds }: BlockColumns): void {
    for (let n = 0; n < at.length; n++) {
      const atMs = at[n] ?? NaN;
      if (atMs < this.#fromMs || atMs >= this.#toMs) continue;
      const [b = null, h = null, o = null, s = null] = [busy[n], hit[n], overdial[n], seconds[n]];
      if (b !== null || h !== null || o !== null || s !== null) this.#add(atMs, b, h, o, s);
    }
  }

  #add(
    atMs: number,
    busyRatio: number | null,
    hitRatio: number | null,
    overdialRatio: number | null,
    seconds: number | null,
  ): void {
    this.atMs.push(atMs);
    this.busyRatio.push(busyRatio);
    this.hitRatio.push(hitRatio);
    this.overdialRatio.push(overdialRatio);
    this.timeToCompleteSeconds.push(seconds);
  }
}

function areInOrder(blocks: readonly BlockColumns[]): boolean {
  let beforeMs = -Infinity;
  for (const { at, tags } of blocks) {
    for (let n = 0; n < at.length; n++) {
      const atMs = at[n] ?? NaN;
      if (atMs <= beforeMs || tags[n] !== 0) return false;
      beforeMs = atMs;
    }
  }
  return true;
}
