/**
 * Collects deliveries and commits them together, so that one fsync serves many posts. A delivery is collected until
 * the event loop has read what the sockets hold (`setImmediate`): draining at once would make every commit hold one
 * row (measured: 1.0 against 46 rows a commit). At most two batches are under way, one being written and one ready
 * behind it: the second only when it is no smaller than the first, and none when the disk is slow, for a batch that is
 * sent early waits behind the other all the same, and is the smaller for it. The rest gathers meanwhile, so batches grow
 * with the load and with the slowness of the disk. What finds no room is refused:
 * `http/unavailable.ts` answers it 503.
 */
import { MonitorError, Unconfirmed } from '../domain/errors.js';
import type { BatchWriter, CommitReport, Delivery, Receipt } from '../domain/store.js';
import { Coalescing } from './coalescing.js';

/** Batches under way at once: the second keeps the writer busy while the first's answers go out. */
const UNDER_WAY = 2;
/** A disk that takes longer to sync is slow: what the writer waits for the next batch is little beside it. */
const SLOW_SYNC_SECONDS = 0.008;
/** From so many on a batch does not wait for the sockets to be read dry: the writer starts while HTTP goes on. */
const EARLY_ROWS = 16;
/**
 * Rows in one transaction, so that a burst does not make the first of it wait for the last.
 * @bound rows in one commit
 * @beyond the rest waits
 * @seen `ocs_monitor_store_batch_rows`
 */
const BATCH_ROWS = 1000;
/**
 * Posts that may have given way and wait for their successor's commit; further ones are queued as they come.
 * @bound posts that gave way to a successor, waiting
 * @beyond further ones are queued as they come
 * @seen `ocs_monitor_notifications_total{outcome="coalesced"}`
 */
const MAX_GIVEN_WAY = 100_000;

export interface GroupCommitOptions {
  readonly writer: BatchWriter;
  /** Deliveries that may wait; beyond it `submit` rejects with OCM_OVERLOADED. */
  readonly maxWaiting: number;
  /** Bytes of bodies that may wait; likewise. */
  readonly maxWaitingBytes: number;
  /** Places queued from which on posts that repeat each other give way; a batch's worth unless said. */
  readonly coalesceFrom?: number;
  /** Told of every commit after it is durable, before its posts are answered. Must not throw. */
  readonly publish: (report: CommitReport, deliveries: readonly Delivery[]) => void;
}

interface Post {
  readonly delivery: Delivery;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: unknown) => void;
}

/** A place in the queue: one row to be stored, and the posts that gave way to it, oldest first. */
interface Slot {
  post: Post;
  readonly gaveWay: Post[];
  isQueued: boolean;
}

