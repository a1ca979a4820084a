/** The store on PostgreSQL as the service holds it: its writer and its reader, a thread each. */
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import type { Logger } from '../../domain/log.js';
import { randomKey } from '../../node/digest.js';
import type { FollowFrom } from '../../postgres/follow/follower.js';
import { hashUnder } from '../number-hash.js';
import { RetentionWatch } from '../retention-watch.js';
import type { Following, Store, StoreDependencies } from '../store.js';
import { ReaderClient } from '../threads/reader-client.js';
import { startThread } from '../threads/store-thread.js';
import { WriterClient, type WriterState } from '../threads/writer-client.js';
import { SpoolWatch } from '../spool-watch.js';
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
  const spool = new SpoolWatch(log);
  const following = new LateFollowing((from) => followerOf(data, from, log));
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
    onOpened: (state) => {
      following.opened(state);
      spool.onOpened(state);
    },
    onSpool: (status) => {
      spool.note(status);
    },
    onDrained: (report) => {
      spool.onDrained(report);
    },
    onUnconfirmed: (report) => {
      store.onUnconfirmed(report);
    },
    onSpoolAside: (file, why) => {
      spool.noteAside(file, why);
    },
    onLeading: (leads) => {
      isLeading = leads;
    },
    predecessorGone,
  });
  if (state.follow !== null) following.opened(state);
  const reader = openReader(settings, writer, { ...dependencies, thread: readerThread, spool });
  const store: Store = {
    writer,
    state,
    onUnconfirmed: () => undefined,
    checkpoints: { failures: 0 },
    retention,
    upkeep,
    spool,
    receivers: {
      get isLeading() {
        return isLeading;
      },
      get lagSeconds() {
        return following.lagSeconds;
      },
      follow: (shown) => {
        following.begin(shown);
      },
    },
    reader,
    callbackReader: reader,
    // Files and the disk are the server's, but for the spool.
    asideFiles: () => [...(spool.status?.aside ?? [])],
    notes: () => [],
    sizes: () => ({ main: null, wal: null }),
    freeBytes: () => null,
    numberHash: (number) => hashUnder(following.numberKey)(number),
    close: async () => {
      await following.close();
      await reader.close();
      await writer.close();
    },
  };
  return store;
}

function followerOf(data: PostgresWriterData, from: FollowFrom, log: Logger): FollowerClient {
  const { server, lanes, maxHeads, quarantineLimitBytes, enumerations, callbackTtlMs } = data;
  const followerData: PostgresFollowerData = {
    ...{ server, lanes, maxHeads, quarantineLimitBytes, enumerations, callbackTtlMs },
    from,
  };
  return new FollowerClient(() => startThread(THREADS.follower, followerData, log), log, from.isAlone);
}

/** Follows from when the database is there, which may be after the start. */
class LateFollowing {
  readonly #start: (from: FollowFrom) => FollowerClient;
  readonly #sinceMs = performance.now();
  #shown: Following | null = null;
  #follower: FollowerClient | null = null;
  /** Of the hashes of numbers; null: it is not known yet. */
  numberKey: string | null = null;

  constructor(start: (from: FollowFrom) => FollowerClient) {
    this.#start = start;
  }

  get lagSeconds(): number {
    return this.#follower?.lagSeconds ?? (performance.now() - this.#sinceMs) / 1000;
  }

  opened({ follow, numberKey }: Pick<WriterState, 'follow' | 'numberKey'>): void {
    this.numberKey = numberKey;
    if (follow === null || this.#follower !== null) return;
    this.#follower = this.#start(follow);
    if (this.#shown !== null) this.#follower.begin(this.#shown);
  }

  begin(shown: Following): void {
    this.#shown = shown;
    this.#follower?.begin(shown);
  }

  async close(): Promise<void> {
    await this.#follower?.close();
  }
}

interface ReaderDependencies extends StoreDependencies {
  readonly thread: URL;
  readonly spool: SpoolWatch;
}

/** A reader that dies is started again by the next query. */
function openReader(
  settings: PostgresSettings,
  writer: WriterClient,
  { thread, log, onFatal, spool }: ReaderDependencies,
) {
  const { enumerations } = settings;
  const data: PostgresReaderData = { server: serverOf(settings), enumerations };
  const reader = new ReaderClient(() => startThread(thread, data, log), {
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
