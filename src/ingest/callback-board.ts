/**
 * The board of open callbacks, in memory, for those who count them at every scrape. Fed by commits after they are
 * durable; a restart rebuilds it from the store. Bounded: beyond `maxOpen` a further one is left out and counted.
 */
import { aliveUntilMs, type Callback, dispositionOf } from '../domain/callback.js';
import type { CallbackChange, LastEvent } from '../domain/store.js';

export interface CallbackBoardOptions {
  readonly maxOpen: number;
  /** An open callback of which nothing was said for longer is none any more. */
  readonly ttlMs: number;
}

/** Open callbacks of one kind. */
export interface OpenCallbacks {
  readonly source: string;
  readonly tenantDbid: number | null;
  readonly queue: string | null;
  readonly state: string;
  readonly count: number;
  readonly oldestStartMs: number;
}

interface Entry {
  readonly source: string;
  readonly tenantDbid: number | null;
  readonly queue: string | null;
  readonly state: string;
  readonly startMs: number;
  readonly aliveUntilMs: number;
  /** The last commit that told of it; 0: none yet. */
  readonly commitNo: number;
}

/** Callbacks of which is remembered by which commit they were closed. */
const MAX_CLOSED = 1000;
/** Sources and tenants whose newest record is remembered. */
const MAX_LAST_RECORDS = 1000;

export class CallbackBoard {
  readonly #options: CallbackBoardOptions;
  readonly #open = new Map<string, Entry>();
  readonly #closed = new Map<string, number>();
  readonly #last = new Map<string, LastEvent>();
  #leftOut = 0;

  constructor(options: CallbackBoardOptions) {
    this.#options = options;
  }

  /** Open callbacks that were left out for the bound since the start. */
  get leftOut(): number {
    return this.#leftOut;
  }

  get size(): number {
    return this.#open.size;
  }

  load(callbacks: readonly Callback[], lastEvents: readonly LastEvent[]): void {
    for (const callback of callbacks) this.#note(callback, 0);
    for (const last of lastEvents) this.#noteLast(last);
  }

  /** Takes over what a commit changed, but of no callback of which a later one has told. */
  apply(changes: readonly CallbackChange[], commitNo = 0): void {
    for (const { callback, event } of changes) {
      this.#note(callback, commitNo);
      const { source, record, lastEventMs } = callback;
      if (event !== null && lastEventMs !== null)
        this.#noteLast({ source, tenantDbid: record.tenantDbid, receivedMs: lastEventMs });
    }
  }

  /** Open callbacks counted by source, tenant, queue and state; forgets those whose session must have died. */
  counts(nowMs: number): OpenCallbacks[] {
    const counts = new Map<string, OpenCallbacks>();
    for (const [id, entry] of this.#open) {
      if (nowMs - entry.aliveUntilMs > this.#options.ttlMs) {
        this.#open.delete(id);
        continue;
      }
      const { source, tenantDbid, queue, state, startMs } = entry;
      const key = JSON.stringify([source, tenantDbid, queue, state]);
      const known = counts.get(key);
      const oldestStartMs = Math.min(known?.oldestStartMs ?? Infinity, startMs);
      counts.set(key, { source, tenantDbid, queue, state, count: (known?.count ?? 0) + 1, oldestStartMs });
    }
    return [...counts.values()];
  }

  /** When the newest record of each source and tenant was received. */
  lastRecords(): Iterable<LastEvent> {
    return this.#last.values();
  }

  /** Drops everything of a source. */
  forget(source: string): void {
    for (const [id, entry] of this.#open) if (entry.source === source) this.#open.delete(id);
    for (const [key, last] of this.#last) if (last.source === source) this.#last.delete(key);
  }

  /** Only callbacks with a record are counted: attached data and notifications alone make none. */
  #note(callback: Callback, commitNo: number): void {
    const id = `${callback.source};${callback.serviceId}`;
    if (commitNo < this.#toldBy(id)) return;
    if (callback.isFinal || callback.lastEventMs === null) {
      if (this.#open.delete(id)) this.#noteClosed(id, commitNo);
      return;
    }
    if (!this.#open.has(id) && this.#open.size >= this.#options.maxOpen) {
      this.#leftOut++;
      return;
    }
    const { record, source } = callback;
    this.#open.set(id, {
      source,
      tenantDbid: record.tenantDbid,
      queue: record.vq,
      state: dispositionOf(record.disposition, false).state,
      startMs: record.serviceStartMs ?? callback.firstReceivedMs,
      aliveUntilMs: aliveUntilMs(callback),
      commitNo,
    });
  }

  /** The last commit that told of a callback, as far as that is remembered. */
  #toldBy(id: string): number {
    return this.#open.get(id)?.commitNo ?? this.#closed.get(id) ?? 0;
  }

  #noteClosed(id: string, commitNo: number): void {
    const oldest = this.#closed.size < MAX_CLOSED ? undefined : this.#closed.keys().next().value;
    if (oldest !== undefined) this.#closed.delete(oldest);
    this.#closed.set(id, commitNo);
  }

  #noteLast(last: LastEvent): void {
    const key = `${last.source};${last.tenantDbid ?? ''}`;
    const known = this.#last.get(key);
    if (known === undefined && this.#last.size >= MAX_LAST_RECORDS) return;
    if (known === undefined || known.receivedMs < last.receivedMs) this.#last.set(key, last);
  }
}
