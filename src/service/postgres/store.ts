/** The store on PostgreSQL as the service holds it: its writer and its reader, a thread each. */
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { hashUnder } from '../number-hash.js';
import { RetentionWatch } from '../retention-watch.js';
import type { Store, StoreDependencies } from '../store.js';
import { ReaderClient } from '../threads/reader-client.js';
import { startThread } from '../threads/store-thread.js';
import { WriterClient } from '../threads/writer-client.js';
import { SpoolWatch } from '../spool-watch.js';
import { UpkeepWatch } from '../upkeep-watch.js';
import { type PostgresReaderData, type PostgresSettings, serverOf, writerData } from './thread-data.js';

/** Entry points of the store's threads, as they lie beside this program. */
const THREADS = {
  writer: new URL('./writer-thread.js', import.meta.url),
  reader: new URL('./reader-thread.js', import.meta.url),
};

/** Resolves when the writer has brought the database to the schema and has handed over its state; throws what kept it from that. */
export async function openStore(settings: PostgresSettings, dependencies: StoreDependencies): Promise<Store> {
  const { threads = THREADS, log, onFatal, predecessorGone } = dependencies;
  const { socketOutlived = predecessorGone !== undefined } = dependencies;
  const receiver = `${hostname()}:${String(settings.port)}`;
  mkdirSync(dirname(settings.signedOutPath), { recursive: true });
  const thread = startThread(threads.writer, writerData(settings, { receiver, socketOutlived }), log);
  const retention = new RetentionWatch(settings.retention, log);
  const upkeep = new UpkeepWatch(log);
  const spool = new SpoolWatch(log);
  let numberKey: string | null = null;
  const { client: writer, state } = await WriterClient.start(thread, {
    onDeath: onFatal,
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
    onOpened: (opened) => {
      ({ numberKey } = opened);
      spool.onOpened(opened);
    },
    onSpool: (status) => {
      spool.note(status);
    },
    onDrained: (report) => {
      spool.onDrained(report);
    },
    onSpoolAside: (file, why) => {
      spool.noteAside(file, why);
    },
    predecessorGone,
  });
  numberKey ??= state.numberKey;
  const reader = openReader(settings, writer, { ...dependencies, threads, spool });
  return {
    writer,
    state,
    checkpoints: { failures: 0 },
    retention,
    upkeep,
    spool,
    reader,
    callbackReader: reader,
    // Files and the disk are the server's, but for the spool.
    asideFiles: () => [...(spool.status?.aside ?? [])],
    notes: () => [],
    sizes: () => ({ main: null, wal: null }),
    freeBytes: () => null,
    numberHash: (number) => hashUnder(numberKey)(number),
    close: async () => {
      await reader.close();
      await writer.close();
    },
  };
}

interface ReaderDependencies extends StoreDependencies {
  readonly threads: typeof THREADS;
  readonly spool: SpoolWatch;
}

/** A reader that dies is started again by the next query. */
function openReader(
  settings: PostgresSettings,
  writer: WriterClient,
  { threads, log, onFatal, spool }: ReaderDependencies,
) {
  const { enumerations } = settings;
  const data: PostgresReaderData = { server: serverOf(settings), enumerations };
  const reader = new ReaderClient(() => startThread(threads.reader, data, log), {
    onDeath: (error) => {
      log.error({ err: error }, 'the reading thread died; the next query starts it again');
    },
    onDamage: onFatal,
    // A server that is stopped in its tracks answers nobody: questions would wait for it.
    isAway: () => spool.isAway,
    onUnreadable: (chunkNos) => {
      writer.lookAtChunks(chunkNos).catch((error: unknown) => {
        log.warn({ chunks: chunkNos, err: error as Error }, 'samples that cannot be read could not be set aside');
      });
    },
  });
  spool.onReading = () => {
    reader.interrupt();
  };
  return reader;
}
