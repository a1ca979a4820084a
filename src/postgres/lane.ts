/**
 * A lane: one connection's life, one batch at a time. A batch takes two round trips: what it touches is locked and loaded,
 * and, when it has run, all that it did is written and committed. A look at what was not loaded costs one more, and the batch
 * is run again; a look at what was not locked begins anew, so that all locks are taken in one order. Where all is known that
 * a batch looks at it is run before, and one round trip is left: in it the database says whether that is still right.
 *
 * What is sent is yielded, and the answers are sent back in: whoever drives a lane has the connection.
 */
import { dropMemory, type Stores } from '../apply/stores.js';
import { MonitorError } from '../domain/errors.js';
import { type Answer, isLock, loadingOf, withNeighbours } from './exchange.js';
import { ExchangeFailed, isOutdated, isPutMeanwhile, isTriedAgain, isUnknown, NOT_CONFIRMED } from './failures.js';
import { fencedMoment, fenceOf, type LanePlace, wasDone } from './fence.js';
import type { KeptHeads } from './kept-heads.js';
import { logging, momentOf } from './lane-log.js';
import type { LaneTransactions } from './lane-transactions.js';
import { type Claim, claimName, ClaimsNotLoaded } from './not-loaded.js';
import { removing, type Statement, writing } from './statements.js';
import type { PostgresTables } from './tables.js';
import { touchedIn } from './touched.js';
import type { WorkingSet } from './working-set.js';
import { LOCKS } from './locks.js';

/**
 * Exchanges of a lane with the database: statements out, their answers in. After one of which nobody knows what became of it
 * the next goes over another connection, or fails.
 */
export type Talk<T> = Generator<readonly Statement[], T, readonly Answer[]>;

/** How often a batch is tried again that other receivers stood in the way of. */
const TRIES = 20;
/** The same where another receiver put the same row in the same moment: once for each row, and few are. */
const TRIES_TO_PUT = 3;
/** Looks of one batch at what was not loaded; a program that goes on looking is at fault, and the batch fails. */
const MOST_LOADS = 10_000;

const plain = (text: string): Statement => ({ text, values: [] });
const BEGIN = plain('BEGIN ISOLATION LEVEL READ COMMITTED');
const COMMIT = plain('COMMIT');
const ROLLBACK = plain('ROLLBACK');

/** A COMMIT was sent, and nobody knows whether it was done: its row in `lane_log` tells, when somebody can ask for it. */
export class CommitUnknown extends Error {
  override readonly name = 'CommitUnknown';
  readonly place: LanePlace;
  /** What the work has made, which counts if the commit was done. */
  made: unknown = null;

  constructor(place: LanePlace, options: { readonly cause: ExchangeFailed }) {
    const { lane, seq } = place;
    const what = `whether commit ${seq} of lane ${lane} was done is not known: what was posted may be stored or not`;
    super(`${what} (${options.cause.message})`, options);
    this.place = place;
  }
}

function mayPass(error: ExchangeFailed, tries: number): boolean {
  if (isOutdated(error)) return tries === 1;
  return (isTriedAgain(error) && tries < TRIES) || (isPutMeanwhile(error) && tries < TRIES_TO_PUT);
}

export interface LaneParts {
  /** Its own, and never used again. */
  readonly id: string;
  readonly set: WorkingSet;
  readonly tables: PostgresTables;
  readonly stores: Stores;
  readonly transactions: LaneTransactions;
  readonly heads: KeptHeads;
  readonly nowMs: () => number;
}

/**
 * `deliveries`: what is asked first of a group is its head. `moves`: evidence goes elsewhere, and nobody knows anything else by
 * it than before.
 */
export type WorkKind = 'deliveries' | 'moves' | 'other';

/** What a batch may look at besides what it will; without anything it may be run at once. */
type Foreseen = (parts: Pick<LaneParts, 'set' | 'heads'>) => readonly Claim[];

export class Lane {
  readonly #parts: LaneParts;
  #seq = 0;
  #moment = 0;

  constructor(parts: LaneParts) {
    this.#parts = parts;
  }

  /** Of its last commit, see `lane-log.ts`; 0: there was none. */
  get moment(): number {
    return this.#moment;
  }

  get commits(): number {
    return this.#seq;
  }

