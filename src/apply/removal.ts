/** Removing a campaign group or all of a source, one transaction per slice, so that posts are committed in between. */
import type { Clock } from '../domain/clock.js';
import { addCounts, NOTHING_FORGOTTEN } from '../domain/forget-counts.js';
import type { ForgetCounts, ForgetRequest, ForgetSlice } from '../domain/store.js';
import { startFollowersOver } from './change-log.js';
import { dropMemory, type Stores } from './stores.js';
import type { RemovalRows, Tables } from './tables.js';
import type { Transactions } from './transactions.js';

/** Rows that are removed in one transaction. */
const ROWS = 5000;

export class Removal {
  readonly #tables: Tables;
  readonly #stores: Stores;
  readonly #transactions: Transactions;
  readonly #clock: Clock;

  constructor(tables: Tables, stores: Stores, transactions: Transactions, clock: Clock) {
    this.#tables = tables;
    this.#stores = stores;
    this.#transactions = transactions;
    this.#clock = clock;
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
      return this.#rows.hide(groupNos);
    };
    yield { ...this.#remove(hide, source !== null), groupNos, source };
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
    const inJournal = evidence.journal().entriesOf(groupNo, compaction.settledNo(groupNo) + 1).length;
    const counts = addCounts(NOTHING_FORGOTTEN, this.#rows.countGroup(groupNo));
    return addCounts(counts, { notifications: inJournal });
  }

  /** Some rows of hidden groups; null when there is none any more. */
  #removeHidden(): Partial<ForgetCounts> | null {
    const { evidence, compaction } = this.#stores;
    let counts: ForgetCounts | null = null;
    for (let left = ROWS; left > 0;) {
      const groupNo = this.#rows.hidden();
      if (groupNo === null) break;
      const blanked = evidence.blank(groupNo, left);
      const settledNo = compaction.settledNo(groupNo);
      const notifications = blanked.filter((entryNo) => entryNo > settledNo).length;
      left -= blanked.length;
      counts = addCounts(counts ?? NOTHING_FORGOTTEN, { notifications });
      if (left <= 0) break;
      const removed = this.#rows.removeHidden(groupNo, left);
      left -= removed.rows;
      counts = addCounts(counts, removed.counts);
    }
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
  #remove(work: () => Partial<ForgetCounts>, countsBodies = false): ForgetSlice {
    let removed: Partial<ForgetCounts> = {};
    const { no, quarantine } = this.#transactions.run((batch) => {
      removed = work();
      dropMemory(this.#stores);
      if (!countsBodies) return;
      this.#stores.quarantine.recount();
      batch.quarantineChanged();
    });
    return { ...sliceOf(removed), no, quarantine };
  }
}

function sliceOf(counts: Partial<ForgetCounts>): ForgetSlice {
  return { no: 0, counts: addCounts(NOTHING_FORGOTTEN, counts), groupNos: [], source: null, quarantine: null };
}
