/**
 * What was received lately, in memory: how much and when, the last body of each campaign group as it came, and what the
 * quarantine holds. Fed by commits after they are durable. The bodies are bounded in bytes: those of groups not heard of
 * for longest go first.
 */
import type { Callback } from '../domain/callback.js';
import type { GroupNo } from '../domain/campaign-group.js';
import type { QuarantineCount } from '../domain/quarantine.js';
import type { CommitReport, Delivery, LastEvent, NotificationReceipt, Outcome } from '../domain/store.js';

export interface LastBody {
  readonly receivedAtMs: number;
  readonly outcome: Outcome;
  /** Public id of the notification. */
  readonly id: string;
  /** The raw bytes, one character a byte. */
  readonly bytes: string;
}

/** Bodies of a group take each other's place in memory, so that nothing is made for a post and thrown away after it. */
interface KeptBody {
  receivedAtMs: number;
  outcome: Outcome;
  id: string;
  memory: Buffer;
  length: number;
}

/**
 * Sources of callbacks of which is remembered when they were last heard.
 * @bound sources of callbacks whose last post is remembered
 * @beyond the one that was heard of longest ago makes room
 * @seen `/api/v1/sources`
 */
const MAX_CALLBACK_SOURCES = 1000;

export class Received {
  readonly #maxBytes: number;
  /** Those heard of last stand last. */
  readonly #callbacksHeard = new Map<string, number>();
  readonly #bodies = new Map<GroupNo, KeptBody>();
  #bytes = 0;
  #total = 0;
  #lastMs: number | null = null;
  #quarantine: readonly QuarantineCount[];

  /** `lastCallbacks` were received before this process began. */
  constructor(
    maxBytes: number,
    quarantine: readonly QuarantineCount[],
    lastCallbacks: readonly Pick<LastEvent, 'source' | 'receivedMs'>[] = [],
  ) {
    this.#maxBytes = maxBytes;
    this.#quarantine = quarantine;
    this.heardBefore(lastCallbacks);
  }

  /** What was received before this process began, or is not heard of but by the store. */
  heardBefore(lastCallbacks: readonly Pick<LastEvent, 'source' | 'receivedMs'>[]): void {
    const sorted = [...lastCallbacks].sort((a, b) => a.receivedMs - b.receivedMs);
    for (const { source, receivedMs } of sorted) {
      if (receivedMs > (this.#callbacksHeard.get(source) ?? -Infinity)) this.#hearCallbacks(source, receivedMs);
    }
  }

  /** When each source last posted anything of callbacks: records, attached data, status notifications. */
  get callbacksHeard(): ReadonlyMap<string, number> {
    return this.#callbacksHeard;
  }

  /** A source was removed. */
  forget(source: string): void {
    this.#callbacksHeard.delete(source);
  }

  /** A customer is forgotten who may stand in them; they come again with the next posts. */
  forgetBodies(): void {
    this.#bodies.clear();
    this.#bytes = 0;
  }

  /** Posts made durable since the start. */
  get total(): number {
    return this.#total;
  }

  /** When the last of them was received. */
  get lastMs(): number | null {
    return this.#lastMs;
  }

  /** The clock was set: what was heard since `sinceMs` moves with it. */
  move(byMs: number, sinceMs: number): void {
    if (this.#lastMs !== null) this.#lastMs += byMs;
    for (const kept of this.#bodies.values()) kept.receivedAtMs += byMs;
    for (const [source, ms] of this.#callbacksHeard) if (ms >= sinceMs) this.#callbacksHeard.set(source, ms + byMs);
  }

  get quarantine(): readonly QuarantineCount[] {
    return this.#quarantine;
  }

  /** Null: none since the start, or it made room for others. */
  lastBody(groupNo: GroupNo): LastBody | null {
    const kept = this.#bodies.get(groupNo);
    if (kept === undefined) return null;
    const { receivedAtMs, outcome, id, memory, length } = kept;
    return { receivedAtMs, outcome, id, bytes: memory.toString('latin1', 0, length) };
  }

  /** Notes what the quarantine holds. */
  holds(quarantine: readonly QuarantineCount[]): void {
    this.#quarantine = quarantine;
  }

  note({ receipts, quarantine }: CommitReport, deliveries: readonly Delivery[]): void {
    if (quarantine) this.#quarantine = quarantine;
    for (const [index, delivery] of deliveries.entries()) {
      this.#total += 1 + (delivery.coalesced?.length ?? 0);
      this.#lastMs = delivery.receivedAtMs;
      const receipt = receipts[index];
      if (delivery.endpoint !== 'campaign-group-state') this.#hearCallbacks(delivery.source, delivery.receivedAtMs);
      else if (receipt?.kind === 'notification') this.#keep(delivery, receipt);
    }
  }

  /** A callback of which another receiver was told. */
  hearCallbacks({ source, lastEventMs }: Pick<Callback, 'source' | 'lastEventMs'>): void {
    if (lastEventMs !== null && lastEventMs > (this.#callbacksHeard.get(source) ?? -Infinity))
      this.#hearCallbacks(source, lastEventMs);
  }

  #hearCallbacks(source: string, receivedMs: number): void {
    this.#callbacksHeard.delete(source);
    this.#callbacksHeard.set(source, receivedMs);
    const [oldest] = this.#callbacksHeard.keys();
    if (this.#callbacksHeard.size > MAX_CALLBACK_SOURCES && oldest !== undefined) this.#callbacksHeard.delete(oldest);
  }

  #keep({ receivedAtMs, bytes }: Delivery, { groupNo, outcome, id }: NotificationReceipt): void {
    const known = this.#bodies.get(groupNo);
    const { length } = bytes;
    const kept = known ?? { receivedAtMs, outcome, id, memory: NOTHING, length };
    if (known === undefined || known.memory.length < length) {
      const memory = Buffer.allocUnsafeSlow(length);
      this.#bytes += length - kept.memory.length;
      kept.memory = memory;
    }
    kept.memory.write(bytes, 'latin1');
    Object.assign(kept, { receivedAtMs, outcome, id, length });
    // Those heard of last stand last.
    this.#bodies.delete(groupNo);
    this.#bodies.set(groupNo, kept);
    for (const [oldest, { memory }] of this.#bodies) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#bodies.delete(oldest);
      this.#bytes -= memory.length;
    }
  }
}

const NOTHING = Buffer.alloc(0);
