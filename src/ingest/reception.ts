/**
 * What was received lately, in memory: how much and when, the last body of each campaign group as it came, and what the
 * quarantine holds. Fed by commits after they are durable. The bodies are bounded in bytes: those of groups not heard of
 * for longest go first.
 */
import type { QuarantineCount } from '../domain/quarantine.js';
import type { CommitReport, Delivery, NotificationReceipt, Outcome, Receipt } from '../domain/store.js';

export interface LastBody {
  readonly receivedAtMs: number;
  readonly outcome: Outcome;
  /** Public id of the notification. */
  readonly id: string;
  /** The raw bytes, one character a byte. */
  readonly bytes: string;
}

export class Reception {
  readonly #maxBytes: number;
  readonly #bodies = new Map<number, LastBody>();
  #bytes = 0;
  #total = 0;
  #lastMs: number | null = null;
  #quarantine: readonly QuarantineCount[];

  constructor(maxBytes: number, quarantine: readonly QuarantineCount[]) {
    this.#maxBytes = maxBytes;
    this.#quarantine = quarantine;
  }

  /** Posts made durable since the start. */
  get total(): number {
    return this.#total;
  }

  /** When the last of them was received. */
  get lastMs(): number | null {
    return this.#lastMs;
  }

  get quarantine(): readonly QuarantineCount[] {
    return this.#quarantine;
  }

  /** Null: none since the start, or it made room for others. */
  lastBody(groupNo: number): LastBody | null {
    return this.#bodies.get(groupNo) ?? null;
  }

  note({ receipts, heard, quarantine }: CommitReport, deliveries: readonly Delivery[]): void {
    if (quarantine) this.#quarantine = quarantine;
    let at = 0;
    for (const [index, delivery] of deliveries.entries()) {
      this.#total += 1 + (delivery.coalesced?.length ?? 0);
      this.#lastMs = delivery.receivedAtMs;
      const receipt = receipts[index];
      if (delivery.endpoint !== 'campaign-group-state' || !receipt || !isNotification(receipt)) continue;
      // Every applied notification was heard, in order; those that gave way to it stand before it.
      while (heard[at]?.outcome === 'coalesced') at++;
      const groupNo = heard[at++]?.groupNo;
      if (groupNo === undefined) continue;
      const { outcome, id } = receipt;
      this.#keep(groupNo, { receivedAtMs: delivery.receivedAtMs, outcome, id, bytes: delivery.bytes });
    }
  }

  #keep(groupNo: number, body: LastBody): void {
    this.#bytes += body.bytes.length - (this.#bodies.get(groupNo)?.bytes.length ?? 0);
    this.#bodies.delete(groupNo);
    this.#bodies.set(groupNo, body);
    for (const [oldest, { bytes }] of this.#bodies) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#bodies.delete(oldest);
      this.#bytes -= bytes.length;
    }
  }
}

function isNotification(receipt: Receipt): receipt is NotificationReceipt {
  return 'id' in receipt && receipt.outcome !== 'quarantined';
}
