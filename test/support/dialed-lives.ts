/** Lives of a campaign group with the calls that were really answered and abandoned, and what a network leaves of their posts. */
import type { Notification, Statement } from '../../src/domain/notification.js';
import type { Gap } from '../../src/domain/silence.js';
import type { TimeRange } from '../../src/domain/store.js';
import { aNotification, T0 } from './notifications.js';
import { numbers } from './worlds.js';

export const INTERVAL_MS = 10_000;
export const DIALED_DBID = '318';

const PLAIN = aNotification({ dbid: DIALED_DBID });

/** One object for all that say the same: there are some hundred. */
const STATEMENTS = new Map<string, Statement>();

function statementOf(guid: string, stateCode: number, actionCode: number | null): Statement {
  const key = [guid, stateCode, actionCode].join();
  const attributes = { ...PLAIN.statement.attributes, guid };
  const known = STATEMENTS.get(key) ?? { ...PLAIN.statement, stateCode, actionCode, actorCode: 1, attributes };
  STATEMENTS.set(key, known);
  return known;
}

/** Calls of a moment. */
interface Calls {
  readonly atMs: number;
  readonly answered: number;
  readonly abandoned: number;
}

export interface DialedLife {
  /** All that arrived, in the order of arrival; some twice. */
  readonly arrived: readonly Notification[];
  readonly calls: readonly Calls[];
  /** When the service was down. */
  readonly downs: readonly Gap[];
  readonly endMs: number;
}

const [NOT_LOADED, WAITING, IN_PROGRESS, ACTIVE, RUNNING] = [0, 1, 2, 4, 5];
const [LOAD, UNLOAD, START, STOP, FORCE] = [7, 8, 9, 10, 29];

type Guids = 'per load' | 'per load, at times unsaid' | 'constant' | 'unsaid';

/** How a sender does what no document says. */
interface Habits {
  readonly guids: Guids;
  /** In which states it says the ratio. */
  readonly says: 'always' | 'while loaded' | 'while running';
  /** How often calls are abandoned, about. */
  readonly share: number;
  /** Whether sessions differ a lot. */
  readonly spread: number;
}

interface Post {
  readonly session: number;
  readonly notification: Notification;
}

/** A chance that can be repeated. */
class Dice {
  readonly #numbers;

  constructor(seed: number) {
    this.#numbers = numbers(seed * 7919 + 13);
    for (let n = 0; n < 8; n++) this.#numbers.next();
  }

  chance(share: number): boolean {
    return this.#numbers.next().value < share;
  }

  between(from: number, to: number): number {
    return Math.floor(from + this.#numbers.next().value * (to - from + 1));
  }

  pick<T>(first: T, ...others: readonly T[]): T {
    return others[this.between(-1, others.length - 1)] ?? first;
  }
}

/** Plays one life after another, and keeps count. */
class Dialing {
  readonly posts: Post[] = [];
  readonly calls: Calls[] = [];
  nowMs = T0;
  readonly #dice: Dice;
  readonly #habits: Habits;
  #session = 0;
  #state = NOT_LOADED;
  #action: number | null = null;
  #answered = 0;
  #abandoned = 0;
  #share = 0;

  constructor(dice: Dice, habits: Habits) {
    this.#dice = dice;
    this.#habits = habits;
  }

  /** A session takes a minute at least; until the next one begins it takes longer than an interval or three. */
  live(): void {
    const dice = this.#dice;
    this.#session++;
    [this.#answered, this.#abandoned] = [0, 0];
    this.#share = this.#habits.share * (1 + this.#habits.spread * (dice.between(-100, 100) / 100));
    this.#step(ACTIVE, LOAD, dice.between(1, 30));
    for (let runs = dice.between(1, 2); runs > 0; runs--) {
      this.#step(RUNNING, START, dice.between(1, 25));
      for (let ticks = dice.between(5, 9); ticks > 0; ticks--) this.#tick();
      if (runs > 1) this.#stop();
    }
    if (dice.chance(0.1)) this.#step(NOT_LOADED, FORCE, dice.between(1, 9));
    else this.#unload();
    this.nowMs += dice.between(40, 900) * 1000;
  }

  #stop(): void {
    this.#step(ACTIVE, STOP, this.#dice.between(1, 9));
    this.#dial(4);
    this.nowMs += this.#dice.between(1, 60) * 1000;
  }

  #unload(): void {
    const dice = this.#dice;
    if (dice.chance(0.5)) this.#stop();
    this.#step(WAITING, UNLOAD, dice.between(1, 9));
    // Calls that are still up end.
    this.#dial(4);
    if (dice.chance(0.9)) this.#step(IN_PROGRESS, UNLOAD, dice.between(1, 25));
    this.#step(NOT_LOADED, UNLOAD, dice.between(1, 20));
  }

