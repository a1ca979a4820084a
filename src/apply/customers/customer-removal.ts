/**
 * Forgetting a customer: they are taken out of every row, out of what lies aside, and out of what the store leaves of rows
 * that went. Goes on in slices between which posts are committed; a restart in between goes on where it stood. Nothing is
 * written down but the keyed hash of their number.
 */
import type { Clock } from '../../domain/clock.js';
import type {
  CoveredFile,
  CustomerCertificate,
  CustomerCount,
  CustomerRequest,
  RemovalMark,
} from '../../domain/customer.js';
import { MonitorError } from '../../domain/errors.js';
import { NOTHING_FORGOTTEN } from '../../domain/forget-counts.js';
import { numberAsked } from '../../domain/number-spellings.js';
import type { ForgetSlice } from '../../domain/store.js';
import { Cleaning } from './cleaning.js';
import type { Customer, NumberHashing, SearchedRow } from './customer-search.js';
import type { CustomerStore, RemovalState } from './customer-tables.js';
import type { SearchedTable } from './searched-tables.js';

/** How long a slice works before posts get in. */
const SLICE_MS = 4;
/** Rows that are cleaned in one transaction; a callback brings all that belongs to it. */
const MOST_CLEANED = 20;
/** How far it is, is written down after so many slices that found nothing. */
const SLICES_UNNOTED = 200;
/** Where it stands when all tables are done. */
const [FILES, PAGES] = ['(files)', '(pages)'];

export interface CustomerRemovalOptions {
  readonly store: CustomerStore;
  readonly numbers: NumberHashing;
  readonly clock: Clock;
  /** A clock that only runs. */
  readonly elapsedMs: () => number;
}

export class CustomerRemoval {
  readonly #options: CustomerRemovalOptions;

  constructor(options: CustomerRemovalOptions) {
    this.#options = options;
  }

  /** Throws OCM_BAD_PARAMETER for what is no number. */
  *run(request: CustomerRequest): Generator<ForgetSlice, CustomerCertificate> {
    const { store } = this.#options;
    const { mark, who } = this.#asked(request);
    if (request.dryRun) return yield* this.#look(mark, who);
    yield store.commit(() => {
      store.beginAnew();
      store.register.note(mark, 'again');
    });
    const state = store.register.open().find(({ hash, key }) => hash === mark.hash && key === mark.key);
    if (state === undefined) throw new Error('what was written down is not there');
    return yield* this.#forget(state, who);
  }

  /** Goes on with what is not finished; who is told by a hash under another key cannot be found. */
  *finish(): Generator<ForgetSlice, void> {
    for (const state of this.#options.store.register.open()) {
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
    const files = yield* this.#options.store.cover(mark, who, true);
    return this.#certificate(mark, { dryRun: true, tables, files, isRewritten: false, isLogEmptied: false });
  }

  *#forget(state: RemovalState, who: Customer): Generator<ForgetSlice, CustomerCertificate> {
    const { store, clock } = this.#options;
    const cleaning = new Cleaning(store.search.tables, who, state.askedMs);
    const tables = yield* this.#throughTables(state, who, cleaning);
    const isWiping = state.atTable === PAGES;
    const files: readonly CoveredFile[] = isWiping ? [] : yield* store.cover(state, who, false);
    yield store.commit(() => {
      store.register.keep({ ...state, tables, atTable: PAGES, atRow: null });
    });
    const leavings = yield* store.wipe(() =>
      store.commit(() => {
        store.register.finish(state.removalNo, clock.nowMs());
      }),
    );
    return this.#certificate(state, { dryRun: false, tables, files, ...leavings });
  }

  *#throughTables(
    from: RemovalState,
    who: Customer,
    cleaning: Cleaning | null,
  ): Generator<ForgetSlice, RemovalState['tables']> {
    const { search } = this.#options.store;
    const names = [...search.tables.map(({ table }) => table), FILES, PAGES];
    let state = from;
    for (const table of search.tables) {
      if (names.indexOf(table.table) < names.indexOf(state.atTable ?? '')) continue;
      if (state.atTable !== table.table) state = { ...state, atTable: table.table, atRow: null };
      for (let [isMore, unnoted] = [true, 0]; isMore;) {
        const slice = this.#readSlice(table, state, who);
        ({ state, isMore } = slice);
        unnoted = slice.found.length > 0 || !isMore || unnoted >= SLICES_UNNOTED ? 0 : unnoted + 1;
        if (cleaning === null || unnoted > 0) {
          state = withFound(state, table.table, cleaning === null ? slice.found.length : 0);
          yield UNSEEN;
          continue;
        }
        const cleaned = this.#clean(table, slice, cleaning);
        ({ state } = cleaned);
        yield cleaned.slice;
      }
    }
    return state.tables;
  }

  /** Rows that are looked at before others get in. */
  #readSlice(table: SearchedTable, from: RemovalState, who: Customer) {
    const { store, elapsedMs } = this.#options;
    const endMs = elapsedMs() + SLICE_MS;
    const found: SearchedRow[] = [];
    let state = from;
    do {
      const page = store.search.page(table, state.atRow, from.askedMs, who);
      if (page === null) return { state, found, isMore: false };
      found.push(...page.found);
      state = withLooked({ ...state, atRow: page.last }, table.table, page.looked);
    } while (elapsedMs() < endMs && found.length < MOST_CLEANED);
    return { state, found, isMore: true };
  }

  #clean(
    table: SearchedTable,
    { state, found }: { readonly state: RemovalState; readonly found: readonly SearchedRow[] },
    cleaning: Cleaning,
  ): { readonly slice: ForgetSlice; readonly state: RemovalState } {
    const { store } = this.#options;
    let cleaned = state;
    const slice = store.commit((rows) => {
      cleaned = state;
      for (const row of found) {
        for (const [name, count] of cleaning.clean(rows, table, row)) cleaned = withFound(cleaned, name, count);
      }
      store.register.keep(cleaned);
    });
    return { slice, state: cleaned };
  }

  #certificate(
    { hash, askedMs }: RemovalMark,
    done: Pick<CustomerCertificate, 'dryRun' | 'tables' | 'files' | 'isRewritten' | 'isLogEmptied'>,
  ): CustomerCertificate {
    const { store, clock } = this.#options;
    return { ...done, hash, askedMs, doneMs: clock.nowMs(), copies: store.copies(askedMs) };
  }
}

/** A slice of which nothing is shown. */
export const UNSEEN: ForgetSlice = { no: 0, counts: NOTHING_FORGOTTEN, groupNos: [], source: null, quarantine: null };

function withLooked(state: RemovalState, table: string, rows: number): RemovalState {
  return withCount(state, table, ({ looked, found }) => ({ looked: looked + rows, found }));
}

function withFound(state: RemovalState, table: string, rows: number): RemovalState {
  return withCount(state, table, ({ looked, found }) => ({ looked, found: found + rows }));
}

function withCount(state: RemovalState, table: string, change: (count: CustomerCount) => CustomerCount): RemovalState {
  const count = state.tables[table] ?? { looked: 0, found: 0 };
  return { ...state, tables: { ...state.tables, [table]: change(count) } };
}
