/** The store as the service holds it, whichever database it is: its writer and its reader, and what lies beside it. */
import type { Clock } from '../domain/clock.js';
import type { FollowedCommit, HeldAnew } from '../domain/followed.js';
import type { Logger } from '../domain/log.js';
import type { HandOver } from '../domain/hand-over.js';
import type { CommitReport, ReportReader } from '../domain/store.js';
import type { CallbackReader } from '../reports/callback-reader.js';
import type { CommitOrder } from './commit-order.js';
import type { RetentionWatch } from './retention-watch.js';
import type { SpoolWatch } from './spool-watch.js';
import type { WriterClient, WriterState } from './threads/writer-client.js';
import type { UpkeepWatch } from './upkeep-watch.js';

export interface StoreDependencies {
  readonly log: Logger;
  readonly clock: Clock;
  /** Compiled entry points of the store's threads; left out: those beside this program. */
  readonly threads?: { readonly writer: URL; readonly reader: URL };
  /** Told when the service cannot go on: the process must end, so that somebody starts it anew. */
  readonly onFatal: (error: Error) => void;
  /**
   * For a successor: resolves when the predecessor has let go of the database. All that can be read is read before;
   * `pending` is the longer work that has to wait until then.
   */
  readonly predecessorGone?: (pending: readonly string[]) => Promise<HandOver | null>;
  /** Whether the socket was there before this process, and connections wait in it while nobody accepts. */
  readonly socketOutlived?: boolean;
  /** Bytes free on the disk of a database; asked of the system, unless a test says. */
  readonly freeBytes?: (path: string) => number | null;
}

/** Several receivers on one database. */
export interface Receivers {
  /** Whether this one does what one does for all. */
  readonly isLeading: boolean;
  /** All that others committed so many seconds ago is shown here. */
  readonly lagSeconds: number;
  /** From now on what others commit is shown. */
  follow(shown: Following): void;
}

/** Who shows it. */
export interface Following {
  readonly order: CommitOrder;
  follow(commit: FollowedCommit): void;
  /** Everything, as it is held. */
  showAnew(held: HeldAnew): void;
}

export interface Store {
  readonly writer: WriterClient;
  /** What the writer knew when it was ready. */
  readonly state: WriterState;
  /** To be told of a commit that stands although whoever asked for it is told that it failed. */
  onUnconfirmed: (report: CommitReport) => void;
  /** How often the write-ahead log could not be written back. */
  readonly checkpoints: { readonly failures: number };
  readonly retention: RetentionWatch;
  readonly upkeep: UpkeepWatch;
  /** How it stands when its database may be away. */
  readonly spool: SpoolWatch;
  /** How it stands among the receivers on this database; null: no other writes to it. */
  readonly receivers: Receivers | null;
  readonly reader: ReportReader;
  readonly callbackReader: CallbackReader;
  /** Damaged databases that lie aside; null where their folder may not be read. */
  asideFiles(): string[] | null;
  /** Notes of what was done to the database, until somebody removes them; null as above. */
  notes(): string[] | null;
  /** Bytes of its files; null for one that may not be looked at, or is a server's. */
  sizes(): { readonly main: number | null; readonly wal: number | null };
  /** The hash of a customer's number, under the key of this database. Throws OCM_UNAVAILABLE while there is none. */
  numberHash(number: string): string;
  /** Null: the system does not say. */
  freeBytes(): number | null;
  /** The reader first; then the writer lets go of the database, see `Writer.close`. */
  close(handsOver?: boolean): Promise<void>;
}

/** What somebody who reads the log afterwards will ask about this start. */
export function noteStart(store: Store, { log, clock, predecessorGone }: StoreDependencies): void {
  const { previousAliveMs, retoldGroups, setAside } = store.state;
  if (setAside !== null) {
    const { file, why, how } = setAside;
    const what =
      how === 'moved'
        ? 'the database was damaged: it was moved aside whole, and a new one takes its place'
        : 'the log of the database had lost commits: a copy of both was kept';
    log.error({ file, why }, what);
  }
  const aside = store.asideFiles() ?? [];
  const next = 'stop the service and run: ocs-monitor salvage FILE; then move FILE and its -wal elsewhere';
  if (aside.length > 0) log.error({ files: aside, next }, 'a damaged database was moved aside');
  const notes = store.notes() ?? [];
  const read = 'read these files, do what they say, and remove them';
  if (notes.length > 0)
    log.error({ files: notes, next: read }, 'the database had vanished, or another program changed it');
  const downMs = previousAliveMs === null ? -1 : clock.nowMs() - previousAliveMs;
  // Where the clock was ahead in that run, nobody knows for how long it was down.
  if (previousAliveMs !== null && downMs >= 0 && predecessorGone === undefined) {
    const seconds = Math.round(downMs / 1000);
    log.info(
      { since: new Date(previousAliveMs).toISOString(), seconds },
      'the service was down since its previous run',
    );
  }
  if (retoldGroups > 0) log.info({ groups: retoldGroups }, 'enumeration tables changed: history was told again');
}
