/**
 * What the page knows: one cell a campaign group, fed by the list once and by the stream from then on. A change of one
 * group touches its cell alone; `order` says, at most a few times a second, that lists may have to be sorted anew.
 */
import type { CampaignGroup, QuarantinedBody, Transition } from './api-types.js';
import { ApiError, apiUrl, getAll, getJson, listenToAnswers } from './api.js';
import { Cell } from './cell.js';
import { browserMs, holdTime, learnTime, nowMs, onBeat, startBeat } from './clock.js';
import { EventStream, type StreamEvent, StreamRefused } from './event-stream.js';
import type { Limits, ServiceInfo, SessionInfo } from './service-info.js';
import { firstSeen, isOverAt, watched, type Watch } from './over-dialing.js';
import { troubleOf, type Yardstick } from './trouble.js';

export type Connection =
  | { readonly status: 'connecting' }
  | { readonly status: 'live' }
  /** The service has no room for another follower: the lists are asked for again and again. */
  | { readonly status: 'polling' }
  | { readonly status: 'lost'; readonly sinceMs: number; readonly retryAtMs: number; readonly why: string };

/** What the stream told, for views that keep lists of their own. */
export interface News {
  readonly transition: Transition;
  readonly statistics: CampaignGroup;
  readonly callback: { readonly service_id: string; readonly source: string };
  readonly quarantine: QuarantinedBody;
  /** Everything may have changed: load again. */
  readonly reset: null;
}
type Listener<K extends keyof News> = (news: News[K]) => void;

const MOST_GROUPS = 20_000;
/** Between two looks at the order of things when only figures changed: rows should not jump about. */
const FIGURES_SETTLE_MS = 4000;
const STATE_SETTLE_MS = 150;
const LOAD_RETRY_MS = 3000;
/** The disk fills slowly. */
const SERVICE_MS = 60_000;

export class Model {
  readonly groups = new Map<string, Cell<CampaignGroup>>();
  /** Grows when groups may stand elsewhere in a list. */
  readonly order = new Cell(0);
  readonly connection = new Cell<Connection>({ status: 'connecting' });
  /** False until the groups were loaded once. */
  readonly isLoaded = new Cell(false);
  readonly isSignedOut = new Cell(false);
  /** Whether somebody who may read wants to sign in to administer. */
  readonly isSigningIn = new Cell(false);
  /** Null until the service said it. */
  readonly session = new Cell<SessionInfo | null>(null);
  /** Null until the service said it. */
  readonly service = new Cell<ServiceInfo | null>(null);
  readonly limits = new Cell<Limits | null>(null);
  /** How many groups want a person. */
  readonly troubles = new Cell(0);
  readonly #overDialing = new Map<string, Watch>();
  #troubled = '';
  readonly #listeners = new Map<keyof News, Set<Listener<never>>>();
  readonly #stream: EventStream;
  #settleAtMs = Infinity;
  #settleTimer: ReturnType<typeof setTimeout> | undefined;
  #heardMs = browserMs();

