/**
 * The writer's thread: composes judge and writer, and answers requests in order. Validation and decoding happen here
 * too, so that the thread that talks HTTP only moves bytes (measured: docs/adr/0002-writer-thread.md).
 */
import { parentPort, workerData } from 'node:worker_threads';
import { sha256Digest } from './digest.js';
import { decodeTextIn } from './ingest/decode-text.js';
import { makeJudge } from './ingest/judge.js';
import type { ReplayReport, ReplayRequest } from './domain/store.js';
import { enumerationsWith, type EnumerationOverrides } from './ocs/enumerations.js';
import { compileNotificationSchema } from './schemas.js';
import { faultOf, type WriterReply, type WriterRequest } from './sqlite/thread-messages.js';
import { Writer } from './sqlite/writer.js';
import { systemClock } from './system-clock.js';

/** What the composition root hands over; must survive structured cloning. */
export interface WriterThreadData {
  readonly path: string;
  readonly maxHeads: number;
  readonly quarantineLimitBytes: number;
  readonly maxClockAheadMs: number;
  readonly lockWaitMs: number;
  /** False for commands at rest: only the service's up-time is written down. */
  readonly keepsLedger: boolean;
  readonly enumerations: EnumerationOverrides;
  /** Source to the encoding of its texts, where it is not UTF-8. */
  readonly encodings: Readonly<Record<string, string>>;
}

/** Resolution of the up-time ledger. */
const BEAT_MS = 2000;
/** Groups handed over at once while starting. */
const SNAPSHOTS_AT_ONCE = 1000;

function main(): void {
  const port = parentPort;
  if (!port) throw new Error('writer-thread.ts runs as a worker thread only');
  const reply = (message: WriterReply) => {
    port.postMessage(message);
  };
  let writer: Writer;
  try {
    writer = openWriter(workerData as WriterThreadData);
  } catch (error) {
    reply({ kind: 'failed', request: 'start', fault: faultOf(error) });
    return;
  }
  sendSnapshots(writer, reply);
  const { previousAliveMs, retoldGroups } = writer;
  reply({ kind: 'ready', previousAliveMs, retoldGroups, quarantine: writer.quarantineCounts() });
  const beat = setInterval(() => {
    tryTo(() => {
      writer.beat();
    });
  }, BEAT_MS);
  const replays = new Replays(writer, reply);
  port.on('message', (request: WriterRequest) => {
    try {
      if (request.kind === 'commit') reply({ kind: 'committed', report: writer.commit(request.deliveries) });
      else if (request.kind === 'replay') replays.add(request.request);
      else if (request.kind === 'probe') {
        writer.beat();
        reply({ kind: 'probed' });
      } else {
        replays.stop();
        clearInterval(beat);
        writer.close();
        reply({ kind: 'closed' });
        port.close();
      }
    } catch (error) {
      reply({ kind: 'failed', request: request.kind, fault: faultOf(error) });
    }
  });
}

/** Replays one after the other, a slice at a time, so that live posts are committed in between. */
class Replays {
  readonly #writer: Writer;
  readonly #reply: (message: WriterReply) => void;
  readonly #asked: ReplayRequest[] = [];
  #running: Generator<ReplayReport, void> | null = null;

  constructor(writer: Writer, reply: (message: WriterReply) => void) {
    this.#writer = writer;
    this.#reply = reply;
  }

  add(request: ReplayRequest): void {
    this.#asked.push(request);
    if (this.#running === null) this.#next();
  }

  stop(): void {
    this.#asked.length = 0;
    this.#running = null;
  }

  #next(): void {
    const request = this.#asked.shift();
    this.#running = request ? this.#writer.replay(request) : null;
    if (this.#running) this.#soon();
  }

  #soon(): void {
    setImmediate(() => {
      this.#slice();
    });
  }

  #slice(): void {
    if (this.#running === null) return;
    try {
      const { value, done } = this.#running.next();
      this.#reply({ kind: 'replayed', report: value ?? { items: [], reports: [] }, done: done ?? false });
      if (done) this.#next();
      else this.#soon();
    } catch (error) {
      this.#reply({ kind: 'failed', request: 'replay', fault: faultOf(error) });
      this.#next();
    }
  }
}

function openWriter(data: WriterThreadData): Writer {
  const { path, maxHeads, quarantineLimitBytes, lockWaitMs, keepsLedger, maxClockAheadMs } = data;
  const schema = compileNotificationSchema();
  const enumerations = enumerationsWith(data.enumerations);
  const utf8 = decodeTextIn('utf-8');
  const decoders = new Map(Object.entries(data.encodings).map(([source, name]) => [source, decodeTextIn(name)]));
  const judge = makeJudge({
    decodeTextOf: (source) => decoders.get(source) ?? utf8,
    validate: schema.validate,
    enumerations,
    maxClockAheadMs,
  });
  const schemaVersion = schema.version;
  const shared = { enumerations, digest: sha256Digest, clock: systemClock };
  return new Writer({ path, maxHeads, quarantineLimitBytes, lockWaitMs, keepsLedger, judge, schemaVersion, ...shared });
}

function sendSnapshots(writer: Writer, reply: (message: WriterReply) => void): void {
  let snapshots = [];
  for (const snapshot of writer.snapshots()) {
    snapshots.push(snapshot);
    if (snapshots.length < SNAPSHOTS_AT_ONCE) continue;
    reply({ kind: 'snapshots', snapshots });
    snapshots = [];
  }
  reply({ kind: 'snapshots', snapshots });
}

/** A beat that cannot be written is told by the next commit; the ledger only loses resolution. */
function tryTo(work: () => void): void {
  try {
    work();
  } catch {
    return;
  }
}

main();
