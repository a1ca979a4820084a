import { type Digest, lengthPrefixed } from '../domain/identity.js';
import type { Violation } from '../domain/notification.js';
import type { Endpoint, QuarantineCount, QuarantineReason } from '../domain/quarantine.js';
import type { Delivery, ReplayRequest } from '../domain/store.js';
import { bodyBytes, type QuarantineRows, type QuarantineTally, type TalliedBody } from './quarantine-rows.js';

/**
 * Bodies that could not be applied. One row per source and body, with a count; bounded in bytes: replayed rows go
 * first, then the oldest of the source and reason that take most. A post is never refused for the bound. Those that are
 * being forgotten count no longer, and are neither replayed nor dropped for it.
 */
export class QuarantineStore {
  readonly #digest: Digest;
  readonly #limitBytes: number;
  readonly #rows: QuarantineRows;
  #tallies = new Map<string, QuarantineTally>();
  #replayedBytes = 0;
  #isCounted = false;

  constructor(rows: QuarantineRows, limitBytes: number, digest: Digest) {
    this.#rows = rows;
    this.#limitBytes = limitBytes;
    this.#digest = digest;
  }

  /** To be told that a transaction was rolled back, or that others have written: it is counted again when it is asked for. */
  recount(): void {
    this.#isCounted = false;
  }

  /** Before anything is changed, for what is there is counted. */
  #count(): void {
    if (this.#isCounted) return;
    this.#tallies = new Map(this.#rows.tallies().map((tally) => [keyOf(tally.source, tally.reason), tally]));
    this.#replayedBytes = this.#rows.replayedBytes();
    this.#isCounted = true;
  }

  /** Keeps a body; returns its id and how many rows had to go for it. */
  keep(
    delivery: Delivery,
    reason: QuarantineReason,
    violations: readonly Violation[],
    schemaVersion: string,
  ): { id: string; dropped: number } {
    const { source, bytes, receivedAtMs, oversize } = delivery;
    const id = quarantineId(delivery, this.#digest);
    const size = oversize?.size ?? bytes.length;
    this.#count();
    if (this.#rows.seenAgain(id, receivedAtMs, size)) return { id, dropped: 0 };
    this.#rows.insert({ id, delivery, size, reason, violations, schemaVersion });
    this.#add(source, reason, 1, bodyBytes(bytes, violations));
    return { id, dropped: this.#shrink() };
  }

  /** What is held and not replayed, by source and reason. */
  counts(): QuarantineCount[] {
    this.#count();
    return [...this.#tallies.values()].map(({ source, reason, rows }) => ({ source, reason, rows }));
  }

  /** The number of the newest row; later ones have higher numbers. */
  newestNo(): number {
    return this.#rows.newestNo();
  }

  /** Held rows that a replay asks for, oldest first: some of those after one row, up to another. */
  heldBetween(request: ReplayRequest, range: Parameters<QuarantineRows['heldBetween']>[1]) {
    return this.#rows.heldBetween(request, range);
  }

  /** A held body as it was delivered; the prefix of a too large one cannot be replayed and is none. */
  held(id: string): Delivery | null {
    return this.#rows.delivery(id);
  }

  /** Notes what a replay found: applied, or still faulty under the present schema. */
  replayed(id: string, nowMs: number, appliedId: string): void {
    const body = this.#rows.tallied(id);
    if (body === null) return;
    this.#count();
    this.#rows.markReplayed(id, nowMs, appliedId);
    this.#add(body.source, body.reason, -1, -body.bytes);
    this.#replayedBytes += body.bytes;
  }

  stillFaulty(
    id: string,
    reason: QuarantineReason,
    violations: readonly Violation[],
    schemaVersionOf: (endpoint: Endpoint) => string,
  ): void {
    const before = this.#rows.tallied(id);
    if (before === null) return;
    this.#count();
    this.#rows.markFaulty(id, reason, violations, schemaVersionOf(before.endpoint));
    const after = this.#rows.tallied(id);
    this.#add(before.source, before.reason, -1, -before.bytes);
    if (after) this.#add(after.source, after.reason, 1, after.bytes);
  }

  #add(source: string, reason: QuarantineReason, rows: number, bytes: number): void {
    const key = keyOf(source, reason);
    const tally = this.#tallies.get(key) ?? { source, reason, rows: 0, bytes: 0 };
    if (tally.rows + rows === 0) this.#tallies.delete(key);
    else this.#tallies.set(key, { ...tally, rows: tally.rows + rows, bytes: tally.bytes + bytes });
  }

  /** Removes a body whose time is over. */
  expire(id: string): void {
    const body = this.#rows.tallied(id);
    if (body !== null) this.#drop(body);
  }

  #drop(body: TalliedBody): void {
    this.#count();
    this.#rows.remove(body.id);
    if (body.isReplayed) this.#replayedBytes -= body.bytes;
    else this.#add(body.source, body.reason, -1, -body.bytes);
  }

  #shrink(): number {
    let dropped = 0;
    for (; this.#totalBytes() > this.#limitBytes; dropped++) {
      const victim = this.#rows.oldestReplayed() ?? this.#oldestOfTheMost();
      if (victim === null) break;
      this.#drop(victim);
    }
    return dropped;
  }

  #oldestOfTheMost(): TalliedBody | null {
    let most: QuarantineTally | null = null;
    for (const tally of this.#tallies.values()) if (most === null || tally.bytes > most.bytes) most = tally;
    return most && this.#rows.oldestOf(most.source, most.reason);
  }

  #totalBytes(): number {
    let total = this.#replayedBytes;
    for (const { bytes } of this.#tallies.values()) total += bytes;
    return total;
  }
}

/** Equal for equal bodies of a source. */
export function quarantineId({ source, endpoint, oversize, bytes }: Delivery, digest: Digest): string {
  return digest(lengthPrefixed([source, endpoint, oversize?.digest ?? null, bytes]));
}

function keyOf(source: string, reason: string): string {
  return `${source};${reason}`;
}