  constructor() {
    this.#stream = new EventStream({
      url: apiUrl('stream'),
      onOpen: () => {
        void this.#opened();
      },
      onEvent: (event) => {
        // What cannot be taken is an error of ours, and no lost connection.
        try {
          this.#take(event);
        } catch (error) {
          reportError(error);
        }
      },
      onLost: (error, retryInMs) => {
        void this.#lost(error, retryInMs);
      },
    });
  }

  start(): void {
    listenToAnswers((status, dateMs) => {
      learnTime(dateMs);
      if (status === 401) this.signOut();
    });
    startBeat();
    onBeat(() => {
      // Trouble comes with time, too: an unload that hangs says nothing more.
      if (this.#countTrouble()) this.#settle(STATE_SETTLE_MS);
    });
    addEventListener('online', () => {
      this.#stream.hurry();
    });
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.#stream.hurry();
    });
    setInterval(() => {
      if (this.connection.value.status === 'live') void this.askService();
    }, SERVICE_MS);
    this.#stream.connect();
  }

  /** What groups are judged by now, or as of a beat. */
  yardstick(now = nowMs()): Yardstick {
    const limits = this.limits.value;
    const isOverDialing = ({ id }: { readonly id: string }) => {
      const watch = this.#overDialing.get(id);
      return watch !== undefined && limits !== null && isOverAt(watch, now, limits);
    };
    return { nowMs: now, limits, isOverDialing };
  }

  /** Counts what wants a person; whether it is another group, or for another reason, than before. */
  #countTrouble(): boolean {
    const by = this.yardstick();
    const troubled = [...this.groups.values()].flatMap(({ value }) => {
      const trouble = troubleOf(value, by);
      return trouble === null ? [] : [`${value.id} ${trouble}`];
    });
    this.troubles.set(troubled.length);
    const known = this.#troubled;
    this.#troubled = troubled.join();
    return this.#troubled !== known;
  }

  /** Asks what the service says of itself; the last answer stands where it does not. Never rejects. */
  async askService(): Promise<void> {
    const service = await getJson<ServiceInfo>('service').catch(() => null);
    if (service === null) return;
    this.service.set(service);
    if (JSON.stringify(service.limits) === JSON.stringify(this.limits.value)) return;
    this.limits.set(service.limits);
    // By another line, what was watched says nothing.
    this.#overDialing.clear();
    for (const { value } of this.groups.values()) this.#overDialing.set(value.id, firstSeen(value, service.limits));
    this.#settle(0);
  }

  /** Asks what this browser may do; the last answer stands where the service does not say. */
  async askSession(): Promise<SessionInfo | null> {
    const session = await getJson<SessionInfo>('session').catch(() => null);
    if (session !== null) this.session.set(session);
    return session;
  }

  /** After signing in: everything from the start, where nothing could be read before. */
  signedIn(): void {
    this.isSigningIn.set(false);
    if (!this.isSignedOut.value) return;
    this.isSignedOut.set(false);
    this.#stream.forget();
    this.#stream.connect();
    this.#tell('reset', null);
  }

  signOut(): void {
    this.isSigningIn.set(false);
    this.isSignedOut.set(true);
    this.#stream.close();
  }

  retryNow(): void {
    this.#stream.hurry();
  }

  on<K extends keyof News>(kind: K, listener: Listener<K>): () => void {
    const listeners = this.#listeners.get(kind) ?? new Set();
    this.#listeners.set(kind, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  #tell<K extends keyof News>(kind: K, news: News[K]): void {
    for (const listener of this.#listeners.get(kind) ?? []) (listener as Listener<K>)(news);
  }

  /** The first connection loads what there is; a later one resumes, and is told `reset` when it cannot. */
  async #opened(): Promise<void> {
    const wasLoaded = this.isLoaded.value;
    if (wasLoaded) {
      this.#live();
      // It may be another process: with other limits, and a time that nobody observed before it.
      await this.askService();
    } else this.#loadAnew();
  }

  /** Loads everything; where that fails the page says so, and tries again. */
  #loadAnew(): void {
    this.#load(true).catch((error: unknown) => {
      if (this.isSignedOut.value) return;
      setTimeout(() => {
        this.#loadAnew();
      }, LOAD_RETRY_MS);
      void this.#lost(error, LOAD_RETRY_MS);
    });
  }

  #live(): void {
    holdTime(false);
    this.#heardMs = browserMs();
    this.connection.set({ status: 'live' });
  }

  async #load(isLive: boolean): Promise<void> {
    const [items] = await Promise.all([getAll<CampaignGroup>('campaign-groups', {}, MOST_GROUPS), this.askService()]);
    const listed = new Set(items.map(({ id }) => id));
    for (const id of this.groups.keys()) if (!listed.has(id)) this.#forget(id);
    for (const item of items) this.#put(item, 'found');
    this.isLoaded.set(true);
    void this.askSession();
    this.#settle(0);
    if (isLive) this.#live();
  }

  #take({ type, data }: StreamEvent): void {
    this.#heardMs = browserMs();
    const news = JSON.parse(data) as unknown;
    if (type === 'statistics') {
      this.#put(news as CampaignGroup);
      this.#tell('statistics', news as CampaignGroup);
    } else if (type === 'transition') this.#tell('transition', news as Transition);
    else if (type === 'callback') this.#tell('callback', news as News['callback']);
    else if (type === 'quarantine') this.#tell('quarantine', news as QuarantinedBody);
    else if (type === 'reset') {
      this.#loadAnew();
      this.#tell('reset', null);
    }
  }

  /** Takes over a group unless something newer is known of it. */
  #put(group: CampaignGroup, how: 'found' | 'told' = 'told'): void {
    const cell = this.groups.get(group.id);
    if (cell === undefined) {
      this.#watch(group, how);
      this.groups.set(group.id, new Cell(group));
      this.#settle(STATE_SETTLE_MS);
      return;
    }
    const known = cell.value;
    if (isOlder(group, known)) return;
    this.#watch(group, how);
    cell.set(group);
    const hasMoved =
      known.state !== group.state ||
      known.silent !== group.silent ||
      known.name !== group.name ||
      known.last_actor !== group.last_actor ||
      known.ended !== group.ended;
    this.#settle(hasMoved ? STATE_SETTLE_MS : FIGURES_SETTLE_MS);
  }

  /** Without limits there is nothing to watch by: they come with the groups. */
  #watch(group: CampaignGroup, how: 'found' | 'told'): void {
    const limits = this.limits.value;
    if (limits === null) return;
    const watch = this.#overDialing.get(group.id) ?? null;
    const next = watch === null && how === 'found' ? firstSeen(group, limits) : watched(watch, group, limits);
    this.#overDialing.set(group.id, next);
  }

  #forget(id: string): void {
    this.groups.delete(id);
    this.#overDialing.delete(id);
  }

  #settle(withinMs: number): void {
    const atMs = performance.now() + withinMs;
    if (atMs >= this.#settleAtMs) return;
    clearTimeout(this.#settleTimer);
    this.#settleAtMs = atMs;
    this.#settleTimer = setTimeout(() => {
      this.#settleAtMs = Infinity;
      this.#countTrouble();
      this.order.set(this.order.value + 1);
    }, withinMs);
  }

  async #lost(error: unknown, retryInMs: number): Promise<void> {
    if (error instanceof StreamRefused) {
      if (error.status === 401) {
        this.signOut();
        return;
      }
      const isServing = await this.#load(false).then(
        () => true,
        (failure: unknown) => failure instanceof ApiError && failure.status === 401,
      );
      if (isServing) {
        holdTime(false);
        this.connection.set({ status: 'polling' });
        return;
      }
    }
    // A first miss may be the service's restart: the screen stays calm when the next attempt succeeds.
    holdTime(true);
    const known = this.connection.value;
    const sinceMs = known.status === 'lost' ? known.sinceMs : this.#heardMs;
    const why = error instanceof Error ? error.message : 'the service ended the connection';
    this.connection.set({ status: 'lost', sinceMs, retryAtMs: browserMs() + retryInMs, why });
  }
}

/** A late post moves neither; one that is replayed moves the newest event alone. */
function isOlder(group: CampaignGroup, than: CampaignGroup): boolean {
  if (group.last_heard_at !== than.last_heard_at) return group.last_heard_at < than.last_heard_at;
  return group.last_event_at < than.last_event_at;
}

/** The one model of this page. */
export const model = new Model();
