import { type Worker } from 'node:worker_threads';
import { MonitorError } from '../../domain/errors.js';
import type { ReportReader } from '../../domain/store.js';
import type { CallbackReader } from '../../reports/callback-reader.js';
import { type PackedStatistics, unpackStatistics } from '../../reports/packed-statistics.js';
import { Calls } from './calls.js';

/**
 * Queries that may wait for the reader's thread; beyond it a query is refused, so that reading stays bounded.
 * @bound queries waiting for the reader
 * @beyond 503
 * @seen the answer
 */
const MAX_WAITING = 500;

/** What of the ports goes between the threads in another form. */
export interface PackedReports {
  packedStatistics(...asked: Parameters<ReportReader['statistics']>): PackedStatistics | Promise<PackedStatistics>;
}

type ReaderCalls = Omit<ReportReader, 'statistics'> & CallbackReader & PackedReports;

/** What the reader's thread tells unasked. */
export interface ReaderNews {
  /** Chunks that it met and could not read, by their numbers. */
  unreadable(chunkNos: readonly number[]): void;
}

interface Told {
  readonly onDeath: (error: Error) => void;
  readonly onDamage: (error: Error) => void;
  readonly onUnreadable: ReaderNews['unreadable'];
  /** Whether the database is away; left out: it never is. */
  readonly isAway?: () => boolean;
}

/**
 * The reader's thread as the ports of reading. Its slowness is felt by readers alone; when it dies, what it was asked is
 * rejected and the next question starts it again.
 */
export class ReaderClient implements ReportReader, CallbackReader {
  readonly #spawn: () => Worker;
  readonly #told: Told;
  #running: { readonly worker: Worker; readonly calls: Calls<ReaderCalls, [ReaderNews]> } | null = null;
  #closed = false;

  readonly transitions = this.#asking('transitions');
  readonly actions = this.#asking('actions');
  readonly #packedStatistics = this.#asking('packedStatistics');
  readonly sessions = this.#asking('sessions');
  readonly silences = this.#asking('silences');
  readonly silentMs = this.#asking('silentMs');
  readonly callingLists = this.#asking('callingLists');
  readonly abandonment = this.#asking('abandonment');
  readonly quarantine = this.#asking('quarantine');
  readonly quarantinedBody = this.#asking('quarantinedBody');
  readonly quarantineRows = this.#asking('quarantineRows');
  readonly changes = this.#asking('changes');
  readonly unobserved = this.#asking('unobserved');
  readonly auditLog = this.#asking('auditLog');

  readonly callbacks = this.#asking('callbacks');
  readonly callback = this.#asking('callback');
  readonly finished = this.#asking('finished');
  readonly summary = this.#asking('summary');
  readonly capacity = this.#asking('capacity');
  readonly missingKeys = this.#asking('missingKeys');
  readonly legacyEvents = this.#asking('legacyEvents');
  readonly changed = this.#asking('changed');

  readonly statistics = async (...asked: Parameters<ReportReader['statistics']>) =>
    unpackStatistics(await this.#packedStatistics(...asked));

  constructor(spawn: () => Worker, told: Told) {
    this.#spawn = spawn;
    this.#told = told;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#running?.worker;
    this.#lose(new MonitorError('OCM_UNAVAILABLE', 'the service is stopping'));
    await worker?.terminate();
  }

  /** Gives up what waits for an answer: the database is away. */
  interrupt(): void {
    const worker = this.#running?.worker;
    this.#lose(away());
    void worker?.terminate();
  }

  /** A method of a port, asked of the thread. */
  #asking<M extends keyof ReaderCalls>(method: M) {
    return (...args: Parameters<ReaderCalls[M]>) => {
      const refusal = this.#refusal();
      if (refusal !== null) return Promise.reject(refusal);
      const { calls } = (this.#running ??= this.#start());
      const answer = calls.ask(method, ...args);
      answer.catch((error: unknown) => {
        if (error instanceof MonitorError && error.code === 'OCM_DAMAGED') this.#told.onDamage(error);
      });
      return answer;
    };
  }

  #refusal(): MonitorError | null {
    if (this.#closed) return new MonitorError('OCM_UNAVAILABLE', 'the service is stopping');
    if (this.#told.isAway?.() === true) return away();
    if ((this.#running?.calls.waiting ?? 0) < MAX_WAITING) return null;
    return new MonitorError('OCM_OVERLOADED', `${MAX_WAITING} queries are waiting already; try again`);
  }

  #start() {
    const worker = this.#spawn();
    const die = (error: Error) => {
      if (this.#running?.worker !== worker) return;
      this.#lose(new MonitorError('OCM_UNAVAILABLE', 'reading failed; try again', { cause: error }));
      this.#told.onDeath(error);
    };
    worker.on('error', (error) => {
      die(error instanceof Error ? error : new Error(String(error)));
    });
    worker.on('exit', (code) => {
      die(new Error(`the reader's thread ended with code ${code}`));
    });
    const { onUnreadable: unreadable } = this.#told;
    return { worker, calls: new Calls<ReaderCalls, [ReaderNews]>(worker, [{ unreadable }]) };
  }

  #lose(error: Error): void {
    this.#running?.calls.end(error);
    this.#running = null;
  }
}

function away(): MonitorError {
  return new MonitorError(
    'OCM_UNAVAILABLE',
    'the database is away, and what it holds cannot be read; posts are kept meanwhile',
  );
}
