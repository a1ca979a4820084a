/**
 * Follows what other receivers commit to the same database: reads their lanes' logs on, a little at a time, over a connection
 * that only reads. No writer waits for it.
 */
import { callbackOf } from '../../apply/stored/callback-row.js';
import type { Callback } from '../../domain/callback.js';
import type { Polled } from '../../domain/followed.js';
import type { QuarantineCount } from '../../domain/quarantine.js';
import type { Stored } from '../../gms/record-columns.js';
import type { Rows } from '../blocking/blocking-connection.js';
import type { LanePlace } from '../fence.js';
import { LANE_LOG_KEPT_MS } from '../lane-log.js';
import { OTHERS_ALIVE_MS } from '../service-rows.js';
import { bigints, texts } from '../readers/named-sql.js';
import { callbackName, followedOf, isHeldOther, type LoggedCommit, loggedCommits, type LogRow } from './commits.js';
import { FollowedPlaces } from './places.js';
import { CALLBACKS, COMMITS, NEWEST_MOMENT, OTHERS, PLACES, QUARANTINE } from './sql.js';

/**
 * Commits of a lane that are read at once; the next ones are asked for at once.
 * @bound commits of one lane that a follower reads at once
 * @beyond the others are read next
 */
const MAX_COMMITS = 100;
/** Callbacks that are looked up by one statement. */
const CALLBACKS_AT_ONCE = 1000;
/** Who was away so long may have missed some of what is not kept any more, clocks being apart. */
const BEHIND_MS = LANE_LOG_KEPT_MS - 120_000;

export interface FollowFrom {
  readonly places: readonly LanePlace[];
  /** This receiver's run: it is no other. */
  readonly receiver: string;
  readonly runNo: number;
  /** Whether no other one was at work then. */
  readonly isAlone: boolean;
}

export interface FollowerOptions extends Omit<FollowFrom, 'isAlone'> {
  /** What the names of this process's lanes begin with. */
  readonly ownLanes: string;
  readonly nowMs: () => number;
  /** A clock that nobody sets. */
  readonly elapsedMs: () => number;
}

export class Follower {
  readonly #db: Rows;
  readonly #options: FollowerOptions;
  #places: FollowedPlaces;
  /** When it was last asked for something that was all. */
  #wholeMs: number;
  /** When another lane was last seen at work. */
  #othersMs = -Infinity;

  constructor(db: Rows, options: FollowerOptions) {
    this.#db = db;
    this.#options = options;
    this.#places = new FollowedPlaces(options.places);
    this.#wholeMs = options.elapsedMs();
  }

  /** Throws OCM_UNAVAILABLE when the database cannot be asked; then the next one goes on from the same place. */
  poll(): Polled {
    const askedMs = this.#options.elapsedMs();
    const isLate = askedMs - this.#wholeMs > BEHIND_MS;
    const others = this.#others();
    const rows = this.#rows();
    const commits = loggedCommits(rows);
    const followed = followedOf(commits, this.#callbacks(commits), this.#quarantine(commits));
    // From here on it has them.
    const isWithoutGap = this.#places.read(rows);
    const isWhole = !isCut(rows);
    if (rows.length > 0) this.#othersMs = askedMs;
    if (isWhole) this.#wholeMs = askedMs;
    if (this.#places.isFull) this.#places.keepOnly(this.places());
    const hasOthers = others > 0 || askedMs - this.#othersMs < OTHERS_ALIVE_MS;
    return { commits: followed, isWhole, hasOthers, isBehind: isLate || !isWithoutGap };
  }

  /** Goes on from here: all before is known otherwise. */
  startFrom(places: readonly LanePlace[]): void {
    this.#places = new FollowedPlaces(places);
    this.#wholeMs = this.#options.elapsedMs();
  }

  /** Up to where the log of each lane goes: who takes this first, and then looks at what is held, misses nothing. */
  places(): readonly LanePlace[] {
    return this.#db.all<LanePlace>(PLACES, {});
  }

  /** The moment of the newest commit. */
  newestMoment(): number {
    const [row] = this.#db.all<{ readonly moment: number }>(NEWEST_MOMENT, {});
    return row?.moment ?? 0;
  }

  #rows(): readonly LogRow[] {
    const places = this.#places.all;
    return this.#db.all<LogRow>(COMMITS, {
      lanes: texts(places.map(({ lane }) => lane)),
      seqs: bigints(places.map(({ seq }) => seq)),
      own: this.#options.ownLanes,
      limit: MAX_COMMITS,
    });
  }

  #others(): number {
    const { nowMs, receiver, runNo } = this.#options;
    const [row] = this.#db.all<{ readonly others: number }>(OTHERS, {
      sinceMs: nowMs() - OTHERS_ALIVE_MS,
      receiver,
      runNo,
    });
    return row?.others ?? 0;
  }

  #callbacks(commits: readonly LoggedCommit[]): ReadonlyMap<string, Callback> {
    const asked = new Map(
      commits.flatMap(({ callbacks }) => callbacks.map((key) => [callbackName(...key), key] as const)),
    );
    const keys = [...asked.values()];
    const found = new Map<string, Callback>();
    for (let at = 0; at < keys.length; at += CALLBACKS_AT_ONCE) {
      const some = keys.slice(at, at + CALLBACKS_AT_ONCE);
      const values = {
        sources: texts(some.map(([source]) => source)),
        serviceIds: texts(some.map(([, serviceId]) => serviceId)),
      };
      for (const row of this.#db.all<Stored>(CALLBACKS, values)) {
        const callback = callbackOf(row);
        found.set(callbackName(callback.source, callback.serviceId), callback);
      }
    }
    return found;
  }

  /** Null: nobody says that it changed. */
  #quarantine(commits: readonly LoggedCommit[]): readonly QuarantineCount[] | null {
    if (!commits.some(isHeldOther)) return null;
    return this.#db.all<QuarantineCount>(QUARANTINE, {});
  }
}

/** Whether there may be more. */
function isCut(rows: readonly LogRow[]): boolean {
  const counts = new Map<string, number>();
  for (const { lane } of rows) counts.set(lane, (counts.get(lane) ?? 0) + 1);
  return [...counts.values()].some((count) => count >= MAX_COMMITS);
}
