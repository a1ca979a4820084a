/**
 * Retention's way through the chunks, oldest first. One that cannot be thinned stays as it is and holds up no other: the
 * first such is written down, and tried again by each run; when it is thinned, or gone, those behind it are looked at anew.
 */
import { messageOf, MonitorError } from '../domain/errors.js';
import type { StoredChunk } from './evidence-rows.js';
import type { Work } from './pace.js';
import type { Held } from './retention-rows.js';
import type { Stores } from './stores.js';
import type { NumberRows, Tables } from './tables.js';
import { Thinning } from './thinning.js';

/** How far chunks were thinned: of samples, and of what was kept beside transitions. */
export type ThinningCursor = 'thinned' | 'history_chunk';

/**
 * @bound chunks that one run of retention passes over since they cannot be thinned
 * @beyond the class stops there, and goes on with the next run
 * @seen `failed` of the run, an alert
 */
const MAX_PASSED_OVER = 1000;

/** `Slice`: what a commit of it changed for those who follow. */
export interface ThinningHost<Slice> {
  /** Does a slice of work in a transaction of its own, or leaves no trace of it. */
  readonly slice: (work: Work) => { readonly slice: Slice; readonly isMore: boolean };
  readonly held: () => Held;
  /** Counts samples that went. */
  readonly gone: (cursor: ThinningCursor, samples: number) => void;
}

export class ThinningPass<Slice> {
  readonly #tables: Tables;
  readonly #stores: Stores;
  readonly #host: ThinningHost<Slice>;
  readonly #thinning: Thinning;
  /** Chunks that this run could not thin. */
  readonly #passedOver = new Set<number>();
  /** The one that is being thinned. */
  #tried: number | null = null;

  constructor(tables: Tables, stores: Stores, host: ThinningHost<Slice>) {
    this.#tables = tables;
    this.#stores = stores;
    this.#host = host;
    this.#thinning = new Thinning(tables, stores.evidence, stores.campaigns);
  }

  /** Thins what was written before a moment, as long as it is wanted; returns why not all of it could be. */
  *thin(
    cursor: ThinningCursor,
    beforeMs: number,
    isWanted: () => boolean = () => true,
  ): Generator<Slice, string | null> {
    const faults: string[] = [];
    const attempt = (work: Work) => this.#attempt(work, faults);
    if (this.#tables.numbers.kept('unthinned_chunk') !== null) yield* attempt(() => this.#tryAgain(cursor, beforeMs));
    yield* attempt(() => isWanted() && this.#next(cursor, beforeMs));
    const [first] = faults;
    if (first === undefined) return null;
    return faults.length === 1 ? first : `${first}, and ${faults.length - 1} more`;
  }

  /** A fault of the program costs the slice, and the chunk its turn; a store that cannot write ends the run. */
  *#attempt(work: Work, faults: string[]): Generator<Slice> {
    for (let isMore = true; isMore;) {
      this.#tried = null;
      try {
        const done = this.#host.slice(work);
        ({ isMore } = done);
        yield done.slice;
      } catch (error) {
        const chunkNo = this.#failed();
        if (error instanceof MonitorError || chunkNo === null || this.#passedOver.size >= MAX_PASSED_OVER) throw error;
        this.#passedOver.add(chunkNo);
        faults.push(`chunk ${chunkNo} cannot be thinned: ${messageOf(error)}`);
      }
    }
  }

  /** The chunk at which a slice ended; null: it was not at one. */
  #failed(): number | null {
    return this.#tried;
  }

  /** The first chunk that could not be thinned. */
  #tryAgain(cursor: ThinningCursor, beforeMs: number): boolean {
    const { numbers, chunks } = this.#tables;
    const chunkNo = numbers.kept('unthinned_chunk');
    if (chunkNo === null || this.#passedOver.has(chunkNo)) return false;
    const chunk = chunks.after(chunkNo - 1);
    if (chunk?.chunkNo === chunkNo) {
      if (chunk.writtenMs >= beforeMs || this.#host.held().groupNos.has(chunk.groupNo)) return false;
      this.#thin(cursor, chunk);
    }
    numbers.keep('unthinned_chunk', null);
    lookAgainFrom(numbers, chunkNo + 1);
    return false;
  }

  /**
   * Thins the next chunk that was written before a moment. The last one stays: numbers go on behind it; and so does one of
   * which the journal still has rows.
   */
  #next(cursor: ThinningCursor, beforeMs: number): boolean {
    const { numbers, chunks } = this.#tables;
    const chunk = chunks.after(numbers.kept(cursor) ?? 0);
    if (chunk === null || chunk.writtenMs >= beforeMs || this.#isInUse(chunk)) return false;
    const { chunkNo } = chunk;
    numbers.keep(cursor, chunkNo);
    if (this.#passedOver.has(chunkNo)) keepFirst(numbers, 'unthinned_chunk', chunkNo);
    else if (this.#host.held().groupNos.has(chunk.groupNo)) keepFirst(numbers, 'held_chunk', chunkNo);
    else this.#thin(cursor, chunk);
    return true;
  }

  #thin(cursor: ThinningCursor, chunk: StoredChunk): void {
    this.#tried = chunk.chunkNo;
    const { numbers } = this.#tables;
    const { samples, newestMs } = this.#thinning.thin(chunk);
    this.#tried = null;
    if (samples === 0) return;
    this.#host.gone(cursor, samples);
    if (newestMs > (numbers.kept('thinned_ms') ?? -Infinity)) numbers.keep('thinned_ms', newestMs);
    this.#stores.campaigns.noteRemoved();
  }

  #isInUse({ chunkNo, journalNo }: StoredChunk): boolean {
    return journalNo >= this.#stores.evidence.journal().firstNo || chunkNo === this.#tables.chunks.lastNo();
  }
}

/** To be told, within a transaction, that a hold has ended: what it kept is older than what was looked at last. */
export function lookAgain(numbers: NumberRows): void {
  const heldNo = numbers.kept('held_chunk');
  if (heldNo === null) return;
  lookAgainFrom(numbers, heldNo);
  numbers.keep('held_chunk', null);
}

function lookAgainFrom(numbers: NumberRows, chunkNo: number): void {
  for (const cursor of ['thinned', 'history_chunk'] as const)
    numbers.keep(cursor, Math.min(numbers.kept(cursor) ?? 0, chunkNo - 1));
}

function keepFirst(numbers: NumberRows, name: 'held_chunk' | 'unthinned_chunk', chunkNo: number): void {
  if (chunkNo < (numbers.kept(name) ?? Infinity)) numbers.keep(name, chunkNo);
}
