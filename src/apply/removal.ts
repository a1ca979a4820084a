/** What `Forgetter` removes, one transaction a slice, so that posts are committed in between. */
import type { Clock } from '../domain/clock.js';
import type { ForgetCounts, ForgetRequest, ForgetSlice } from '../domain/store.js';
import { addCounts, Forgetter, NOTHING } from '../sqlite/forget.js';
import type { HeldStore } from '../sqlite/held-store.js';
import type { Transactions } from '../sqlite/transactions.js';

export class Removal {
  readonly #held: HeldStore;
  readonly #transactions: Transactions;
  readonly #clock: Clock;

  constructor(held: HeldStore, transactions: Transactions, clock: Clock) {
    this.#held = held;
    this.#transactions = transactions;
    this.#clock = clock;
  }

  /** See `BatchWriter.forget`. Also finishes what an earlier run had begun to remove. */
  *run(request: ForgetRequest): Generator<ForgetSlice, void> {
    const { source } = request;
    const forgetter = new Forgetter(this.#held.db);
    const groupNos = forgetter.groupNos(request);
    if (request.dryRun) {
      for (const groupNo of groupNos) yield sliceOf(forgetter.countGroup(groupNo));
      if (source !== null) yield sliceOf(forgetter.countSource(source));
      return;
    }
    const hide = () => {
      // Whoever follows would not hear that they are gone.
      this.#held.store.changeLog.startOver(this.#clock.nowMs());
      if (source !== null) forgetter.note(source);
      return forgetter.hide(groupNos);
    };
    yield { ...this.#remove(hide, source !== null), groupNos, source };
    yield* this.finish();
  }

  /** Removes what is left of sources that were written down, and of groups that lost their name. */
  *finish(): Generator<ForgetSlice, void> {
    const forgetter = new Forgetter(this.#held.db);
    for (let [noted] = forgetter.noted(); noted !== undefined; [noted] = forgetter.noted()) {
      const one = noted;
      yield this.#remove(() => forgetter.removeCallbacks(one) ?? forgetter.removeBodies(one));
    }
    yield* this.#untilNone(() => forgetter.removeNameless());
    yield* this.#untilNone(
      () => forgetter.removeHidden(),
      (remove) => forgetter.withoutForeignKeys(remove),
    );
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

  /** One transaction of a removal. Bodies that are to go are counted no longer from the moment that is written down. */
  #remove(work: () => Partial<ForgetCounts>, countsBodies = false): ForgetSlice {
    let removed: Partial<ForgetCounts> = {};
    const { no, quarantine } = this.#transactions.run((batch) => {
      removed = work();
      this.#held.dropMemory();
      if (!countsBodies) return;
      this.#held.store.stores.quarantine.recount();
      batch.quarantineChanged();
    });
    return { ...sliceOf(removed), no, quarantine };
  }
}

function sliceOf(counts: Partial<ForgetCounts>): ForgetSlice {
  return { no: 0, counts: addCounts(NOTHING, counts), groupNos: [], source: null, quarantine: null };
}
