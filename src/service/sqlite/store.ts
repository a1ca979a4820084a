/** The store as the service holds it: its writer and its reader, a thread each, and what lies beside the database. */
import { realpathSync } from 'node:fs';
import type { ResourceLimits } from 'node:worker_threads';
import { CheckpointWatch } from './checkpoint-watch.js';
import { ConversionWatch } from './conversion-watch.js';
import { hashUnder } from '../number-hash.js';
import { RetentionWatch } from '../retention-watch.js';
import type { Store, StoreDependencies } from '../store.js';
import { startThread } from '../threads/store-thread.js';
import { SpoolWatch } from '../spool-watch.js';
import { UpkeepWatch } from '../upkeep-watch.js';
import { keyOf } from './customer-commands.js';
import { writerThreadData, type WriterSettings } from './writer-thread-data.js';
import { listAside } from '../../sqlite/damage/damage.js';
import { fileSizes, freeBytes } from '../../sqlite/file-sizes.js';
import { listNotes } from '../../sqlite/notes.js';
import { ReaderClient } from '../threads/reader-client.js';
import { WriterClient } from '../threads/writer-client.js';

/** Entry points of the store's threads, as they lie beside this program. */
const THREADS = {
  writer: new URL('./writer-thread.js', import.meta.url),
  reader: new URL('./reader-thread.js', import.meta.url),
};
/** How long a start waits for a predecessor to let go of the database. */
const LOCK_WAIT_MS = 5000;
/** What a batch makes is let go with it: more room for young objects than this, 48 MB, would be filled for nothing. */
const WRITER_LIMITS: ResourceLimits = { maxYoungGenerationSizeMb: 12 };

/** Resolves when the writer holds the lock and has handed over its state; throws what kept it from that. */
export async function openStore(settings: WriterSettings, dependencies: StoreDependencies): Promise<Store> {
  const { threads = THREADS, onFatal, predecessorGone } = dependencies;
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
    onUnconfirmed: (report) => {
      store.onUnconfirmed(report);
    },
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
  const store: Store = {
    writer,
    state,
    onUnconfirmed: () => undefined,
    checkpoints,
    retention,
    upkeep,
    // A file of this machine is not away.
    spool: new SpoolWatch(dependencies.log),
    receivers: null,
    reader,
    callbackReader: reader,
    asideFiles: () => listed(() => listAside(whole)),
    notes: () => listed(() => listNotes(whole)),
    sizes: () => fileSizes(path),
    numberHash: (number) => hashUnder(keyOf(settings))(number),
    freeBytes: () => (dependencies.freeBytes ?? freeBytes)(path),
    close: async (handsOver = false) => {
      await reader.close();
      await writer.close(handsOver);
    },
  };
  return store;
}

/** A reader that dies is started again by the next query; damage it meets is the writer's to act on. */
function openReader(
  path: string,
  writer: WriterClient,
  { threads = THREADS, log, onFatal }: StoreDependencies,
): ReaderClient {
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