  #tick(): void {
    this.#dial(30);
    this.nowMs += INTERVAL_MS;
    this.#say();
  }

  #dial(most: number): void {
    const answered = this.#dice.between(0, most);
    let abandoned = 0;
    for (let n = 0; n < answered; n++) if (this.#dice.chance(this.#share)) abandoned++;
    this.#answered += answered;
    this.#abandoned += abandoned;
    this.calls.push({ atMs: this.nowMs, answered, abandoned });
  }

  #step(state: number, action: number, afterSeconds: number): void {
    if (this.#state === RUNNING) this.#dial(20);
    this.nowMs += afterSeconds * 1000;
    [this.#state, this.#action] = [state, action];
    this.#say();
  }

  #say(): void {
    const isRunning = this.#state === RUNNING;
    const { says } = this.#habits;
    const isSaid = says === 'always' || isRunning || (says === 'while loaded' && this.#state !== NOT_LOADED);
    // OCS knows it only after some calls.
    const ratio = this.#answered < 5 ? null : Math.round((this.#abandoned / this.#answered) * 10_000) / 10_000;
    const statistics = { ...PLAIN.statistics, busyRatio: isRunning ? 0.8 : null, overdialRatio: isSaid ? ratio : null };
    const [atMs, receivedAtMs, statement] = [
      this.nowMs,
      this.nowMs + 20,
      statementOf(this.#guid(), this.#state, this.#action),
    ];
    this.posts.push({ session: this.#session, notification: { ...PLAIN, atMs, receivedAtMs, statement, statistics } });
  }

  #guid(): string {
    const ofLoad = `3f2504e0-4f89-11d3-9a0c-${String(this.#session).padStart(12, '0')}`;
    switch (this.#habits.guids) {
      case 'per load':
        return ofLoad;
      case 'per load, at times unsaid':
        return this.#dice.chance(0.2) ? '' : ofLoad;
      case 'constant':
        return '3f2504e0-4f89-11d3-9a0c-0305e82c3301';
      case 'unsaid':
        return '';
    }
  }
}

/** A random life, and what arrives of it. The same for the same seed. */
export function dialedLife(seed: number): DialedLife {
  const dice = new Dice(seed);
  const dialing = new Dialing(dice, {
    guids: dice.pick<Guids>('per load', 'per load', 'per load, at times unsaid', 'constant', 'unsaid'),
    says: dice.pick<Habits['says']>('always', 'always', 'while loaded', 'while running'),
    share: dice.pick(0, 0.01, 0.025, 0.03, 0.035, 0.06),
    spread: dice.pick(0, 0.3, 1),
  });
  for (let sessions = dice.between(1, 4); sessions > 0; sessions--) dialing.live();
  const downs: Gap[] = [];
  if (dice.chance(0.25)) {
    const fromMs = dice.between(T0, dialing.nowMs);
    downs.push({ fromMs, toMs: fromMs + dice.between(10, 1200) * 1000 });
  }
  const survivors = survivorsOf(dialing.posts, downs, dice.pick(0, 0, 0.02, 0.1, 0.5), dice);
  const sent = survivors.flatMap((one) => (dice.chance(0.1) ? [one, one] : [one]));
  const disorder = dice.pick(0, 3, 1000);
  const arrived = sent
    .map((notification, index) => ({ notification, place: index + dice.between(0, disorder) }))
    .sort((a, b) => a.place - b.place)
    .map(({ notification }) => notification);
  return { arrived, calls: dialing.calls, downs, endMs: dialing.nowMs };
}

/** Of a session that nobody was down for at least one post comes that says it is loaded: else nothing tells of it. */
function survivorsOf(posts: readonly Post[], downs: readonly Gap[], loss: number, dice: Dice): Notification[] {
  const isUp = ({ notification: { atMs } }: Post) => !downs.some(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs);
  const saysLoad = ({ notification }: Post) => notification.statement.stateCode !== NOT_LOADED;
  const kept = new Set(posts.filter((post) => isUp(post) && !dice.chance(loss)));
  for (const session of new Set(posts.map((post) => post.session))) {
    const own = posts.filter((post) => post.session === session);
    const loaded = own.filter(saysLoad);
    if (own.every((post) => !isUp(post)) || loaded.some((post) => kept.has(post))) continue;
    const saved = loaded[dice.between(0, loaded.length - 1)];
    if (saved !== undefined) kept.add(saved);
  }
  return posts.filter((post) => kept.has(post)).map(({ notification }) => notification);
}

/** The share of the calls of a period that were abandoned; null: there was none. */
export function truthOf(calls: readonly Calls[], { fromMs, toMs }: TimeRange): number | null {
  const own = calls.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  const answered = own.reduce((sum, one) => sum + one.answered, 0);
  return answered === 0 ? null : own.reduce((sum, one) => sum + one.abandoned, 0) / answered;
}

/** A period about a life: all of it, or cut anywhere. */
export function periodAbout(life: Pick<DialedLife, 'endMs'>, seed: number): TimeRange {
  const dice = new Dice(seed + 1_000_003);
  const whole = { fromMs: T0, toMs: life.endMs };
  if (dice.chance(0.6)) return whole;
  const fromMs = dice.between(T0 - 60_000, life.endMs);
  return { fromMs, toMs: dice.between(fromMs, life.endMs + 60_000) };
}
