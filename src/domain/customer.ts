/** A customer who asks what is held of them, or to be forgotten: told by a number, or by its keyed hash. */

/** One of the two is null. */
export interface CustomerAsked {
  /** As written; see `numberAsked`. */
  readonly number: string | null;
  /** As `phone-hash` prints it. */
  readonly hash: string | null;
}

export interface CustomerRequest extends CustomerAsked {
  /** Only count. */
  readonly dryRun: boolean;
}

/** Of a table: rows that were looked through, and those in which the customer stood. */
export interface CustomerCount {
  readonly looked: number;
  readonly found: number;
}

/** A copy of the database that may hold the customer still. */
export interface OlderCopy {
  readonly file: string;
  readonly madeMs: number;
  /** Null: it cannot be looked for. */
  readonly exists: boolean | null;
}

/** A file beside the database in which the customer's numbers were covered, or would be. */
export interface CoveredFile {
  readonly file: string;
  readonly places: number;
}

/** What was done for a customer, without a number. */
export interface CustomerCertificate {
  readonly dryRun: boolean;
  /** Under the key of this database; finds nobody any more. */
  readonly hash: string;
  readonly askedMs: number;
  readonly doneMs: number;
  readonly tables: Readonly<Record<string, CustomerCount>>;
  readonly files: readonly CoveredFile[];
  /** Whether the database was written anew, so that nothing of what went stands between its rows. */
  readonly isRewritten: boolean;
  /** Whether its log was emptied. */
  readonly isLogEmptied: boolean;
  readonly copies: readonly OlderCopy[];
}

/** A removal as a copy of the database is told of it. */
export interface RemovalMark {
  readonly hash: string;
  /** Of the key under which the hash was made. */
  readonly key: string;
  /** How many digits the number has; null: not known. */
  readonly digits: number | null;
  readonly askedMs: number;
}

/** Whether a text may be a hash of a number. */
export function isNumberHash(text: string): boolean {
  return /^[\da-f]{16}$/.test(text);
}
