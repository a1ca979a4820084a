/**
 * What forgetting a customer asks of a server: its rows, beside the lanes of all receivers. What a server keeps of rows that
 * went (dead rows until VACUUM, its log, standbys, backups) is its administrator's; see docs/scaling.md.
 */
import type { CleanedRows, CustomerStore, Leavings } from '../../apply/customers/customer-tables.js';
import { UNSEEN } from '../../apply/customers/customer-removal.js';
import type { NumberHashing, SearchedRow } from '../../apply/customers/customer-search.js';
import type { CoveredFile, OlderCopy } from '../../domain/customer.js';
import type { Digest } from '../../domain/identity.js';
import type { ForgetSlice } from '../../domain/store.js';
import type { BlockingWire } from '../blocking/blocking-wire.js';
import { ExchangeFailed, isTriedAgain, isUnknown } from '../failures.js';
import { unavailable } from '../lane-driver.js';
import { logging, NOTHING_SHOWN } from '../lane-log.js';
import type { Statement } from '../statements.js';
import { PostgresCleanedRows } from './cleaned-rows.js';
import { PostgresCustomerRows } from './customer-rows.js';
import { PostgresRemovals } from './removal-register.js';
import type { Question } from './searched-tables.js';

/** How often a transaction is tried again that others stood in the way of, or of which nobody knows whether it was done. */
const TRIES = 20;

const plain = (text: string): Statement => ({ text, values: [] });
const BEGIN = plain('BEGIN ISOLATION LEVEL READ COMMITTED');
const COMMIT = plain('COMMIT');
const ROLLBACK = plain('ROLLBACK');

export interface PostgresCustomersOptions {
  readonly wire: Pick<BlockingWire, 'exchange'>;
  readonly numbers: NumberHashing;
  readonly digest: Digest;
  readonly nowMs: () => number;
  /** Under which the lanes of others are told what was changed; its own, and never used again. */
  readonly lane: string;
}

export class PostgresCustomers implements CustomerStore {
  readonly search: PostgresCustomerRows;
  readonly register: PostgresRemovals;
  readonly #options: PostgresCustomersOptions;
  #seq = 0;

  constructor(options: PostgresCustomersOptions) {
    this.#options = options;
    const ask = (question: Question) => told(() => this.#ask(question));
    this.search = new PostgresCustomerRows(ask);
    this.register = new PostgresRemovals(ask);
  }

  /** What is done twice is the same as done once. */
  commit(work: (rows: CleanedRows) => void): ForgetSlice {
    return told(() => {
      for (let tries = 1; ; tries++) {
        try {
          this.#transaction(work);
          return UNSEEN;
        } catch (error) {
          const cause = failureOf(error);
          if (cause === null || !isUnknown(cause)) this.#options.wire.exchange([ROLLBACK]);
          if (cause === null || tries >= TRIES || !(isTriedAgain(cause) || isUnknown(cause))) throw error;
        }
      }
    });
  }

  #transaction(work: (rows: CleanedRows) => void): void {
    const { wire, numbers, digest, lane, nowMs } = this.#options;
    const ask = (question: Question) => this.#ask(question);
    const rows = new PostgresCleanedRows({ ask, digest, rows: this.search, hash: numbers.hash });
    wire.exchange([BEGIN]);
    work(rows);
    // Whoever follows another receiver starts over, too.
    const anew = { no: 0, groupNo: 0, isWithdrawn: false, transition: null };
    const said = { ...NOTHING_SHOWN, callbacks: rows.changed, transitions: [anew] };
    const log = logging({ lane, seq: ++this.#seq }, nowMs(), said);
    const answers = wire.exchange(rows.changed.length === 0 ? [COMMIT] : [log, COMMIT]);
    const tag = answers.at(-1)?.tag;
    if (tag !== 'COMMIT') throw new ExchangeFailed(`COMMIT was answered by ${tag ?? 'nothing'}`, '25P02');
  }

  #ask({ text, values, names }: Question): readonly SearchedRow[] {
    const [answer] = this.#options.wire.exchange([{ text, values }]);
    return (answer?.rows ?? []).map((row) => Object.fromEntries(names.map((name, n) => [name, row[n] ?? null])));
  }

  /** Exports have no marks here: each is of all. */
  beginAnew(): void {
    // As said.
  }

  // eslint-disable-next-line require-yield -- nothing lies beside a server
  *cover(): Generator<ForgetSlice, readonly CoveredFile[]> {
    return [];
  }

  *wipe(finish: () => ForgetSlice): Generator<ForgetSlice, Leavings> {
    yield finish();
    return { isRewritten: false, isLogEmptied: false };
  }

  /** Backups are made by others. */
  copies(): readonly OlderCopy[] {
    return [];
  }
}

function failureOf(error: unknown): ExchangeFailed | null {
  const cause = error instanceof Error && !(error instanceof ExchangeFailed) ? error.cause : error;
  return cause instanceof ExchangeFailed ? cause : null;
}

function told<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw unavailable(error);
  }
}
