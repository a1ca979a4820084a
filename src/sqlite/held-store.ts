/** A database under the writer's lock: whether the file is still ours, and its end when it turns out to be damaged. */
import { dropMemory } from '../apply/stores.js';
import { messageOf, MonitorError } from '../domain/errors.js';
import { damaged, isDamage, keepLostCommits, moveAside } from './damage/damage.js';
import { canonicalPath, type Connection } from './database.js';
import { FilesChanged, FileWatch } from './file-watch.js';
import { leaveNote, noteMade } from './notes.js';
import { openStore, type OpenStore, replaceDamaged, type StoreOptions } from './open-store.js';
import { keepParts, rescue } from './damage/rescue.js';
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
  #watch: FileWatch;
  /** Set when another program has changed the files: so it stays, whatever they look like later. */
  #lost: FilesChanged | null = null;
  /** Set when the database turned out to be damaged: nothing is written to it any more. */
  #condemned: MonitorError | null = null;

  /** Takes the lock, opens, migrates. Throws OCM_LOCKED, OCM_NOT_OURS, OCM_NEWER_SCHEMA, OCM_NOT_DURABLE, OCM_DAMAGED. */
  constructor(options: HeldStoreOptions) {
    this.#options = options;
    this.#path = canonicalPath(options.path);
    this.#lock = takeWriterLock(this.#path, options.lockWaitMs);
    try {
      this.#store = openStore(this.#path, options);
      this.#watch = new FileWatch(this.#path);
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
    this.#watch.close();
    this.#store = replaceDamaged(this.#path, this.#options, damage);
    this.#watch = new FileWatch(this.#path);
  }

  /**
   * What to tell of an error. Damage means the end of this database: it is moved aside at once, under the lock that is
   * held, so that the next start finds a free place, and everything asked from now on is refused.
   */
  diagnose(error: unknown): unknown {
    const cause = error instanceof MonitorError && error.code === 'OCM_UNAVAILABLE' ? error.cause : error;
    if (!isDamage(cause) || !this.#options.keepsLedger) return error;
    const unseen = this.#condemned === null && this.#lost === null ? this.#look() : null;
    if (unseen !== null) return unseen;
    // What stands at the path now may be sound, and somebody else's.
    if (this.#lost?.change === 'replaced') return this.#lost;
    return this.#condemn(cause);
  }

  /**
   * To be called before anything is written: what is committed to a file that was removed, replaced or changed by another
   * program is lost with this process, or at the next start. Nobody may be told 200 for it. Throws OCM_STORE_LOST,
   * OCM_DAMAGED; OCM_UNAVAILABLE while nobody can tell.
   */
  mustBeOurFile(): void {
    if (this.#watched(() => this.#watch.mustBeUntouched())) this.dropMemory();
  }

  /** To be called after a commit, before anybody is told of it. */
  mustHoldCommit(): void {
    this.#watched(() => {
      this.#watch.mustHoldCommit();
    });
  }

  /** To be run now and then, with commits between its parts: finds what was written over while something was committed. */
  *inspectLog(): Generator<void> {
    const parts = this.#watched(() => this.#watch.inspectLog());
    while (this.#watched(() => parts.next()).done !== true) yield;
  }

  /** Whether anything may still be written to it. */
  get isSound(): boolean {
    try {
      this.mustBeOurFile();
      return true;
    } catch {
      return false;
    }
  }

  /** Drops what is in memory, for the sake of a transaction that is undone: it is loaded again when needed. */
  dropMemory(): void {
    dropMemory(this.#store.stores);
  }

  /** Lets go of the database and of the lock. */
  release(): void {
    this.db.close();
    this.#watch.close();
    this.#lock.release();
  }

  /**
   * What another program has done to a file in which damage was met; one that is not there any more has no copy worth
   * keeping. What keeps us from looking, or null.
   */
  #look(): unknown {
    try {
      this.#watch.mustBeUntouched();
      return null;
    } catch (error) {
      if (!(error instanceof FilesChanged)) return error;
      if (error.change === 'replaced') this.#lost = error;
      else this.#lose(error);
      return null;
    }
  }

  #watched<T>(look: () => T): T {
    const ended = this.#condemned ?? this.#lost;
    if (ended) throw ended;
    try {
      return look();
    } catch (error) {
      if (!(error instanceof FilesChanged)) throw error;
      throw this.#lose(error);
    }
  }

  /** Keeps what there is, leaves word of it, and sees to it that the end of this process changes nothing more. */
  #lose(changed: FilesChanged): FilesChanged {
    const said = [changed.message];
    for (const keep of this.#measures(changed, this.#options.clock.nowMs())) {
      try {
        const done = keep();
        if (typeof done === 'string') said.push(done);
      } catch (error) {
        said.push(messageOf(error));
      }
    }
    said.push('salvage brings back what was kept; to put a backup in its place use ocs-monitor restore');
    const message = said.join('; ');
    this.#lost = new FilesChanged(changed.change, message);
    try {
      leaveNote(this.#path, 'changed', this.#options.clock.nowMs(), message);
    } catch {
      // The log says it too.
    }
    return this.#lost;
  }

  *#measures({ change }: FilesChanged, nowMs: number): Generator<() => string | undefined> {
    let isKnown = false as boolean;
    yield () => {
      const copy = rescue(this.db, this.#path, nowMs);
      isKnown = copy !== null;
      return copy === null ? 'it is too large to be copied' : `what this process still knew of it was kept: ${copy}`;
    };
    if (change === 'replaced') return;
    if (change === 'main' && !isKnown) yield () => keepParts(this.#path, nowMs);
    yield () => {
      noteMade(this.#path, 'suspect');
      return undefined;
    };
    if (change !== 'log') return;
    yield () => {
      const kept = keepLostCommits(this.#path, nowMs);
      return kept === null ? undefined : `what lies behind the break of its log was kept: ${kept.file}`;
    };
    yield () => {
      this.#watch.dropIndex();
      return undefined;
    };
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
