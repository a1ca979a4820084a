/**
 * What happens, for those who follow it over `/api/v1/stream`. Fed after every commit; does nothing while nobody
 * listens, and renders apart from the commit's path, once for all clients. Figures of a group are sent at most once a
 * second, always the newest. Nothing is kept for clients that are away: they resume from the store.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { GroupNo } from '../domain/campaign-group.js';
import type { Clock } from '../domain/clock.js';
import type { CommitReport, Receipt } from '../domain/store.js';
import type { RosterEntry } from '../live/roster.js';
import { SilenceWatch } from '../live/silence-watch.js';
import type { CallbackView } from '../reports/callback-rows.js';
import { FeedClock, TICK_MS } from './feed-clock.js';
import { FeedRenderer, framing } from './feed-renderer.js';
import { FeedResumer, type FeedResumerOptions } from './feed-resumer.js';
import type { StreamClient, StreamEvent } from './stream-client.js';

/**
 * @bound stream clients
 * @beyond 503
 * @seen `ocs_monitor_stream_clients`
 */
const MAX_CLIENTS = 200;
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
/** Between two times at which clients are told to start over: a page then loads everything. */
const RESET_MS = 2000;

export interface LiveFeedOptions extends FeedResumerOptions {
  readonly clock: Clock;
  readonly callbackView: () => CallbackView;
  /** What was committed so long ago is published; what other receivers committed since may not be. */
  readonly behindMs: () => number;
}

/** What is sent of a commit. */
type FedReport = Pick<CommitReport, 'no' | 'receipts' | 'heard' | 'snapshots' | 'made' | 'withdrawn' | 'callbacks'>;

export class LiveFeed {
  readonly #options: LiveFeedOptions;
  readonly #clients = new Set<StreamClient>();
  readonly #feedClock: FeedClock;
  readonly #renderer: FeedRenderer;
  readonly #resumer: FeedResumer;
  readonly #silence: SilenceWatch;
  readonly #dueGroups = new Set<GroupNo>();
  /** When the figures of a group were sent last, by `performance.now()`. */
  readonly #sentMs = new Map<GroupNo, number>();
  #reports: FedReport[] = [];
  #replayed: string[] = [];
  #mustStartOver = false;
  #startedOverMs = -Infinity;
  #dropped = 0;
  #closed = false;

