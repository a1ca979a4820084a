/** The callbacks of a contact centre that is well: as many as the hour brings, and most of them reach an agent. */
import { callbackScenarios, type CallbackScenario, Deck } from '../../src/simulator/callbacks/catalogue.js';
import type { Reach } from '../../src/simulator/callbacks/endings.js';
import { callbackIds } from '../../src/simulator/callbacks/ids.js';
import { type CallbackPost, type PlayedCallback, playCallback } from '../../src/simulator/callbacks/play-callback.js';
import { Random } from '../../src/simulator/random.js';

/** Shares of endings, in percent: what a centre with enough agents would see. */
const SHARES: readonly (readonly [readonly Reach[], number])[] = [
  [['agent'], 84],
  [['abandoned-waiting'], 5],
  [['never-answered'], 4],
  [['declined', 'not-offered'], 7],
];

/** A virtual queue of one tenant. */
interface Queue {
  readonly name: string;
  readonly tenantDbid: number;
}

interface Wishes {
  /** Its posts come so many times as slowly. */
  readonly stretch?: number;
  /** Without one, chance chooses it. */
  readonly queue?: Queue;
}

function isIn({ name, tenantDbid }: Queue, { truth: { record } }: PlayedCallback): boolean {
  return record.vq === name && record.tenantDbid === tenantDbid;
}

export class CallbackTraffic {
  readonly #random: Random;
  readonly #decks: readonly (readonly [Deck, number])[];
  readonly #any: Deck;
  #posts: CallbackPost[] = [];
  /** When the next of them is due. */
  #nextMs = Infinity;
  #begun = 0;
  /** Callbacks owed by the rate. */
  #due = 0;

  constructor(seed: number) {
    this.#random = new Random(seed).fork('callbacks');
    this.#decks = SHARES.map(([reaches, share]) => [this.#deckOf((one) => reaches.includes(one.ending.reach)), share]);
    this.#any = this.#deckOf((one) => one.ending.reach === 'agent');
  }

  /** Posts that are due at a moment, with callbacks beginning at a rate since the last. */
  tell(nowMs: number, perMinute: number, sinceMs: number): CallbackPost[] {
    this.#due += (perMinute * (nowMs - sinceMs)) / 60_000;
    for (; this.#due >= 1; this.#due--) this.begin(nowMs, this.#random.weighted(this.#decks, this.#any).deal());
    if (nowMs < this.#nextMs) return [];
    const due = this.#posts.filter(({ atMs }) => atMs <= nowMs);
    this.#posts = this.#posts.filter(({ atMs }) => atMs > nowMs);
    this.#nextMs = this.#posts.reduce((next, { atMs }) => Math.min(next, atMs), Infinity);
    return due.sort((a, b) => a.atMs - b.atMs);
  }

  begin(nowMs: number, scenario: CallbackScenario, { stretch = 1, queue }: Wishes = {}): void {
    let played = this.#play(nowMs, scenario, stretch);
    while (queue !== undefined && !isIn(queue, played)) played = this.#play(nowMs, scenario, stretch);
    this.#posts.push(...played.posts);
    this.#nextMs = played.posts.reduce((next, { atMs }) => Math.min(next, atMs), this.#nextMs);
  }

  #play(nowMs: number, scenario: CallbackScenario, stretch: number): PlayedCallback {
    const number = this.#begun++;
    const random = this.#random.fork(`callback ${String(number)}`);
    const ids = callbackIds(nowMs, number, random.fork('ids'));
    return playCallback(scenario, { random, startMs: nowMs, speed: 1 / stretch, ids });
  }

  #deckOf(wanted: (scenario: CallbackScenario) => boolean): Deck {
    const scenarios = callbackScenarios.filter((one) => one.defect === null && wanted(one));
    return new Deck(scenarios, this.#random.fork(String(scenarios.length)));
  }
}

/** A scenario by its name in the catalogue. */
export function scenarioNamed(name: string): CallbackScenario {
  const scenario = callbackScenarios.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  return scenario;
}
