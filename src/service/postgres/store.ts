/** The store on PostgreSQL as the service holds it: its writer and its reader, a thread each. */
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import type { Logger } from '../../domain/log.js';
import { randomKey } from '../../node/digest.js';
import type { FollowFrom } from '../../postgres/follow/follower.js';
import { hashUnder } from '../number-hash.js';
import { RetentionWatch } from '../retention-watch.js';
import type { Store, StoreDependencies } from '../store.js';
import { ReaderClient } from '../threads/reader-client.js';
import { startThread } from '../threads/store-thread.js';
import { WriterClient } from '../threads/writer-client.js';
import { UpkeepWatch } from '../upkeep-watch.js';
import { FollowerClient } from './follower-client.js';
import {
  type PostgresFollowerData,
  type PostgresReaderData,
  type PostgresSettings,
  type PostgresWriterData,
  serverOf,
  writerData,
} from './thread-data.js';

/** Entry points of the store's threads, as they lie beside this program. */
const THREADS = {
  writer: new URL('./writer-thread.js', import.meta.url),
  reader: new URL('./reader-thread.js', import.meta.url),
  follower: new URL('./follower-thread.js', import.meta.url),
};

/** Resolves when the writer has brought the database to the schema and has handed over its state; throws what kept it from that. */
export async function openStore(settings: PostgresSettings, dependencies: StoreDependencies): Promise<Store> {
  const { threads: { writer: writerThread, reader: readerThread } = THREADS, log } = dependencies;
  const { onFatal, predecessorGone } = dependencies;
  const { socketOutlived = predecessorGone !== undefined } = dependencies;
  const receiver = `${hostname()}:${String(settings.port)}`;
  mkdirSync(dirname(settings.signedOutPath), { recursive: true });
  const data = writerData(settings, { receiver, lanes: randomKey(), socketOutlived });
  const thread = startThread(writerThread, data, log);
  const retention = new RetentionWatch(settings.retention, log);
  const upkeep = new UpkeepWatch(log);
  let isLeading = false;
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
    onLeading: (leads) => {
      isLeading = leads;
    },
    predecessorGone,
  });
  const reader = openReader(settings, writer, { ...dependencies, thread: readerThread });
  const follower = followerOf(data, state.follow, log);
  return {
    writer,
    state,
    checkpoints: { failures: 0 },
    retention,
    upkeep,
    receivers: {
      get isLeading() {
        return isLeading;
      },
      get lagSeconds() {
        return follower.lagSeconds;
      },
      follow: (shown) => {
        follower.begin(shown);
      },
    },
    reader,
    callbackReader: reader,
    // Files and the disk are the server's.
    asideFiles: () => [],
    notes: () => [],
    sizes: () => ({ main: null, wal: null }),
    freeBytes: () => null,
    numberHash: (number) => hashUnder(state.numberKey)(number),
    close: async () => {
      await follower.close();
      await reader.close();
      await writer.close();
    },
  };
}

function followerOf(data: PostgresWriterData, from: FollowFrom | null, log: Logger): FollowerClient {
  const { server, lanes, maxHeads, quarantineLimitBytes, enumerations, callbackTtlMs, receiver } = data;
  const followerData: PostgresFollowerData = {
    ...{ server, lanes, maxHeads, quarantineLimitBytes, enumerations, callbackTtlMs },
    from: from ?? { places: [], receiver, runNo: 0 },
  };
  return new FollowerClient(() => startThread(THREADS.follower, followerData, log), log);
}

type ReaderDependencies = StoreDependencies & { readonly thread: URL };

/** A reader that dies is started again by the next query. */
function openReader(settings: PostgresSettings, writer: WriterClient, { thread, log, onFatal }: ReaderDependencies) {
  const { enumerations } = settings;
  const data: PostgresReaderData = { server: serverOf(settings), enumerations };
  return new ReaderClient(() => startThread(thread, data, log), {
    onDeath: (error) => {
      log.error({ err: error }, 'the reading thread died; the next query starts it again');
    },
    onDamage: onFatal,
    onUnreadable: (chunkNos) => {
      writer.lookAtChunks(chunkNos).catch((error: unknown) => {
        log.warn({ chunks: chunkNos, err: error as Error }, 'samples that cannot be read could not be set aside');
      });
    },
  });
}
