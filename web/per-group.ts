/** What is asked for group by group, of those on the screen: a few at once, kept within a bound, and anew when told so. */
import { Cell } from './cell.js';

/** Queries under way at once; the service answers one at a time. */
const MOST_UNDER_WAY = 3;
/** Groups that are remembered; those that were on the screen longest ago go. */
const MOST_KEPT = 500;
const RETRY_MS = 5000;

interface Entry<T> {
  readonly cell: Cell<T | null>;
  /** Views that show it. */
  wanted: number;
  wantedFromMs: number;
  /** What the answer begins with; Infinity: none came, or it does not hold any more. */
  knownFromMs: number;
  isUnderWay: boolean;
}

export class PerGroup<T> {
  /** Why the last question was not answered; null when it was. */
  readonly failure = new Cell<string | null>(null);
  readonly #load: (id: string, fromMs: number) => Promise<T>;
  readonly #entries = new Map<string, Entry<T>>();
  #underWay = 0;
  #isWaiting = false;

  constructor(load: (id: string, fromMs: number) => Promise<T>) {
    this.#load = load;
  }

  /** Null until it was answered. */
  of(id: string): Cell<T | null> {
    return this.#entry(id).cell;
  }

  has(id: string): boolean {
    return this.#entries.has(id);
  }

  /** Asks for it while it is on the screen, from a time on; returns what ends that. */
  want(id: string, fromMs: number): () => void {
    const entry = this.#entry(id);
    entry.wantedFromMs = entry.wanted > 0 ? Math.min(entry.wantedFromMs, fromMs) : fromMs;
    entry.wanted++;
    // Used last goes last.
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    this.#askNext();
    return () => {
      entry.wanted--;
      this.#trim();
    };
  }

  /** What is known holds no more; it stays until the answer comes. */
  again(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    entry.knownFromMs = Infinity;
    this.#askNext();
  }

  allAgain(): void {
    for (const entry of this.#entries.values()) entry.knownFromMs = Infinity;
    this.#askNext();
  }

  #entry(id: string): Entry<T> {
    const known = this.#entries.get(id);
    if (known) return known;
    const cell = new Cell<T | null>(null);
    const entry = { cell, wanted: 0, wantedFromMs: Infinity, knownFromMs: Infinity, isUnderWay: false };
    this.#entries.set(id, entry);
    return entry;
  }

  #trim(): void {
    for (const [id, { wanted }] of this.#entries) {
      if (this.#entries.size <= MOST_KEPT) return;
      if (wanted === 0) this.#entries.delete(id);
    }
  }

  #askNext(): void {
    if (this.#isWaiting) return;
    for (const [id, entry] of this.#entries) {
      if (this.#underWay >= MOST_UNDER_WAY) return;
      if (entry.wanted > 0 && !entry.isUnderWay && entry.knownFromMs > entry.wantedFromMs) void this.#ask(id, entry);
    }
  }

  async #ask(id: string, entry: Entry<T>): Promise<void> {
    const fromMs = entry.wantedFromMs;
    entry.isUnderWay = true;
    this.#underWay++;
    // Should it be told not to hold while it is on its way, it is asked for once more.
    entry.knownFromMs = fromMs;
    try {
      entry.cell.set(await this.#load(id, fromMs));
      this.failure.set(null);
    } catch (error) {
      entry.knownFromMs = Infinity;
      this.failure.set(error instanceof Error ? error.message : String(error));
      this.#retryLater();
    } finally {
      entry.isUnderWay = false;
      this.#underWay--;
    }
    this.#askNext();
  }

  #retryLater(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    setTimeout(() => {
      this.#isWaiting = false;
      this.#askNext();
    }, RETRY_MS);
  }
}
