/**
 * Collects deliveries and commits them together, so that one fsync serves many posts. A delivery is collected until
 * the event loop has read what the sockets hold (`setImmediate`): draining at once would make every commit hold one
 * row (measured: 1.0 against 46 rows a commit). At most two batches are under way, one being written and one ready
 * behind it; the rest gathers meanwhile, so batches grow with the load and with the slowness of the disk.
 */
import { MonitorError } from '../domain/errors.js';
import type { BatchWriter, CommitReport, Delivery, Receipt } from '../domain/store.js';

/** Batches under way at once: the second keeps the writer busy while the first's answers go out. */
const UNDER_WAY = 2;
/** From so many on a batch does not wait for the sockets to be read dry: the writer starts while HTTP goes on. */
const EARLY_ROWS = 16;
/** Rows in one transaction, so that a burst does not make the first of it wait for the last. */
const BATCH_ROWS = 1000;

export interface GroupCommitOptions {
  readonly writer: BatchWriter;
  /** Deliveries that may wait; beyond it `submit` rejects with OCM_OVERLOADED. */
  readonly maxWaiting: number;
  /** Bytes of bodies that may wait; likewise. */
  readonly maxWaitingBytes: number;
  /** Told of every commit after it is durable, before its posts are answered. Must not throw. */
  readonly publish: (report: CommitReport, deliveries: readonly Delivery[]) => void;
}

interface Waiting {
  readonly delivery: Delivery;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: unknown) => void;
}

export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #queue: Waiting[] = [];
  #underWay = 0;
  #waiting = 0;
  #waitingBytes = 0;
  #scheduled = false;
  #idle: (() => void)[] = [];

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Deliveries not yet answered. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Resolves after the commit that holds the delivery. Rejects with OCM_OVERLOADED at the bound, with OCM_UNAVAILABLE
   * when the store cannot write: then nothing of it is kept.
   */
  submit(delivery: Delivery): Promise<Receipt> {
    const { maxWaiting, maxWaitingBytes } = this.#options;
    if (this.#waiting >= maxWaiting || this.#waitingBytes >= maxWaitingBytes) {
      const message = `${this.#waiting} posts wait for a commit; try again`;
      return Promise.reject(new MonitorError('OCM_OVERLOADED', message));
    }
    return new Promise((resolve, reject) => {
      this.#waiting++;
      this.#waitingBytes += delivery.bytes.length;
      this.#queue.push({ delivery, resolve, reject });
      if (this.#queue.length >= EARLY_ROWS) this.#send();
      else this.#schedule();
    });
  }

  /** Resolves when nothing waits any more. */
  drained(): Promise<void> {
    if (this.#waiting === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#send();
    });
  }

  #send(): void {
    if (this.#queue.length === 0 || this.#underWay >= UNDER_WAY) return;
    const batch = this.#queue.length <= BATCH_ROWS ? this.#queue : this.#queue.slice(0, BATCH_ROWS);
    this.#queue = batch === this.#queue ? [] : this.#queue.slice(BATCH_ROWS);
    this.#underWay++;
    void this.#commit(batch);
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    const deliveries = batch.map(({ delivery }) => delivery);
    try {
      const report = await this.#options.writer.commit(deliveries);
      this.#options.publish(report, deliveries);
      batch.forEach(({ resolve, reject }, index) => {
        const receipt = report.receipts[index];
        if (receipt) resolve(receipt);
        else reject(new Error('the writer gave no receipt'));
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.#underWay--;
      this.#waiting -= batch.length;
      for (const { bytes } of deliveries) this.#waitingBytes -= bytes.length;
      if (this.#queue.length > 0) this.#schedule();
      if (this.#waiting === 0) for (const resolve of this.#idle.splice(0)) resolve();
    }
  }
}
