/** The contact centre of the demo against a receiver: the day that is over at once, then live. */
import { setImmediate as immediate } from 'node:timers/promises';
import { type Account, Ledger, type Post } from '../account.js';
import { CallbackCentre } from '../callbacks/callback-centre.js';
import { callbackHistoryPosts } from '../callbacks/history.js';
import type { Endpoint } from '../callbacks/posting.js';
import { Delivery } from '../delivery.js';
import type { SimulationDeps } from '../options.js';
import { letterOf, playOn, type Tick, withinLastAnswers } from '../playing.js';
import { Random } from '../random.js';
import { receivingUrl } from '../receiving-url.js';
import type { CampaignGroup } from '../scenario.js';
import { Sender } from '../sender.js';
import { demoCast } from './cast.js';
import type { Known } from './join.js';
import { CUT_SOURCE, cutOf, programme } from './opening.js';
import type { Past } from './past.js';
import { isUnheard, postsOf, presentPost, thinned } from './posts.js';
import { Story } from './story.js';

export interface DemoOptions {
  /** The receiver's base URL. */
  readonly url: string;
  readonly token: string | null;
  /** Between two periodic posts of a running group. */
  readonly intervalMs: number;
  /** The moment at which the past ends; the start comes when all of it is told. */
  readonly zeroMs: number;
  readonly past: Past;
  /** What the service knows of a group; null: nothing. */
  readonly knownOf: (source: string, dbid: string) => Known | null;
  /** Has the service take a post of the past, as if it had come when it was due; resolves with what became of it. */
  readonly take: (post: PastPost) => Promise<string>;
}

/** A post that was due before the demo was started. */
export interface PastPost {
  readonly endpoint: 'campaign-group-state' | Endpoint;
  readonly source: string;
  readonly receivedAtMs: number;
  readonly text: string;
}

const SEED = 7;
const SOURCES = 3;
const CONNECTIONS = 16;
/** Posts of the past taken at once. */
const TAKEN_AT_ONCE = 400;
/** So long is a post on its way. */
const TRANSIT_MS = 40;
const TICK_MS = 50;
/** Callbacks that begin in a minute; they live so many times as fast as real ones. */
const CALLBACKS_PER_MINUTE = 5;
const CALLBACK_SPEED = 5;
/** Callbacks that have begun before the start, and when the first of them. */
const CALLBACKS_UNDER_WAY = 24;
const UNDER_WAY_MS = 6 * 60_000;
const LAST_ANSWERS_WITHIN_MS = 700;
/** After a longer pause of this process only what has changed is told late. */
const ASLEEP_MS = 30_000;
const RARELY_MS = 86_400_000;

/** Bodies that no OCS should send, for the quarantine to have something to show. */
const FAULTY = [
  { GSW_USER_EVENT: 'CampaignGroupState', GSW_DATE_TIME: '11/28/2026 14:05', GSW_CAMPAIGN_GROUP_DBID: '131' },
  { GSW_USER_EVENT: 'CampaignGroupState', GSW_TENANT_NAME: 'Beacon Bank', GSW_CAMPAIGN_GROUP_STATE: 5 },
] as const;

/** The campaign groups as they are played, without anybody to hear of them. */
export function demoStories(options: Pick<DemoOptions, 'intervalMs' | 'zeroMs' | 'past' | 'knownOf'>): Story[] {
  const random = new Random(SEED);
  return demoCast(random.fork('cast')).map(
    (group) =>
      new Story(
        group,
        options,
        options.knownOf(group.source, group.dbid),
        random.fork(`${group.source} ${group.dbid}`),
      ),
  );
}

/** What happens in the first minutes, in order: seconds from the start, and words. */
export function demoProgramme(intervalMs: number): (readonly [number, string])[] {
  const groups = demoCast(new Random(SEED).fork('cast'));
  const { fromMs, toMs } = cutOf(0, intervalMs);
  return programme((campaign) => nameOf(groups, campaign), (toMs - fromMs) / 1000);
}

