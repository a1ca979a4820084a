/** Brings posts from the spool into the database, a slice at a time: each is committed there before it is removed here. */
import { messageOf, MonitorError } from '../../domain/errors.js';
import type { CommitReport } from '../../domain/store.js';
import type { PostgresWriter } from '../../postgres/writer.js';
import type { Doubt, Spool, SpooledPost } from '../../sqlite/spool/spool.js';
import { commitInDoubt, isOfDatabase, saysNothing } from './failing.js';

/** A slice. Live posts wait for it: of 300 they waited twice as long as of 100. */
const MOST_AT_ONCE = 100;
/** How long they may wait: slices that take longer become smaller. */
const SLICE_MS = 30;
/** But not as small as that each takes little more than a commit does, which a standby has to confirm. */
const FEWEST_IN_TIME = 25;
/** A post that has failed so often by itself goes into quarantine. */
const TRIES = 3;
/**
 * Reports of commits in doubt: each outage has one, and it is settled before the next.
 * @bound reports of commits in doubt
 * @beyond what such a commit changed is shown with the next change of its groups
 * @seen `ocs_monitor_spool_drained_total`
 */
const REPORTS_KEPT = 100;

export interface DrainOptions {
  readonly spool: Pick<Spool, 'take' | 'remove' | 'putBehind' | 'doubt' | 'doubts' | 'settle'>;
  /** A clock that only runs. */
  readonly elapsedMs: () => number;
  /** Told of what was committed, before anything else is. */
  readonly onDrained: (report: CommitReport) => void;
  /** Told of a commit that was done although whoever asked for it was told that it failed. */
  readonly onUnconfirmed: (report: CommitReport) => void;
}

export class Drain {
  readonly #options: DrainOptions;
  /** By their commits. */
  readonly #reports = new Map<string, CommitReport>();
  #atOnce = MOST_AT_ONCE;

  constructor(options: DrainOptions) {
    this.#options = options;
  }

  /** The commit that a batch failed in, if nobody knows whether it was done; its report is kept. */
  noteDoubt(error: unknown): Doubt | null {
    const unknown = commitInDoubt(error);
    if (unknown === null) return null;
    this.#reports.set(nameOf(unknown.place), unknown.made as CommitReport);
    const [oldest] = this.#reports.keys();
    if (this.#reports.size > REPORTS_KEPT && oldest !== undefined) this.#reports.delete(oldest);
    return unknown.place;
  }

  /** Finds out what became of commits in doubt. Throws OCM_UNAVAILABLE when it cannot. */
  settle(writer: Pick<PostgresWriter, 'momentOf' | 'settled'>): void {
    const { spool, onDrained, onUnconfirmed } = this.#options;
    for (const report of writer.settled()) onUnconfirmed(report);
    for (const doubt of spool.doubts()) {
      const moment = writer.momentOf(doubt);
      spool.settle(doubt, moment !== null);
      const report = this.#reports.get(nameOf(doubt));
      this.#reports.delete(nameOf(doubt));
      if (moment !== null && report !== undefined) onDrained({ ...report, no: moment });
    }
  }

  /** False: nothing waits any more. Throws what keeps the database from taking it. */
  drainSome(writer: Pick<PostgresWriter, 'drain' | 'setAside' | 'whyShutOut'>): boolean {
    const { spool, onDrained } = this.#options;
    const posts = spool.take(this.#atOnce);
    if (posts.length === 0) return false;
    const beganMs = this.#options.elapsedMs();
    let report: CommitReport;
    try {
      report = writer.drain(posts.map(({ delivery }) => delivery));
    } catch (error) {
      // It is not this receiver's any more, or not of its version: the posts wait for one that is started anew.
      if (isLost(error) || writer.whyShutOut !== null) throw error;
      this.#noteFailed(posts, error);
      const [post] = posts;
      if (posts.length === 1 && post !== undefined && post.tries >= TRIES && !saysNothing(error)) {
        report = writer.setAside(post.delivery, messageOf(error));
      } else if (isOfDatabase(error)) throw error;
      else return true;
    }
    spool.remove(posts.map(({ no }) => no));
    this.#paceBy(posts.length, this.#options.elapsedMs() - beganMs);
    onDrained(report);
    return true;
  }

  /** As many next as would have taken the time of a slice, and at the most twice as many. */
  #paceBy(posts: number, tookMs: number): void {
    const inTime = Math.floor((posts * SLICE_MS) / Math.max(1, tookMs));
    this.#atOnce = Math.min(MOST_AT_ONCE, 2 * posts, Math.max(FEWEST_IN_TIME, inTime));
  }

  /** Fewer are tried next; one that failed alone, for what the database said of it, comes behind all others. */
  #noteFailed(posts: readonly SpooledPost[], error: unknown): void {
    const { spool } = this.#options;
    const nos = posts.map(({ no }) => no);
    const doubt = this.noteDoubt(error);
    if (doubt !== null) spool.doubt(nos, doubt);
    else if (posts.length === 1 && !saysNothing(error)) spool.putBehind(nos);
    this.#atOnce = Math.max(1, Math.floor(this.#atOnce / 2));
  }
}

function isLost(error: unknown): boolean {
  return error instanceof MonitorError && error.code === 'OCM_STORE_LOST';
}

function nameOf({ lane, seq }: Doubt): string {
  return `${lane} ${String(seq)}`;
}
