/** Sources as they post, and what a network makes of it: for tests of rhythm, silence and delivery. */
import { Rhythm, type RhythmOptions } from '../../src/domain/rhythm.js';
import { type Post, Pulse } from '../../src/domain/pulse.js';
import { isSilent } from '../../src/domain/silence.js';
import { NOW } from './snapshots.js';

/** Repeatable numbers from 0 to 1. */
export function* numbers(seed = 7): Generator<number, never> {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** One post as it arrives. */
export interface Arrival {
  readonly group: number;
  readonly receivedAtMs: number;
  readonly atMs: number;
  /** Equal contents are equal bodies. */
  readonly content: string;
}

export interface World {
  readonly intervalMs: number;
  readonly groups: number;
  readonly posts: number;
  /** Share of the interval by which a post may be early or late. */
  readonly jitter?: number;
  /** What periodic bodies say: a date-time that moves, one that stands still beside figures that change, always the same. */
  readonly bodies?: 'moving' | 'frozen' | 'equal';
  /** Milliseconds after which a second server posts the same; its own date-time, or an equal body. */
  readonly twin?: { readonly afterMs: number; readonly stamp: 'own' | 'equal' };
  readonly loss?: number;
  /** When the first post comes. */
  readonly fromMs?: number;
  readonly seed?: number;
}

/** What a source posts, in the order of arrival. */
export function arrivalsOf(world: World): Arrival[] {
  const { intervalMs, groups, posts, jitter = 0, bodies = 'moving', twin, loss = 0, fromMs = NOW, seed = 7 } = world;
  const chance = numbers(seed);
  const arrivals: Arrival[] = [];
  for (let group = 0; group < groups; group++) {
    const phaseMs = Math.floor((group * intervalMs) / groups);
    for (let n = 0; n < posts; n++) {
      const lateMs = (chance.next().value * 2 - 1) * jitter * intervalMs;
      const dueMs = fromMs + phaseMs + n * intervalMs;
      const receivedAtMs = Math.round(dueMs + lateMs);
      const atMs = bodies === 'moving' ? receivedAtMs : fromMs;
      const content = bodies === 'equal' ? 'same' : String(n);
      const lost = () => n > 0 && chance.next().value < loss;
      if (!lost()) arrivals.push({ group, receivedAtMs, atMs, content: `${content} ${atMs}` });
      if (twin && !lost()) {
        const stampMs = twin.stamp === 'own' && bodies === 'moving' ? atMs + twin.afterMs : atMs;
        const copy = `${content} ${stampMs}`;
        arrivals.push({ group, receivedAtMs: receivedAtMs + twin.afterMs, atMs: stampMs, content: copy });
      }
    }
  }
  return arrivals.sort((a, b) => a.receivedAtMs - b.receivedAtMs);
}

export const LEARNED: RhythmOptions = { intervalMs: null, silenceAfterMs: null, assumedIntervalMs: 10_000 };

interface Known {
  readonly pulse: Pulse;
  readonly contents: Set<string>;
  heardMs: number;
  newestMs: number;
  silences: number;
}

/** A source that is listened to: every group is asked for just before it posts, when it has been quiet for longest. */
export class Listener {
  readonly rhythm: Rhythm;
  readonly #groups = new Map<number, Known>();

  constructor(options: RhythmOptions = LEARNED, keptMs: number | null = null) {
    this.rhythm = new Rhythm(options, keptMs);
  }

  hear(arrivals: readonly Arrival[]): this {
    for (const arrival of arrivals) this.#hear(arrival);
    return this;
  }

  /** How often a group was called silent just before it posted. */
  get silences(): number {
    return [...this.#groups.values()].reduce((sum, { silences }) => sum + silences, 0);
  }

  isSilent(group: number, nowMs: number): boolean {
    const known = this.#groups.get(group);
    if (known === undefined) return false;
    const silenceAfterMs = this.rhythm.silenceAfterOf(known.pulse);
    const intervalMs = this.rhythm.intervalOf(known.pulse);
    const listening = { silenceAfterMs, intervalMs, upSinceMs: 0, quietUntilMs: null };
    return isSilent({ state: 'running', lastHeardMs: known.heardMs }, listening, nowMs);
  }

  #hear({ group, receivedAtMs, atMs, content }: Arrival): void {
    const known = this.#groups.get(group);
    if (known === undefined) {
      const pulse = new Pulse();
      pulse.beginWith(receivedAtMs, atMs);
      const fresh = {
        pulse,
        contents: new Set([content]),
        heardMs: receivedAtMs,
        newestMs: atMs,
        silences: 0,
      };
      this.#groups.set(group, fresh);
      return;
    }
    if (this.isSilent(group, receivedAtMs - 1)) known.silences++;
    const outcome = known.contents.has(content) ? 'duplicate' : atMs < known.newestMs ? 'late' : 'refresh';
    known.contents.add(content);
    const post: Post = { outcome, receivedAtMs, atMs };
    this.rhythm.hear(known.pulse, post, known.newestMs);
    known.heardMs = receivedAtMs;
    known.newestMs = Math.max(known.newestMs, atMs);
  }
}
