/** What forgetting a customer asks of a file of SQLite: its rows, what lies beside it, and what it leaves of rows that went. */
import type { Customer } from '../../apply/customers/customer-search.js';
import type { CleanedRows, CustomerStore, Leavings } from '../../apply/customers/customer-tables.js';
import { UNSEEN } from '../../apply/customers/customer-removal.js';
import { OF_CALLBACKS, type SearchedTable } from '../../apply/customers/searched-tables.js';
import { dropMemory, type Stores } from '../../apply/stores.js';
import type { Transactions } from '../../apply/transactions.js';
import type { CoveredFile, OlderCopy, RemovalMark } from '../../domain/customer.js';
import type { Digest } from '../../domain/identity.js';
import type { ForgetSlice } from '../../domain/store.js';
import { beginExportsAnew } from '../change-numbers.js';
import type { Connection } from '../database.js';
import { coverIn, filesAside, lengthsOf } from './covered-files.js';
import { CustomerRows } from './customer-rows.js';
import { copiesIn } from './older-copies.js';
import { SqliteRemovals } from './removal-register.js';
import { emptyLog, rewrite, underSecureDelete, wipeFreePages } from './wiping.js';

export interface SqliteCustomersOptions {
  readonly db: Connection;
  readonly stores: Stores;
  readonly transactions: Transactions;
  readonly digest: Digest;
  /** Whether posts are taken meanwhile. */
  readonly isBesidePosts: boolean;
}

export class SqliteCustomers implements CustomerStore {
  readonly search: CustomerRows;
  readonly register: SqliteRemovals;
  readonly #options: SqliteCustomersOptions;
  readonly #cleaned: CleanedRows;

  constructor(options: SqliteCustomersOptions) {
    this.#options = options;
    this.search = new CustomerRows(options.db, options.digest);
    this.register = new SqliteRemovals(options.db);
    this.#cleaned = rememberingNothing(this.search, options.stores);
  }

  /** Zeros are written over all that goes. */
  commit(work: (rows: CleanedRows) => void): ForgetSlice {
    const { db, transactions } = this.#options;
    const { no, quarantine } = underSecureDelete(db, () =>
      transactions.run(() => {
        work(this.#cleaned);
      }),
    );
    return { ...UNSEEN, no, quarantine };
  }

  beginAnew(): void {
    beginExportsAnew(this.#options.db);
  }

  *cover(mark: RemovalMark, who: Customer, dryRun: boolean): Generator<ForgetSlice, readonly CoveredFile[]> {
    const covered: CoveredFile[] = [];
    for (const file of filesAside(this.#options.db.name)) {
      const covering = coverIn(file, { who, lengths: lengthsOf(mark.digits), dryRun });
      let step = covering.next();
      for (; step.done !== true; step = covering.next()) yield UNSEEN;
      covered.push(step.value);
    }
    return covered;
  }

  *wipe(finish: () => ForgetSlice): Generator<ForgetSlice, Leavings> {
    const { db, isBesidePosts, transactions } = this.#options;
    const isRewritten = rewrite(db, isBesidePosts);
    const wiping = wipeFreePages(db, (work) => void transactions.run(work));
    while (wiping.next().done !== true) yield UNSEEN;
    yield finish();
    const emptying = emptyLog(db);
    let tried = emptying.next();
    for (; tried.done !== true; tried = emptying.next()) yield WAITING;
    return { isRewritten, isLogEmptied: tried.value };
  }

  copies(beforeMs: number): OlderCopy[] {
    return copiesIn(this.#options.db, beforeMs);
  }
}

/** A slice after which somebody else is to be waited for. */
export const WAITING: ForgetSlice = { ...UNSEEN };

/** Statements and dimensions are kept in memory. */
function rememberingNothing(rows: CustomerRows, stores: Stores): CleanedRows {
  return {
    hold: (table, row) => rows.hold(table, row),
    ofCallback: (...asked) => rows.ofCallback(...asked),
    digestOf: (...asked) => rows.digestOf(...asked),
    wordFor: (row) => rows.wordFor(row),
    update: (table: SearchedTable, row, changes) => {
      if (!OF_CALLBACKS.includes(table.table)) dropMemory(stores);
      rows.update(table, row, changes);
    },
  };
}
