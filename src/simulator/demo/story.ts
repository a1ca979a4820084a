/** What befalls one campaign group of the demo: a day that is over, its part at the start, and on and on. No I/O. */
import type { Random } from '../random.js';
import type { CampaignGroup } from '../scenario.js';
import { joined, type Known } from './join.js';
import { cutOf, CUT_SOURCE, partOf } from './opening.js';
import type { Past, Span } from './past.js';
import type { Beat } from './beat.js';
import { played, type Player, turnsOf } from './plot.js';
import { BRISK, planSession, rounded, type Session, UNHURRIED } from './session.js';

/** A start of the demo. */
export interface Start {
  readonly zeroMs: number;
  readonly intervalMs: number;
  readonly past: Past;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Share of the groups without a part that are not loaded at the start, and of those that work at night. */
const IDLE = 0.3;
const NIGHTLY = 0.12;
const IDLE_SINCE_MS = [4 * MINUTE_MS, 150 * MINUTE_MS] as const;
const IDLE_MS = [40_000, 9 * MINUTE_MS] as const;
/** A session that would be shorter is none. */
const SHORTEST_MS = 20 * MINUTE_MS;

export class Story {
  readonly group: CampaignGroup;
  readonly #start: Start;
  readonly #random: Random;
  readonly #player: Player;
  #beats: Beat[];

  /** `known` is null where the service has never heard of the group. */
  constructor(group: CampaignGroup, start: Start, known: Known | null, random: Random) {
    this.group = group;
    this.#start = start;
    this.#player = { group, salt: random.fork('salt').integer(0, 2 ** 31) };
    // Another start has another day.
    this.#random = random.fork(`start ${start.zeroMs}`);
    const turns = turnsOf(this.#day());
    this.#beats =
      known === null
        ? played(this.#player, turns, null)
        : [...this.#before(known), ...joined(this.#player, turns, known, this.#heardAgainMs(known))];
  }

  /** The beats known so far, of which the last lies beyond `toMs`: it lasts until nobody knows when. */
  beatsBeyond(toMs: number): readonly Beat[] {
    for (;;) {
      const last = this.#beats.at(-1);
      if (last !== undefined && last.atMs > toMs) return this.#beats;
      const loadMs = this.#nextLoadMs(last);
      const endMs = loadMs + this.#random.between(...BRISK.sessionMs);
      const session = this.#heard(planSession(this.group, { loadMs, endMs, pace: BRISK }, this.#random));
      this.#beats.push(...played(this.#player, turnsOf([session]), last ?? null));
    }
  }

  /** A group that is not loaded at the start stays so for a while. */
  #nextLoadMs(last: Beat | undefined): number {
    const { zeroMs } = this.#start;
    if (last !== undefined && last.atMs > zeroMs) return last.atMs + this.#random.between(...BRISK.betweenSessionsMs);
    return zeroMs + this.#random.between(...IDLE_MS);
  }

  /** Forgets beats that were over by then. */
  dropBefore(atMs: number): void {
    const present = this.#beats.findLastIndex((beat) => beat.atMs <= atMs);
    if (present > 0) this.#beats = this.#beats.slice(present);
  }

  /** The sessions up to the start, and the one under way then. */
  #day(): Session[] {
    const { zeroMs, past } = this.#start;
    const random = this.#random;
    const present = partOf(this.group.campaign, zeroMs, random.fork('part')) ?? this.#present();
    const presentMs = present?.changes[0]?.atMs ?? zeroMs - random.between(...IDLE_SINCE_MS);
    const eveningMs = zeroMs - random.between(15.5, 17) * HOUR_MS;
    const morningMs = zeroMs - random.between(8.6, 9.6) * HOUR_MS;
    return [
      ...this.#shift(past.fromMs, random.chance(NIGHTLY) ? morningMs - HOUR_MS : eveningMs),
      ...this.#shift(morningMs, presentMs - 3 * MINUTE_MS),
      ...(present ? [present] : []),
    ];
  }

  /** Sessions one after the other, all over by the end. */
  #shift(fromMs: number, toMs: number): Session[] {
    const random = this.#random;
    const sessions: Session[] = [];
    let loadMs = fromMs + random.between(1, 20) * MINUTE_MS;
    for (;;) {
      const endMs = Math.min(loadMs + random.between(...UNHURRIED.sessionMs), toMs - 3 * MINUTE_MS);
      if (endMs - loadMs < SHORTEST_MS) return sessions;
      const session = this.#heard(planSession(this.group, { loadMs, endMs, pace: UNHURRIED }, random));
      const [beginMs = loadMs, overMs = endMs] = [session.changes[0]?.atMs, session.changes.at(-1)?.atMs];
      if (overMs > toMs) return sessions;
      if (overMs - beginMs >= SHORTEST_MS / 2) sessions.push(session);
      loadMs = overMs + random.between(...UNHURRIED.betweenSessionsMs);
    }
  }

  /** What a group without a part does at the start: most dial. */
  #present(): Session | null {
    const random = this.#random;
    const { zeroMs } = this.#start;
    if (random.chance(IDLE)) return null;
    const loadMs = zeroMs - random.between(25, 130) * MINUTE_MS;
    const endMs = zeroMs + random.between(2.5, 40) * MINUTE_MS;
    return this.#heard(planSession(this.group, { loadMs, endMs, pace: UNHURRIED }, random));
  }

  /** Nothing is left to be inferred but what is meant to: changes that nobody would hear of come in the minute after. */
  #heard(session: Session): Session {
    const { zeroMs, intervalMs, past } = this.#start;
    const cut = this.group.source === CUT_SOURCE ? [cutOf(zeroMs, intervalMs)] : [];
    const spans = [...past.unheardMs, ...cut];
    const changes = session.changes.map((change) => ({ ...change, atMs: afterSpans(change.atMs, spans) }));
    return { ...session, changes: rounded(changes) };
  }

  /** A database that was begun without a past knows nothing of the day before the group's first load. */
  #before({ firstLoadMs }: Known): Beat[] {
    const { past } = this.#start;
    if (!past.isMissing || firstLoadMs === null) return [];
    return played(this.#player, turnsOf(this.#shift(past.fromMs, firstLoadMs - MINUTE_MS)), null);
  }

  /** When the service can hear of a group for the first time after what it knows. */
  #heardAgainMs({ atMs }: Known): number {
    const { fromMs, unheardMs } = this.#start.past;
    const next = Math.max(atMs + 1500, fromMs);
    const span = unheardMs.find((one) => next > one.fromMs - MINUTE_MS && next < one.toMs);
    return span === undefined ? next : span.toMs + 1500;
  }
}

const BEFORE_MS = 30_000;
const AFTER_MS = 60_000;
const SOON_MS = 5000;

/** Keeps the order of times. */
function afterSpans(atMs: number, spans: readonly Span[]): number {
  for (const { fromMs, toMs } of spans) {
    const [startMs, endMs] = [fromMs - BEFORE_MS, toMs + AFTER_MS];
    if (atMs <= startMs || atMs >= endMs) continue;
    const share = (atMs - startMs) / (endMs - startMs);
    return toMs + SOON_MS + share * (AFTER_MS - SOON_MS);
  }
  return atMs;
}
