/** A simulated day: what happens in it, and the truth that alerts are held against. */
import { promisify } from 'node:util';
import { Random } from '../../src/simulator/random.js';
import { CallbackTraffic } from './callbacks.js';
import { type CentreOptions, groupsOf, type Planned, PlayedGroup, type Spell, type Told } from './centre.js';
import { ScrapedSeries, type WrittenSeries } from './samples.js';
import { ServiceOnClock } from './service.js';

/** Something that is really the matter. Moments are milliseconds since the day's first scrape. */
export interface Trouble {
  readonly what: string;
  readonly alert: string;
  /** Labels of the alert that tells it. */
  readonly where: Readonly<Record<string, string>>;
  readonly fromMs: number;
  /** Null: it goes on beyond the end of the day. */
  readonly toMs: number | null;
  readonly toldWithinMs: number;
  readonly endsWithinMs: number;
}

/** What may fire besides, because it follows from a trouble. */
export type Consequence = Pick<Trouble, 'alert' | 'fromMs' | 'toMs'>;

export interface Hands {
  readonly service: ServiceOnClock;
  readonly groups: readonly PlayedGroup[];
  readonly callbacks: CallbackTraffic;
  /** A body as it comes, good or bad. */
  readonly post: (source: string, body: string) => void;
}

export interface Day {
  readonly name: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly centre: CentreOptions;
  readonly flags?: Readonly<Record<string, string>>;
  readonly scrapeSeconds: number;
  readonly evaluationSeconds: number;
  readonly plan: (index: number, source: string, random: Random) => readonly Planned[];
  readonly spells?: (index: number, source: string) => readonly Spell[];
  /** By how much OCS's clock is ahead. */
  readonly clockAheadMs?: number;
  /** Whether a post arrives. */
  readonly arrives?: (told: Told, sinceMs: number, random: Random) => boolean;
  /** Whether Prometheus reaches the service. */
  readonly scraped?: (sinceMs: number) => boolean;
  readonly ackSeconds?: (sinceMs: number) => number;
  readonly callbacksPerMinute?: (sinceMs: number) => number;
  readonly callbacksArrive?: (sinceMs: number) => boolean;
  /** What somebody does, and when. */
  readonly doings?: readonly { readonly atMs: number; readonly does: (hands: Hands) => void }[];
  readonly troubles: readonly Trouble[];
  readonly consequences?: readonly Consequence[];
}

const TARGET = { instance: 'monitor:8080', job: 'ocs-monitor', site: 'main' };

const turn = promisify(setImmediate);

/** Plays a day through the service, and gives what was scraped of it. */
export async function play(day: Day, wanted: ReadonlySet<string>): Promise<readonly WrittenSeries[]> {
  const random = new Random(day.centre.seed).fork(day.name);
  const clock = { atMs: day.startMs, nowMs: () => clock.atMs };
  const service = new ServiceOnClock(clock, { ...day.flags });
  try {
    return await new Playing(day, { random, clock, service }).play(wanted);
  } finally {
    service.remove();
  }
}

interface Stage {
  readonly random: Random;
  readonly clock: { atMs: number };
  readonly service: ServiceOnClock;
}

class Playing {
  readonly #day: Day;
  readonly #stage: Stage;
  readonly #groups: readonly PlayedGroup[];
  readonly #callbacks: CallbackTraffic;
  readonly #network: Random;
  readonly #doings: NonNullable<Day['doings']>[number][];
  #waiting: Parameters<ServiceOnClock['post']>[0][number][] = [];

  constructor(day: Day, stage: Stage) {
    this.#day = day;
    this.#stage = stage;
    const { random } = stage;
    this.#network = random.fork('network');
    const indexes = new Map<string, number>();
    this.#groups = groupsOf(day.centre).map((group) => {
      const index = indexes.get(group.source) ?? 0;
      indexes.set(group.source, index + 1);
      const own = random.fork(`${group.source} ${String(index)}`);
      return new PlayedGroup(group, {
        plan: day.plan(index, group.source, own.fork('plan')).map((one) => ({ ...one, atMs: one.atMs + day.startMs })),
        spells: (day.spells?.(index, group.source) ?? []).map((spell) => ({
          ...spell,
          fromMs: spell.fromMs + day.startMs,
          toMs: spell.toMs + day.startMs,
        })),
        ...{ random: own, intervalMs: day.centre.intervalMs, clockAheadMs: day.clockAheadMs ?? 0 },
      });
    });
    this.#callbacks = new CallbackTraffic(day.centre.seed);
    this.#doings = [...(day.doings ?? [])].sort((a, b) => a.atMs - b.atMs);
  }

  async play(wanted: ReadonlySet<string>): Promise<readonly WrittenSeries[]> {
    const { startMs, durationMs, scrapeSeconds, scraped = () => true } = this.#day;
    const { clock, service } = this.#stage;
    const series = new ScrapedSeries(wanted);
    for (let sinceMs = 0; sinceMs <= durationMs; sinceMs += 1000) {
      clock.atMs = startMs + sinceMs;
      this.#happen(sinceMs);
      if (sinceMs % (scrapeSeconds * 1000) !== 0) continue;
      this.#deliver(sinceMs);
      series.take(scraped(sinceMs) ? await service.scrape() : null, TARGET);
      series.next();
      // Whoever evaluates the day before gets a turn.
      await turn();
    }
    return series.end();
  }

  #happen(sinceMs: number): void {
    const { arrives = () => true, callbacksPerMinute, callbacksArrive = () => true } = this.#day;
    const nowMs = this.#stage.clock.atMs;
    for (let next = this.#doings[0]; next && next.atMs <= sinceMs; next = this.#doings[0]) {
      this.#doings.shift();
      this.#deliver(sinceMs);
      const post = (source: string, body: string) => {
        this.#take('campaign-group-state', source, body);
      };
      next.does({ service: this.#stage.service, groups: this.#groups, callbacks: this.#callbacks, post });
    }
    for (const told of this.#groups.flatMap((group) => group.tell(nowMs))) {
      if (arrives(told, sinceMs, this.#network)) {
        this.#take('campaign-group-state', told.source, JSON.stringify(told.body));
      }
    }
    const perMinute = callbacksPerMinute?.(sinceMs) ?? 0;
    for (const { endpoint, body } of this.#callbacks.tell(nowMs, perMinute, nowMs - 1000)) {
      if (callbacksArrive(sinceMs)) this.#take(endpoint, 'default', body);
    }
  }

  #take(
    endpoint: 'campaign-group-state' | 'callback-events' | 'attached-data' | 'status-notifications',
    source: string,
    body: string,
  ): void {
    const bytes = Buffer.from(body).toString('latin1');
    this.#waiting.push({ endpoint, source, receivedAtMs: this.#stage.clock.atMs, bytes });
  }

  #deliver(sinceMs: number): void {
    this.#stage.service.post(this.#waiting, this.#day.ackSeconds?.(sinceMs) ?? 0.002);
    this.#waiting = [];
  }
}
