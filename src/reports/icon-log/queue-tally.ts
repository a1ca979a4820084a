/** What ICON says of its records: queued in transactions, and written into its database, transaction by transaction. */
import { ownText } from '../../domain/own-text.js';
import type { IconEntry } from './icon-log-reader.js';

/**
 * @bound transactions of ICON that were queued and are not written yet
 * @beyond the one queued first counts as never written
 * @seen `unwritten_records` of the answer
 */
const MAX_PENDING = 100_000;

type StepEntry = Exclude<IconEntry, { message: 'arrival' }>;

export class QueueTally {
  /** Records by transaction, those queued first first. */
  readonly #pending = new Map<string, number>();
  #queuedRecords = 0;
  #writtenRecords = 0;
  #unwritten = { transactions: 0, records: 0 };

  /** Returns how many records it is about. */
  take({ message, transaction, records }: StepEntry): number {
    switch (message) {
      case 'begun':
        return 0;
      case 'queued':
        this.#queue(transaction, records ?? 0);
        return records ?? 0;
      case 'written': {
        // A copy of a log breaks its lines, and the number of records may stand on the next.
        const count = records ?? this.#pending.get(transaction) ?? 0;
        this.#pending.delete(transaction);
        this.#writtenRecords += count;
        return count;
      }
    }
  }

  counts() {
    const pending = [...this.#pending.values()];
    return {
      queuedRecords: this.#queuedRecords,
      writtenRecords: this.#writtenRecords,
      unwrittenTransactions: this.#unwritten.transactions + pending.length,
      unwrittenRecords: this.#unwritten.records + pending.reduce((sum, records) => sum + records, 0),
    };
  }

  #queue(transaction: string, records: number): void {
    this.#queuedRecords += records;
    this.#pending.set(ownText(transaction), records);
    if (this.#pending.size <= MAX_PENDING) return;
    for (const [oldest, count] of this.#pending) {
      this.#pending.delete(oldest);
      this.#unwritten = { transactions: this.#unwritten.transactions + 1, records: this.#unwritten.records + count };
      return;
    }
  }
}
