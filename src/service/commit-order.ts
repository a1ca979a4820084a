/**
 * Commits of this process and of others, shown in one order. While other receivers are at work, what was committed here waits
 * until it is known what they had committed before: some milliseconds. So a group is shown everywhere as its commits followed
 * each other.
 */

/** A commit, and how it is shown. */
export interface Ordered {
  readonly no: number;
  readonly show: () => void;
}

/**
 * Commits that wait for those of others.
 * @bound own commits waiting to be shown in their order
 * @beyond all are shown at once
 */
const MAX_WAITING = 1000;
/** Nobody waits longer to see what was committed here, whatever keeps those of others from being known. */
const WAITS_MS = 1500;

export class CommitOrder {
  readonly #elapsedMs: () => number;
  #waiting: (Ordered & { readonly sinceMs: number })[] = [];
  /** Whether no other receiver is at work: then nothing has to wait. */
  isAlone = true;
  /** Told that something waits. */
  onWaiting: () => void = () => undefined;

  /** A clock that nobody sets. */
  constructor(elapsedMs: () => number) {
    this.#elapsedMs = elapsedMs;
  }

  /** Of a commit of this process. */
  add(no: number, show: () => void): void {
    if (this.isAlone || this.#waiting.length >= MAX_WAITING) {
      this.flush();
      show();
      return;
    }
    this.#waiting.push({ no, show, sinceMs: this.#elapsedMs() });
    this.onWaiting();
  }

  /** How many wait: all that others had committed before these can be read from now on. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Shows commits of others, and the first that wait, in their order. */
  release(waited: number, others: readonly Ordered[]): void {
    const own = this.#waiting.splice(0, waited);
    for (const { show } of [...others, ...own].sort((a, b) => a.no - b.no)) show();
  }

  /** Shows all that waits; returns how many there were. */
  flush(): number {
    const count = this.#waiting.length;
    this.release(count, []);
    return count;
  }

  /** The same where some of it has waited too long. */
  flushLate(): number {
    const [first] = this.#waiting;
    return first !== undefined && this.#elapsedMs() - first.sinceMs > WAITS_MS ? this.flush() : 0;
  }
}
