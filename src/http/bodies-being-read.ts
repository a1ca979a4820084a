/**
 * The bodies that have begun and not ended, bounded in sum: whoever sends thousands of halves takes no memory without end.
 * Beyond the bound the one that began longest ago gives way. A post of OCS is there within milliseconds; what is still
 * unfinished after thousands of others have ended is none.
 */

/**
 * @bound bodies being read, in sum (four times OCM_BODY_LIMIT if that is more)
 * @beyond the one that began longest ago gets 503, and its connection ends
 * @seen `ocs_monitor_rejected_total`, `/api/v1/arrivals`
 */
const MAX_READING_BYTES = 64 * 1024 * 1024;
const BODIES_AT_LEAST = 4;

/** How much may be read at a time, for bodies of at most `bodyLimitBytes`. */
export function readingLimitBytes(bodyLimitBytes: number): number {
  return Math.max(MAX_READING_BYTES, BODIES_AT_LEAST * bodyLimitBytes);
}

export class BodiesBeingRead {
  readonly #limitBytes: number;
  /** What lets a body go, and the bytes of it that are here; in the order in which they began. */
  readonly #bodies = new Map<() => void, number>();
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** More of a body has come. Makes others give way until there is room for it; false: it was its own turn. */
  grow(giveWay: () => void, bytes: number): boolean {
    this.#bodies.set(giveWay, (this.#bodies.get(giveWay) ?? 0) + bytes);
    this.#bytes += bytes;
    while (this.#bytes > this.#limitBytes) {
      const [longest] = this.#bodies.keys();
      if (longest === undefined) break;
      this.end(longest);
      longest();
    }
    return this.#bodies.has(giveWay);
  }

  /** A body ended, or is dropped. */
  end(giveWay: () => void): void {
    this.#bytes -= this.#bodies.get(giveWay) ?? 0;
    this.#bodies.delete(giveWay);
  }
}
