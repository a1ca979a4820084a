/**
 * What happens, for those who follow it over `/api/v1/stream`. Fed after every commit; does nothing while nobody
 * listens, and renders apart from the commit's path, once for all clients. Figures of a group are sent at most once a
 * second, always the newest. Nothing is kept for clients that are away: they resume from the store.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Callback } from '../domain/callback.js';
import type { Clock } from '../domain/clock.js';
import type { CommitReport, Receipt, ReportReader, TransitionChange, TransitionRow } from '../domain/store.js';
import type { Roster, RosterEntry } from '../live/roster.js';
import { callbackColumns, type CallbackView } from '../reports/callback-rows.js';
import type { CallbackReader } from '../reports/callback-reader.js';
import { shownQuarantined } from '../reports/quarantine-view.js';
import { campaignGroupColumns, QUARANTINE_COLUMNS, type Row, rowOf, transitionColumns } from '../reports/rows.js';
import { SilenceWatch } from '../live/silence-watch.js';
import type { StreamClient, StreamEvent } from './stream-client.js';

/**
 * @bound stream clients
 * @beyond 503
 * @seen `ocs_monitor_stream_clients`
 */
const MAX_CLIENTS = 200;
/** What happens within so long is rendered together. */
const GATHER_MS = 100;
const TICK_MS = 1000;
const HEARTBEAT_TICKS = 15;
/**
 * Commits that may wait for being rendered; beyond it clients are told to start over.
 * @bound commits waiting to be streamed
 * @beyond clients are told to reload
 * @seen `ocs_monitor_stream_dropped_total`
 */
const MAX_WAITING_REPORTS = 1000;
/**
 * Quarantined bodies looked up at once; beyond it clients are told to start over.
 * @bound quarantined bodies streamed at once
 * @beyond clients are told to reload
 * @seen the stream
 */
const MAX_QUARANTINED = 1000;
/** Items rendered before other work gets its turn. */
const SLICE = 100;
/**
 * Items of a kind that a client is given to resume; beyond it it is told to start over.
 * @bound changes sent to a client that resumes, of each kind
 * @beyond it is told to reload
 * @seen the stream
 */
const MAX_RESUMED = 2000;
/** Between two times at which clients are told to start over: a page then loads everything. */
const RESET_MS = 2000;
/** A commit is shown a while after its posts were received: what is resumed overlaps by as much as that may be. */
const OVERLAP_MS = 30_000;

export interface LiveFeedOptions {
  readonly roster: Roster;
  readonly reader: ReportReader;
  readonly callbackReader: CallbackReader;
  readonly clock: Clock;
  readonly callbackView: () => CallbackView;
  readonly onFailed: (error: unknown) => void;
}

/** Items by kind, as they are to be sent. */
interface Rendered {
  readonly event: StreamEvent;
  readonly row: Row;
}

export class LiveFeed {
  readonly #options: LiveFeedOptions;
  readonly #clients = new Set<StreamClient>();
  readonly #silence: SilenceWatch;
  readonly #transitionColumns;
  readonly #dueGroups = new Set<number>();
  /** When the figures of a group were sent last, by `performance.now()`. */
  readonly #sentMs = new Map<number, number>();
  #reports: CommitReport[] = [];
  #replayed: string[] = [];
  #mustStartOver = false;
  #startedOverMs = -Infinity;
  #gathering: NodeJS.Timeout | null = null;
  #ticking: NodeJS.Timeout | null = null;
  #ticks = 0;
  #dropped = 0;
  #closed = false;

  constructor(options: LiveFeedOptions) {
    this.#options = options;
    this.#silence = new SilenceWatch(options.roster);
    this.#transitionColumns = transitionColumns(options.roster);
  }

  get clients(): number {
    return this.#clients.size;
  }

  /** Clients that were disconnected because they read too slowly, since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether another client may follow. */
  get hasRoom(): boolean {
    return !this.#closed && this.#clients.size < MAX_CLIENTS;
  }

