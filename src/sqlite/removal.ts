/** What `Forgetter` removes, one transaction a slice, so that posts are committed in between. */
import type { Clock } from '../domain/clock.js';
import type { ForgetCounts, ForgetRequest, ForgetSlice } from '../domain/store.js';
import { addCounts, Forgetter, NOTHING } from './forget.js';
import type { HeldStore } from './held-store.js';
import type { Transactions } from './transactions.js';

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
    const bounds = forgetter.boundsOf(source ?? '');
    const hide = () => {
      // Whoever follows would not hear that they are gone.
      this.#held.store.changeLog.startOver(this.#clock.nowMs());
      return groupNos.map((groupNo) => forgetter.hide(groupNo));
    };
    yield { ...this.#remove(hide), groupNos, source };
    if (source !== null) {
      yield* this.#removeAll(() => forgetter.removeCallbacks(source, bounds.callbackNo));
      yield* this.#removeAll(() => forgetter.removeBodies(source, bounds.quarantineNo));
    }
    yield* this.finish();
  }

  /** Removes what is left of groups that lost their name. */
  *finish(): Generator<ForgetSlice, void> {
    const forgetter = new Forgetter(this.#held.db);
    yield* this.#removeAll(
      () => forgetter.removeHidden(),
      (work) => forgetter.withoutForeignKeys(work),
    );
  }

  *#removeAll(
    removeSome: () => Partial<ForgetCounts> | null,
    around: (work: () => ForgetSlice) => ForgetSlice = (work) => work(),
  ): Generator<ForgetSlice, void> {
    const progress = { isDone: false };
    while (!progress.isDone) {
      yield around(() =>
        this.#remove(() => {
          const counts = removeSome();
          progress.isDone = counts === null;
          return counts === null ? [] : [counts];
        }),
      );
    }
  }

  /** One transaction of a removal. */
  #remove(work: () => readonly Partial<ForgetCounts>[]): ForgetSlice {
    let removed: readonly Partial<ForgetCounts>[] = [];
    const { quarantine } = this.#transactions.run((batch) => {
      removed = work();
      this.#held.dropMemory();
      if (removed.every(({ quarantined }) => quarantined === undefined)) return;
      this.#held.store.stores.quarantine.recount();
      batch.quarantineChanged();
    });
    return { ...sliceOf(removed.reduce<ForgetCounts>(addCounts, NOTHING)), quarantine };
  }
}

function sliceOf(counts: Partial<ForgetCounts>): ForgetSlice {
  return { counts: addCounts(NOTHING, counts), groupNos: [], source: null, quarantine: null };
}