function nameOf(groups: readonly CampaignGroup[], wanted: string): string {
  return groups.find(({ campaign }) => campaign === wanted)?.name ?? wanted;
}

interface Told extends PastPost {
  /** About a campaign group, for the account. */
  readonly post?: Post;
  readonly isDefective?: boolean;
}

function told(post: Post, { group }: Story): Told {
  const { text, atMs } = post;
  return {
    endpoint: 'campaign-group-state',
    source: group.source,
    receivedAtMs: atMs + TRANSIT_MS,
    text,
    post,
  };
}

export class Demo {
  readonly #options: DemoOptions;
  readonly #deps: SimulationDeps;
  readonly #stories: readonly Story[];
  readonly #urls: readonly URL[];
  readonly #ledger: Ledger;
  readonly #sender: Sender;
  /** How long it took to tell the past: by so much the rest comes later than planned. */
  #lateMs = 0;

  constructor(options: DemoOptions, deps: SimulationDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#stories = demoStories(options);
    this.#urls = this.#stories.map(({ group }) => receivingUrl(options.url, group.source));
    this.#ledger = new Ledger(this.#stories.map(({ group }) => group));
    this.#sender = new Sender({ connections: CONNECTIONS, token: options.token });
  }

  account(): Account {
    return this.#ledger.account();
  }