  /** Takes note of a commit. */
  publish(report: CommitReport): void {
    if (this.#clients.size === 0) return;
    if (this.#reports.length >= MAX_WAITING_REPORTS) this.#startOver();
    else this.#reports.push(report);
    this.#gather();
  }

  /** Takes note of quarantined bodies that were replayed. */
  replayed(ids: readonly string[]): void {
    if (this.#clients.size === 0) return;
    this.#replayed.push(...ids);
    this.#gather();
  }

  /** Takes note that groups or callbacks were removed: whoever follows starts over. */
  removed(): void {
    if (this.#clients.size === 0) return;
    this.#startOver();
    this.#gather();
  }

  noteDropped(): void {
    this.#dropped++;
  }

  /** Follows from now on; with `sinceMs` after everything that changed since. Resolves when it has caught up. */
  async join(client: StreamClient, sinceMs: number | null): Promise<void> {
    if (this.#clients.size === 0) this.#wake();
    this.#clients.add(client);
    const nowMs = this.#options.clock.nowMs();
    await client.catchUp('retry: 2000\n\n');
    if (sinceMs !== null) await this.#resume(client, sinceMs, nowMs);
    await client.catchUp(`id: ${nowMs}\n\n`);
    client.caughtUp();
  }

  leave(client: StreamClient): void {
    this.#clients.delete(client);
    if (this.#clients.size === 0) this.#sleep();
  }

  /** Ends every connection, and takes no further one. */
  close(): void {
    this.#closed = true;
    for (const client of this.#clients) this.#dismiss(client);
  }

  #dismiss(client: StreamClient): void {
    client.end();
    this.leave(client);
  }

  #wake(): void {
    this.#silence.look(this.#options.clock.nowMs());
    this.#ticking = setInterval(() => {
      this.#tick();
    }, TICK_MS).unref();
  }

  #sleep(): void {
    if (this.#ticking) clearInterval(this.#ticking);
    if (this.#gathering) clearTimeout(this.#gathering);
    this.#ticking = this.#gathering = null;
    this.#reports = [];
    this.#replayed = [];
    this.#dueGroups.clear();
    this.#sentMs.clear();
    this.#mustStartOver = false;
  }

  /** Once a second: whose silence began or ended, and every so often a sign of life. */
  #tick(): void {
    const nowMs = this.#options.clock.nowMs();
    for (const groupNo of this.#silence.look(nowMs)) this.#dueGroups.add(groupNo);
    if (this.#dueGroups.size > 0) this.#gather();
    if (++this.#ticks % HEARTBEAT_TICKS !== 0) return;
    for (const client of this.#clients) {
      client.send(`: heartbeat\nid: ${nowMs}\n\n`);
      void client.isAdmitted().then((isAdmitted) => {
        if (!isAdmitted) this.#dismiss(client);
      });
    }
  }

  #gather(): void {
    this.#gathering ??= setTimeout(() => {
      this.#send().then(
        () => {
          this.#gathering = null;
          if (this.#mustStartOver || this.#reports.length > 0 || this.#replayed.length > 0) this.#gather();
        },
        (error: unknown) => {
          this.#gathering = null;
          this.#options.onFailed(error);
          this.#startOver();
          this.#gather();
        },
      );
    }, GATHER_MS).unref();
  }

  #startOver(): void {
    this.#mustStartOver = true;
    this.#reports = [];
    this.#replayed = [];
  }

  async #send(): Promise<void> {
    const reports = this.#reports.splice(0).sort((a, b) => a.no - b.no);
    const quarantined = [
      ...this.#replayed.splice(0),
      ...reports.flatMap((one) => one.receipts.flatMap(quarantinedIds)),
    ];
    for (const { heard, snapshots } of reports) {
      for (const { groupNo } of heard) this.#dueGroups.add(groupNo);
      for (const { groupNo } of snapshots) this.#dueGroups.add(groupNo);
    }
    // Everything up to here is in what follows.
    const frameOf = framing(this.#options.clock.nowMs());
    if (this.#mustStartOver || quarantined.length > MAX_QUARANTINED) {
      this.#reset(frameOf('reset', {}));
      return;
    }
    const rendered = [this.#transitions(reports), this.#callbacks(reports), this.#groups(this.#takeDue())];
    let count = 0;
    for (const items of rendered) {
      for (const { event, row } of items) {
        this.#broadcast(event, frameOf(event, row));
        if (++count % SLICE === 0) await turn();
      }
    }
    if (quarantined.length === 0 || !this.#wanted('quarantine')) return;
    for (const row of await this.#options.reader.quarantineRows([...new Set(quarantined)])) {
      this.#broadcast('quarantine', frameOf('quarantine', this.#quarantineRow(row)));
    }
  }

  /** Tells everybody to start over, once the last time is long enough ago: what happens until then is in what they load. */
  #reset(frame: string): void {
    const nowMs = performance.now();
    this.#mustStartOver = nowMs - this.#startedOverMs < RESET_MS;
    if (this.#mustStartOver) return;
    this.#startedOverMs = nowMs;
    this.#broadcast(null, frame);
  }

  #broadcast(event: StreamEvent | null, frame: string): void {
    for (const client of this.#clients) if (event === null || client.wants(event)) client.send(frame);
  }

  #wanted(event: StreamEvent): boolean {
    for (const client of this.#clients) if (client.wants(event)) return true;
    return false;
  }

  /** Groups whose figures may be sent now; the others stay due. */
  #takeDue(): RosterEntry[] {
    const nowMs = performance.now();
    const taken: RosterEntry[] = [];
    for (const groupNo of this.#dueGroups) {
      if (nowMs - (this.#sentMs.get(groupNo) ?? -Infinity) < TICK_MS) continue;
      this.#dueGroups.delete(groupNo);
      this.#sentMs.set(groupNo, nowMs);
      const entry = this.#options.roster.byNo(groupNo);
      if (entry) taken.push(entry);
    }
    return taken;
  }

  *#groups(entries: Iterable<RosterEntry>): Generator<Rendered> {
    if (!this.#wanted('statistics')) return;
    const columns = campaignGroupColumns(this.#options.roster, this.#options.clock.nowMs());
    for (const entry of entries) yield { event: 'statistics', row: rowOf(columns, entry) };
  }

  *#transitions(reports: readonly CommitReport[]): Generator<Rendered> {
    for (const { made, withdrawn, snapshots } of reports) {
      const keyOf = new Map(snapshots.map((snapshot) => [snapshot.groupNo, snapshot]));
      const rowsOf = (changes: readonly TransitionChange[]) =>
        changes.flatMap(({ groupNo, transition }) => {
          const key = keyOf.get(groupNo) ?? this.#options.roster.byNo(groupNo)?.snapshot;
          if (!key) return [];
          return [{ ...transition, campaignGroupId: key.id, source: key.source, dbid: key.dbid }];
        });
      for (const row of rowsOf(withdrawn)) yield this.#transition(row, true);
      for (const row of rowsOf(made)) yield this.#transition(row, false);
    }
  }

  #transition(row: TransitionRow, withdrawn: boolean): Rendered {
    const shown = rowOf(this.#transitionColumns, row);
    return { event: 'transition', row: withdrawn ? { ...shown, withdrawn } : shown };
  }

  /** Each callback once, as it stands after all. */
  *#callbacks(reports: readonly CommitReport[]): Generator<Rendered> {
    const newest = new Map<string, Callback>();
    for (const { callbacks } of reports) {
      for (const { callback } of callbacks) newest.set(`${callback.source};${callback.serviceId}`, callback);
    }
    yield* this.#callbackRows(newest.values());
  }

  *#callbackRows(callbacks: Iterable<Callback>): Generator<Rendered> {
    const columns = callbackColumns(this.#options.callbackView());
    for (const callback of callbacks) yield { event: 'callback', row: rowOf(columns, callback) };
  }

  #quarantineRow(row: Parameters<typeof shownQuarantined>[0]): Row {
    return rowOf(QUARANTINE_COLUMNS, shownQuarantined(row, this.#options.callbackView().pii));
  }

  /** Sends what changed since, as far as it is bounded; else `reset`. Who breaks off meanwhile starts from `sinceMs` again. */
  async #resume(client: StreamClient, sinceMs: number, nowMs: number): Promise<void> {
    const { reader, callbackReader, onFailed } = this.#options;
    const fromMs = sinceMs - OVERLAP_MS;
    const frameOf = framing(Number.isFinite(sinceMs) ? sinceMs : nowMs);
    const groups = this.#groupsSince(fromMs);
    const known = await Promise.all([
      reader.changes(fromMs, MAX_RESUMED),
      callbackReader.changed(fromMs, MAX_RESUMED),
    ]).catch((error: unknown) => {
      onFailed(error);
      return [null, null] as const;
    });
    const [changes, callbacks] = known;
    if (!(sinceMs <= nowMs + OVERLAP_MS) || changes === null || callbacks === null || groups.length > MAX_RESUMED) {
      await client.catchUp(frameOf('reset', {}));
      return;
    }
    const send = async (items: Iterable<Rendered>) => {
      for (const { event, row } of items) {
        if (client.isOpen && client.wants(event)) await client.catchUp(frameOf(event, row));
      }
    };
    await send(changes.transitions.map(({ row, withdrawn }) => this.#transition(row, withdrawn)));
    await send(this.#callbackRows(callbacks));
    await send(changes.quarantine.map((row) => ({ event: 'quarantine', row: this.#quarantineRow(row) })));
    await send(this.#groups(groups));
  }

  /** Groups heard since a time, and those whose silence may have begun or ended in it. */
  #groupsSince(fromMs: number): RosterEntry[] {
    return [...this.#options.roster.entries()].filter(
      ({ snapshot, figures }) => figures.lastHeardMs >= fromMs || snapshot.state === 'running',
    );
  }
}

function framing(id: number): (event: string, row: Row) => string {
  return (event, row) => `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(row)}\n\n`;
}

function quarantinedIds(receipt: Receipt): string[] {
  if (receipt.kind === 'batch') return receipt.items.flatMap(quarantinedIds);
  return receipt.kind === 'quarantined' ? [receipt.id] : [];
}
