/** What a failure of the database means for a batch, by its SQLSTATE. */

/** What a driver throws for an exchange that failed. */
export class ExchangeFailed extends Error {
  override readonly name = 'ExchangeFailed';
  /** Null: the connection is lost, and what became of the statements is not known. */
  readonly sqlState: string | null;

  constructor(message: string, sqlState: string | null, options?: ErrorOptions) {
    super(message, options);
    this.sqlState = sqlState;
  }
}

/** A warning: the synchronous standby did not confirm, so what was committed is on one machine only. */
export const NOT_CONFIRMED = '01000';

/** Serialization failure, and deadlock: nothing was done, and it is tried again. */
const TRIED_AGAIN = new Set(['40001', '40P01']);

export function isTriedAgain({ sqlState }: ExchangeFailed): boolean {
  return sqlState !== null && TRIED_AGAIN.has(sqlState);
}

/**
 * A row is there that was not a moment ago: `ON CONFLICT` looks at one key, and two receivers may put the same row at once. It
 * is found when the batch is tried again; where it is not, the fault is that of a body.
 */
export function isPutMeanwhile({ sqlState }: ExchangeFailed): boolean {
  return sqlState === '23505';
}

/** A value that a column does not take, or a rule that it breaks: it is one body's fault. */
export function isOfAValue({ sqlState }: ExchangeFailed): boolean {
  return sqlState !== null && /^2[23]/.test(sqlState);
}

/** Whether a transaction may have been committed all the same. */
export function isUnknown({ sqlState }: ExchangeFailed): boolean {
  return sqlState === null || sqlState === '40003' || sqlState.startsWith('08') || sqlState.startsWith('57P');
}