export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #coalesceFrom: number;
  readonly #coalescing = new Coalescing<Slot>();
  #queue: Slot[] = [];
  #underWay = 0;
  /** Rows of the batch that was sent last. */
  #lastRows = 0;
  #waiting = 0;
  #waitingBytes = 0;
  #gaveWay = 0;
  #scheduled = false;
  #isDiskSlow = false;
  readonly #batches = new Set<readonly Slot[]>();
  #isEnding = false;
  #idle: (() => void)[] = [];

  constructor(options: GroupCommitOptions) {
    this.#options = options;
    this.#coalesceFrom = options.coalesceFrom ?? BATCH_ROWS;
  }

  /** Deliveries that wait for a row of theirs to be stored. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Resolves after the commit that holds the delivery, or under pressure the successor it gave way to. Rejects with
   * OCM_OVERLOADED at the bound, with OCM_UNAVAILABLE when the store cannot write: then nothing of it is kept.
   */
  submit(delivery: Delivery): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      if (this.#isEnding) {
        reject(ending());
        return;
      }
      const slot = { post: { delivery, resolve, reject }, gaveWay: [], isQueued: false };
      if (this.#queue.length >= this.#coalesceFrom && this.#succeeds(slot)) return;
      const { maxWaiting, maxWaitingBytes } = this.#options;
      if (this.#waiting < maxWaiting && this.#waitingBytes < maxWaitingBytes) {
        this.#enqueue(slot);
        return;
      }
      this.#coalescing.clear();
      reject(new MonitorError('OCM_OVERLOADED', `${this.#waiting} posts are waiting for a commit; try again`));
    });
  }

  /** Resolves when nothing waits any more. */
  drained(): Promise<void> {
    if (this.#waiting === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Refuses, from now on too, what the writer was not given yet: nothing of it is kept. */
  refuseQueued(): void {
    this.#isEnding = true;
    const queued = this.#queue.splice(0);
    this.#coalescing.clear();
    this.#reject(queued, ending());
    this.#settle(queued);
  }

  /** Refuses that and what the writer has not confirmed yet, which may be kept. */
  refuseAll(): void {
    this.refuseQueued();
    for (const batch of this.#batches) this.#reject(batch, new Unconfirmed());
  }

  #enqueue(slot: Slot): void {
    slot.isQueued = true;
    this.#waiting++;
    this.#waitingBytes += slot.post.delivery.bytes.length;
    this.#queue.push(slot);
    if (this.#queue.length >= EARLY_ROWS) this.#send();
    else this.#schedule();
  }

  /** Whether a queued post gave its place to this one, its successor. */
  #succeeds(newcomer: Slot): boolean {
    if (this.#gaveWay >= MAX_GIVEN_WAY || this.#waitingBytes >= this.#options.maxWaitingBytes) return false;
    const slot = this.#coalescing.succeed(newcomer.post.delivery, newcomer);
    if (slot === null) return false;
    this.#gaveWay++;
    // What gave way is kept until its successor is stored.
    this.#waitingBytes += newcomer.post.delivery.bytes.length;
    slot.gaveWay.push(slot.post);
    slot.post = newcomer.post;
    return true;
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
    if (this.#queue.length === 0 || !this.#hasRoom()) return;
    const batch = this.#queue.length <= BATCH_ROWS ? this.#queue : this.#queue.slice(0, BATCH_ROWS);
    this.#queue = batch === this.#queue ? [] : this.#queue.slice(BATCH_ROWS);
    if (this.#queue.length === 0) this.#coalescing.clear();
    this.#underWay++;
    this.#lastRows = batch.length;
    void this.#commit(batch);
  }

  /** Whether the writer is to be given what is queued, beside what it has. */
  #hasRoom(): boolean {
    if (this.#underWay === 0) return true;
    return !this.#isDiskSlow && this.#underWay < UNDER_WAY && this.#queue.length >= this.#lastRows;
  }

  async #commit(batch: readonly Slot[]): Promise<void> {
    for (const slot of batch) slot.isQueued = false;
    this.#batches.add(batch);
    const deliveries = batch.map(deliveryOf);
    try {
      const report = await this.#options.writer.commit(deliveries);
      this.#isDiskSlow = report.syncSeconds > SLOW_SYNC_SECONDS;
      this.#options.publish(report, deliveries);
      batch.forEach((slot, index) => {
        this.#answer(slot, report.receipts[index]);
      });
    } catch (error) {
      this.#coalescing.clear();
      this.#reject(batch, error);
    } finally {
      this.#underWay--;
      this.#batches.delete(batch);
      this.#settle(batch);
      if (this.#queue.length > 0) this.#schedule();
    }
  }

  #reject(slots: readonly Slot[], error: unknown): void {
    for (const { post, gaveWay } of slots) for (const { reject } of [post, ...gaveWay]) reject(error);
  }

  /** They wait no longer. */
  #settle(slots: readonly Slot[]): void {
    this.#waiting -= slots.length;
    for (const { post, gaveWay } of slots) {
      this.#gaveWay -= gaveWay.length;
      for (const { delivery } of [post, ...gaveWay]) this.#waitingBytes -= delivery.bytes.length;
    }
    if (this.#waiting === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #answer({ post, gaveWay }: Slot, receipt: Receipt | undefined): void {
    if (!receipt) {
      for (const { reject } of [post, ...gaveWay]) reject(new Error('the writer gave no receipt'));
      return;
    }
    post.resolve(receipt);
    if (gaveWay.length === 0) return;
    // A successor that was refused stands for nobody: those that gave way are queued as they came.
    if (receipt.kind === 'spooled') for (const { resolve } of gaveWay) resolve(receipt);
    else if (receipt.kind !== 'notification') {
      for (const one of gaveWay) this.#enqueue({ post: one, gaveWay: [], isQueued: false });
    } else for (const { resolve } of gaveWay) resolve({ ...receipt, outcome: 'coalesced' });
  }
}

function ending(): MonitorError {
  return new MonitorError('OCM_UNAVAILABLE', 'the service is ending');
}

function deliveryOf({ post, gaveWay }: Slot): Delivery {
  if (gaveWay.length === 0) return post.delivery;
  return { ...post.delivery, coalesced: gaveWay.map(({ delivery }) => delivery.receivedAtMs) };
}
