/**
 * Forgetting a customer: they are taken out of every row, out of what lies aside, and out of what SQLite leaves of rows that
 * went. Goes on in slices between which posts are committed; a restart in between goes on where it stood. Nothing is written
 * down but the keyed hash of their number.
 */
import type { Clock } from '../../domain/clock.js';
import {
  type CoveredFile,
  type CustomerCertificate,
  type CustomerCount,
  type CustomerRequest,
  type RemovalMark,
} from '../../domain/customer.js';
import { MonitorError } from '../../domain/errors.js';
import { NOTHING_FORGOTTEN } from '../../domain/forget-counts.js';
import type { Digest } from '../../domain/identity.js';
import { numberAsked } from '../../domain/number-spellings.js';
import type { ForgetSlice } from '../../domain/store.js';
import { dropMemory, type Stores } from '../../apply/stores.js';
import type { Transactions } from '../../apply/transactions.js';
import type { Connection } from '../database.js';
import { Cleaning } from './cleaning.js';
import { coverIn, filesAside, lengthsOf } from './covered-files.js';
import { type Customer, CustomerSearch, type SearchedRow } from './customer-search.js';
import { copiesIn } from './older-copies.js';
import { beginExportsAnew } from '../change-numbers.js';
import { RemovalRegister, type RemovalState } from './removal-register.js';
import { OF_CALLBACKS, type SearchedTable } from './searched-tables.js';
import { emptyLog, rewrite, underSecureDelete, wipeFreePages } from './wiping.js';

/** How long a slice works before posts get in. */
const SLICE_MS = 4;
/** Rows that are cleaned in one transaction; a callback brings all that belongs to it. */
const MOST_CLEANED = 20;
/** How far it is, is written down after so many slices that found nothing. */
const SLICES_UNNOTED = 200;
/** Where it stands when all tables are done. */
const [FILES, PAGES] = ['(files)', '(pages)'];

/** How customers' numbers are hashed in a database. */
export interface NumberHashing {
  readonly hash: (number: string) => string;
  /** Tells the key from others. */
  readonly key: string;
}

export interface CustomerRemovalOptions {
  readonly db: Connection;
  readonly stores: Stores;
  readonly transactions: Transactions;
  readonly numbers: NumberHashing;
  readonly digest: Digest;
  readonly clock: Clock;
  /** Whether posts are taken meanwhile. */
  readonly isBesidePosts: boolean;
}

export class CustomerRemoval {
  readonly #options: CustomerRemovalOptions;
  readonly #search: CustomerSearch;
  readonly #register: RemovalRegister;

  constructor(options: CustomerRemovalOptions) {
    this.#options = options;
    this.#search = new CustomerSearch(options.db);
    this.#register = new RemovalRegister(options.db);
  }

