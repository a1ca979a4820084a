/** Writes the write-ahead log back into the database. SQLite's own way tries at every commit, and tells nobody when it fails. */
import { messageOf } from '../domain/errors.js';
import type { Connection } from './database.js';

/** 8 MB of pages, as SQLite does it by itself with pages of twice the size. Bytes written hardly depend on it. */
const DUE_FRAMES = 2000;
const FIRST_PAUSE_MS = 1000;
/** An alert looks back further than this. */
const LONGEST_PAUSE_MS = 60_000;

/** How it went, told when it failed and when it works again. */
export interface CheckpointReport {
  /** Attempts that failed, since the start. */
  readonly failures: number;
  /** Null: it works again. */
  readonly why: string | null;
}

export interface CheckpointsOptions {
  /** A clock that nobody sets. */
  readonly elapsedMs: () => number;
  readonly onReport: (report: CheckpointReport) => void;
}

export class Checkpoints {
  readonly #options: CheckpointsOptions;
  #db: Connection | null = null;
  #lookAtLog: () => { readonly log: number; readonly checkpointed: number } = () => ({ log: 0, checkpointed: 0 });
  #failures = 0;
  #pauseMs = 0;
  #notBeforeMs = 0;

  constructor(options: CheckpointsOptions) {
    this.#options = options;
  }

  /**
   * To be called after every commit on a connection, outside of a transaction. Never throws: what was committed is
   * durable in the log, whatever becomes of the database file.
   */
  afterCommit(db: Connection): void {
    try {
      if (db !== this.#db) this.#takeOver(db);
      const { log, checkpointed } = this.#lookAtLog();
      if (log < DUE_FRAMES || checkpointed === log || this.#options.elapsedMs() < this.#notBeforeMs) return;
      db.pragma('wal_checkpoint(PASSIVE)');
      this.#worked();
    } catch (error) {
      this.#failed(messageOf(error));
    }
  }

  #takeOver(db: Connection): void {
    this.#db = db;
    db.pragma('wal_autocheckpoint = 0');
    const noop = db.prepare<[], { log: number; checkpointed: number }>('PRAGMA wal_checkpoint(NOOP)');
    this.#lookAtLog = () => noop.get() ?? { log: 0, checkpointed: 0 };
  }

  #worked(): void {
    if (this.#pauseMs === 0) return;
    this.#pauseMs = 0;
    this.#options.onReport({ failures: this.#failures, why: null });
  }

  /** The next attempt is due after longer and longer pauses: each costs what it would have written. */
  #failed(why: string): void {
    this.#failures++;
    this.#pauseMs = Math.min(Math.max(FIRST_PAUSE_MS, 2 * this.#pauseMs), LONGEST_PAUSE_MS);
    this.#notBeforeMs = this.#options.elapsedMs() + this.#pauseMs;
    this.#options.onReport({ failures: this.#failures, why });
  }
}
