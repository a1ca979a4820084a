/** Removing a campaign group or all of a source, one transaction per slice, so that posts are committed in between. */
import type { Clock } from '../domain/clock.js';
import { addCounts, NOTHING_FORGOTTEN } from '../domain/forget-counts.js';
import type { ForgetCounts, ForgetRequest, ForgetSlice, Removed } from '../domain/store.js';
import { startFollowersOver } from './change-log.js';
import { Pace, SLICE_MS } from './pace.js';
import type { Stores } from './stores.js';
import type { RemovalRows, Tables } from './tables.js';
import type { Transactions } from './transactions.js';

export interface RemovalOptions {
  readonly clock: Clock;
  /** A clock that only runs. */
  readonly elapsedMs: () => number;
}

export class Removal {
  readonly #tables: Tables;
  readonly #stores: Stores;
  readonly #transactions: Transactions;
  readonly #clock: Clock;
  readonly #elapsedMs: () => number;
  readonly #blanking: Pace;
  readonly #removing: Pace;

  constructor(tables: Tables, stores: Stores, transactions: Transactions, { clock, elapsedMs }: RemovalOptions) {
    this.#tables = tables;
    this.#stores = stores;
    this.#transactions = transactions;
    this.#clock = clock;
    this.#elapsedMs = elapsedMs;
    this.#blanking = new Pace(elapsedMs);
    this.#removing = new Pace(elapsedMs);
  }

  get #rows(): RemovalRows {
    return this.#tables.removals;
  }

  /** See `BatchWriter.forget`. Also finishes what an earlier run had begun to remove. */
  *run(request: ForgetRequest): Generator<ForgetSlice, void> {
    const { source } = request;
    const groupNos = this.#rows.groupNos(request);
    if (request.dryRun) {
      for (const groupNo of groupNos) yield sliceOf(this.#countGroup(groupNo));
      if (source !== null) yield sliceOf(this.#rows.countSource(source));
      return;
    }
    const hide = () => {
      // Whoever follows would not hear that they are gone.
      startFollowersOver(this.#tables.changes, this.#clock.nowMs());
      if (source !== null) this.#rows.note(source);
      const hidden = this.#rows.hide(groupNos);
      this.#stores.campaigns.heads.drop(new Set(groupNos));
      return hidden;
    };
    yield this.#remove(hide, { groupNos, source });
    yield* this.finish();
  }

  /** Removes what is left of sources that were noted, and of groups that were hidden. */
  *finish(): Generator<ForgetSlice, void> {
    for (let [noted] = this.#rows.noted(); noted !== undefined; [noted] = this.#rows.noted()) {
      const one = noted;
      yield this.#remove(() => this.#rows.removeCallbacks(one) ?? this.#rows.removeBodies(one));
    }
    yield* this.#untilNone(() => this.#rows.removeNameless());
    yield* this.#untilNone(
      () => this.#removeHidden(),
      (remove) => this.#rows.aroundHidden(remove),
    );
  }

  #countGroup(groupNo: number): ForgetCounts {
    const { evidence, compaction } = this.#stores;
    const inJournal = evidence.entriesOf(groupNo, compaction.settledNo(groupNo) + 1).length;
    const counts = addCounts(NOTHING_FORGOTTEN, this.#rows.countGroup(groupNo));
    return addCounts(counts, { notifications: inJournal });
  }

  /** Rows of hidden groups, as many as fit in a slice; null when there is none any more. */
  #removeHidden(): Partial<ForgetCounts> | null {
    const endMs = this.#elapsedMs() + SLICE_MS;
    let counts: ForgetCounts | null = null;
    let leftMs = SLICE_MS;
    do {
      const groupNo = this.#rows.hidden();
      if (groupNo === null) break;
      counts = addCounts(counts ?? NOTHING_FORGOTTEN, this.#removeSome(groupNo, leftMs));
      leftMs = endMs - this.#elapsedMs();
    } while (leftMs > 0);
    // Numbers of statements may be given anew.
    if (counts !== null) this.#stores.campaigns.dropStatements();
    return counts;
  }

  /** First what the journal has of a group. */
  #removeSome(groupNo: number, leftMs: number): Partial<ForgetCounts> {
    const { evidence, compaction } = this.#stores;
    if (evidence.journal().newestOf(groupNo) > 0) {
      const settledNo = compaction.settledNo(groupNo);
      let notifications = 0;
      this.#blanking.measure(this.#blanking.rowsWithin(leftMs), (limit) => {
        const blanked = evidence.blank(groupNo, limit);
        notifications = blanked.filter((entryNo) => entryNo > settledNo).length;
        return blanked.length;
      });
      return { notifications };
    }
    let counts: Partial<ForgetCounts> = {};
    this.#removing.measure(this.#removing.rowsWithin(leftMs), (limit) => {
      const removed = this.#rows.removeHidden(groupNo, limit);
      ({ counts } = removed);
      return removed.rows;
    });
    return counts;
  }

  /** Slices of a removal until it finds nothing any more. */
  *#untilNone(
    removeSome: () => Partial<ForgetCounts> | null,
    around: (remove: () => ForgetSlice) => ForgetSlice = (remove) => remove(),
  ): Generator<ForgetSlice, void> {
    const progress = { isDone: false };
    while (!progress.isDone) {
      const remove = () => {
        const counts = removeSome();
        progress.isDone = counts === null;
        return counts ?? {};
      };
      yield around(() => this.#remove(remove));
    }
  }

  /** One transaction of a removal. Bodies that are to go are counted no longer from the moment that is noted. */
  #remove(work: () => Partial<ForgetCounts>, asked: Removed | null = null): ForgetSlice {
    let counts: Partial<ForgetCounts> = {};
    const { no, quarantine } = this.#transactions.run((batch) => {
      counts = work();
      if (asked === null) return;
      batch.noteRemoved(asked);
      if (asked.source === null) return;
      this.#stores.quarantine.recount();
      batch.quarantineChanged();
    });
    return { ...sliceOf(counts), ...asked, no, quarantine };
  }
}

function sliceOf(counts: Partial<ForgetCounts>): ForgetSlice {
  return { no: 0, counts: addCounts(NOTHING_FORGOTTEN, counts), groupNos: [], source: null, quarantine: null };
}