  /** Tells the day that is over, in order, and how things stand. Resolves when all is kept, or the signal aborts. */
  async tellPast(): Promise<void> {
    const posts = [...(await this.#pastOfGroups()), ...this.#pastOfCallbacks(), ...this.#faulty()];
    posts.sort((a, b) => a.receivedAtMs - b.receivedAtMs);
    let before: Promise<unknown> = Promise.resolve();
    for (let index = 0; index < posts.length; index += TAKEN_AT_ONCE) {
      if (this.#deps.signal?.aborted) break;
      const taking = Promise.all(posts.slice(index, index + TAKEN_AT_ONCE).map((post) => this.#take(post)));
      // While one batch is written the next is made ready.
      await before;
      before = taking;
    }
    await before;
    this.#lateMs = Math.max(0, this.#deps.clock.nowMs() - this.#options.zeroMs);
    // What runs is heard of at once: nobody is to wonder whether it still does.
    if (!this.#deps.signal?.aborted) await Promise.all(this.#present().map((post) => this.#take(post)));
  }

  /** Posts what happens from now on until the signal aborts. */
  async play(): Promise<void> {
    const deps = this.#deps;
    const fates = { loss: 0, duplicate: 0, reorder: 0 };
    const random = new Random(SEED);
    const deliveryOf = () => new Delivery(fates, random, this.#sender, this.#ledger);
    const [delivery, callbackDelivery] = [deliveryOf(), deliveryOf()];
    const moveGroups = this.#groups(delivery);
    const moveCallbacks = this.#callbacks(callbackDelivery, random.fork('callbacks'), deps.clock.nowMs());
    const tick: Tick = (moment, elapsedMs) => {
      moveGroups(moment, elapsedMs);
      moveCallbacks(moment, elapsedMs);
    };
    const deliveries = [delivery, callbackDelivery];
    const pace = { durationMs: Infinity, speed: 1, tickMs: TICK_MS };
    await playOn(tick, { ...pace, deps, deliveries, ledger: this.#ledger });
    await withinLastAnswers(Promise.all(deliveries.map((one) => one.flush())), LAST_ANSWERS_WITHIN_MS);
  }

  /** Gives up what is not answered. */
  close(): void {
    this.#sender.close();
  }

  #groups(delivery: Delivery): Tick {
    const { zeroMs, intervalMs } = this.#options;
    const lateMs = this.#lateMs;
    let afterMs = zeroMs;
    return ({ wallMs }) => {
      const untilMs = Math.max(afterMs, wallMs - lateMs);
      const everyMs = untilMs - afterMs > ASLEEP_MS ? RARELY_MS : intervalMs;
      const window = { afterMs, untilMs, everyMs: () => everyMs, lateMs };
      for (const [index, story] of this.#stories.entries()) {
        for (const post of postsOf(story, index, window)) this.#deliver(post, delivery, lateMs);
        story.dropBefore(untilMs);
      }
      afterMs = untilMs;
    };
  }

  #callbacks(delivery: Delivery, random: Random, startMs: number): Tick {
    const { url } = this.#options;
    const options = { url, sources: SOURCES, callbacksPerMinute: CALLBACKS_PER_MINUTE, speed: CALLBACK_SPEED };
    const centre = new CallbackCentre(options, random, startMs);
    for (let number = 0; number < CALLBACKS_UNDER_WAY; number++) {
      centre.begin(startMs - UNDER_WAY_MS * (1 - number / CALLBACKS_UNDER_WAY));
    }
    return ({ wallMs }, elapsedMs) => {
      for (const { post, ...due } of centre.takeDue(elapsedMs, wallMs, this.#sender.ready)) {
        const { contentType, body, isDefective } = post;
        delivery.deliver({ ...due, contentType, text: body, isPatient: true, isDefective }, wallMs);
      }
    };
  }

  #deliver(post: Post, delivery: Delivery, lateMs: number): void {
    const { zeroMs, intervalMs } = this.#options;
    const url = this.#urls[post.groupIndex];
    if (url === undefined) return;
    const cut = cutOf(zeroMs + lateMs, intervalMs);
    const isCut = this.#stories[post.groupIndex]?.group.source === CUT_SOURCE && isUnheard(post, [cut]);
    if (isCut) {
      this.#ledger.happened(post, 'lost');
      this.#ledger.lost();
    } else delivery.deliver(letterOf(post, url, this.#ledger), post.atMs);
  }

  async #pastOfGroups(): Promise<Told[]> {
    const { zeroMs, past } = this.#options;
    const window = { afterMs: past.fromMs - 1, untilMs: zeroMs, everyMs: thinned(zeroMs), lateMs: 0 };
    const posts: Told[] = [];
    for (const [index, story] of this.#stories.entries()) {
      // An end in between is heard.
      await immediate();
      if (this.#deps.signal?.aborted) return [];
      const heard = [...postsOf(story, index, window)].filter((post) => !isUnheard(post, past.unheardMs));
      posts.push(...heard.map((post) => told(post, story)));
    }
    return posts;
  }

  #present(): Told[] {
    const moment = { atMs: this.#options.zeroMs, lateMs: this.#lateMs };
    return this.#stories.flatMap((story, index) => {
      const post = presentPost(story, index, moment);
      return post === null ? [] : [told(post, story)];
    });
  }

  #pastOfCallbacks(): Told[] {
    return callbackHistoryPosts(this.#options.zeroMs, SEED, SOURCES).map(({ endpoint, source, atMs, body }) => ({
      endpoint,
      source,
      receivedAtMs: atMs + TRANSIT_MS,
      text: body,
    }));
  }

  #faulty(): Told[] {
    const receivedAtMs = this.#options.zeroMs - 40 * 60_000;
    const told = { endpoint: 'campaign-group-state', source: 'ocs-3', receivedAtMs, isDefective: true } as const;
    return FAULTY.map((body) => ({ ...told, text: JSON.stringify(body) }));
  }

  async #take({ post, isDefective = false, ...past }: Told): Promise<void> {
    const ledger = this.#ledger;
    ledger.sending();
    if (post) {
      ledger.happened(post, 'told');
      ledger.sendingPost(post);
    }
    try {
      const outcome = await this.#options.take(past);
      ledger.ended({ status: outcome === 'quarantined' ? 422 : 200, outcomes: [outcome] }, { isDefective });
    } catch {
      ledger.ended({ status: 503, outcomes: [] }, { isDefective });
    }
  }
}
