/**
 * The writer's thread: composes judge and writer, and answers requests in order. Validation and decoding happen here
 * too, so that the thread that talks HTTP only moves bytes (measured: docs/adr/0002-writer-thread.md).
 */
import { parentPort, workerData } from 'node:worker_threads';
import { numberHasher, randomKey, sha256Digest } from './digest.js';
import { decodeTextIn } from './ingest/decode-text.js';
import { CALLBACK_SCHEMA_VERSION } from './gms/callback-schema.js';
import { makeJudge } from './ingest/judge.js';
import { makeCallbackJudge } from './ingest/judge-callback.js';
import type { ReplayReport, ReplayRequest } from './domain/store.js';
import { enumerationsWith, type EnumerationOverrides } from './ocs/enumerations.js';
import { compileCallbackSchema, compileNotificationSchema } from './schemas.js';
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
  /** Key for the hashes of customers' numbers; null: one made for the database. */
  readonly numberKey: string | null;
  /** An open callback silent for longer is not handed over at the start. */
  readonly callbackTtlMs: number;
  /** Source to the encoding of its texts, where it is not UTF-8. */
  readonly encodings: Readonly<Record<string, string>>;
}

/** Resolution of the up-time ledger. */
const BEAT_MS = 2000;
/** Groups or callbacks handed over at once while starting. */
const HANDED_AT_ONCE = 1000;

function main(): void {
  const port = parentPort;
  if (!port) throw new Error('writer-thread.ts runs as a worker thread only');
  const reply = (message: WriterReply) => {
    port.postMessage(message);
  };
  const data = workerData as WriterThreadData;
  let writer: Writer;
  try {
    writer = openWriter(data);
  } catch (error) {
    reply({ kind: 'failed', request: 'start', fault: faultOf(error) });
    return;
  }
  handOver(writer.snapshots(), (snapshots) => {
    reply({ kind: 'snapshots', snapshots });
  });
  handOver(writer.openCallbacks(systemClock.nowMs() - data.callbackTtlMs), (callbacks) => {
    reply({ kind: 'callbacks', callbacks });
  });
  const { previousAliveMs, retoldGroups } = writer;
  const lastCallbackEvents = writer.lastCallbackEvents();
  const quarantine = writer.quarantineCounts();
  reply({ kind: 'ready', previousAliveMs, retoldGroups, quarantine, lastCallbackEvents });
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
      else if (request.kind === 'audit') {
        writer.audit(request.entry);
        reply({ kind: 'audited' });
      } else if (request.kind === 'probe') {
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
  const notificationSchema = compileNotificationSchema();
  const callbackSchema = compileCallbackSchema();
  const enumerations = enumerationsWith(data.enumerations);
  const utf8 = decodeTextIn('utf-8');
  const decoders = new Map(Object.entries(data.encodings).map(([source, name]) => [source, decodeTextIn(name)]));
  const decodeTextOf = (source: string) => decoders.get(source) ?? utf8;
  const { validate, version } = notificationSchema;
  const judge = makeJudge({ decodeTextOf, validate, enumerations, maxClockAheadMs });
  const judgeCallback = makeCallbackJudge({ decodeTextOf, digest: sha256Digest, validate: callbackSchema.validate });
  return new Writer({
    ...{ path, maxHeads, quarantineLimitBytes, lockWaitMs, keepsLedger, enumerations, judge, judgeCallback },
    schemaVersionOf: (endpoint) => (endpoint === 'campaign-group-state' ? version : CALLBACK_SCHEMA_VERSION),
    numberKey: data.numberKey,
    keys: { random: randomKey, hasher: numberHasher },
    digest: sha256Digest,
    clock: systemClock,
  });
}

/** Hands over what the writer holds in pieces, so that no message is too large. */
function handOver<T>(items: Iterable<T>, send: (items: readonly T[]) => void): void {
  let piece: T[] = [];
  for (const item of items) {
    piece.push(item);
    if (piece.length < HANDED_AT_ONCE) continue;
    send(piece);
    piece = [];
  }
  send(piece);
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
