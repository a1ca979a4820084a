/**
 * The board of open callbacks, in memory, for those who count them at every scrape. Fed by commits after they are
 * durable; a restart rebuilds it from the store. Bounded: beyond `maxOpen` a further one is left out and counted. Some of
 * those left out wait, and come in when there is room.
 */
import { LRUCache } from 'lru-cache';
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
  /** When it was last said to be alive by its record; and when it was last heard of. */
  readonly saidMs: number;
  readonly heardMs: number;
  /** The last commit that told of it; 0: none yet. */
  readonly commitNo: number;
}

/**
 * Callbacks of which is remembered by which commit they were closed.
 * @bound closed callbacks whose last commit is remembered
 * @beyond the oldest makes room
 */
const MAX_CLOSED = 1000;
/**
 * Sources and tenants whose newest record is remembered; the one whose is oldest makes room.
 * @bound sources and tenants whose newest callback record is remembered
 * @beyond the oldest makes room
 * @seen `gms_callback_last_record_timestamp_seconds`
 */
const MAX_LAST_RECORDS = 1000;
/**
 * Open callbacks that wait for room.
 * @bound open callbacks waiting for room on `/metrics`
 * @beyond further ones come in with their next event
 * @seen `ocs_monitor_series_dropped_total`
 */
const MAX_WAITING = 10_000;

export class CallbackBoard {
  readonly #options: CallbackBoardOptions;
  readonly #open = new Map<string, Entry>();
  readonly #waiting = new Map<string, Entry>();
  readonly #closed = new LRUCache<string, number>({ max: MAX_CLOSED });
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
    for (const last of [...lastEvents].sort((a, b) => a.receivedMs - b.receivedMs)) this.#noteLast(last);
  }

  /** Everything as it is held; of what later commits than `commitNo` have told, it stays as these did. */
  loadAnew(callbacks: readonly Callback[], lastEvents: readonly LastEvent[], commitNo: number): void {
    for (const entries of [this.#waiting, this.#open])
      for (const [id, entry] of entries) if (entry.commitNo <= commitNo) entries.delete(id);
    for (const callback of callbacks) this.#note(callback, commitNo);
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
    this.#makeRoom(nowMs);
    const counts = new Map<string, OpenCallbacks>();
    for (const entry of this.#open.values()) {
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

  /** The clock was set: what was heard since `sinceMs` moves with it. */
  move(byMs: number, sinceMs: number): void {
    for (const entries of [this.#open, this.#waiting]) {
      for (const [id, entry] of entries)
        if (entry.heardMs >= sinceMs) entries.set(id, { ...entry, heardMs: entry.heardMs + byMs });
    }
    for (const [key, last] of this.#last)
      if (last.receivedMs >= sinceMs) this.#last.set(key, { ...last, receivedMs: last.receivedMs + byMs });
  }

  /** Drops everything of a source. */
  forget(source: string): void {
    for (const [id, entry] of this.#waiting) if (entry.source === source) this.#waiting.delete(id);
    for (const [id, entry] of this.#open) if (entry.source === source) this.#open.delete(id);
    for (const [key, last] of this.#last) if (last.source === source) this.#last.delete(key);
  }

  /** Only callbacks with a record are counted: attached data and notifications alone make none. */
  #note(callback: Callback, commitNo: number): void {
    const id = `${callback.source};${callback.serviceId}`;
    if (commitNo < this.#toldBy(id)) return;
    if (callback.isFinal || callback.lastEventMs === null) {
      const wasOpen = this.#open.delete(id);
      if (this.#waiting.delete(id) || wasOpen) this.#closed.set(id, commitNo);
      return;
    }
    const { record, source } = callback;
    const entry = {
      source,
      tenantDbid: record.tenantDbid,
      queue: record.vq,
      state: dispositionOf(record.disposition, false).state,
      startMs: record.serviceStartMs ?? callback.firstReceivedMs,
      saidMs: aliveUntilMs({ ...callback, lastEventMs: 0 }),
      heardMs: callback.lastEventMs,
      commitNo,
    };
    if (this.#open.has(id) || this.#open.size < this.#options.maxOpen) {
      this.#waiting.delete(id);
      this.#open.set(id, entry);
      return;
    }
    this.#leftOut++;
    if (this.#waiting.has(id) || this.#waiting.size < MAX_WAITING) this.#waiting.set(id, entry);
  }

  /** Drops those whose session must have died; whoever waited longest comes in. */
  #makeRoom(nowMs: number): void {
    const isOver = ({ saidMs, heardMs }: Entry) => nowMs - Math.max(saidMs, heardMs) > this.#options.ttlMs;
    for (const [id, entry] of this.#open) {
      if (isOver(entry)) this.#open.delete(id);
    }
    for (const [id, entry] of this.#waiting) {
      if (this.#open.size >= this.#options.maxOpen) return;
      this.#waiting.delete(id);
      if (!isOver(entry)) this.#open.set(id, entry);
    }
  }

  /** The last commit that told of a callback, as far as that is remembered. */
  #toldBy(id: string): number {
    return (this.#open.get(id) ?? this.#waiting.get(id))?.commitNo ?? this.#closed.get(id) ?? 0;
  }

  #noteLast(last: LastEvent): void {
    const key = `${last.source};${last.tenantDbid ?? ''}`;
    const known = this.#last.get(key);
    if (known !== undefined && known.receivedMs >= last.receivedMs) return;
    // Those heard of last stand last.
    this.#last.delete(key);
    this.#last.set(key, last);
    const [oldest] = this.#last.keys();
    if (this.#last.size > MAX_LAST_RECORDS && oldest !== undefined) this.#last.delete(oldest);
  }
}
