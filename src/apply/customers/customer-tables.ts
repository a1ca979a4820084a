/** What finding and forgetting a customer asks of a store. */
import type { CoveredFile, CustomerCount, OlderCopy, RemovalMark } from '../../domain/customer.js';
import type { ForgetSlice } from '../../domain/store.js';
import type { Customer, SearchedRow } from './customer-search.js';
import type { SearchedTable } from './searched-tables.js';

/** A place in the order of a table's rows, as its store writes it. */
export type RowPlace = string | number;

export interface SearchedPage {
  /** How many rows were read. */
  readonly looked: number;
  /** Those in which the customer stands, whole. */
  readonly found: readonly SearchedRow[];
  /** To go on behind. */
  readonly last: RowPlace;
}

export interface CustomerSearch {
  /** Callbacks first, see `SEARCHED`. */
  readonly tables: readonly SearchedTable[];
  /** Looks through the next rows of a table that were received by a moment; null: there are none. */
  page(table: SearchedTable, after: RowPlace | null, untilMs: number, who: Customer): SearchedPage | null;
  /** Rows of the callback that a row belongs to, which were received by a moment. */
  ofCallback(table: string, row: SearchedRow, untilMs: number): readonly SearchedRow[];
  /** Tells the callback that a row belongs to from others. */
  callbackOf(row: SearchedRow): string;
}

export type RowChanges = Readonly<Record<string, string | number | Uint8Array | null>>;

/** Rows within a transaction. */
export interface CleanedRows extends Pick<CustomerSearch, 'ofCallback'> {
  /** The row as it is now, which nobody else changes before the commit; null: it went. Of a callback all is held so. */
  hold(table: SearchedTable, row: SearchedRow): SearchedRow | null;
  /** Writes columns of a row. Where a name was made of a number alone, two rows become one. */
  update(table: SearchedTable, row: SearchedRow, changes: RowChanges): void;
  /** A digest for what a row says now, which no other row has, and which nobody can guess by what it said. */
  digestOf(table: SearchedTable, row: SearchedRow, changes: RowChanges): string;
  /** What tells a callback whose name was a number: as one word. */
  wordFor(row: SearchedRow): string;
}

/** How far the removal of a customer is. */
export interface RemovalState extends RemovalMark {
  readonly removalNo: number;
  /** Null: not begun. */
  readonly atTable: string | null;
  readonly atRow: RowPlace | null;
  readonly tables: Readonly<Record<string, CustomerCount>>;
}

/** Customers who were or are being forgotten, by the keyed hashes of their numbers. */
export interface RemovalRegister {
  /** Writes down that somebody is to be forgotten; who was forgotten at that moment, or later, is not unless it is `again`. */
  note(mark: RemovalMark, how: 'again' | 'once'): void;
  /** Those that are not finished, oldest first. */
  open(): readonly RemovalState[];
  keep(state: RemovalState): void;
  finish(removalNo: number, doneMs: number): void;
}

/** What is left of rows that went. */
export interface Leavings {
  readonly isRewritten: boolean;
  readonly isLogEmptied: boolean;
}

export interface CustomerStore {
  readonly search: CustomerSearch;
  readonly register: RemovalRegister;
  /** One transaction, durable when this returns. Work may be run again: nothing that it did before remains. */
  commit(work: (rows: CleanedRows) => void): ForgetSlice;
  /** Within a transaction: what was told of the customer elsewhere is to be told anew. */
  beginAnew(): void;
  /** Covers the customer in what lies aside of the store; looks alone in a dry run. */
  cover(mark: RemovalMark, who: Customer, dryRun: boolean): Generator<ForgetSlice, readonly CoveredFile[]>;
  /** Takes out what the store leaves of rows that went. `finish` is to be done before the last of it. */
  wipe(finish: () => ForgetSlice): Generator<ForgetSlice, Leavings>;
  /** Copies that hold the customer still. */
  copies(beforeMs: number): readonly OlderCopy[];
}