  constructor(options: LiveFeedOptions) {
    const { roster, clock, callbackView, onFailed } = options;
    this.#options = options;
    this.#silence = new SilenceWatch(roster);
    this.#renderer = new FeedRenderer(roster, clock, callbackView);
    this.#resumer = new FeedResumer(options, this.#renderer);
    this.#feedClock = new FeedClock({
      send: () => this.#send(),
      onFailed: (error) => {
        onFailed(error);
        this.#startOver();
      },
      onTick: () => {
        this.#lookForSilence();
      },
      onHeartbeat: () => {
        this.#giveSignOfLife();
      },
    });
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
  publish(report: FedReport): void {
    if (this.#clients.size === 0) return;
    if (this.#reports.length >= MAX_WAITING_REPORTS) this.#startOver();
    else this.#reports.push(report);
    this.#feedClock.gather();
  }

  /** Takes note of a commit of another receiver. */
  follow(commit: Omit<FedReport, 'receipts'>): void {
    this.publish({ ...commit, receipts: [] });
  }

  /** Takes note of quarantined bodies that were replayed. */
  replayed(ids: readonly string[]): void {
    if (this.#clients.size === 0) return;
    this.#replayed.push(...ids);
    this.#feedClock.gather();
  }

  /** Takes note that groups or callbacks were removed: whoever follows starts over. */
  removed(): void {
    if (this.#clients.size === 0) return;
    this.#startOver();
    this.#feedClock.gather();
  }

  noteDropped(): void {
    this.#dropped++;
  }

  /** Follows from now on; with `sinceMs` after everything that changed since. Resolves when it has caught up. */
  async join(client: StreamClient, sinceMs: number | null): Promise<void> {
    if (this.#clients.size === 0) this.#wake();
    this.#clients.add(client);
    const nowMs = this.#options.clock.nowMs();
    const id = this.#id();
    await client.catchUp('retry: 2000\n\n');
    if (sinceMs !== null) await this.#resumer.resume(client, sinceMs, nowMs);
    await client.catchUp(`id: ${id}\n\n`);
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

  /** Of what is sent now: who resumes from it, wherever, is told of all that was committed since. */
  #id(): number {
    const { clock, behindMs } = this.#options;
    return clock.nowMs() - Math.round(behindMs());
  }

  #dismiss(client: StreamClient): void {
    client.end();
    this.leave(client);
  }

  #wake(): void {
    this.#silence.look(this.#options.clock.nowMs());
    this.#feedClock.start();
  }

  #sleep(): void {
    this.#feedClock.stop();
    this.#reports = [];
    this.#replayed = [];
    this.#dueGroups.clear();
    this.#sentMs.clear();
    this.#mustStartOver = false;
  }

  /** Whose silence began or ended is shown anew. */
  #lookForSilence(): void {
    for (const groupNo of this.#silence.look(this.#options.clock.nowMs())) this.#dueGroups.add(groupNo);
    if (this.#dueGroups.size > 0) this.#feedClock.gather();
  }

  #giveSignOfLife(): void {
    const id = this.#id();
    for (const client of this.#clients) {
      client.send(`: heartbeat\nid: ${id}\n\n`);
      void client.isAdmitted().then((isAdmitted) => {
        if (!isAdmitted) this.#dismiss(client);
      });
    }
  }

  #startOver(): void {
    this.#mustStartOver = true;
    this.#reports = [];
    this.#replayed = [];
  }

  /** Resolves with whether more is waiting. */
  async #send(): Promise<boolean> {
    const reports = this.#reports.splice(0).sort((a, b) => a.no - b.no);
    const replayed = this.#replayed.splice(0);
    const quarantined = [...replayed, ...reports.flatMap(({ receipts }) => receipts.flatMap(quarantinedIds))];
    this.#noteDue(reports);
    // Everything up to here is in what follows.
    const id = this.#id();
    if (this.#mustStartOver || quarantined.length > MAX_QUARANTINED) this.#reset(framing(id)('reset', {}));
    else await this.#sendRendered(reports, quarantined, id);
    return this.#mustStartOver || this.#reports.length > 0 || this.#replayed.length > 0;
  }

  async #sendRendered(reports: readonly FedReport[], quarantined: readonly string[], id: number): Promise<void> {
    const frameOf = framing(id);
    const due = this.#takeDue();
    let count = 0;
    for (const items of [
      this.#renderer.transitions(reports),
      this.#renderer.changedCallbacks(reports),
      this.#wanted('statistics') ? this.#renderer.groups(due) : [],
    ]) {
      for (const { event, row } of items) {
        this.#broadcast(event, frameOf(event, row));
        if (++count % SLICE === 0) await turn();
      }
    }
    if (quarantined.length === 0 || !this.#wanted('quarantine')) return;
    const bodies = await this.#options.reader.quarantineRows([...new Set(quarantined)]);
    for (const { event, row } of this.#renderer.quarantine(bodies)) this.#broadcast(event, frameOf(event, row));
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

  #noteDue(reports: readonly FedReport[]): void {
    for (const { heard, snapshots } of reports) {
      for (const { groupNo } of heard) this.#dueGroups.add(groupNo);
      for (const { groupNo } of snapshots) this.#dueGroups.add(groupNo);
    }
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
}

function quarantinedIds(receipt: Receipt): string[] {
  if (receipt.kind === 'batch') return receipt.items.flatMap(quarantinedIds);
  return receipt.kind === 'quarantined' ? [receipt.id] : [];
}