  /**
   * Runs work in one transaction; `claims`: what it will look at, as far as that is known. `foreseen`: what it may look at
   * besides.
   */
  *perform<T>(
    work: () => T,
    claims: readonly Claim[] = [],
    kind: WorkKind = 'other',
    foreseen: Foreseen = () => [],
  ): Talk<T> {
    const asked = new Map(claims.map((claim) => [claimName(claim), claim]));
    for (let tries = 1; ; tries++) {
      try {
        const besides = foreseen(this.#parts);
        const isKnown = kind === 'deliveries' && tries === 1 && besides.length === 0;
        const ranAtOnce = isKnown ? yield* this.#atOnce(work, asked.values()) : null;
        if (ranAtOnce !== null) return ranAtOnce.value;
        if (!(yield* this.#begin([...asked.values(), ...besides], kind))) continue;
        const ran = yield* this.#run(work, asked);
        if (ran === null) continue;
        yield* this.#commit(kind, ran.value);
        return ran.value;
      } catch (error) {
        if (error instanceof CommitUnknown || (error instanceof ExchangeFailed && isUnknown(error))) throw error;
        yield [ROLLBACK];
        if (!(error instanceof ExchangeFailed) || !mayPass(error, tries)) throw error;
      }
    }
  }

  /** Null: it looks at something that is not known. */
  *#atOnce<T>(work: () => T, claims: Iterable<Claim>): Talk<{ readonly value: T } | null> {
    const { heads, transactions } = this.#parts;
    const check = heads.assume(claims);
    if (check === null) return null;
    transactions.begin();
    this.#beginRun();
    let value: T;
    try {
      value = work();
    } catch {
      // What it is, it is again when nothing is taken for right.
      transactions.undoTo(0);
      return null;
    }
    try {
      yield* this.#commit('deliveries', value, [BEGIN, ...check]);
    } catch (error) {
      if (error instanceof ExchangeFailed && isOutdated(error)) heads.noteRight(false);
      throw error;
    }
    heads.noteRight(true);
    return { value };
  }

  /** False: the keys that it locked are not the right ones any more. */
  *#begin(asked: readonly Claim[], kind: WorkKind): Talk<boolean> {
    const { set, heads, transactions } = this.#parts;
    set.clear();
    transactions.begin();
    heads.begin(kind === 'deliveries');
    const all = withNeighbours(set, [{ kind: 'numbers', values: [] }, ...asked], heads);
    const isRight = yield* this.#load(all, [BEGIN]);
    if (!isRight) yield [ROLLBACK];
    return isRight;
  }

  *#load(claims: readonly Claim[], before: readonly Statement[] = []): Talk<boolean> {
    const { set, heads } = this.#parts;
    const loading = loadingOf(set, claims, heads);
    const answers = yield [...before, ...loading.statements];
    const isRight = loading.take(answers.slice(before.length));
    this.#beginRun();
    return isRight;
  }

  /** With what is in the working set now. */
  #beginRun(): void {
    const { tables, stores } = this.#parts;
    tables.journal.begin();
    dropMemory(stores);
    stores.quarantine.recount();
  }

  /** Null: it has to lock more, and begins anew. */
  *#run<T>(work: () => T, asked: Map<string, Claim>): Talk<{ readonly value: T } | null> {
    const { transactions } = this.#parts;
    for (let loads = 0; loads < MOST_LOADS; loads++) {
      let missing: readonly Claim[];
      try {
        return { value: work() };
      } catch (error) {
        transactions.undoTo(0);
        if (!(error instanceof ClaimsNotLoaded)) throw error;
        missing = error.claims;
      }
      for (const claim of missing) asked.set(claimName(claim), claim);
      if (missing.some(isLock)) {
        yield [ROLLBACK];
        return null;
      }
      yield* this.#load(missing);
    }
    throw new MonitorError('OCM_UNAVAILABLE', 'a batch looked at more than it could load; please report it');
  }

  /** `made`: what the work came to; `before`: what comes before all that is written. */
  *#commit(kind: WorkKind, made: unknown, before: readonly Statement[] = []): Talk<void> {
    yield* this.#write(kind, made, before);
    const { heads, stores } = this.#parts;
    heads.keep(stores.campaigns.heads.inUse());
  }

  *#write(kind: WorkKind, made: unknown, before: readonly Statement[]): Talk<void> {
    const { id, set, tables, transactions, nowMs } = this.#parts;
    if (kind !== 'moves') set.countChanges();
    const written = writing(set.written());
    const transitions = tables.changes.take();
    if (written.length + transitions.length === 0) {
      yield [...before, ROLLBACK];
      return;
    }
    const seq = this.#seq + 1;
    const log = logging({ lane: id, seq }, nowMs(), { ...touchedIn(set.sets), ...transactions.shown(), transitions });
    const unused = set.unused().map(({ lock, key }) => {
      const { shape } = set.sets[LOCKS[lock].set];
      return removing(shape, [Object.fromEntries(shape.key.map((name, n) => [name, key[n] ?? null]))]);
    });
    try {
      const answers = yield [...before, ...unused, ...written, log, COMMIT];
      // After an error in a pipeline, COMMIT is answered by ROLLBACK.
      const tag = answers.at(-1)?.tag;
      if (tag !== 'COMMIT') throw new ExchangeFailed(`COMMIT was answered by ${tag ?? 'nothing'}`, '25P02');
      this.#moment = momentOf(answers.at(-2));
    } catch (error) {
      if (!(error instanceof ExchangeFailed)) throw error;
      // It stands in the log, though perhaps on one machine only.
      if (error.sqlState === NOT_CONFIRMED) {
        this.#seq = seq;
        throw inDoubt({ lane: id, seq }, error, made);
      }
      if (!isUnknown(error)) throw error;
      if (!(yield* this.#wasDone(seq, error, made))) throw error;
    }
    this.#seq = seq;
  }

  /** Whichever it was, its place in the log is taken. */
  *#wasDone(seq: number, cause: ExchangeFailed, made: unknown): Talk<boolean> {
    const { id, nowMs } = this.#parts;
    this.#seq = seq;
    const place = { lane: id, seq };
    try {
      const answers = yield [fenceOf(place, nowMs())];
      if (!wasDone(answers)) return false;
      this.#moment = fencedMoment(answers);
      return true;
    } catch (error) {
      throw error instanceof ExchangeFailed ? inDoubt(place, cause, made) : error;
    }
  }
}

function inDoubt(place: LanePlace, cause: ExchangeFailed, made: unknown): CommitUnknown {
  return Object.assign(new CommitUnknown(place, { cause }), { made });
}