  /** Throws OCM_BAD_PARAMETER for what is no number. */
  *run(request: CustomerRequest): Generator<ForgetSlice, CustomerCertificate> {
    const { mark, who } = this.#asked(request);
    if (request.dryRun) return yield* this.#look(mark, who);
    yield this.#commit(() => {
      // What an export told of the customer must go there, too.
      beginExportsAnew(this.#options.db);
      this.#register.note(mark, 'again');
    });
    const state = this.#register.open().find(({ hash, key }) => hash === mark.hash && key === mark.key);
    if (state === undefined) throw new Error('what was written down is not there');
    return yield* this.#forget(state, who);
  }

  /** Goes on with what is not finished; who is told by a hash under another key cannot be found. */
  *finish(): Generator<ForgetSlice, void> {
    for (const state of this.#register.open()) {
      if (state.key === this.#options.numbers.key) yield* this.#forget(state, this.#byHash(state));
    }
  }

  #asked({ number, hash }: CustomerRequest): { readonly mark: RemovalMark; readonly who: Customer } {
    const { numbers, clock } = this.#options;
    const digits = number === null ? null : numberAsked(number);
    if (number !== null && digits === null) {
      throw new MonitorError('OCM_BAD_PARAMETER', 'customer should be a telephone number of 7 to 15 digits');
    }
    const said = digits === null ? hash : numbers.hash(digits);
    if (said === null) throw new MonitorError('OCM_BAD_PARAMETER', 'a number is needed, or its hash');
    const mark = { hash: said, key: numbers.key, digits: digits?.length ?? null, askedMs: clock.nowMs() };
    if (digits === null) return { mark, who: this.#byHash(mark) };
    return { mark, who: { hash: said, isMeant: (found) => found === digits } };
  }

  #byHash({ hash, digits }: RemovalMark): Customer {
    const { numbers } = this.#options;
    const isMeant = (found: string) => (digits === null || found.length === digits) && numbers.hash(found) === hash;
    return { hash, isMeant };
  }

  *#look(mark: RemovalMark, who: Customer): Generator<ForgetSlice, CustomerCertificate> {
    const state = { ...mark, removalNo: 0, atTable: null, atRow: null, tables: {} };
    const tables = yield* this.#throughTables(state, who, null);
    const files = yield* this.#throughFiles(mark, who, true);
    return this.#certificate(mark, { dryRun: true, tables, files, isRewritten: false, isLogEmptied: false });
  }

  *#forget(state: RemovalState, who: Customer): Generator<ForgetSlice, CustomerCertificate> {
    const { db } = this.#options;
    const cleaning = new Cleaning(db, this.#search.tables, this.#options.digest);
    const tables = yield* this.#throughTables(state, who, cleaning);
    const isWiping = state.atTable === PAGES;
    const files = isWiping ? [] : yield* this.#throughFiles(state, who, false);
    yield this.#commit(() => {
      this.#register.keep({ ...state, tables, atTable: PAGES, atRow: null });
    });
    const isRewritten = rewrite(db, this.#options.isBesidePosts);
    const wiping = wipeFreePages(db, (work) => void this.#options.transactions.run(work));
    while (wiping.next().done !== true) yield UNSEEN;
    yield this.#commit(() => {
      this.#register.finish(state.removalNo, this.#options.clock.nowMs());
    });
    const emptying = emptyLog(db);
    let tried = emptying.next();
    for (; tried.done !== true; tried = emptying.next()) yield WAITING;
    return this.#certificate(state, { dryRun: false, tables, files, isRewritten, isLogEmptied: tried.value });
  }

  *#throughTables(
    from: RemovalState,
    who: Customer,
    cleaning: Cleaning | null,
  ): Generator<ForgetSlice, RemovalState['tables']> {
    const names = [...this.#search.tables.map(({ table }) => table), FILES, PAGES];
    let state = from;
    for (const table of this.#search.tables) {
      if (names.indexOf(table.table) < names.indexOf(state.atTable ?? '')) continue;
      if (state.atTable !== table.table) state = { ...state, atTable: table.table, atRow: null };
      for (let [isMore, unnoted] = [true, 0]; isMore;) {
        const slice = this.#readSlice(table, state, who);
        ({ state, isMore } = slice);
        unnoted = slice.found.length > 0 || !isMore || unnoted >= SLICES_UNNOTED ? 0 : unnoted + 1;
        if (cleaning === null || unnoted > 0) {
          state = withCounts(state, table.table, cleaning === null ? slice.found.length : 0);
          yield UNSEEN;
          continue;
        }
        yield this.#commit(() => {
          state = this.#cleaned(table, slice.found, { state, who, cleaning });
          this.#register.keep(state);
        });
      }
    }
    return state.tables;
  }

  /** Rows that are looked at before others get in; nobody else writes meanwhile. */
  #readSlice(table: SearchedTable, from: RemovalState, who: Customer) {
    const endMs = performance.now() + SLICE_MS;
    const found: SearchedRow[] = [];
    let state = from;
    do {
      const page = this.#search.page(table, state.atRow, from.askedMs, who);
      if (page === null) return { state, found, isMore: false };
      found.push(...page.found);
      state = withLooked({ ...state, atRow: page.last }, table.table, page.looked);
    } while (performance.now() < endMs && found.length < MOST_CLEANED);
    return { state, found, isMore: true };
  }

  #cleaned(
    table: SearchedTable,
    rows: readonly SearchedRow[],
    { state, who, cleaning }: { readonly state: RemovalState; readonly who: Customer; readonly cleaning: Cleaning },
  ): RemovalState {
    let cleaned = state;
    // Statements and dimensions are kept in memory.
    if (rows.length > 0 && !OF_CALLBACKS.includes(table.table)) dropMemory(this.#options.stores);
    for (const row of rows) {
      for (const [name, count] of cleaning.clean(table, row, who, state.askedMs))
        cleaned = withCounts(cleaned, name, count);
    }
    return cleaned;
  }

  *#throughFiles(mark: RemovalMark, who: Customer, dryRun: boolean): Generator<ForgetSlice, CoveredFile[]> {
    const covered: CoveredFile[] = [];
    for (const file of filesAside(this.#options.db.name)) {
      const covering = coverIn(file, { who, lengths: lengthsOf(mark.digits), dryRun });
      let step = covering.next();
      for (; step.done !== true; step = covering.next()) yield UNSEEN;
      covered.push(step.value);
    }
    return covered;
  }

  /** One transaction, in which zeros are written over all that goes. */
  #commit(work: () => void): ForgetSlice {
    const { db, transactions } = this.#options;
    const { no, quarantine } = underSecureDelete(db, () => transactions.run(work));
    return { ...UNSEEN, no, quarantine };
  }

  #certificate(
    { hash, askedMs }: RemovalMark,
    done: Pick<CustomerCertificate, 'dryRun' | 'tables' | 'files' | 'isRewritten' | 'isLogEmptied'>,
  ): CustomerCertificate {
    const { db, clock } = this.#options;
    return { ...done, hash, askedMs, doneMs: clock.nowMs(), copies: copiesIn(db, askedMs) };
  }
}

/** A slice of which nothing is shown. */
const UNSEEN: ForgetSlice = { no: 0, counts: NOTHING_FORGOTTEN, groupNos: [], source: null, quarantine: null };
/** One after which somebody else is to be waited for. */
export const WAITING: ForgetSlice = { ...UNSEEN };

function withLooked(state: RemovalState, table: string, rows: number): RemovalState {
  return withCount(state, table, ({ looked, found }) => ({ looked: looked + rows, found }));
}

function withCounts(state: RemovalState, table: string, rows: number): RemovalState {
  return withCount(state, table, ({ looked, found }) => ({ looked, found: found + rows }));
}

function withCount(state: RemovalState, table: string, change: (count: CustomerCount) => CustomerCount): RemovalState {
  const count = state.tables[table] ?? { looked: 0, found: 0 };
  return { ...state, tables: { ...state.tables, [table]: change(count) } };
}
