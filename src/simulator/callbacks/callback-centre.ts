/** The callbacks of a simulated contact centre: starts so many a minute, and has each say its posts when they are due. */
import { receivingUrl } from '../receiving-url.js';
import { RatePacing } from '../pacing.js';
import type { Random } from '../random.js';
import { callbackScenarios, Deck } from './catalogue.js';
import { callbackIds } from './ids.js';
import { type CallbackPost, type CallbackTruth, playCallback } from './play-callback.js';
import { ENDPOINTS, type Endpoint } from './posting.js';

export interface CallbackCentreOptions {
  /** The receiver's base URL, or its full path for campaign groups. */
  readonly url: string;
  readonly sources: number;
  readonly callbacksPerMinute: number;
  readonly speed: number;
}

/** One callback of a run. `truth` is the whole life, also what the run's end or a lost post kept from being told. */
export interface CallbackDetails {
  readonly source: string;
  readonly startedMs: number;
  readonly truth: CallbackTruth;
  /** Distinct posts of its life, and what became of them; `sent` + `lost` = `posts` when it was told to its end. */
  readonly posts: number;
  readonly sent: number;
  readonly lost: number;
}

/** A post that is due, and the account of its callback. */
export interface DuePost {
  readonly post: CallbackPost;
  readonly url: URL;
  /** Of one callback: posts may overtake one another only here. */
  readonly lane: string;
  readonly tell: (fate: 'told' | 'lost') => void;
}

/** Lives at a time; beyond it no callback starts. */
export const CALLBACKS_IN_FLIGHT = 5000;
/** Callbacks remembered for the details, the latest. */
export const CALLBACKS_KEPT = 10_000;

/** A source of callbacks: its name, and where it posts. */
type Environment = readonly [name: string, urls: Readonly<Record<Endpoint, URL>>];

interface Life {
  readonly posts: readonly CallbackPost[];
  next: number;
  readonly details: { -readonly [K in keyof CallbackDetails]: CallbackDetails[K] };
  readonly urls: Environment[1];
}

export class CallbackCentre {
  readonly #options: CallbackCentreOptions;
  readonly #random: Random;
  readonly #runMs: number;
  readonly #pacing: RatePacing;
  readonly #deck: Deck;
  readonly #environments: readonly [Environment, ...Environment[]];
  #lives: Life[] = [];
  readonly #details: CallbackDetails[] = [];
  #started = 0;

  /** `runMs`, the start of the run, makes ids unique; lives depend on the random stream alone. */
  constructor(options: CallbackCentreOptions, random: Random, runMs: number) {
    this.#options = options;
    this.#random = random;
    this.#runMs = runMs;
    this.#pacing = new RatePacing(options.callbacksPerMinute / 60);
    this.#deck = new Deck(callbackScenarios, random.fork('deck'));
    this.#environments = environments(options);
  }

  /** Posts that are due now. New callbacks begin only while the receiver keeps up. */
  takeDue(elapsedMs: number, wallMs: number, keepsUp: boolean): DuePost[] {
    if (this.#options.callbacksPerMinute === 0) return [];
    while (keepsUp && this.#lives.length < CALLBACKS_IN_FLIGHT && this.#pacing.takeToken(elapsedMs)) this.begin(wallMs);
    const due: DuePost[] = [];
    for (const life of this.#lives) {
      for (let post = life.posts[life.next]; post && post.atMs <= wallMs; post = life.posts[life.next]) {
        due.push(duePost(life, post));
        life.next++;
      }
    }
    this.#lives = this.#lives.filter(({ next, posts }) => next < posts.length);
    return due;
  }

  details(): readonly CallbackDetails[] {
    return this.#details;
  }

  /** Begins a callback, at a time that may be over: then its first posts are due at once. */
  begin(startMs: number): void {
    const number = this.#started++;
    const random = this.#random.fork(`callback ${number}`);
    const [source, urls] = random.pick(this.#environments);
    const { posts, truth } = playCallback(this.#deck.deal(), {
      random,
      startMs,
      speed: this.#options.speed,
      ids: callbackIds(this.#runMs, number, random.fork(`ids ${this.#runMs}`)),
    });
    const details = { source, startedMs: startMs, truth, posts: posts.length, sent: 0, lost: 0 };
    this.#details.push(details);
    if (this.#details.length > CALLBACKS_KEPT) this.#details.shift();
    this.#lives.push({ posts, next: 0, details, urls });
  }
}

function duePost({ details, urls }: Life, post: CallbackPost): DuePost {
  return {
    post,
    url: urls[post.endpoint],
    lane: details.truth.serviceId,
    tell: (fate) => {
      if (fate === 'told') details.sent++;
      else details.lost++;
    },
  };
}

/** Each installation has a GMS of its own: of several, gms-1, gms-2, … */
export function environmentNames(sources: number): readonly [string, ...string[]] {
  if (sources === 1) return ['default'];
  return ['gms-1', ...Array.from({ length: sources - 1 }, (_, index) => `gms-${index + 2}`)];
}

function environments({ url, sources }: CallbackCentreOptions): readonly [Environment, ...Environment[]] {
  const environment = (name: string): Environment => [name, callbackUrls(url, name === 'default' ? null : name)];
  const [first, ...rest] = environmentNames(sources);
  return [environment(first), ...rest.map(environment)];
}

/** Where a source posts to; null = the only one. */
function callbackUrls(url: string, source: string | null): Readonly<Record<Endpoint, URL>> {
  const entries = ENDPOINTS.map((endpoint) => [endpoint, receivingUrl(url, source, `gms/${endpoint}`)]);
  return Object.fromEntries(entries) as Record<Endpoint, URL>;
}
