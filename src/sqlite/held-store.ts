/** A database under the writer's lock: whether the file is still ours, and its end when it turns out to be damaged. */
import { messageOf, MonitorError } from '../domain/errors.js';
import { damaged, isDamage, moveAside } from './damage.js';
import { canonicalPath, type Connection, storeIdentity } from './database.js';
import { openStore, type OpenStore, replaceDamaged, type StoreOptions } from './open-store.js';
import { takeWriterLock, type WriterLock } from './writer-lock.js';

export interface HeldStoreOptions extends StoreOptions {
  readonly path: string;
  /** How long to wait for a predecessor to let go of the database, milliseconds. */
  readonly lockWaitMs: number;
}

export class HeldStore {
  readonly #options: HeldStoreOptions;
  readonly #path: string;
  readonly #lock: WriterLock;
  #store: OpenStore;
  /** Set when the database turned out to be damaged: nothing is written to it any more. */
  #condemned: MonitorError | null = null;

  /** Takes the lock, opens, migrates. Throws OCM_LOCKED, OCM_NOT_OURS, OCM_NEWER_SCHEMA, OCM_NOT_DURABLE, OCM_DAMAGED. */
  constructor(options: HeldStoreOptions) {
    this.#options = options;
    this.#path = canonicalPath(options.path);
    this.#lock = takeWriterLock(this.#path, options.lockWaitMs);
    try {
      this.#store = openStore(this.#path, options);
    } catch (error) {
      this.#lock.release();
      throw error;
    }
  }

  /** Another one after `replaceDamaged`. */
  get store(): OpenStore {
    return this.#store;
  }

  get db(): Connection {
    return this.#store.db;
  }

  /** Puts a new database in the place of one that was found damaged while its state was handed over. */
  replaceDamaged(damage: unknown): void {
    this.db.close();
    this.#store = replaceDamaged(this.#path, this.#options, damage);
  }

  /**
   * What to tell of an error. Damage means the end of this database: it is moved aside at once, under the lock that is
   * held, so that the next start finds a free place, and everything asked from now on is refused.
   */
  diagnose(error: unknown): unknown {
    const cause = error instanceof MonitorError && error.code === 'OCM_UNAVAILABLE' ? error.cause : error;
    if (!isDamage(cause) || !this.#options.keepsLedger) return error;
    // What stands at the path now may be sound, and somebody else's.
    try {
      if (this.#condemned === null && !this.#isOurFile()) return this.#lost();
    } catch (unseen) {
      return unseen;
    }
    return this.#condemn(cause);
  }

  /**
   * What is committed to a file that was removed or replaced is lost with this process: nobody may be told 200 for it.
   * Throws OCM_STORE_LOST, OCM_DAMAGED; OCM_UNAVAILABLE while nobody can tell.
   */
  mustBeOurFile(): void {
    if (this.#condemned) throw this.#condemned;
    if (!this.#isOurFile()) throw this.#lost();
  }

  /** Whether anything may still be written to it. */
  get isSound(): boolean {
    try {
      return this.#condemned === null && this.#isOurFile();
    } catch {
      return false;
    }
  }

  /** Drops what is in memory, for the sake of a transaction that is undone: it is loaded again when needed. */
  dropMemory(): void {
    this.#store.stores.campaigns.forget();
    this.#store.stores.callbacks.forget();
  }

  /** Lets go of the database and of the lock. */
  release(): void {
    this.db.close();
    this.#lock.release();
  }

  /** Throws OCM_UNAVAILABLE where the folder may not be looked into; it is not named, because health is open to everybody. */
  #isOurFile(): boolean {
    const { identity } = this.#store;
    try {
      return identity !== null && storeIdentity(this.#path) === identity;
    } catch (cause) {
      const { code = 'unknown' } = cause as NodeJS.ErrnoException;
      const message = `the data folder cannot be read (${code}): whether the database is still in its place is not known`;
      throw new MonitorError('OCM_UNAVAILABLE', message, { cause });
    }
  }

  #lost(): MonitorError {
    return new MonitorError('OCM_STORE_LOST', `${this.#path} or its log was removed or replaced while it was in use`);
  }

  #condemn(cause: unknown): MonitorError {
    if (this.#condemned) return this.#condemned;
    const why = messageOf(cause);
    this.#condemned = damaged(this.#path, why, cause);
    this.db.close();
    try {
      const aside = moveAside(this.#path, this.#options.clock.nowMs());
      this.#condemned = damaged(this.#path, `${why}; it was moved to ${aside}`, cause);
    } catch (error) {
      this.#condemned = damaged(this.#path, `${why}; it could not be moved aside (${messageOf(error)})`, cause);
    }
    return this.#condemned;
  }
}
