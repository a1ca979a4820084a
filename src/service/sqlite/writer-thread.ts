/**
 * The writer's thread: composes judge and writer, and answers requests in order. Validation and decoding happen here
 * too, so that the thread that talks HTTP only moves bytes (measured: docs/adr/0002-writer-thread.md).
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { MonitorError } from '../../domain/errors.js';
import { numberHasher, randomKey, sha256Digest } from '../../node/digest.js';
import { decodeTextIn } from '../../ingest/decode-text.js';
import { CALLBACK_SCHEMA_VERSION } from '../../gms/callback-schema.js';
import { makeJudge } from '../../ingest/judge.js';
import { makeCallbackJudge } from '../../ingest/judge-callback.js';
import { enumerationsWith, type EnumerationOverrides } from '../../ocs/enumerations.js';
import { compileCallbackSchema, compileNotificationSchema } from '../../node/schemas.js';
import { damaged, isDamage } from '../../sqlite/damage/damage.js';
import { faultOf, type WriterReply, type WriterRequest } from '../../sqlite/threads/messages.js';
import { forgetWork, replayWork, SlicedWork, withoutAsker } from '../../sqlite/threads/sliced-work.js';
import { pendingWork, prepareSuccession, snapshotsOf } from '../../sqlite/succession.js';
import { Writer, type WriterOptions } from '../../sqlite/writer.js';
import { systemClock } from '../../node/system-clock.js';

/** What the composition root hands over; must survive structured cloning. */
export interface WriterThreadData {
  readonly path: string;
  readonly maxHeads: number;
  readonly quarantineLimitBytes: number;
  readonly maxClockAheadMs: number;
  readonly lockWaitMs: number;
  /** Whether another process still writes to the database: read beside it, and wait to be told to take over. */
  readonly isSuccessor: boolean;
  /** Whether senders' connections waited in a socket since the run before: then its end is no gap. */
  readonly socketOutlived: boolean;
  /** False for commands at rest: only the service's up-time is written down, and only it replaces a damaged database. */
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
/** A beat is a commit as any other: on a slow disk posts have the most of it. The ledger only loses resolution. */
const BEAT_REST = 10;
/** Groups or callbacks handed over at once while starting. */
const HANDED_AT_ONCE = 1000;

function main(): void {
  const port = parentPort;
  if (!port) throw new Error('writer-thread.ts runs as a worker thread only');
  const reply = (message: WriterReply) => {
    port.postMessage(message);
  };
  const data = workerData as WriterThreadData;
  const begin = (work: () => void) => {
    try {
      work();
    } catch (error) {
      reply({ kind: 'failed', request: 'start', fault: faultOf(error) });
    }
  };
  begin(() => {
    const onCheckpoint: WriterOptions['onCheckpoint'] = (report) => {
      reply({ kind: 'checkpoint', report });
    };
    const options = { ...writerOptions(data), onCheckpoint };
    if (!data.isSuccessor) {
      write(new Writer(options), data, port);
      return;
    }
    const pending = pendingWork(data.path, options);
    const prepared = prepareSuccession(data.path, options);
    handOver(prepared === null ? [] : snapshotsOf(prepared), (snapshots) => {
      reply({ kind: 'snapshots', snapshots });
    });
    port.once('message', ({ handOver }: WriterRequest & { kind: 'take-over' }) => {
      begin(() => {
        try {
          write(new Writer({ ...options, prepared, handOver }), data, port);
        } finally {
          prepared?.release();
        }
      });
    });
    reply({ kind: 'prepared', pending });
  });
}

/** Hands over the state, then answers requests until it is told to close. */
function write(writer: Writer, data: WriterThreadData, port: MessagePort): void {
  const reply = (message: WriterReply) => {
    port.postMessage(message);
  };
  try {
    // What was read before belongs to a database that is not there any more.
    if (writer.setAside?.how === 'moved') reply({ kind: 'anew' });
    reply(rebuild(writer, data, reply));
  } catch (error) {
    if (!isDamage(error)) throw error;
    writer.replaceDamaged(error);
    reply({ kind: 'anew' });
    reply(rebuild(writer, data, reply));
  }
  let restsUntilMs = 0;
  const beat = setInterval(() => {
    const beganMs = performance.now();
    if (beganMs < restsUntilMs) return;
    beatOf(writer, reply);
    restsUntilMs = beganMs + BEAT_REST * (performance.now() - beganMs);
  }, BEAT_MS);
  const work = new SlicedWork((request, error) => {
    reply({ kind: 'failed', request, fault: faultOf(writer.diagnose(error)) });
  });
  if (data.keepsLedger) work.add(withoutAsker(forgetWork(writer.finishForgetting(), () => undefined)));
  port.on('message', (request: WriterRequest) => {
    try {
      if (request.kind === 'commit') reply({ kind: 'committed', report: writer.commit(request.deliveries) });
      else if (request.kind === 'replay') work.add(replayWork(writer.replay(request.request), reply));
      else if (request.kind === 'go-on') work.goOn();
      else if (request.kind === 'forget') work.add(forgetWork(writer.forget(request.request), reply));
      else if (request.kind === 'audit') {
        writer.audit(request.entry);
        reply({ kind: 'audited' });
      } else if (request.kind === 'keep-intervals') {
        writer.keepIntervals(request.intervals);
        reply({ kind: 'kept-intervals' });
      } else if (request.kind === 'probe') {
        writer.probe();
        reply({ kind: 'probed' });
      } else if (request.kind === 'condemn') throw writer.diagnose(damaged(data.path, request.why));
      else if (request.kind === 'close') {
        work.stop();
        clearInterval(beat);
        writer.close(request.handsOver);
        reply({ kind: 'closed' });
        port.close();
      }
    } catch (error) {
      reply({ kind: 'failed', request: request.kind, fault: faultOf(writer.diagnose(error)) });
    }
  });
}

/** Hands over what the writer holds; returns what it says when it is ready. */
function rebuild(writer: Writer, data: WriterThreadData, reply: (message: WriterReply) => void): WriterReply {
  return writer.asOfOneMoment(() => {
    handOver(writer.snapshots(), (snapshots) => {
      reply({ kind: 'snapshots', snapshots });
    });
    const groupNos = writer.goneGroups();
    if (groupNos.length > 0) reply({ kind: 'gone', groupNos });
    handOver(writer.openCallbacks(systemClock.nowMs() - data.callbackTtlMs), (callbacks) => {
      reply({ kind: 'callbacks', callbacks });
    });
    const { previousAliveMs, retoldGroups, setAside, keptIntervals, leftOut } = writer;
    const lastCallbackEvents = writer.lastCallbackEvents();
    const quarantine = writer.quarantineCounts();
    const known = { previousAliveMs, retoldGroups, setAside, quarantine, lastCallbackEvents, keptIntervals, leftOut };
    return { kind: 'ready', ...known };
  });
}

/** All that the writer needs and no database decides: made before the lock is free. */
function writerOptions(data: WriterThreadData): WriterOptions {
  const { path, maxHeads, quarantineLimitBytes, lockWaitMs, keepsLedger, maxClockAheadMs, numberKey } = data;
  const notificationSchema = compileNotificationSchema();
  const callbackSchema = compileCallbackSchema();
  const enumerations = enumerationsWith(data.enumerations);
  const utf8 = decodeTextIn('utf-8');
  const decoders = new Map(Object.entries(data.encodings).map(([source, name]) => [source, decodeTextIn(name)]));
  const decodeTextOf = (source: string) => decoders.get(source) ?? utf8;
  const { validate, version } = notificationSchema;
  const judge = makeJudge({ decodeTextOf, validate, enumerations, maxClockAheadMs });
  const judgeCallback = makeCallbackJudge({ decodeTextOf, digest: sha256Digest, validate: callbackSchema.validate });
  return {
    ...{ path, maxHeads, quarantineLimitBytes, lockWaitMs, keepsLedger, enumerations, numberKey, judge, judgeCallback },
    socketOutlived: data.socketOutlived,
    schemaVersionOf: (endpoint) => (endpoint === 'campaign-group-state' ? version : CALLBACK_SCHEMA_VERSION),
    keys: { random: randomKey, hasher: numberHasher },
    digest: sha256Digest,
    clock: systemClock,
  };
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

/**
 * A beat that cannot be written is told by the next commit; the ledger only loses resolution. That the database is lost is
 * told at once: then the next start may be over before the next post comes.
 */
function beatOf(writer: Writer, reply: (message: WriterReply) => void): void {
  try {
    writer.beat();
  } catch (error) {
    const isLost = error instanceof MonitorError && error.code === 'OCM_STORE_LOST';
    if (isLost) reply({ kind: 'failed', request: 'beat', fault: faultOf(error) });
  }
}

main();
