/** The store as the service holds it: its writer and its reader, a thread each, and what lies beside the database. */
import { realpathSync } from 'node:fs';
import { type ResourceLimits, Worker } from 'node:worker_threads';
import { CheckpointWatch } from './checkpoint-watch.js';
import { ConversionWatch } from './conversion-watch.js';
import { RetentionWatch } from './retention-watch.js';
import { UpkeepWatch } from './upkeep-watch.js';
import type { Clock } from '../../domain/clock.js';
import type { Logger } from '../../domain/log.js';
import type { ReportReader } from '../../domain/store.js';
import type { HandOver } from '../../domain/hand-over.js';
import { writerThreadData, type WriterSettings } from './writer-thread-data.js';
import type { CallbackReader } from '../../reports/callback-reader.js';
import { listAside } from '../../sqlite/damage/damage.js';
import { fileSizes, freeBytes } from '../../sqlite/file-sizes.js';
import { listNotes } from '../../sqlite/notes.js';
import { ReaderClient } from '../../sqlite/threads/reader-client.js';
import { WriterClient, type WriterState } from '../../sqlite/threads/writer-client.js';

/** How long a start waits for a predecessor to let go of the database. */
const LOCK_WAIT_MS = 5000;
/** What a batch makes is let go with it: more room for young objects than this, 48 MB, would be filled for nothing. */
const WRITER_LIMITS: ResourceLimits = { maxYoungGenerationSizeMb: 12 };
/** Characters of what a thread says at once. */
const SAID_CHARACTERS = 1000;

export interface StoreDependencies {
  readonly log: Logger;
  readonly clock: Clock;
  /** Compiled entry points of the store's threads. */
  readonly threads: { readonly writer: URL; readonly reader: URL };
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

export interface Store {
  readonly writer: WriterClient;
  /** What the writer knew when it was ready. */
  readonly state: WriterState;
  /** How often the write-ahead log could not be written back. */
  readonly checkpoints: { readonly failures: number };
  readonly retention: RetentionWatch;
  readonly upkeep: UpkeepWatch;
  readonly reader: ReportReader;
  readonly callbackReader: CallbackReader;
  /** Damaged databases that lie aside; null where their folder may not be read. */
  asideFiles(): string[] | null;
  /** Notes of what was done to the database, until somebody removes them; null as above. */
  notes(): string[] | null;
  sizes(): ReturnType<typeof fileSizes>;
  /** Null: the system does not say. */
  freeBytes(): number | null;
  /** The reader first; then the writer lets go of the database, see `Writer.close`. */
  close(handsOver?: boolean): Promise<void>;
}

/** Resolves when the writer holds the lock and has handed over its state; throws what kept it from that. */
export async function openStore(settings: WriterSettings, dependencies: StoreDependencies): Promise<Store> {
  const { threads, onFatal, predecessorGone } = dependencies;
  const path = settings.sqlitePath;
  const { socketOutlived = predecessorGone !== undefined } = dependencies;
  const workerData = writerThreadData(settings, { lockWaitMs: LOCK_WAIT_MS, keepsLedger: true, socketOutlived });
  const thread = startThread(threads.writer, workerData, dependencies.log, WRITER_LIMITS);
  const checkpoints = new CheckpointWatch(dependencies.log);
  const conversion = new ConversionWatch(dependencies.log);
  const retention = new RetentionWatch(settings.retention, dependencies.log);
  const upkeep = new UpkeepWatch(dependencies.log);
  const { client: writer, state } = await WriterClient.start(thread, {
    onDeath: onFatal,
    onCheckpoint: (report) => {
      checkpoints.note(performance.now(), report);
    },
    onConversion: (progress) => {
      conversion.note(performance.now(), progress);
    },
    onRetained: (report) => {
      retention.note(report);
    },
    onRetaining: (slice) => {
      retention.onSlice(slice);
    },
    onUpkeep: (report) => {
      upkeep.note(performance.now(), report);
    },
    onDamagedChunks: (damaged) => {
      upkeep.noteDamaged(damaged);
    },
    predecessorGone,
  });
  const reader = openReader(path, writer, dependencies);
  // Looked up once: the name leads nowhere while a damaged file has just been moved.
  const whole = realpathSync(path);
  return {
    writer,
    state,
    checkpoints,
    retention,
    upkeep,
    reader,
    callbackReader: reader,
    asideFiles: () => listed(() => listAside(whole)),
    notes: () => listed(() => listNotes(whole)),
    sizes: () => fileSizes(path),
    freeBytes: () => (dependencies.freeBytes ?? freeBytes)(path),
    close: async (handsOver = false) => {
      await reader.close();
      await writer.close(handsOver);
    },
  };
}

/** What Node has to say in it, such as a warning, goes to the log: by itself it would wait for whoever reads stderr. */
function startThread(entry: URL, workerData: unknown, log: Logger, resourceLimits: ResourceLimits = {}): Worker {
  const thread = new Worker(entry, {
    workerData,
    stdout: true,
    stderr: true,
    resourceLimits,
  });
  for (const stream of [thread.stdout, thread.stderr]) {
    stream.on('data', (said: Buffer) => {
      log.warn({ said: said.toString().slice(0, SAID_CHARACTERS) }, 'a thread of the store has something to say');
    });
  }
  return thread;
}

/** A reader that dies is started again by the next query; damage it meets is the writer's to act on. */
function openReader(path: string, writer: WriterClient, { threads, log, onFatal }: StoreDependencies): ReaderClient {
  return new ReaderClient(() => startThread(threads.reader, { path }, log), {
    onDeath: (error) => {
      log.error({ err: error }, 'the reading thread died; the next query starts it again');
    },
    onDamage: ({ message }) => {
      writer.condemn(message).catch((error: unknown) => {
        log.error({ err: error as Error }, 'a query met damage in the database');
        onFatal(error as Error);
      });
    },
    onUnreadable: (chunkNos) => {
      writer.lookAtChunks(chunkNos).catch((error: unknown) => {
        log.warn({ chunks: chunkNos, err: error as Error }, 'samples that cannot be read could not be set aside');
      });
    },
  });
}

/** Null where the folder may not be read. */
function listed(list: () => string[]): string[] | null {
  try {
    return list();
  } catch {
    return null;
  }
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
